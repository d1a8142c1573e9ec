/** A started wait. Cancelling one that has already fired does nothing. */
export interface Timer {
  cancel(): void;
}

/** The engine's only source of time, so that every timer can be driven by a test. */
export interface Clock {
  /** Epoch milliseconds. */
  now(): number;
  /** Runs `fire` once after `delayMs`. */
  after(delayMs: number, fire: () => void): Timer;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  after(delayMs, fire) {
    const timeout = setTimeout(fire, delayMs);
    return { cancel: () => clearTimeout(timeout) };
  },
};

/** A clock whose running waits can be ended all at once, so that nothing of a stopped engine fires or keeps a process alive. */
export class StoppableClock implements Clock {
  readonly #clock: Clock;
  readonly #running = new Set<Timer>();
  #isStopped = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  now(): number {
    return this.#clock.now();
  }

  after(delayMs: number, fire: () => void): Timer {
    if (this.#isStopped) return NEVER;
    const wait = this.#clock.after(delayMs, () => {
      this.#running.delete(timer);
      fire();
    });
    const timer: Timer = {
      cancel: () => {
        this.#running.delete(timer);
        wait.cancel();
      },
    };
    this.#running.add(timer);
    return timer;
  }

  /** Cancels every wait; none begins any more. */
  stop(): void {
    this.#isStopped = true;
    for (const timer of [...this.#running]) timer.cancel();
  }
}

const NEVER: Timer = { cancel: () => undefined };
