/**
 * One clock for everything that plays: 20 ms per frame, in four phases of 5 ms so that the work of many endpoints is
 * spread. Due times are absolute (`start + k * 5 ms`), so a late timer is caught up and the rate stays exact; after a
 * stall of more than 100 ms the missed time is skipped instead of sent as a burst. It runs only while somebody plays.
 */

import type { TimeSource } from './time-source.ts';

export const FRAME_MS = 20;
const PHASES = 4;
const STEP_MS = FRAME_MS / PHASES;
const LONGEST_CATCH_UP_MS = 100;

export interface TickerMember {
  /** @param frame counts 20 ms; missing numbers are time that was skipped */
  tick(frame: number): void;
}

export class Ticker {
  readonly #time: TimeSource;
  readonly #phases: Set<TickerMember>[] = Array.from({ length: PHASES }, () => new Set<TickerMember>());
  #size = 0;
  #startedAtMs = 0;
  /** The next step to run, 5 ms each since the start. */
  #step = 0;
  #cancel: (() => void) | null = null;
  #running = false;

  constructor(time: TimeSource) {
    this.#time = time;
  }

  /** How many play; 0: no timer is armed. */
  get size(): number {
    return this.#size;
  }

  /** The member's first tick comes within 20 ms, never from inside this call. */
  add(member: TickerMember): void {
    if (this.#phases.some((phase) => phase.has(member))) return;
    const emptiest = this.#phases.reduce((least, phase) => (phase.size < least.size ? phase : least));
    emptiest.add(member);
    this.#size += 1;
    if (this.#size > 1 || this.#running) return;
    this.#startedAtMs = this.#time.nowMs();
    this.#step = 0;
    this.#arm();
  }

  remove(member: TickerMember): void {
    if (!this.#phases.some((phase) => phase.delete(member))) return;
    this.#size -= 1;
    if (this.#size === 0 && !this.#running) this.#disarm();
  }

  #arm(): void {
    const dueMs = this.#startedAtMs + this.#step * STEP_MS;
    this.#cancel = this.#time.after(Math.max(0, Math.ceil(dueMs - this.#time.nowMs())), () => this.#run());
  }

  #disarm(): void {
    this.#cancel?.();
    this.#cancel = null;
  }

  #run(): void {
    this.#running = true;
    const elapsedMs = this.#time.nowMs() - this.#startedAtMs;
    const current = Math.floor(elapsedMs / STEP_MS);
    // The phase keeps its place in the 20 ms: whole frames are skipped.
    if (elapsedMs - this.#step * STEP_MS > LONGEST_CATCH_UP_MS) {
      this.#step += Math.floor((current - this.#step) / PHASES) * PHASES;
    }
    while (this.#step <= current && this.#size > 0) {
      const frame = Math.floor(this.#step / PHASES);
      for (const member of this.#phases[this.#step % PHASES]!) member.tick(frame);
      this.#step += 1;
    }
    this.#running = false;
    if (this.#size > 0) this.#arm();
    else this.#disarm();
  }
}
