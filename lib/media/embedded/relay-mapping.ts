/**
 * How packets of one peer become packets of our stream to the other: sequence numbers and timestamps are moved by an
 * offset, so the receiver sees one continuous stream across prompts and sources (RFC 3550 5.1), and still sees what was
 * lost or reordered on the way to us.
 */

import { type RtpHeader, sequenceDistance } from './rtp-packet.ts';

/** RFC 3550 A.1: a larger step is a new start of the source. */
const MAX_DROPOUT = 3000;
const MAX_MISORDER = 100;

/** The place of a packet in the outgoing stream. */
export interface StreamPosition {
  sequence: number;
  timestamp: number;
  /** The first packet after a change of source. */
  isFirst: boolean;
}

export class RelayMapping {
  readonly position: StreamPosition = { sequence: 0, timestamp: 0, isFirst: false };
  #isSynchronised = false;
  #ssrc = 0;
  #highest = 0;
  /** By how much `highest` has grown since the start; what is older than the start has no place. */
  #grown = 0;
  #sequenceOffset = 0;
  #timestampOffset = 0;
  /** The packet that would confirm that the source has started anew (RFC 3550 A.1). */
  #expectedAfterJump = -1;

  /** The stream was used for something else: the next packet starts anew. */
  reset(): void {
    this.#isSynchronised = false;
  }

  /**
   * Places a packet; the result is in `position`.
   * @param start gives the position that follows what was sent last
   * @returns false when the packet has to be dropped
   */
  place(header: RtpHeader, start: () => { sequence: number; timestamp: number }): boolean {
    const position = this.position;
    position.isFirst = !this.#isSynchronised || header.ssrc !== this.#ssrc;
    if (!position.isFirst) {
      const step = sequenceDistance(header.sequence, this.#highest);
      if (step > MAX_DROPOUT || step < -MAX_MISORDER) {
        const confirmed = header.sequence === this.#expectedAfterJump;
        this.#expectedAfterJump = (header.sequence + 1) & 0xffff;
        if (!confirmed) return false;
        position.isFirst = true;
      } else if (step > 0) {
        this.#highest = header.sequence;
        this.#grown = Math.min(this.#grown + step, MAX_DROPOUT);
      } else if (step === 0 || -step > this.#grown) {
        // A duplicate, or older than what this stream began with.
        return false;
      }
    }
    if (position.isFirst) this.#start(header, start());
    position.sequence = (header.sequence + this.#sequenceOffset) & 0xffff;
    position.timestamp = (header.timestamp + this.#timestampOffset) >>> 0;
    return true;
  }

  /** The packet just placed is not sent after all; what follows closes up, so that nothing looks lost. */
  withdraw(header: RtpHeader): void {
    if (header.sequence === this.#highest) this.#sequenceOffset -= 1;
  }

  #start(header: RtpHeader, next: { sequence: number; timestamp: number }): void {
    this.#isSynchronised = true;
    this.#ssrc = header.ssrc;
    this.#highest = header.sequence;
    this.#grown = 0;
    this.#expectedAfterJump = -1;
    this.#sequenceOffset = next.sequence - header.sequence;
    this.#timestampOffset = next.timestamp - header.timestamp;
  }
}
