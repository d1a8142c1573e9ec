/** Commands for one call, one after the other. */

export class CommandQueue {
  readonly #failed: (error: unknown) => void;
  #last: Promise<void> = Promise.resolve();
  #isStopped = false;

  /** @param failed told of each command that was not done; those behind it are tried all the same */
  constructor(failed: (error: unknown) => void) {
    this.#failed = failed;
  }

  /**
   * @param options.evenIfStopped the end of the call: an rtpengine that was silent for too long may come back with it
   * @returns resolves when it was done, has failed, or never will be
   */
  add(run: () => Promise<void>, { evenIfStopped = false } = {}): Promise<void> {
    this.#last = this.#last.then(async () => {
      if (this.#isStopped && !evenIfStopped) return;
      try {
        await run();
      } catch (error) {
        this.#failed(error);
      }
    });
    return this.#last;
  }

  /** What still waits is not done any more: there is no call. */
  stop(): void {
    this.#isStopped = true;
  }

  /** Resolves when all that was added so far is done. */
  async done(): Promise<void> {
    await this.#last;
  }
}
