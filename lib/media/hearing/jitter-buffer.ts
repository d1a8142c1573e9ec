/**
 * Packets as the network brings them become samples in the order of their RTP timestamps, a frame at a time: reordered
 * ones find their place, duplicates change nothing, and where nothing came, or the peer sends nothing in its pauses, there
 * is silence as long as it was. It owns no timer: whoever asks for the frames is the clock.
 */

import { sequenceDistance, timestampDistance } from '../embedded/rtp-packet.ts';

/** 20 ms at 8 kHz. */
export const HEARD_SAMPLES = 160;
/** How much later than it came the first packet is heard; so late may others be without a hole. */
const DELAY_SAMPLES = 480;
/** Two seconds; a power of two, so that a timestamp has its place by a mask. */
const RING_SAMPLES = 16_384;
/** Room behind what is being heard and before it. */
const FARTHEST_AHEAD = RING_SAMPLES / 2;
/** More than this waits after a stall of the process or with a faster clock of the peer: it is heard quicker. */
const LONGEST_WAIT = DELAY_SAMPLES + 4 * HEARD_SAMPLES;
/** So many packets in a row that have no place: the peer's timestamps have started anew (RFC 3550 A.1). */
const PACKETS_TO_RESTART = 3;
/** Farther back nothing is reordered: the peer's numbers have started anew (RFC 3550 A.1). */
const MAX_MISORDER = 100;
/** A new source is believed from its second packet on (RFC 3550 6.2.1: probation). */
const PACKETS_OF_NEW_SOURCE = 2;

export interface JitterBufferPacket {
  ssrc: number;
  sequence: number;
  timestamp: number;
  /** First of a talkspurt: where a sender that lets its timestamps stand in a pause goes on. */
  marker: boolean;
}

export class JitterBuffer {
  readonly #ring = new Int16Array(RING_SAMPLES);
  /** Timestamp of the next sample to be heard; null: nothing came yet. */
  #at: number | null = null;
  /** Timestamp after the newest sample. */
  #end = 0;
  #ssrc = 0;
  #sequence = 0;
  /** Packets in a row without a place. */
  #misplaced = 0;
  #stranger = { ssrc: 0, sequence: 0, packets: 0 };

  /** More waits than a frame each 20 ms would ever use up. */
  get isBehind(): boolean {
    return this.#at !== null && timestampDistance(this.#end, this.#at) > LONGEST_WAIT;
  }

  /** The samples are copied. */
  push(packet: JitterBufferPacket, samples: Int16Array): void {
    if (samples.length === 0 || samples.length > FARTHEST_AHEAD) return;
    if (this.#at === null) this.#restart(packet, samples.length);
    else if (packet.ssrc !== this.#ssrc) {
      if (!this.#isNewSource(packet)) return;
      this.#restart(packet, samples.length);
    } else if (!this.#hasPlace(packet, samples.length)) return;
    this.#write(packet.timestamp, samples);
    if (sequenceDistance(packet.sequence, this.#sequence) > 0) this.#sequence = packet.sequence;
    const end = (packet.timestamp + samples.length) >>> 0;
    if (timestampDistance(end, this.#end) > 0) this.#end = end;
  }

  /** @returns the next 20 ms, the caller's to keep */
  take(): Int16Array {
    const frame = new Int16Array(HEARD_SAMPLES);
    if (this.#at === null) return frame;
    for (let index = 0; index < HEARD_SAMPLES; index += 1) {
      const place = (this.#at + index) & (RING_SAMPLES - 1);
      frame[index] = this.#ring[place]!;
      this.#ring[place] = 0;
    }
    this.#at = (this.#at + HEARD_SAMPLES) >>> 0;
    return frame;
  }

  #restart(packet: JitterBufferPacket, length: number): void {
    this.#ring.fill(0);
    this.#at = (packet.timestamp - DELAY_SAMPLES) >>> 0;
    this.#end = (packet.timestamp + length) >>> 0;
    this.#ssrc = packet.ssrc;
    this.#sequence = packet.sequence;
    this.#misplaced = 0;
    this.#stranger.packets = 0;
  }

  #isNewSource({ ssrc, sequence }: JitterBufferPacket): boolean {
    const stranger = this.#stranger;
    const step = sequenceDistance(sequence, stranger.sequence);
    const follows = stranger.packets > 0 && stranger.ssrc === ssrc && step > 0 && step < 10;
    this.#stranger = { ssrc, sequence, packets: follows ? stranger.packets + 1 : 1 };
    return this.#stranger.packets >= PACKETS_OF_NEW_SOURCE;
  }

  /** Whether any of it is still to be heard; a stream that has moved gets a new start. */
  #hasPlace(packet: JitterBufferPacket, length: number): boolean {
    const ahead = timestampDistance(packet.timestamp, this.#at!);
    const isPartlyAhead = ahead + length > 0 && ahead + length <= FARTHEST_AHEAD;
    const step = sequenceDistance(packet.sequence, this.#sequence);
    if (ahead >= 0 && isPartlyAhead) {
      if (step > 0) this.#misplaced = 0;
      return true;
    }
    // Reordered too far, or a duplicate of what has been heard: says nothing about the stream.
    if (step <= 0 && step >= -MAX_MISORDER && ahead < 0) return isPartlyAhead;
    this.#misplaced += 1;
    if (this.#misplaced < PACKETS_TO_RESTART && !packet.marker) return isPartlyAhead;
    this.#restart(packet, length);
    return true;
  }

  #write(timestamp: number, samples: Int16Array): void {
    const late = Math.max(0, -timestampDistance(timestamp, this.#at!));
    for (let index = late; index < samples.length; index += 1) {
      this.#ring[(timestamp + index) & (RING_SAMPLES - 1)] = samples[index]!;
    }
  }
}
