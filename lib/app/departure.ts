import type { Callback, CallbackId } from '../core/callback/callback.ts';
import type { CallbackSaver } from './callback-saver.ts';
import { disarm, type HeldCallback, isForOthers, isResting } from './held-callback.ts';
import type { Mailboxes } from './mailbox.ts';
import type { RunnerOptions } from './runner-options.ts';

/** A leg that never reported its end holds its callback in memory no longer than this after it is done. */
const LINGER_MS = 60_000;
/** The last messages of a call (the 200 of its BYE) may come after its end. */
const LAST_LINES_MS = 500;

export interface DepartureOptions
  extends Pick<RunnerOptions, 'clock' | 'store' | 'nodes' | 'switchboard' | 'windowMs' | 'onLeft'> {
  /** Those in memory. */
  entries: Map<CallbackId, HeldCallback>;
  mailboxes: Mailboxes;
  saver: CallbackSaver;
}

/** How callbacks leave the memory: done with no leg up, or due so late that the store wakes them. */
export class Departure {
  isDraining = false;
  readonly #options: DepartureOptions;

  constructor(options: DepartureOptions) {
    this.#options = options;
  }

  /** Lets go of what needs no attention. */
  async settle(entry: HeldCallback): Promise<void> {
    entry.cancelLeave?.();
    entry.cancelLeave = null;
    if (entry.lost === 'gone' || entry.dirty || !this.isResting(entry.callback)) return;
    if (entry.legs.size > 0 && entry.callback.state !== 'done') return;
    if (entry.ownedLegs.size === 0) return this.#leave(entry);
    const { clock, mailboxes } = this.#options;
    const waitMs = entry.legs.size > 0 ? LINGER_MS : LAST_LINES_MS;
    entry.cancelLeave = clock.after(waitMs, () => {
      void mailboxes.post(entry.callback.id, () => this.#leave(entry));
    });
  }

  isResting(callback: Callback): boolean {
    const { clock, windowMs, nodes } = this.#options;
    // A node that drains leaves to the others what is due soon.
    return this.isDraining && nodes !== null ? isForOthers(callback) : isResting(callback, clock.now() + windowMs);
  }

  /** It is the store's again. */
  left({ id, state, dueAt }: Callback): void {
    this.#options.store.release([id]);
    if (state === 'scheduled') this.#options.onLeft(dueAt);
  }

  async #leave(entry: HeldCallback): Promise<void> {
    const { entries, saver, switchboard } = this.#options;
    const { id } = entry.callback;
    if (entries.get(id) !== entry || entry.dirty || !this.isResting(entry.callback)) return;
    // The last lines of the ladder came after the last change.
    while (entry.log.length > 0) {
      if (await saver.save(entry)) continue;
      entry.dirty = true;
      return;
    }
    disarm(entry);
    entries.delete(id);
    switchboard.release(entry.ownedLegs);
    if (entry.lost === null) this.left(entry.callback);
  }
}
