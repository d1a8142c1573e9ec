/**
 * The clock of the real world. All alarms wait in one heap behind a single Node timer: a million timers cost 450 MB and
 * run late.
 *
 * What Node's timers do that an alarm must not: fire at once beyond 2^31-1 ms, fire up to 2 ms early, and count on the
 * monotonic clock, so that a step of the wall clock passes them by. So no wait is longer than a minute, and each time the
 * timer fires the wall clock decides.
 */

import type { Clock } from '../ports/clock.ts';
import { AlarmHeap } from './alarm-heap.ts';

const MAX_WAIT_MS = 60_000;
/** Alarms that run before the rest of the program gets its turn again. */
const ALARMS_PER_TURN = 500;

/** Time and timers as the platform has them; another one in tests. */
export interface ClockSource {
  now(): number;
  /** @returns a function that takes the timer back */
  wait(ms: number, fire: () => void): () => void;
}

const PLATFORM: ClockSource = {
  now: () => Date.now(),
  wait: (ms, fire) => {
    const timer = setTimeout(fire, ms);
    return () => clearTimeout(timer);
  },
};

class SystemClock implements Clock {
  readonly #source: ClockSource;
  readonly #alarms = new AlarmHeap();
  #cancelTimer: (() => void) | null = null;
  /** What the timer is set for. */
  #timerAt = Number.POSITIVE_INFINITY;

  constructor(source: ClockSource) {
    this.#source = source;
  }

  now(): number {
    return this.#source.now();
  }

  alarm(at: number, run: () => void): () => void {
    // Compared with NaN nothing is ever due, and everything behind it in the heap would wait for ever.
    if (Number.isNaN(at)) throw new RangeError('an alarm needs an instant, not NaN');
    const alarm = this.#alarms.add(at, run);
    if (at < this.#timerAt) this.#setTimer();
    return () => {
      this.#alarms.remove(alarm);
      if (this.#alarms.size === 0) this.#clearTimer();
    };
  }

  #setTimer(): void {
    this.#clearTimer();
    const first = this.#alarms.first();
    if (first === undefined) return;
    const waitMs = Math.min(Math.max(Math.ceil(first.at - this.#source.now()), 0), MAX_WAIT_MS);
    this.#timerAt = first.at;
    this.#cancelTimer = this.#source.wait(waitMs, () => this.#fired());
  }

  #clearTimer(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = null;
    this.#timerAt = Number.POSITIVE_INFINITY;
  }

  #fired(): void {
    this.#cancelTimer = null;
    // Alarms that are set meanwhile wait for the timer that is set below.
    this.#timerAt = Number.NEGATIVE_INFINITY;
    try {
      for (let count = 0; count < ALARMS_PER_TURN; count += 1) {
        const first = this.#alarms.first();
        if (first === undefined || first.at > this.#source.now()) break;
        this.#alarms.remove(first);
        first.run();
      }
    } finally {
      // Also when an alarm throws: the others are still owed.
      this.#setTimer();
    }
  }
}

export function createSystemClock(source: ClockSource = PLATFORM): Clock {
  return new SystemClock(source);
}
