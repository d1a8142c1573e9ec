import type { Callback, CallbackId } from '../core/callback/callback.ts';
import type { Clock } from '../ports/clock.ts';
import type { EventFeed, EventSource, SystemEvent } from '../ports/event-source.ts';
import type { Log } from '../ports/log.ts';
import type { CallbackStore, SequencedLogEntry } from '../ports/store.ts';

/** What happens at once is read at once. */
const CALM_MS = 20;
/** Other nodes do not say that they have written something. */
const LOOK_EVERY_MS = 1_000;
const PAGE = 500;
/** Entries that a watcher may have missed; whoever missed more has to read anew. Lines of ladders are among them. */
export const MOST_MISSED = 2_000;
/** An entry that is still being written is waited for so long: afterwards it is taken for one that was given up. */
const GAP_MS = 5_000;
const LOOK_AT_GAP_MS = 50;
/** Events of this process whose entries were not read yet. */
const MOST_FRESH = 10_000;

export interface EventLogOptions {
  clock: Clock;
  store: Pick<CallbackStore, 'get' | 'logSince' | 'lastLogSequence'>;
  /** What happens in this process. */
  hub: EventSource;
  log: Log;
}

const nameOf = (callbackId: CallbackId, type: string, at: number) => `${callbackId} ${type} ${at}`;

/**
 * The events of all nodes, for watchers. Those of callbacks are read out of the log that is kept with them: so they come in
 * one order, with numbers that are good at every node and after a restart. Others are of this node and of the moment.
 * It reads only as long as somebody watches.
 */
export class EventLog implements EventFeed {
  readonly tellsUnkept = true;
  readonly #options: EventLogOptions;
  readonly #listeners = new Set<(event: SystemEvent) => void>();
  /** As this process told them, by their names: an entry alone does not have the state that it led to. */
  readonly #fresh = new Map<string, SystemEvent>();
  /** Null: nobody watches. */
  #follower: Follower | null = null;

  constructor(options: EventLogOptions) {
    this.#options = options;
  }

