/** Requests of one address that belong to nobody, before the engine stops answering it. */
const PATIENCE = 5;
const SILENCE_MS = 60_000;
/** An address that was quiet for so long starts anew. */
const FORGET_MS = 60_000;
const MAX_ADDRESSES = 10_000;

/**
 * Counts the sources that belong to no trunk and no extension. The first few get their 403, so that a misconfigured
 * neighbour learns what is wrong; a scanner is met with silence.
 */
export class Strangers {
  readonly #seen = new Map<string, { count: number; lastAt: number }>();

  /** @returns the instant until which the address deserves silence; null: answer it */
  refused(address: string, now: number): number | null {
    const known = this.#seen.get(address);
    const count = known && now - known.lastAt < FORGET_MS ? known.count + 1 : 1;
    this.#seen.delete(address);
    this.#seen.set(address, { count, lastAt: now });
    if (this.#seen.size > MAX_ADDRESSES) this.#seen.delete(this.#seen.keys().next().value!);
    return count >= PATIENCE ? now + SILENCE_MS : null;
  }

  /** The configuration changed: an address may belong to somebody now. */
  forget(): void {
    this.#seen.clear();
  }
}
