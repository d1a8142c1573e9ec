import type { LegId } from '../core/call/leg.ts';
import type { Clock } from '../ports/clock.ts';
import {
  type GateOf,
  type IsFull,
  isPlaced,
  type LimitsOf,
  type Pacing,
  type TrunkLimits,
  type Waiter,
} from './pacing.ts';

/**
 * A second as a strict observer on the wire may measure it: the way from the order to the wire jitters by some
 * milliseconds, so that orders exactly 1,000 ms apart could be seen 990 ms apart.
 */
const SLIDING_SECOND_MS = 1_020;

interface Lane {
  waiting: Array<{ legId: LegId; waiter: Waiter }>;
  held: Set<LegId>;
  /**
   * Granted, but the INVITE is not ordered yet: it is saved first, which takes as long as the disk does. Such a call
   * counts as one of the present second, however long ago it was granted.
   */
  granted: Set<LegId>;
  /** Instants of the latest INVITEs, oldest first, as far back as the limit looks; the last may be ordered for soon. */
  dialledAt: number[];
  cancelAlarm: (() => void) | null;
}

/** The pacing of the only node, in memory: nobody overtakes. */
export class TrunkPacing implements Pacing {
  readonly #lanes = new Map<string, Lane>();
  readonly #trunkOf = new Map<LegId, string>();
  readonly #clock: Clock;
  readonly #limitsOf: LimitsOf;
  readonly #gateOf: GateOf;
  readonly #isFull: IsFull;
  /** The lane that is served first the next time. */
  #turn = 0;

