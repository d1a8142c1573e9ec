import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Pace } from '../ports/pace.ts';

/** Its timer wakes the process so often; the lateness of it is that of every other timer. */
const RESOLUTION_MS = 20;
/** A single turn may be a pause, whatever it was for. */
const FEWEST_TURNS = 3;

/** How late the main loop's timers are. The median counts: one long pause is not a process that cannot keep up. */
export class LoopPace implements Pace {
  readonly #delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  #since = performance.now();

  constructor() {
    this.#delays.enable();
  }

  look(): { spanMs: number; lateMs: number } | null {
    if (this.#delays.count < FEWEST_TURNS) return null;
    const now = performance.now();
    // A recorded delay is the time from one wake-up to the next.
    const lateMs = Math.max(0, this.#delays.percentile(50) / 1e6 - RESOLUTION_MS);
    const look = { spanMs: now - this.#since, lateMs };
    this.#since = now;
    this.#delays.reset();
    return look;
  }

  stop(): void {
    this.#delays.disable();
  }
}
