import { Buffer } from 'node:buffer';
import { canonicalAddress } from './address.ts';

const REGISTER = Buffer.from('REGISTER ');
const RESPONSE = Buffer.from('SIP/');

/** Addresses whose requests are dropped without an answer, each until an instant. Bounded: the oldest entry makes room. */
export class SilenceList {
  readonly #maxEntries: number;
  readonly #untilByAddress = new Map<string, number>();

  constructor(maxEntries: number) {
    this.#maxEntries = maxEntries;
  }

  add(address: string, untilAt: number): void {
    const key = canonicalAddress(address);
    this.#untilByAddress.delete(key);
    if (this.#untilByAddress.size >= this.#maxEntries) {
      const oldest = this.#untilByAddress.keys().next();
      if (!oldest.done) this.#untilByAddress.delete(oldest.value);
    }
    this.#untilByAddress.set(key, untilAt);
  }

  has(address: string, now: number): boolean {
    if (this.#untilByAddress.size === 0) return false;
    const key = canonicalAddress(address);
    const untilAt = this.#untilByAddress.get(key);
    if (untilAt === undefined) return false;
    if (untilAt > now) return true;
    this.#untilByAddress.delete(key);
    return false;
  }
}

/** Whether a datagram from a silenced address passes all the same: a response, or a REGISTER (a phone may log in again). */
export function passesSilence(bytes: Buffer): boolean {
  return startsWith(bytes, RESPONSE) || startsWith(bytes, REGISTER);
}

function startsWith(bytes: Buffer, prefix: Buffer): boolean {
  return bytes.length >= prefix.length && bytes.compare(prefix, 0, prefix.length, 0, prefix.length) === 0;
}
