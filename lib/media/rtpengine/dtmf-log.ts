/**
 * The keys that rtpengine has heard: one datagram of JSON each, sent to a socket of ours (its `--dtmf-log-dest`). From which
 * of its addresses it comes nobody can know; whoever names a call of ours by its id, which can't be guessed, is believed.
 */

import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import type { Log } from '../../ports/log.ts';

export interface HeardKey {
  callId: string;
  /** The party that has pressed it. */
  tag: string;
  digit: string;
  /** How long it was pressed; it is told at its end. */
  durationMs: number;
}

const MAX_BYTES = 4096;
/** By RFC 4733 number. */
const DIGITS = '0123456789*#ABCD';

export class DtmfLog {
  readonly #socket: Socket;
  #dropped = 0;

  private constructor(socket: Socket) {
    this.#socket = socket;
  }

  /** @throws Error when the address can't be bound */
  static async open(
    { host, port }: { host: string; port: number },
    { heard, log }: { heard(key: HeardKey): void; log: Log },
  ): Promise<DtmfLog> {
    const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
    const dtmfLog = new DtmfLog(socket);
    socket.on('message', (message) => {
      const key = readKey(message);
      if (key === null) dtmfLog.#dropped += 1;
      else heard(key);
    });
    socket.bind(port, host);
    await once(socket, 'listening');
    socket.on('error', (error) => log.warn({ error: String(error) }, 'Socket of the DTMF log.'));
    return dtmfLog;
  }

  get port(): number {
    return this.#socket.address().port;
  }

  get dropped(): number {
    return this.#dropped;
  }

  close(): void {
    this.#socket.close();
  }
}

/** @returns null for what is no key */
export function readKey(message: Buffer): HeardKey | null {
  if (message.length > MAX_BYTES) return null;
  let read: unknown;
  try {
    read = JSON.parse(message.toString('utf8'));
  } catch {
    return null;
  }
  if (typeof read !== 'object' || read === null) return null;
  const { callid, source_tag: tag, type, event, duration } = read as Record<string, unknown>;
  if (type !== 'DTMF' || typeof callid !== 'string' || typeof tag !== 'string' || typeof event !== 'number')
    return null;
  const digit = DIGITS[event];
  const durationMs = typeof duration === 'number' && duration > 0 ? duration : 0;
  return digit === undefined ? null : { callId: callid, tag, digit, durationMs };
}
