/**
 * One writer per name: tasks posted under one name run one after the other in the order of posting, those of different
 * names side by side. A task that throws is reported and does not stop the ones behind it.
 */
export class Mailboxes {
  readonly #tails = new Map<string, Promise<void>>();
  readonly #onFault: (name: string, fault: unknown) => void;

  constructor(onFault: (name: string, fault: unknown) => void) {
    this.#onFault = onFault;
  }

  /** @returns a promise that resolves when the task has run, whatever became of it */
  post(name: string, task: () => Promise<void> | void): Promise<void> {
    const run = async () => {
      try {
        await task();
      } catch (fault) {
        this.#onFault(name, fault);
      }
    };
    const before = this.#tails.get(name);
    const tail = before ? before.then(run) : run();
    this.#tails.set(name, tail);
    void tail.then(() => {
      if (this.#tails.get(name) === tail) this.#tails.delete(name);
    });
    return tail;
  }

  /** As `post`, but what the task returns or throws is the caller's, too. */
  async run<T>(name: string, task: () => Promise<T>): Promise<T> {
    let outcome: { value: T } | { failure: unknown } | null = null;
    await this.post(name, async () => {
      try {
        outcome = { value: await task() };
      } catch (failure) {
        outcome = { failure };
        throw failure;
      }
    });
    const settled = outcome as unknown as { value: T } | { failure: unknown };
    if ('failure' in settled) throw settled.failure;
    return settled.value;
  }

  /** How many names have work. */
  get busy(): number {
    return this.#tails.size;
  }

  /** Resolves when every mailbox is empty. */
  async idle(): Promise<void> {
    while (this.#tails.size > 0) await Promise.all(this.#tails.values());
  }
}