  constructor(clock: Clock, limitsOf: LimitsOf, gateOf: GateOf = () => 'open', isFull: IsFull = () => false) {
    this.#clock = clock;
    this.#limitsOf = limitsOf;
    this.#gateOf = gateOf;
    this.#isFull = isFull;
    clock.onStep((byMs) => {
      for (const lane of this.#lanes.values()) lane.dialledAt = lane.dialledAt.map((at) => at + byMs);
    });
  }

  reserve(legId: LegId, trunk: string, waiter: Waiter): void {
    const lane = this.#lane(trunk);
    this.#trunkOf.set(legId, trunk);
    lane.waiting.push({ legId, waiter });
    this.#serve(trunk, lane);
    if (this.#isClosed(trunk) && lane.waiting.at(-1)?.waiter === waiter) waiter.closed();
  }

  takeNow(legId: LegId, trunk: string): boolean {
    const lane = this.#lane(trunk);
    const limits = this.#limits(trunk);
    // The one that finds out about a trunk waits for its turn as all others do.
    if (this.#gateOf(trunk) !== 'open' || lane.waiting.length > 0) return false;
    if (lane.held.size >= limits.maxConcurrentCalls) return false;
    const freeAt = rateFreeAt(lane, paceOf(limits), this.#clock.now());
    if (freeAt === null || freeAt > this.#clock.now()) return false;
    this.#trunkOf.set(legId, trunk);
    grantTo(lane, legId);
    return true;
  }

  dialled(legId: LegId, trunk: string, leavesAt = 0): void {
    const lane = this.#lane(trunk);
    this.#trunkOf.set(legId, trunk);
    lane.held.add(legId);
    lane.granted.delete(legId);
    forgetOld(lane, this.#clock.now(), paceOf(this.#limits(trunk)).windowMs);
    addInOrder(lane.dialledAt, Math.max(leavesAt, this.#clock.now()));
    this.#serve(trunk, lane);
  }

  release(legId: LegId): void {
    const trunk = this.#trunkOf.get(legId);
    if (trunk === undefined) return;
    this.#trunkOf.delete(legId);
    const lane = this.#lane(trunk);
    lane.held.delete(legId);
    lane.granted.delete(legId);
    lane.waiting = lane.waiting.filter((entry) => entry.legId !== legId);
    this.#serve(trunk, lane);
  }

  refresh(): void {
    for (const [trunk, lane] of this.#lanes) {
      this.#serve(trunk, lane);
      if (this.#isClosed(trunk)) for (const { waiter } of [...lane.waiting]) waiter.closed();
    }
  }

  roomFreed(): void {
    const lanes = [...this.#lanes];
    this.#turn += 1;
    for (let index = 0; index < lanes.length; index += 1) {
      const [trunk, lane] = lanes[(index + this.#turn) % lanes.length]!;
      if (lane.waiting.length > 0) this.#serve(trunk, lane);
    }
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

  stats(): Record<string, { waiting: number; active: number }> {
    return Object.fromEntries(
      [...this.#lanes].map(([trunk, lane]) => [trunk, { waiting: lane.waiting.length, active: lane.held.size }]),
    );
  }

  stop(): void {
    for (const lane of this.#lanes.values()) lane.cancelAlarm?.();
    this.#lanes.clear();
    this.#trunkOf.clear();
  }

  #limits(trunk: string): TrunkLimits {
    return this.#limitsOf(trunk) ?? { maxCallsPerSecond: Infinity, maxConcurrentCalls: Infinity };
  }

  #lane(trunk: string): Lane {
    const known = this.#lanes.get(trunk);
    if (known) return known;
    const lane: Lane = { waiting: [], held: new Set(), granted: new Set(), dialledAt: [], cancelAlarm: null };
    this.#lanes.set(trunk, lane);
    return lane;
  }

  #serve(trunk: string, lane: Lane): void {
    disarm(lane);
    const limits = this.#limits(trunk);
    while (lane.waiting.length > 0 && lane.held.size < limits.maxConcurrentCalls) {
      // A granted one has not left yet: it is the one that is let through.
      if (this.#isClosed(trunk) || (this.#gateOf(trunk) === 'one' && lane.granted.size > 0)) return;
      const place = this.#isFull() ? lane.waiting.findIndex(({ waiter }) => isPlaced(waiter)) : 0;
      if (place < 0) return;
      const freeAt = rateFreeAt(lane, paceOf(limits), this.#clock.now());
      if (freeAt === null) return;
      if (freeAt > this.#clock.now()) {
        disarm(lane);
        lane.cancelAlarm = this.#clock.after(freeAt - this.#clock.now(), () => this.#serve(trunk, lane));
        return;
      }
      const next = lane.waiting.splice(place, 1)[0]!;
      grantTo(lane, next.legId);
      next.waiter.granted();
    }
  }
}

interface Pace {
  /** INVITEs in any `windowMs`; a whole number, or Infinity. */
  most: number;
  windowMs: number;
}

/** Fractions are kept too: 2.5 in a second are two, 0.5 are one in two seconds. */
function paceOf({ maxCallsPerSecond }: TrunkLimits): Pace {
  if (maxCallsPerSecond >= 1) return { most: Math.floor(maxCallsPerSecond), windowMs: SLIDING_SECOND_MS };
  return { most: 1, windowMs: SLIDING_SECOND_MS / maxCallsPerSecond };
}

/**
 * The instant at which one more INVITE fits into the sliding second; null: not before one of those granted is dialled or
 * released.
 */
function rateFreeAt(lane: Lane, { most, windowMs }: Pace, now: number): number | null {
  forgetOld(lane, now, windowMs);
  const { dialledAt, granted } = lane;
  const room = most - granted.size;
  if (room <= 0) return null;
  if (dialledAt.length < room) return now;
  return dialledAt[dialledAt.length - room]! + windowMs;
}

/** Most come in their order; one that leaves at once may overtake those that are ordered for soon. */
function addInOrder(instants: number[], at: number): void {
  let place = instants.length;
  while (place > 0 && instants[place - 1]! > at) place -= 1;
  instants.splice(place, 0, at);
}

function grantTo(lane: Lane, legId: LegId): void {
  lane.held.add(legId);
  lane.granted.add(legId);
}

function disarm(lane: Lane): void {
  lane.cancelAlarm?.();
  lane.cancelAlarm = null;
}

function forgetOld({ dialledAt }: Lane, now: number, windowMs: number): void {
  let old = 0;
  while (old < dialledAt.length && dialledAt[old]! <= now - windowMs) old += 1;
  if (old > 0) dialledAt.splice(0, old);
}
