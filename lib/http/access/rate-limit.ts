/** How many requests somebody may make: a bucket that fills by itself. Bounded memory. */

export interface RateLimitOptions {
  perSecond: number;
  burst: number;
  mostNames: number;
  now(): number;
}

export class RateLimit {
  readonly #options: RateLimitOptions;
  readonly #buckets = new Map<string, { left: number; at: number }>();

  constructor(options: RateLimitOptions) {
    this.#options = options;
  }

  /** Seconds to wait; 0: it may go on, and is counted. */
  take(name: string): number {
    const { perSecond, burst, mostNames, now } = this.#options;
    const at = now();
    const { left, at: before } = this.#buckets.get(name) ?? { left: burst, at };
    const filled = Math.min(burst, left + (Math.max(0, at - before) / 1000) * perSecond);
    const isFree = filled >= 1;
    this.#buckets.delete(name);
    this.#buckets.set(name, { left: isFree ? filled - 1 : filled, at });
    if (this.#buckets.size > mostNames) this.#buckets.delete(this.#buckets.keys().next().value!);
    return isFree ? 0 : Math.max(1, Math.ceil((1 - filled) / perSecond));
  }
}
