import type { LegId } from '../core/call/leg.ts';
import type { Clock } from '../ports/clock.ts';
import type { TrunkSlots } from '../ports/nodes.ts';
import { type GateOf, type IsFull, isPlaced, type LimitsOf, type Pacing, type Waiter } from './pacing.ts';

/** A store that is away is asked again after so long. */
const FAULT_PAUSE_MS = 500;

interface Lane {
  waiting: Array<{ legId: LegId; waiter: Waiter }>;
  active: Set<LegId>;
  /** Of the active ones those whose INVITE has not left yet. */
  granted: Set<LegId>;
  asking: boolean;
  /** Somebody came, or a call ended, while the store was being asked. */
  askAgain: boolean;
  cancelAlarm: (() => void) | null;
}

/** The pacing of several nodes: the store decides whose turn it is, and is told what has left and what is over. */
export class SharedPacing implements Pacing {
  readonly #lanes = new Map<string, Lane>();
  readonly #trunkOf = new Map<LegId, string>();
  readonly #clock: Clock;
  readonly #slots: TrunkSlots;
  readonly #limitsOf: LimitsOf;
  readonly #gateOf: GateOf;
  readonly #isFull: IsFull;
  /** What the store has not been told yet. */
  #dialled = new Map<LegId, string>();
  #released = new Set<LegId>();
  #noting = false;
  #cancelRetry: (() => void) | null = null;
  #stopped = false;

  constructor(
    { clock, slots }: { clock: Clock; slots: TrunkSlots },
    limitsOf: LimitsOf,
    gateOf: GateOf = () => 'open',
    isFull: IsFull = () => false,
  ) {
    this.#clock = clock;
    this.#slots = slots;
    this.#limitsOf = limitsOf;
    this.#gateOf = gateOf;
    this.#isFull = isFull;
  }

