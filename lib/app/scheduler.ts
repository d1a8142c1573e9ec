import type { Callback, CallbackId } from '../core/callback/callback.ts';
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
  #stopped = false;

  constructor(options: SchedulerOptions) {
    this.#options = options;
  }

  /** Resolves after the first turn. */
  start(): Promise<void> {
    return this.#turn();
  }

  stop(): void {
    this.#stopped = true;
    this.#cancelAlarm?.();
  }

  async #turn(): Promise<void> {
    if (this.#stopped) return;
    const { clock } = this.#options;
    const more = await this.#fill();
    if (this.#stopped) return;
    const wait = more ? PORTION_PAUSE_MS : WINDOW_MS - REFILL_MS;
    this.#cancelAlarm = clock.alarm(clock.now() + wait, () => void this.#turn());
  }

  /** @returns true if there is more to take soon */
  async #fill(): Promise<boolean> {
    const { clock, store, heldIds, adopt, log } = this.#options;
    try {
      const held = heldIds();
      if (held.size >= MAX_HELD) return true;
      const due = await store.due(clock.now() + WINDOW_MS, PORTION, held);
      for (const callback of due) adopt(callback);
      return due.length === PORTION;
    } catch (error) {
      log.error({ err: error }, 'due callbacks could not be read; trying again');
      return true;
    }
  }
}
