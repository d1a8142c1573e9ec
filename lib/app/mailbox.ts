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

  /** How many names have work. */
  get busy(): number {
    return this.#tails.size;
  }

  /** Resolves when every mailbox is empty. */
  async idle(): Promise<void> {
    while (this.#tails.size > 0) await Promise.all(this.#tails.values());
  }
}
