import type { Callback, CallbackId } from '../core/callback/callback.ts';
import { dueByStep, type StepForward } from '../core/callback/clock-step.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { CallbackStore } from '../ports/store.ts';

/** Callbacks due within this time are held in memory with an alarm of their own. */
export const WINDOW_MS = 10_000;
/** The window is filled again so long before it is empty. */
const REFILL_MS = 4_000;
/** Rows read at a time, and how long the next portion of a backlog waits: an outage of hours does not fill the memory. */
const PORTION = 500;
const PORTION_PAUSE_MS = 250;
/** A store that can't be read is asked again after so long. */
const FAULT_PAUSE_MS = 1_000;
/** Steps of the clock that are remembered: nobody sets it more often while a backlog lasts. */
const MAX_STEPS = 16;
/** No more are taken while so many are held: they wait for their trunks. */
const MAX_HELD = 20_000;

export interface SchedulerOptions {
  clock: Clock;
  store: CallbackStore;
  /** Those in memory already. */
  heldIds: () => ReadonlySet<CallbackId>;
  adopt: (callback: Callback) => void;
  log: Log;
}

/** Moves what falls due in the next seconds from the store into memory; one timer, one indexed query a turn. */
export class Scheduler {
  readonly #options: SchedulerOptions;
  #cancelAlarm: (() => void) | null = null;
  /** Of the next turn; null: one is being made. */
  #nextAt: number | null = null;
  #stopped = false;
  /** The latest steps forward, oldest first. */
  #steps: StepForward[] = [];

  constructor(options: SchedulerOptions) {
    this.#options = options;
  }

  /** Resolves after the first turn. */
  start(): Promise<void> {
    return this.#turn();
  }

  /**
   * A callback due at this instant was left to the store. The next turn is early enough for it, unless the clock was set
   * back since it was planned.
   */
  left(dueAt: number): void {
    if (this.#stopped || this.#nextAt === null || this.#nextAt <= dueAt - REFILL_MS) return;
    this.#plan(Math.max(this.#options.clock.now(), dueAt - REFILL_MS));
  }

  /** Something came free that may be due: looks at once. */
  look(): void {
    if (!this.#stopped && this.#nextAt !== null) this.#plan(this.#options.clock.now());
  }

  /** The wall clock was set: what is due by it now is taken now. */
  clockStepped(byMs: number): void {
    const { clock } = this.#options;
    if (byMs > 0) this.#steps = [...this.#steps, { at: clock.now(), byMs }].slice(-MAX_STEPS);
    // Instants before the step do not compare with those after it.
    else this.#steps = [];
    this.look();
  }

  stop(): void {
    this.#stopped = true;
    this.#cancelAlarm?.();
  }

  async #turn(): Promise<void> {
    if (this.#stopped) return;
    this.#nextAt = null;
    const pauseMs = await this.#fill();
    if (!this.#stopped) this.#plan(this.#options.clock.now() + pauseMs);
  }

  #plan(at: number): void {
    this.#cancelAlarm?.();
    this.#nextAt = at;
    const { clock } = this.#options;
    this.#cancelAlarm = clock.after(at - clock.now(), () => void this.#turn());
  }

  /** @returns how long the next turn may wait */
  async #fill(): Promise<number> {
    const { clock, store, heldIds, adopt, log } = this.#options;
    try {
      const held = heldIds();
      if (held.size >= MAX_HELD) return PORTION_PAUSE_MS;
      const due = await store.due(clock.now() + WINDOW_MS, PORTION, held);
      for (const callback of due) adopt(this.#steps.reduce(dueByStep, callback));
      return due.length === PORTION ? PORTION_PAUSE_MS : WINDOW_MS - REFILL_MS;
    } catch (error) {
      log.error({ err: error }, 'due callbacks could not be read; trying again');
      return FAULT_PAUSE_MS;
    }
  }
}
