/**
 * Keys of ours, as RFC 4733 packets that we send to the inner port of an endpoint: rtpengine hands them on to the peer, in its
 * encryption. Its own `play DTMF` needs audio that flows at that moment: towards somebody who hears nothing it says ok and
 * sends nothing.
 */

import { randomInt } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import { RTP_HEADER_BYTES, writeRtpHeader } from '../embedded/rtp-packet.ts';
import {
  EVENT_BYTES,
  eventCodeOf,
  MOST_WAITING_KEYS,
  SENT_KEY_FRAMES,
  sentKeyAt,
  type TelephoneEvent,
  writeTelephoneEvent,
} from '../embedded/telephone-event.ts';
import type { Ticker } from '../embedded/ticker.ts';
import type { TimeSource } from '../embedded/time-source.ts';

export interface KeyTarget {
  address: string;
  port: number;
  payload: number;
}

const SAMPLES_PER_MS = 8;

interface KeyStream {
  ssrc: number;
  sequence: number;
  waiting: number[];
  key: { code: number; timestamp: number; frames: number } | null;
  target: KeyTarget;
}

/** The keys of all endpoints of one engine. */
export class KeySender {
  /** By family; made when there is somebody to send to. */
  readonly #sockets = new Map<'udp4' | 'udp6', Socket>();
  readonly #ticker: Ticker;
  readonly #time: TimeSource;
  readonly #streams = new Map<object, KeyStream>();

  constructor(time: TimeSource, ticker: Ticker) {
    this.#time = time;
    this.#ticker = ticker;
  }

  /** @returns false when it is no key, or too many wait */
  send(owner: object, key: string, target: KeyTarget): boolean {
    const code = eventCodeOf(key);
    if (code === null) return false;
    let stream = this.#streams.get(owner);
    if (stream === undefined) {
      stream = { ssrc: randomInt(0x1_0000_0000), sequence: randomInt(0x1_0000), waiting: [], key: null, target };
      this.#streams.set(owner, stream);
      this.#start(owner, stream);
    }
    stream.target = target;
    if (stream.waiting.length >= MOST_WAITING_KEYS) return false;
    stream.waiting.push(code);
    return true;
  }

  /** Nothing more of this one: its port may be somebody else's soon. */
  stop(owner: object): void {
    this.#streams.delete(owner);
  }

  close(): void {
    this.#streams.clear();
    for (const socket of this.#sockets.values()) socket.close();
    this.#sockets.clear();
  }

  #start(owner: object, stream: KeyStream): void {
    const member = {
      tick: () => {
        const isTheirs = this.#streams.get(owner) === stream;
        if (isTheirs && this.#tick(stream)) return;
        this.#ticker.remove(member);
        if (isTheirs) this.#streams.delete(owner);
      },
    };
    this.#ticker.add(member);
  }

  /** @returns false when there is no key any more */
  #tick(stream: KeyStream): boolean {
    const code = stream.key === null ? stream.waiting.shift() : undefined;
    if (code !== undefined) {
      const timestamp = Math.floor(this.#time.nowMs() * SAMPLES_PER_MS) >>> 0;
      stream.key = { code, timestamp, frames: 0 };
    }
    const { key } = stream;
    if (key === null) return false;
    const event = sentKeyAt(key.code, key.frames);
    if (event !== null) this.#sendPacket(stream, event, { timestamp: key.timestamp, marker: key.frames === 0 });
    key.frames += 1;
    if (key.frames >= SENT_KEY_FRAMES) stream.key = null;
    return true;
  }

  #sendPacket(stream: KeyStream, event: TelephoneEvent, place: { timestamp: number; marker: boolean }): void {
    const { target, ssrc } = stream;
    const packet = Buffer.alloc(RTP_HEADER_BYTES + EVENT_BYTES);
    stream.sequence = (stream.sequence + 1) & 0xffff;
    writeRtpHeader(packet, 0, { payloadType: target.payload, sequence: stream.sequence, ssrc, ...place });
    writeTelephoneEvent(packet, RTP_HEADER_BYTES, event);
    this.#socketTo(target.address).send(packet, target.port, target.address);
  }

  #socketTo(address: string): Socket {
    const type = isIPv6(address) ? 'udp6' : 'udp4';
    const known = this.#sockets.get(type);
    if (known !== undefined) return known;
    const socket = createSocket(type);
    // What can't be sent is lost, as any packet may be
    socket.on('error', () => {});
    socket.unref();
    this.#sockets.set(type, socket);
    return socket;
  }
}