  subscribe(listener: (event: SystemEvent) => void): () => void {
    this.#listeners.add(listener);
    this.#follower ??= this.#follow();
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size > 0) return;
      this.#follower?.stop();
      this.#follower = null;
      this.#fresh.clear();
    };
  }

  async place(): Promise<number> {
    return this.#follower === null ? this.#options.store.lastLogSequence() : this.#follower.place();
  }

  async since(sequence: number): Promise<SystemEvent[] | null> {
    const { store } = this.#options;
    const entries = await store.logSince(sequence, MOST_MISSED + 1);
    if (entries.length > MOST_MISSED) return null;
    const last = entries.at(-1)?.sequence ?? (await store.lastLogSequence());
    // Where a number is missing its entry was taken away, by retention or with a number that was erased; or it was never one of ours.
    return last - sequence === entries.length ? this.#eventsOf(entries) : null;
  }

  #follow(): Follower {
    const { clock, store, log, hub } = this.#options;
    const follower = new Follower({
      clock,
      store,
      log,
      onEntries: async (entries) => {
        for (const event of await this.#eventsOf(entries)) this.#tell(event);
      },
    });
    const leave = hub.subscribe((event) => {
      if (event.callbackId === null) return this.#tell(event);
      this.#fresh.set(nameOf(event.callbackId, event.type, event.at), event);
      if (this.#fresh.size > MOST_FRESH) this.#fresh.delete(this.#fresh.keys().next().value!);
      follower.look(CALM_MS);
    });
    follower.onStop(leave);
    return follower;
  }

  #tell(event: SystemEvent): void {
    for (const listener of this.#listeners) {
      try {
        listener(event);
      } catch {
        this.#listeners.delete(listener);
      }
    }
  }

  /** The lines of ladders are nothing that happens: they are told by who reads the ladder. */
  async #eventsOf(entries: readonly SequencedLogEntry[]): Promise<SystemEvent[]> {
    const told = entries.filter(({ type }) => type !== 'sip');
    const known = told.map((entry) => this.#freshOf(entry));
    const ids = new Set(told.filter((_, index) => known[index] === undefined).map(({ callbackId }) => callbackId));
    const callbacks = new Map<CallbackId, Callback | null>();
    await Promise.all([...ids].map(async (id) => void callbacks.set(id, await this.#options.store.get(id))));
    return told.map((entry, index) => known[index] ?? eventOf(entry, callbacks.get(entry.callbackId) ?? null));
  }

  #freshOf({ callbackId, type, at, sequence }: SequencedLogEntry): SystemEvent | undefined {
    const name = nameOf(callbackId, `callback.${type}`, at);
    const event = this.#fresh.get(name);
    this.#fresh.delete(name);
    return event === undefined ? undefined : { ...event, sequence };
  }
}

/** Of another node or another time: the state is that in which the callback is now. */
function eventOf({ sequence, at, type, callbackId, detail }: SequencedLogEntry, now: Callback | null): SystemEvent {
  const state = now === null ? {} : { state: now.state, outcome: now.outcome };
  const latenessMs = now === null ? -1 : at - now.dueAt;
  const late = type === 'dialled' && latenessMs >= 0 ? { latenessMs } : {};
  return { sequence, at, type: `callback.${type}`, callbackId, data: { ...state, ...late, ...detail } };
}

interface FollowerOptions {
  clock: Clock;
  store: Pick<CallbackStore, 'logSince' | 'lastLogSequence'>;
  log: Log;
  onEntries: (entries: readonly SequencedLogEntry[]) => Promise<void>;
}

/** Reads what is added to the log, in order and without a gap, from where it stands at the beginning. */
class Follower {
  readonly #options: FollowerOptions;
  readonly #begun = Promise.withResolvers<number>();
  #cursor: number | null = null;
  #cancel: (() => void) | null = null;
  #lookAt = Number.POSITIVE_INFINITY;
  #isReading = false;
  #isStopped = false;
  /** Since when an entry is missing behind the cursor. */
  #gapSince: number | null = null;
  #leave: (() => void) | null = null;

  constructor(options: FollowerOptions) {
    this.#options = options;
    this.#begun.promise.catch(() => undefined);
    this.look(0);
  }

  onStop(leave: () => void): void {
    this.#leave = leave;
  }

  stop(): void {
    this.#isStopped = true;
    this.#cancel?.();
    this.#leave?.();
    this.#begun.reject(new Error('nobody watches any more'));
  }

  async place(): Promise<number> {
    await this.#begun.promise;
    return this.#cursor!;
  }

  look(inMs: number): void {
    const { clock } = this.#options;
    const at = clock.now() + inMs;
    if (this.#isStopped || at >= this.#lookAt) return;
    this.#cancel?.();
    this.#lookAt = at;
    this.#cancel = clock.after(inMs, () => {
      this.#lookAt = Number.POSITIVE_INFINITY;
      this.#cancel = null;
      void this.#turn();
    });
  }

  async #turn(): Promise<void> {
    if (this.#isReading) return this.look(CALM_MS);
    this.#isReading = true;
    let nextMs = LOOK_EVERY_MS;
    try {
      nextMs = await this.#read();
    } catch (error) {
      this.#options.log.debug({ err: error }, 'the log of events can not be read; trying again');
    }
    this.#isReading = false;
    this.look(nextMs);
  }

  /** @returns after how long to look again */
  async #read(): Promise<number> {
    const { store, onEntries } = this.#options;
    if (this.#cursor === null) {
      this.#cursor = await store.lastLogSequence();
      this.#begun.resolve(this.#cursor);
      return LOOK_EVERY_MS;
    }
    const entries = await store.logSince(this.#cursor, PAGE, 'seen');
    const whole = this.#withoutGap(entries);
    if (this.#isStopped) return LOOK_EVERY_MS;
    if (whole.length > 0) {
      this.#cursor = whole.at(-1)!.sequence;
      await onEntries(whole);
    }
    if (whole.length < entries.length) return LOOK_AT_GAP_MS;
    return entries.length === PAGE ? 0 : LOOK_EVERY_MS;
  }

  /** A number is given when an entry is written, and the entry is seen when its transaction ends: a later one may be first. */
  #withoutGap(entries: readonly SequencedLogEntry[]): readonly SequencedLogEntry[] {
    const now = this.#options.clock.now();
    const isOver = this.#gapSince !== null && now - this.#gapSince >= GAP_MS;
    let last = isOver && entries[0] !== undefined ? entries[0].sequence - 1 : this.#cursor!;
    const gap = entries.findIndex(({ sequence }) => {
      if (sequence !== last + 1) return true;
      last = sequence;
      return false;
    });
    if (gap !== 0) this.#gapSince = null;
    if (gap === -1) return entries;
    this.#gapSince ??= now;
    return entries.slice(0, gap);
  }
}
