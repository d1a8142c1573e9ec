import type { AttemptRecord, Callback, CallbackLogEntry } from '../core/callback/callback.ts';
import type { CallbackEffect, SuppressionWish } from '../core/callback/event.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { Nodes } from '../ports/nodes.ts';
import type { CallbackSave, CallbackStore } from '../ports/store.ts';
import type { HeldCallback } from './held-callback.ts';

/** A store that is away is asked again after so long; the callback's mailbox goes on meanwhile. */
const SAVE_RETRY_MS = 1_000;

export interface SaverOptions {
  clock: Clock;
  store: CallbackStore;
  /** Null: this is the only node. */
  nodes: Nodes | null;
  log: Log;
  onSaved: (callback: Callback, log: CallbackLogEntry[], attempts: AttemptRecord[]) => void;
  /** Another node has taken it over. */
  onOvertaken: (entry: HeldCallback) => void;
  /** It is time to save again what could not be saved. */
  onRetry: (entry: HeldCallback) => void;
}

/** Writes held callbacks down, again and again if need be, and says whether they are still ours. */
export class CallbackSaver {
  readonly #options: SaverOptions;

  constructor(options: SaverOptions) {
    this.#options = options;
  }

  /** @returns whether it is durable; else it is tried again, or it is not ours any more */
  async save(entry: HeldCallback): Promise<boolean> {
    if (entry.lost !== null) return forgotten(entry);
    const { log, attempts, suppressions } = entry;
    const callback = { ...entry.callback, version: entry.callback.version + 1 };
    entry.log = [];
    entry.attempts = [];
    entry.suppressions = [];
    try {
      // What somebody in a flow has pressed is not written down; a restart would not read it.
      const written = callback.flow === null ? callback : { ...callback, flow: null };
      const result = await this.#options.store.save({
        callback: written,
        log,
        attempts,
        ...suppressed(callback, suppressions),
      });
      if (entry.lost !== null) return forgotten(entry);
      if (result === 'stale' && this.#options.nodes !== null) {
        this.#options.log.warn({ callbackId: callback.id }, 'a callback was taken over by another node');
        this.#options.onOvertaken(entry);
        return false;
      }
      if (result === 'stale')
        throw new Error(`callback ${callback.id}: another writer saved version ${callback.version}`);
      // The rest of it may have been moved with the clock meanwhile.
      entry.callback = { ...entry.callback, version: callback.version };
      entry.dirty = false;
    } catch (error) {
      entry.log = [...log, ...entry.log];
      entry.attempts = [...attempts, ...entry.attempts];
      entry.suppressions = [...suppressions, ...entry.suppressions];
      this.#options.log.error({ callbackId: callback.id, err: error }, 'a callback could not be saved; trying again');
      this.#retry(entry);
      return false;
    }
    this.#options.onSaved(callback, log, attempts);
    return true;
  }

  /**
   * Whether these may be performed, at the last moment before: this process may have stood still since the save, and
   * another node may have taken the callback over. Only a lease that stands keeps it away.
   */
  async mayPerform(entry: HeldCallback, effects: readonly CallbackEffect[]): Promise<boolean> {
    const { nodes, log } = this.#options;
    if (nodes === null || entry.lost === 'talking') return true;
    try {
      while (entry.lost === null && effects.some(({ type }) => type === 'dial') && !nodes.holds())
        await nodes.confirm();
    } catch (error) {
      log.error({ callbackId: entry.callback.id, err: error }, 'the lease is in doubt: nobody is dialled');
      entry.dirty = true;
      this.#retry(entry);
      return false;
    }
    return entry.lost === null;
  }

  #retry(entry: HeldCallback): void {
    entry.cancelSaveRetry?.();
    const { clock, onRetry } = this.#options;
    entry.cancelSaveRetry = clock.after(SAVE_RETRY_MS, () => {
      entry.cancelSaveRetry = null;
      onRetry(entry);
    });
  }
}

function suppressed({ id }: Callback, wishes: readonly SuppressionWish[]): Pick<CallbackSave, 'suppressions'> {
  if (wishes.length === 0) return {};
  const source = `callback:${id}`;
  return {
    suppressions: wishes.map(({ number, reason, at, expiresAt }) => ({
      number,
      reason,
      source,
      createdAt: at,
      expiresAt,
    })),
  };
}

/** It is another node's: there is nothing to write down. @returns whether what follows may be done all the same */
function forgotten(entry: HeldCallback): boolean {
  entry.log = [];
  entry.attempts = [];
  entry.suppressions = [];
  entry.dirty = false;
  return entry.lost === 'talking';
}
