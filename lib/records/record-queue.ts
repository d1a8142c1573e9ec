/** Records on their way into one place, which may be out of order: then they wait, up to a bound. */
export class RecordQueue<T extends { id: string }> {
  readonly #mostWaiting: number;
  readonly #write: (records: readonly T[]) => Promise<void>;
  readonly #waiting = new Map<string, T>();

  /** @param write all of them, or it rejects and has taken none */
  constructor(mostWaiting: number, write: (records: readonly T[]) => Promise<void>) {
    this.#mostWaiting = mostWaiting;
    this.#write = write;
  }

  get size(): number {
    return this.#waiting.size;
  }

  /** @returns how many of the oldest had to go for them */
  add(records: readonly T[]): number {
    for (const record of records) this.#waiting.set(record.id, record);
    const tooMany = Math.max(0, this.#waiting.size - this.#mostWaiting);
    for (const id of [...this.#waiting.keys()].slice(0, tooMany)) this.#waiting.delete(id);
    return tooMany;
  }

  /** Those that wait become others of the same ids. */
  revise(changed: (record: T) => T): void {
    for (const [id, record] of this.#waiting) this.#waiting.set(id, changed(record));
  }

  /** Rejects with what is wrong; then they wait on. */
  async flush(): Promise<void> {
    if (this.#waiting.size === 0) return;
    const records = [...this.#waiting.values()];
    await this.#write(records);
    for (const { id } of records) this.#waiting.delete(id);
  }
}
