/**
 * Commands to one rtpengine by its control protocol (`ng`: a cookie and a bencoded dictionary in a datagram). The library
 * rtpengine-client knows the commands, writes and reads the messages, and finds whose an answer is. What it lacks is here:
 * a command that is lost is sent again with its cookie, which rtpengine answers out of its memory without doing it again;
 * each ends in time; every mistake is an Error; and what comes late, twice, garbled or from a stranger is dropped before it
 * reaches the library, which would write it to the standard output and end the process.
 */

import type { Socket } from 'node:dgram';
import { isIP } from 'node:net';
import rtpengine from 'rtpengine-client';
import type { Log } from '../../ports/log.ts';
import { isDictionary } from './bencode-scan.ts';

export type NgCommand =
  | 'answer'
  | 'blockMedia'
  | 'delete'
  | 'offer'
  | 'ping'
  | 'playDTMF'
  | 'playMedia'
  | 'query'
  | 'statistics'
  | 'stopMedia'
  | 'subscribeAnswer'
  | 'subscribeRequest'
  | 'unblockMedia'
  | 'unsubscribe';

/** Text, numbers, lists and dictionaries of those. No bytes: the library would garble them. */
export type NgValue = string | number | readonly NgValue[] | { readonly [key: string]: NgValue };
export type NgAnswer = Readonly<Record<string, unknown>>;

export class NgError extends Error {
  /** `unanswered`: nobody knows whether it was done. `refused`: rtpengine has said no, and why. */
  readonly kind: 'unanswered' | 'refused';

  constructor(kind: NgError['kind'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'NgError';
    this.kind = kind;
  }
}

export interface NgLinkOptions {
  /** An IPv4 address: the library's socket is of that kind. */
  host: string;
  port: number;
  log: Log;
  /** How long a command may take; default 2 s. */
  timeoutMs?: number;
  /** After so long without an answer it is sent again; default 400 ms. */
  resendMs?: number;
}

const COOKIE_CHARACTERS = 36;
/** What rtpengine itself sends at most. */
const MAX_DATAGRAM = 65_507;

export class NgLink {
  readonly #options: Required<NgLinkOptions>;
  readonly #client: InstanceType<typeof rtpengine.Client>;
  readonly #socket: Socket;
  /** Timers that send again, by cookie. */
  readonly #resends = new Map<string, NodeJS.Timeout>();
  /** Rejects what waits when the link is closed. */
  readonly #waiting = new Set<(error: Error) => void>();
  readonly #counts = { commands: 0, resent: 0, unanswered: 0, dropped: 0 };
  #isClosed = false;

  constructor(options: NgLinkOptions) {
    this.#options = { timeoutMs: 2000, resendMs: 400, ...options };
    if (isIP(options.host) !== 4) throw new RangeError(`${options.host} is no IPv4 address`);
    this.#client = new rtpengine.Client({ timeout: this.#options.timeoutMs });
    this.#socket = this.#client.socket;
    this.#client.on('error', (error) => this.#options.log.warn({ error: String(error) }, 'rtpengine control socket.'));
    this.#guardSocket();
  }

  get counts(): Readonly<{ commands: number; resent: number; unanswered: number; dropped: number }> {
    return this.#counts;
  }

  /**
   * @returns what rtpengine answered
   * @throws NgError
   */
  send(command: NgCommand, options: Readonly<Record<string, NgValue>> = {}): Promise<NgAnswer> {
    if (this.#isClosed) return Promise.reject(new NgError('unanswered', 'the control link is closed'));
    const { host, port } = this.#options;
    this.#counts.commands += 1;
    return new Promise((resolve, reject) => {
      this.#waiting.add(reject);
      this.#client[command](port, host, { ...options }, (error, answer) => {
        if (!this.#waiting.delete(reject)) return;
        if (error) {
          this.#counts.unanswered += 1;
          reject(new NgError('unanswered', `rtpengine ${host}:${port} does not answer (${command})`, { cause: error }));
        } else if (answer['result'] === 'error' || answer['result'] === 'load limit') {
          const why = String(answer['error-reason'] ?? answer['message'] ?? answer['result']);
          reject(new NgError('refused', `rtpengine ${host}:${port} refuses ${command}: ${why.slice(0, 200)}`));
        } else resolve(answer);
      });
    });
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const timer of this.#resends.values()) clearInterval(timer);
    this.#resends.clear();
    for (const reject of this.#waiting) reject(new NgError('unanswered', 'the control link was closed'));
    this.#waiting.clear();
    this.#client.close();
  }

  /** Stands between the library and its socket, both ways. */
  #guardSocket(): void {
    const socket = this.#socket;
    const [deliver] = socket.listeners('message') as [(message: Buffer) => void];
    socket.removeListener('message', deliver);
    socket.on('message', (message, from) => {
      const cookie = message.toString('latin1', 0, COOKIE_CHARACTERS);
      const isOurs = from.address === this.#options.host && from.port === this.#options.port;
      // The library takes what came a moment later: a second answer must not get to it meanwhile
      const isWaitedFor = this.#resends.has(cookie) && this.#client.messages.has(cookie);
      if (!isOurs || !isWaitedFor || !isAnswer(message)) {
        this.#counts.dropped += 1;
        return;
      }
      this.#stopResending(cookie);
      deliver(message);
    });
    const send = socket.send.bind(socket) as (message: Buffer, port: number, host: string, sent: () => void) => void;
    const guarded = (message: Buffer, port: number, host: string, sent: (error: Error | null) => void) => {
      if (message.length > MAX_DATAGRAM) {
        sent(new Error('the command is longer than a datagram'));
        return;
      }
      send(message, port, host, () => {});
      this.#resend(message, () => send(message, port, host, () => {}));
    };
    // The library calls it in this one way
    socket.send = guarded as Socket['send'];
  }

  #resend(message: Buffer, again: () => void): void {
    const cookie = message.toString('latin1', 0, COOKIE_CHARACTERS);
    const timer = setInterval(() => {
      if (!this.#client.messages.has(cookie)) this.#stopResending(cookie);
      else {
        this.#counts.resent += 1;
        again();
      }
    }, this.#options.resendMs);
    this.#resends.set(cookie, timer);
  }

  #stopResending(cookie: string): void {
    clearInterval(this.#resends.get(cookie));
    this.#resends.delete(cookie);
  }
}

/** A whole dictionary; over anything else the library would end the process. */
function isAnswer(message: Buffer): boolean {
  return message[COOKIE_CHARACTERS] === 0x20 && isDictionary(message, COOKIE_CHARACTERS + 1);
}
