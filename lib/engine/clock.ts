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
    return new SystemTimer(setTimeout(fire, delayMs));
  },
};

class SystemTimer implements Timer {
  readonly #timeout: NodeJS.Timeout;

  constructor(timeout: NodeJS.Timeout) {
    this.#timeout = timeout;
  }

  cancel(): void {
    clearTimeout(this.#timeout);
  }
}

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
    const wait = new Wait(this.#running);
    wait.begin(this.#clock, delayMs, fire);
    return wait;
  }

  /** Cancels every wait; none begins any more. */
  stop(): void {
    this.#isStopped = true;
    for (const timer of [...this.#running]) timer.cancel();
  }
}

/** A wait among those that run. There are ten for each call and they last, so each is small. */
class Wait implements Timer {
  readonly #running: Set<Timer>;
  #timer: Timer = NEVER;

  constructor(running: Set<Timer>) {
    this.#running = running;
  }

  begin(clock: Clock, delayMs: number, fire: () => void): void {
    this.#running.add(this);
    this.#timer = clock.after(delayMs, () => {
      this.#running.delete(this);
      fire();
    });
  }

  cancel(): void {
    this.#running.delete(this);
    this.#timer.cancel();
  }
}

const NEVER: Timer = { cancel: () => undefined };
