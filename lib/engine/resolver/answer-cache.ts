/** An answer and how long it holds. */
export type Answer<T> = { value: T; ttlSeconds: number };

type Entry = { value: Promise<unknown>; untilAt: number };

const MIN_TTL_SECONDS = 1;
export const MAX_TTL_SECONDS = 3600;

/**
 * Answers by question. A question that is being asked is not asked again meanwhile. Bounded: the entry that was put in first makes
 * room for a new one.
 */
export class AnswerCache {
  readonly #maxEntries: number;
  readonly #now: () => number;
  readonly #entries = new Map<string, Entry>();

  constructor(maxEntries: number, now: () => number) {
    this.#maxEntries = maxEntries;
    this.#now = now;
  }

  /** `ask` must not reject. */
  get<T>(question: string, ask: () => Promise<Answer<T>>): Promise<T> {
    const known = this.#entries.get(question);
    if (known !== undefined && known.untilAt > this.#now()) return known.value as Promise<T>;
    this.#entries.delete(question);
    this.#makeRoom();
    const entry: Entry = { value: Promise.resolve(), untilAt: Number.POSITIVE_INFINITY };
    const value = ask().then((answer) => {
      const ttlSeconds = Math.min(MAX_TTL_SECONDS, Math.max(MIN_TTL_SECONDS, answer.ttlSeconds));
      entry.untilAt = this.#now() + ttlSeconds * 1000;
      return answer.value;
    });
    entry.value = value;
    this.#entries.set(question, entry);
    return value;
  }

  get size(): number {
    return this.#entries.size;
  }

  #makeRoom(): void {
    if (this.#entries.size < this.#maxEntries) return;
    const oldest = this.#entries.keys().next();
    if (!oldest.done) this.#entries.delete(oldest.value);
  }
}
