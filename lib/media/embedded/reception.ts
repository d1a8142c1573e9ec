/** What is received of a peer's stream: lost, late, duplicated (RFC 3550 A.1, A.3), and its jitter (A.8). */

import { type RtpHeader, sequenceDistance } from './rtp-packet.ts';

const MAX_DROPOUT = 3000;
const MAX_MISORDER = 100;
const SAMPLES_PER_MS = 8;

/** Of one SSRC. */
interface Source {
  ssrc: number;
  base: number;
  /** Highest sequence number, its wraps above 16 bits. */
  highest: number;
  received: number;
  /** The number that would confirm that the sequence has begun anew; -1: none. */
  bad: number;
  /** In timestamp units. */
  transit: number | null;
  jitter: number;
  expectedBefore: number;
  receivedBefore: number;
}

export class Reception {
  #source: Source | null = null;
  /** Of the sources before this one. */
  #past = { received: 0, lost: 0 };
  #maxJitter = 0;

  /** The SSRC of the present source; null: nothing came yet. */
  get ssrc(): number | null {
    return this.#source?.ssrc ?? null;
  }

  /** @param isAudio false: a key, whose packets share one timestamp and say nothing of the jitter */
  receive(header: RtpHeader, nowMs: number, isAudio: boolean): void {
    const source = this.#source;
    if (source === null || source.ssrc !== header.ssrc) {
      this.#begin(header);
    } else if (!isCounted(source, header.sequence)) {
      return;
    } else if (source.bad === header.sequence) this.#begin(header);
    this.#count(this.#source!, header, isAudio ? nowMs : null);
  }

  #begin({ ssrc, sequence }: RtpHeader): void {
    this.#past = { received: this.received, lost: this.lost };
    const start = { base: sequence, highest: sequence, received: 0, bad: -1 };
    const jitter = this.#source?.ssrc === ssrc ? this.#source.jitter : 0;
    this.#source = { ssrc, ...start, transit: null, jitter, expectedBefore: 0, receivedBefore: 0 };
  }

  #count(source: Source, { sequence, timestamp }: RtpHeader, nowMs: number | null): void {
    source.received += 1;
    source.bad = -1;
    const step = sequenceDistance(sequence, source.highest & 0xffff);
    if (step > 0) source.highest += step;
    if (nowMs === null) return;
    const transit = (Math.round(nowMs * SAMPLES_PER_MS) - timestamp) | 0;
    if (source.transit !== null) {
      const distance = Math.abs((transit - source.transit) | 0);
      source.jitter += (distance - source.jitter) / 16;
      this.#maxJitter = Math.max(this.#maxJitter, source.jitter);
    }
    source.transit = transit;
  }

  /** Of all sources, duplicates included. */
  get received(): number {
    return this.#past.received + (this.#source?.received ?? 0);
  }

  get lost(): number {
    const source = this.#source;
    return this.#past.lost + (source === null ? 0 : Math.max(0, expectedOf(source) - source.received));
  }

  /** Milliseconds: now, and the most that it was. */
  get jitterMs(): { now: number; max: number } {
    return { now: (this.#source?.jitter ?? 0) / SAMPLES_PER_MS, max: this.#maxJitter / SAMPLES_PER_MS };
  }

  /** For a report block, which ends an interval; null: nothing came yet. */
  report(): { ssrc: number; fractionLost: number; lost: number; highest: number; jitter: number } | null {
    const source = this.#source;
    if (source === null) return null;
    const expected = expectedOf(source);
    const expectedNow = expected - source.expectedBefore;
    const lostNow = expectedNow - (source.received - source.receivedBefore);
    source.expectedBefore = expected;
    source.receivedBefore = source.received;
    const fractionLost =
      expectedNow <= 0 || lostNow <= 0 ? 0 : Math.min(255, Math.floor((lostNow * 256) / expectedNow));
    const { ssrc, highest, jitter, received } = source;
    return { ssrc, fractionLost, lost: expected - received, highest: highest >>> 0, jitter: Math.floor(jitter) };
  }
}

function expectedOf({ highest, base }: Source): number {
  return highest - base + 1;
}

/** RFC 3550 A.1: after a large jump the packet that confirms it is counted as the first one. */
function isCounted(source: Source, sequence: number): boolean {
  const step = sequenceDistance(sequence, source.highest & 0xffff);
  if (step <= MAX_DROPOUT && step >= -MAX_MISORDER) {
    source.bad = -1;
    return true;
  }
  if (source.bad === sequence) return true;
  source.bad = (sequence + 1) & 0xffff;
  return false;
}
