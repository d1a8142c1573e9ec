/** Counts what goes wrong per key (an address, an extension at an address), in bounded memory. */

const maxKeys = 4096;

export class Failures {
  readonly #byKey = new Map<string, { count: number; since: number }>();
  readonly #limit: number;
  readonly #windowMs: number;

  constructor(limit: number, windowMs: number) {
    this.#limit = limit;
    this.#windowMs = windowMs;
  }

  /** @returns true when this key has had enough */
  failed(key: string, now: number): boolean {
    const known = this.#byKey.get(key);
    const entry = known && now - known.since <= this.#windowMs ? known : { count: 0, since: now };
    entry.count++;
    this.#byKey.delete(key);
    this.#byKey.set(key, entry);
    const oldest = this.#byKey.keys().next();
    if (this.#byKey.size > maxKeys && !oldest.done) this.#byKey.delete(oldest.value);
    return entry.count >= this.#limit;
  }

  /** It had enough, and its time is not over. */
  isBlocked(key: string, now: number): boolean {
    const entry = this.#byKey.get(key);
    return entry !== undefined && entry.count >= this.#limit && now - entry.since <= this.#windowMs;
  }

  forget(key: string): void {
    this.#byKey.delete(key);
  }
}
