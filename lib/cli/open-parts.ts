import type { Log } from '../ports/log.ts';

/** Everything that is open while the application runs, in the order in which it was opened. */
export class OpenParts {
  readonly #closers: Array<[string, () => Promise<unknown> | unknown]> = [];
  readonly #log: Log;

  constructor(log: Log) {
    this.#log = log;
  }

  opened(name: string, close: () => Promise<unknown> | unknown): void {
    this.#closers.push([name, close]);
  }

  /** In the reverse order; one that fails does not keep the others open. */
  async close(): Promise<void> {
    for (const [part, close] of this.#closers.splice(0).reverse()) {
      await Promise.resolve()
        .then(close)
        .catch((error: unknown) => this.#log.error({ err: error, part }, 'a part could not be closed'));
    }
  }
}
