import type { Clock } from '../../lib/ports/clock.ts';
import { AlarmHeap } from '../../lib/system/alarm-heap.ts';

/** Turns of the event loop between two alarms: a promise chain with a write to the store in it settles within. */
const TURNS = 5;

async function turns(): Promise<void> {
  for (let turn = 0; turn < TURNS; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

/** Time that stands still until it is moved. */
export class FakeClock implements Clock {
  readonly #alarms = new AlarmHeap();
  readonly #settle: () => Promise<void>;
  readonly #listeners: Array<(byMs: number) => void> = [];
  #now: number;
  /** Where `advance` ends; it moves with the clock, for as much time passes all the same. */
  #until = 0;
  #looksUntilStep = 0;
  #stepMs = 0;

  /**
   * @param now the first instant
   * @param settle lets what an alarm began come to rest
   */
  constructor(now = Date.UTC(2026, 10, 20, 12), settle: () => Promise<void> = turns) {
    this.#now = now;
    this.#settle = settle;
  }

  now(): number {
    if (this.#looksUntilStep > 0) {
      this.#looksUntilStep -= 1;
      if (this.#looksUntilStep === 0) this.step(this.#stepMs);
    }
    return this.#now;
  }

  /** The wall clock is set in the middle of something, and that is seen at the `look`th look from now. */
  stepAtLook(look: number, ms: number): void {
    this.#looksUntilStep = look;
    this.#stepMs = ms;
  }

  /** The step of `stepAtLook` has not been seen yet. */
  get isAboutToStep(): boolean {
    return this.#looksUntilStep > 0;
  }

  /** Alarms that are set and have not run. */
  get pending(): number {
    return this.#alarms.size;
  }

  /** The instant of the next alarm; null: none. */
  get nextAt(): number | null {
    return this.#alarms.first()?.at ?? null;
  }

  alarm(at: number, run: () => void): () => void {
    const alarm = this.#alarms.add(at, run);
    return () => this.#alarms.remove(alarm);
  }

  after(ms: number, run: () => void): () => void {
    const alarm = this.#alarms.add(this.#now + ms, run, true);
    return () => this.#alarms.remove(alarm);
  }

  onStep(listener: (byMs: number) => void): void {
    this.#listeners.push(listener);
  }

  /** Lets `ms` pass: each alarm runs at its own instant, in order, and what it began settles before the next one. */
  async advance(ms: number): Promise<void> {
    this.#until = this.#now + ms;
    await this.#settle();
    for (;;) {
      const first = this.#alarms.first();
      if (first === undefined || first.at > this.#until) break;
      this.#alarms.remove(first);
      // An alarm in the past (set so, or passed by a step) does not take the clock back.
      this.#now = Math.max(this.#now, first.at);
      first.run();
      await this.#settle();
    }
    this.#now = this.#until;
    await this.#settle();
  }

  /** Steps the wall clock, also back. Nothing runs by it: alarms that have become due run at the next `advance`. */
  step(ms: number): void {
    this.#now += ms;
    this.#until += ms;
    this.#alarms.moveWaiting(ms);
    for (const listener of this.#listeners) listener(ms);
  }
}
