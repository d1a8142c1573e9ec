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
