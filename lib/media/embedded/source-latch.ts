/**
 * Symmetric RTP (RFC 4961): where a peer's packets come from is where ours go, since the address in its SDP may lie
 * behind a NAT. The source is learned from the first valid packets and then locked, so that a stranger who finds the port
 * can neither be heard nor turn the stream to himself.
 *
 * A source counts 2 when it is the SDP's address and port, 1 when it is the SDP's address, the one that the peer's SIP comes
 * from (a phone behind a NAT has one for both), or was locked before a re-INVITE with the same address, 0 otherwise. Until the lock the strongest source is followed, the first among equals;
 * whoever sends enough packets in a row gets the lock, and only a stronger source can take it from him.
 */

import { sequenceDistance } from './rtp-packet.ts';

export interface RtpSource {
  address: string;
  port: number;
}

const PACKETS_TO_LOCK = 5;
/** Of packets that follow each other, with a few lost. */
const LARGEST_STEP = 10;
const MAX_CANDIDATES = 4;

type Strength = 0 | 1 | 2;

/** A source that is being counted. */
interface Candidate extends RtpSource {
  strength: Strength;
  ssrc: number;
  sequence: number;
  /** In a row. */
  packets: number;
}

export class SourceLatch {
  readonly #sipAddress: string | null;
  #signalled: RtpSource | null = null;
  #former: RtpSource | null = null;
  #locked: Candidate | null = null;
  /** In the order in which they came. */
  #candidates: Candidate[] = [];
  #target: RtpSource | null = null;

  /** @param sipAddress null: not known */
  constructor(sipAddress: string | null = null) {
    this.#sipAddress = sipAddress;
  }

  /** Where to send to; null: not known yet. */
  get target(): RtpSource | null {
    return this.#target;
  }

  get isLocked(): boolean {
    return this.#locked !== null;
  }

  /** A description of the peer was taken: the source is learned anew. */
  signal(remote: RtpSource | null): void {
    const moved = remote !== null && (this.#signalled === null || !isSame(remote, this.#signalled));
    // The same address again (a refresh, hold): what was learned is better than what a peer behind a NAT says.
    if (moved) this.#former = null;
    else if (this.#locked !== null) this.#former = this.#locked;
    if (moved) this.#target = remote;
    if (remote !== null) this.#signalled = remote;
    this.#locked = null;
    this.#candidates = [];
  }

  /** A valid packet came. @returns true when it is the peer's */
  accepts(address: string, port: number, header: { ssrc: number; sequence: number }): boolean {
    const locked = this.#locked;
    if (locked !== null && locked.port === port && locked.address === address) return true;
    const strength = this.#strengthOf(address, port);
    if (locked !== null && strength <= locked.strength) return false;
    const candidate = this.#candidateOf({ address, port }, strength);
    count(candidate, header);
    if (candidate.packets >= PACKETS_TO_LOCK) {
      this.#locked = candidate;
      // A stronger one that is on its way goes on counting.
      this.#candidates = this.#candidates.filter((other) => other.strength > candidate.strength);
      this.#target = candidate;
      return true;
    }
    if (locked !== null) return false;
    const leading = this.#candidates.reduce((best, other) => (other.strength > best.strength ? other : best));
    this.#target = leading;
    return candidate === leading;
  }

  #candidateOf(source: RtpSource, strength: Strength): Candidate {
    const known = this.#candidates.find((candidate) => isSame(candidate, source));
    if (known !== undefined) return known;
    const candidate = { ...source, strength, ssrc: 0, sequence: 0, packets: 0 };
    if (this.#candidates.length === MAX_CANDIDATES) {
      const least = this.#candidates.reduce((worst, other) => (rank(other) < rank(worst) ? other : worst));
      this.#candidates.splice(this.#candidates.indexOf(least), 1);
    }
    this.#candidates.push(candidate);
    return candidate;
  }

  #strengthOf(address: string, port: number): Strength {
    if (this.#signalled?.address === address) return this.#signalled.port === port ? 2 : 1;
    if (this.#former?.address === address && this.#former.port === port) return 1;
    return address === this.#sipAddress ? 1 : 0;
  }
}

function count(candidate: Candidate, { ssrc, sequence }: { ssrc: number; sequence: number }): void {
  const step = sequenceDistance(sequence, candidate.sequence);
  const follows = ssrc === candidate.ssrc && step > 0 && step <= LARGEST_STEP;
  candidate.packets = follows ? candidate.packets + 1 : 1;
  candidate.ssrc = ssrc;
  candidate.sequence = sequence;
}

function rank(candidate: Candidate): number {
  return candidate.strength * PACKETS_TO_LOCK + candidate.packets;
}

function isSame(a: RtpSource, b: RtpSource): boolean {
  return a.port === b.port && a.address === b.address;
}
