import type { Outcome } from '../core/call/outcome.ts';
import type { Callback } from '../core/callback/callback.ts';
import type { Clock } from '../ports/clock.ts';
import type { EventSource, SystemEvent } from '../ports/event-source.ts';
import type { Report, Statistics, Tally, TallySlot } from '../ports/statistics.ts';
import type { CallbackStore } from '../ports/store.ts';

const SLOT_MS = 300_000;
/** Two days and a bit: yesterday can be compared with today. */
const KEPT_MS = 49 * 3_600_000;
const READ_PAGE = 500;
/** What is read of the time before this process; a carrier's day is more, and it would keep the calls waiting. */
const MOST_PAGES = 20;
const LATENESS_MS = [1, 2, 5, 10, 20, 50, 100, 250, 500, 1_000, 5_000, 60_000, Number.POSITIVE_INFINITY];

interface Slot extends Tally {
  at: number;
  /** How many were at most so late: as long as LATENESS_MS. */
  lateness: number[];
}

export interface DayBookOptions {
  clock: Pick<Clock, 'now'>;
  store: Pick<CallbackStore, 'list'>;
  events: EventSource;
}

const emptyTally = (): Tally => ({ accepted: 0, dialled: 0, outcomes: {}, reasons: {} });

function addTo(counts: Record<string, number>, word: string, count = 1): void {
  counts[word] = (counts[word] ?? 0) + count;
}

function finished(tally: Tally, outcome: string, reason: string): void {
  addTo(tally.outcomes as Record<string, number>, outcome);
  if (outcome !== 'connected') addTo(tally.reasons, reason);
}

/** The smallest bound under which that share of all lies. */
function quantile(lateness: readonly number[], share: number): number {
  const wanted = lateness.reduce((sum, count) => sum + count, 0) * share;
  let sum = 0;
  for (const [index, count] of lateness.entries()) {
    sum += count;
    if (sum >= wanted && sum > 0) return Math.min(LATENESS_MS[index]!, 86_400_000);
  }
  return 0;
}

/**
 * Counts what happens to callbacks in slots of some minutes, for two days. What was before this process is read from the
 * store when somebody first asks: each callback is counted once, by the events of this process or as it stood before it.
 */
export class DayBook implements Statistics {
  readonly #options: DayBookOptions;
  readonly #startedAt: number;
  readonly #slots = new Map<number, Slot>();
  #knownSince: number;
  #past: Promise<void> | null = null;

  constructor(options: DayBookOptions) {
    this.#options = options;
    this.#startedAt = options.clock.now();
    this.#knownSince = this.#startedAt;
    options.events.subscribe((event) => this.#note(event));
  }

  async report(from: number, to: number): Promise<Report> {
    this.#past ??= this.#readPast();
    await this.#past;
    const slots = [...this.#slots.values()]
      .filter(({ at }) => at + SLOT_MS > from && at < to)
      .sort((a, b) => a.at - b.at);
    const totals = emptyTally();
    const lateness = LATENESS_MS.map(() => 0);
    for (const slot of slots) {
      totals.accepted += slot.accepted;
      totals.dialled += slot.dialled;
      for (const [word, count] of Object.entries(slot.outcomes))
        addTo(totals.outcomes as Record<string, number>, word, count);
      for (const [word, count] of Object.entries(slot.reasons)) addTo(totals.reasons, word, count);
      for (const [index, count] of slot.lateness.entries()) lateness[index]! += count;
    }
    const late = { p50: quantile(lateness, 0.5), p99: quantile(lateness, 0.99), most: quantile(lateness, 1) };
    return {
      knownSince: this.#knownSince,
      slotMs: SLOT_MS,
      slots: slots.map(({ lateness: _, ...slot }): TallySlot => slot),
      totals,
      lateness: lateness.some((count) => count > 0) ? late : null,
    };
  }

  #note({ at, type, data }: SystemEvent): void {
    if (type === 'callback.accepted') this.#slot(at).accepted += 1;
    if (type === 'callback.done') finished(this.#slot(at), String(data['outcome']), String(data['reason']));
    if (type !== 'callback.dialled') return;
    const slot = this.#slot(at);
    slot.dialled += 1;
    const latenessMs = data['latenessMs'];
    if (typeof latenessMs !== 'number') return;
    slot.lateness[LATENESS_MS.findIndex((bound) => latenessMs <= bound)]! += 1;
  }

  #slot(at: number): Slot {
    const start = Math.floor(at / SLOT_MS) * SLOT_MS;
    let slot = this.#slots.get(start);
    if (slot === undefined) {
      slot = { at: start, ...emptyTally(), lateness: LATENESS_MS.map(() => 0) };
      this.#slots.set(start, slot);
      for (const old of this.#slots.keys()) if (old < this.#options.clock.now() - KEPT_MS) this.#slots.delete(old);
    }
    return slot;
  }

  /** The latest callbacks of the time before, as far back as they are kept here. */
  async #readPast(): Promise<void> {
    const oldest = this.#startedAt - KEPT_MS;
    for (let page = 1; page <= MOST_PAGES; page += 1) {
      const sort = { field: 'acceptedAt' as const, descending: true };
      const { items } = await this.#options.store.list({ page, pageSize: READ_PAGE, sort });
      for (const callback of items) if (callback.acceptedAt >= oldest) this.#notePast(callback);
      const last = items.at(-1)?.acceptedAt ?? oldest;
      const isAll = items.length < READ_PAGE || last < oldest;
      this.#knownSince = Math.min(this.#knownSince, isAll ? oldest : last);
      if (isAll) return;
    }
  }

  #notePast({ acceptedAt, doneAt, outcome, reason, attempts }: Callback): void {
    if (acceptedAt >= this.#startedAt) return;
    const slot = this.#slot(acceptedAt);
    slot.accepted += 1;
    if (doneAt === null || outcome === null || doneAt >= this.#startedAt) return;
    slot.dialled += attempts;
    finished(this.#slot(doneAt), outcome satisfies Outcome, reason ?? 'unknown');
  }
}
