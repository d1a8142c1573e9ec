/**
 * The clock of the real world. All alarms wait in one heap behind a single Node timer: a million timers cost 450 MB and
 * run late.
 *
 * What Node's timers do that an alarm must not: fire at once beyond 2^31-1 ms, fire up to 2 ms early, and count on the
 * monotonic clock, so that a step of the wall clock passes them by. So no wait is longer than a minute, and each time the
 * timer fires the wall clock decides.
 *
 * Between two readings both clocks have gone on by the same time, unless the wall clock was set (by hand, by NTP, at a leap
 * second; a slew turns both) or the machine was suspended, which stops the monotonic one. Instants of alarms that wait for
 * a time to pass are moved by the difference.
 */

import type { Clock } from '../ports/clock.ts';
import { AlarmHeap } from './alarm-heap.ts';

const MAX_WAIT_MS = 60_000;
/** Alarms that run before the rest of the program gets its turn again. */
const ALARMS_PER_TURN = 500;
/** Less than this is the grain of the two clocks. */
const STEP_MS = 50;
/** Two clocks are read at one moment if no more than this passes meanwhile. */
const SAME_MOMENT_MS = 1;

/** Time and timers as the platform has them; another one in tests. */
export interface ClockSource {
  now(): number;
  /** Milliseconds since some instant, which nobody sets. */
  monotonic(): number;
  /** @returns a function that takes the timer back */
  wait(ms: number, fire: () => void): () => void;
}

const PLATFORM: ClockSource = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  wait: (ms, fire) => {
    const timer = setTimeout(fire, ms);
    return () => clearTimeout(timer);
  },
};

class SystemClock implements Clock {
  readonly #source: ClockSource;
  readonly #alarms = new AlarmHeap();
  readonly #listeners: Array<(byMs: number) => void> = [];
  #cancelTimer: (() => void) | null = null;
  /** What the timer is set for. */
  #timerAt = Number.POSITIVE_INFINITY;
  /** Wall clock minus monotonic clock. */
  #offset: number;

  constructor(source: ClockSource) {
    this.#source = source;
    this.#offset = source.now() - source.monotonic();
  }

  now(): number {
    const now = this.#source.now();
    const offset = now - this.#source.monotonic();
    if (Math.abs(offset - this.#offset) < STEP_MS) return now;
    return this.#lookAgain();
  }

  alarm(at: number, run: () => void): () => void {
    return this.#set(at, run, false);
  }

  after(ms: number, run: () => void): () => void {
    return this.#set(this.now() + ms, run, true);
  }

  onStep(listener: (byMs: number) => void): void {
    this.#listeners.push(listener);
  }

  /** This process may have stood still between its looks at the two clocks. */
  #lookAgain(): number {
    for (;;) {
      const before = this.#source.monotonic();
      const now = this.#source.now();
      if (this.#source.monotonic() - before > SAME_MOMENT_MS) continue;
      const byMs = Math.round(now - before - this.#offset);
      if (Math.abs(byMs) >= STEP_MS) this.#stepped(byMs);
      return now;
    }
  }

  #stepped(byMs: number): void {
    this.#offset += byMs;
    this.#alarms.moveWaiting(byMs);
    for (const listener of this.#listeners) listener(byMs);
    this.#setTimer();
  }

  #set(at: number, run: () => void, isWait: boolean): () => void {
    // Compared with NaN nothing is ever due, and everything behind it in the heap would wait for ever.
    if (Number.isNaN(at)) throw new RangeError('an alarm needs an instant, not NaN');
    const alarm = this.#alarms.add(at, run, isWait);
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
        const now = this.now();
        const first = this.#alarms.first();
        if (first === undefined || first.at > now) break;
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
