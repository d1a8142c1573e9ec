/**
 * What one peer says, for whoever listens: a frame each 20 ms of the shared ticker. It costs nothing while nobody does.
 * An engine whose RTP goes elsewhere feeds it with the copies that it gets.
 */

import { decodeG711Into } from '../embedded/g711.ts';
import type { RtpHeader } from '../embedded/rtp-packet.ts';
import type { Ticker, TickerMember } from '../embedded/ticker.ts';
import type { Codec } from '../sdp/remote-description.ts';
import { HEARD_SAMPLES, JitterBuffer } from './jitter-buffer.ts';

/** @param frame 160 linear samples, 8 kHz; shared with other listeners, so not to be changed; it may be kept */
export type Listener = (frame: Int16Array) => void;

/** Longest G.711 packet that RTP has here, 1,500 bytes. */
const MAX_PAYLOAD = 1500;
/** A frame in the place of each that the process has slept through, as far as so many. */
const MAX_FRAMES_AT_ONCE = 5;

export class Hearing implements TickerMember {
  readonly #ticker: Ticker;
  readonly #listeners = new Set<{ hear: Listener }>();
  readonly #samples = new Int16Array(MAX_PAYLOAD);
  #buffer = new JitterBuffer();
  #isClosed = false;

  constructor(ticker: Ticker) {
    this.#ticker = ticker;
  }

  /** @returns how to stop, which may be called again */
  listen(hear: Listener): () => void {
    const entry = { hear };
    if (this.#isClosed) return () => {};
    if (this.#listeners.size === 0) {
      // What was said to an earlier listener is not said again.
      this.#buffer = new JitterBuffer();
      this.#ticker.add(this);
    }
    this.#listeners.add(entry);
    return () => {
      if (this.#listeners.delete(entry) && this.#listeners.size === 0) this.#ticker.remove(this);
    };
  }

  /** A packet of audio; telephone-events and what is no G.711 are left out, and so heard as silence. */
  receive(codec: Codec, packet: Uint8Array, header: RtpHeader): void {
    if (this.#listeners.size === 0) return;
    const length = Math.min(header.payloadEnd - header.payloadStart, MAX_PAYLOAD);
    const samples = this.#samples.subarray(0, length);
    decodeG711Into(codec, packet, header.payloadStart, samples);
    this.#buffer.push(header, samples);
  }

  tick(): void {
    this.#pass(this.#buffer.take());
    for (let more = 1; more < MAX_FRAMES_AT_ONCE && this.#buffer.isBehind; more += 1) this.#pass(this.#buffer.take());
  }

  close(): void {
    this.#isClosed = true;
    this.#listeners.clear();
    this.#ticker.remove(this);
  }

  #pass(frame: Int16Array): void {
    for (const { hear } of this.#listeners) hear(frame);
  }
}

export { HEARD_SAMPLES };
