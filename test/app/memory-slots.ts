/** The trunks' slots of several nodes in memory: what `ports/nodes.ts` says of them, and no more. */

import type { LegId } from '../../lib/core/call/leg.ts';
import type { TrunkSlots } from '../../lib/ports/nodes.ts';

interface Row {
  legId: LegId;
  trunk: string;
  place: number;
  seenAt: number;
  isGranted: boolean;
  dialledAt: number | null;
  isReleased: boolean;
}

const SECOND_MS = 1_020;
const PATIENCE_MS = 3_000;

export class MemorySlots {
  readonly #now: () => number;
  readonly #rows = new Map<LegId, Row>();
  #places = 0;
  /** Every answer takes so long, both ways together. */
  delay: () => Promise<void> = async () => undefined;
  isAway = false;
  /** In the order of the grants. */
  readonly granted: LegId[] = [];

  constructor(now: () => number) {
    this.#now = now;
  }

  placeOf(legId: LegId): number {
    return this.#rows.get(legId)?.place ?? -1;
  }

  node(): TrunkSlots {
    return {
      take: async (request) => {
        await this.#reached();
        const taken = this.#take(request);
        await this.delay();
        return taken;
      },
      note: async ({ dialled, released }) => {
        await this.#reached();
        for (const [legId, trunk] of dialled)
          Object.assign(this.#row(legId, trunk), { isGranted: true, dialledAt: this.#now() });
        for (const legId of released) if (this.#rows.has(legId)) this.#rows.get(legId)!.isReleased = true;
      },
    };
  }

  async #reached(): Promise<void> {
    await this.delay();
    if (this.isAway) throw Object.assign(new Error('the database is away'), { code: 'STORE_UNAVAILABLE' });
  }

  #row(legId: LegId, trunk: string): Row {
    const known = this.#rows.get(legId);
    if (known !== undefined) return known;
    this.#places += 1;
    const row = {
      legId,
      trunk,
      place: this.#places,
      seenAt: this.#now(),
      isGranted: false,
      dialledAt: null,
      isReleased: false,
    };
    this.#rows.set(legId, row);
    return row;
  }

  #take({ trunk, legIds, maxCallsPerSecond, maxConcurrentCalls }: Parameters<TrunkSlots['take']>[0]) {
    const now = this.#now();
    for (const legId of legIds) this.#row(legId, trunk).seenAt = now;
    const rows = [...this.#rows.values()].filter((row) => row.trunk === trunk);
    const active = rows.filter((row) => row.isGranted && !row.isReleased).length;
    const isRecent = (row: Row) =>
      row.isGranted && (row.dialledAt === null ? !row.isReleased : row.dialledAt > now - SECOND_MS);
    const recent = rows.filter(isRecent).length;
    const room = Math.max(0, Math.min(maxConcurrentCalls - active, maxCallsPerSecond - recent));
    const queue = rows.filter((row) => !row.isGranted && !row.isReleased && row.seenAt > now - PATIENCE_MS);
    for (const row of queue.sort((a, b) => a.place - b.place).slice(0, room)) {
      if (!legIds.includes(row.legId)) continue;
      row.isGranted = true;
      this.granted.push(row.legId);
    }
    const granted = legIds.filter((legId) => this.#rows.get(legId)!.isGranted && !this.#rows.get(legId)!.isReleased);
    return { granted, askAgainInMs: maxConcurrentCalls > active ? 50 : 500 };
  }
}
