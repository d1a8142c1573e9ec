/** Monotonic time that a test moves by hand. */

import type { TimeSource } from '../../lib/media/embedded/time-source.ts';

export class ManualTime implements TimeSource {
  #nowMs = 1000;
  readonly #timers = new Set<{ dueMs: number; run: () => void }>();

  nowMs(): number {
    return this.#nowMs;
  }

  get armed(): number {
    return this.#timers.size;
  }

  after(delayMs: number, run: () => void): () => void {
    const timer = { dueMs: this.#nowMs + delayMs, run };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  /** Runs what falls due, in order and at its time. */
  advance(durationMs: number): void {
    const endMs = this.#nowMs + durationMs;
    for (;;) {
      const due = [...this.#timers].filter((timer) => timer.dueMs <= endMs).sort((a, b) => a.dueMs - b.dueMs)[0];
      if (due === undefined) break;
      this.#timers.delete(due);
      this.#nowMs = Math.max(this.#nowMs, due.dueMs);
      due.run();
    }
    this.#nowMs = endMs;
  }

  /** The process hangs: time passes and nothing runs until the next `advance`. */
  stall(durationMs: number): void {
    this.#nowMs += durationMs;
  }
}