  reserve(legId: LegId, trunk: string, waiter: Waiter): void {
    const lane = this.#lane(trunk);
    this.#trunkOf.set(legId, trunk);
    lane.waiting.push({ legId, waiter });
    void this.#ask(trunk, lane);
    if (this.#isClosed(trunk)) waiter.closed();
  }

  takeNow(): boolean {
    return false;
  }

  dialled(legId: LegId, trunk: string): void {
    const lane = this.#lane(trunk);
    this.#trunkOf.set(legId, trunk);
    lane.active.add(legId);
    lane.granted.delete(legId);
    this.#dialled.set(legId, trunk);
    void this.#note();
  }

  release(legId: LegId): void {
    const trunk = this.#trunkOf.get(legId);
    if (trunk === undefined) return;
    this.#trunkOf.delete(legId);
    const lane = this.#lane(trunk);
    lane.active.delete(legId);
    lane.granted.delete(legId);
    lane.waiting = lane.waiting.filter((entry) => entry.legId !== legId);
    this.#released.add(legId);
    void this.#note();
  }

  refresh(): void {
    for (const [trunk, lane] of this.#lanes) {
      void this.#ask(trunk, lane);
      if (this.#isClosed(trunk)) for (const { waiter } of [...lane.waiting]) waiter.closed();
    }
  }

  roomFreed(): void {
    for (const [trunk, lane] of this.#lanes) void this.#ask(trunk, lane);
  }

  waitingForRoom(): number {
    if (!this.#isFull()) return 0;
    const waiting = [...this.#lanes.values()].flatMap((lane) => lane.waiting);
    return waiting.filter(({ waiter }) => !isPlaced(waiter)).length;
  }

  #isClosed(trunk: string): boolean {
    const gate = this.#gateOf(trunk);
    return gate === 'closed' || gate === 'closedForAll';
  }

  /**
   * Whom the store is asked for. Where all nodes are closed those who wait get their places all the same, so that they
   * keep their order over all nodes; where this node alone is, or has no room for another call, it must not stand in the
   * way of the others.
   */
  #asked(trunk: string, lane: Lane): { legIds: LegId[]; isClosed: boolean } {
    const isFull = this.#isFull();
    const mayGo = lane.waiting.filter(({ waiter }) => !isFull || isPlaced(waiter));
    const legIds = mayGo.map(({ legId }) => legId);
    const gate = this.#gateOf(trunk);
    if (gate === 'one') return { legIds: lane.granted.size > 0 ? [] : legIds.slice(0, 1), isClosed: false };
    return { legIds: gate === 'closed' ? [] : legIds, isClosed: gate === 'closedForAll' };
  }

  /** A call on this trunk has ended at another node. */
  slotFreed(trunk: string): void {
    const lane = this.#lanes.get(trunk);
    if (lane) void this.#ask(trunk, lane);
  }

  /** The lease was lost, and with it the slots: the calls that go on here take theirs again. */
  reassert(): void {
    for (const [trunk, lane] of this.#lanes) for (const legId of lane.active) this.#dialled.set(legId, trunk);
    void this.#note();
    this.refresh();
  }

  stats(): Record<string, { waiting: number; active: number }> {
    return Object.fromEntries(
      [...this.#lanes].map(([trunk, lane]) => [trunk, { waiting: lane.waiting.length, active: lane.active.size }]),
    );
  }

  stop(): void {
    this.#stopped = true;
    this.#cancelRetry?.();
    for (const lane of this.#lanes.values()) lane.cancelAlarm?.();
    this.#lanes.clear();
    this.#trunkOf.clear();
  }

  #lane(trunk: string): Lane {
    const known = this.#lanes.get(trunk);
    if (known) return known;
    const lane: Lane = {
      waiting: [],
      active: new Set(),
      granted: new Set(),
      asking: false,
      askAgain: false,
      cancelAlarm: null,
    };
    this.#lanes.set(trunk, lane);
    return lane;
  }

  async #ask(trunk: string, lane: Lane): Promise<void> {
    if (this.#stopped || this.#asked(trunk, lane).legIds.length === 0) return;
    if (lane.asking) {
      lane.askAgain = true;
      return;
    }
    lane.cancelAlarm?.();
    lane.asking = true;
    lane.askAgain = false;
    const waitMs = await this.#take(trunk, lane);
    lane.asking = false;
    if (this.#stopped) return;
    if (lane.askAgain) return this.#ask(trunk, lane);
    lane.cancelAlarm = this.#clock.after(waitMs, () => void this.#ask(trunk, lane));
  }

  /** @returns when to ask again */
  async #take(trunk: string, lane: Lane): Promise<number> {
    const limits = this.#limitsOf(trunk);
    const { legIds, isClosed } = this.#asked(trunk, lane);
    if (limits === null) {
      if (!isClosed) this.#grant(trunk, lane, legIds);
      return FAULT_PAUSE_MS;
    }
    const { maxCallsPerSecond } = limits;
    const maxConcurrentCalls = isClosed ? 0 : limits.maxConcurrentCalls;
    try {
      const taken = await this.#slots.take({ trunk, legIds, maxCallsPerSecond, maxConcurrentCalls });
      if (!this.#stopped) this.#grant(trunk, lane, taken.granted);
      return taken.askAgainInMs;
    } catch {
      return FAULT_PAUSE_MS;
    }
  }

  #grant(trunk: string, lane: Lane, legIds: readonly LegId[]): void {
    for (const legId of legIds) {
      const entry = lane.waiting.find((waiting) => waiting.legId === legId);
      // The gate was opened for one alone while the store was being asked: the others keep their grants for later.
      if (entry && this.#gateOf(trunk) === 'one' && lane.granted.size > 0) continue;
      // Another trunk's call has taken the last place meanwhile.
      if (entry && this.#isFull() && !isPlaced(entry.waiter)) continue;
      if (entry) {
        lane.waiting = lane.waiting.filter((waiting) => waiting !== entry);
        lane.active.add(legId);
        lane.granted.add(legId);
        entry.waiter.granted();
      } else if (!lane.active.has(legId)) {
        // It was withdrawn while the store was being asked; that may have been noted before it was granted.
        this.#released.add(legId);
        void this.#note();
      }
    }
  }

  /** Tells the store, one note after the other. */
  async #note(): Promise<void> {
    if (this.#noting || this.#stopped || this.#dialled.size + this.#released.size === 0) return;
    this.#noting = true;
    const [dialled, released] = [this.#dialled, this.#released];
    this.#dialled = new Map();
    this.#released = new Set();
    try {
      await this.#slots.note({ dialled, released });
    } catch {
      this.#dialled = new Map([...dialled, ...this.#dialled]);
      this.#released = new Set([...released, ...this.#released]);
      this.#noting = false;
      this.#cancelRetry?.();
      this.#cancelRetry = this.#clock.after(FAULT_PAUSE_MS, () => void this.#note());
      return;
    }
    this.#noting = false;
    if (released.size > 0) this.refresh();
    return this.#note();
  }
}
