import type { LegId } from '../core/call/leg.ts';
import type { Clock } from '../ports/clock.ts';

/** What a trunk bears. */
export interface TrunkLimits {
  maxCallsPerSecond: number;
  maxConcurrentCalls: number;
}

/**
 * A second as a strict observer on the wire may measure it: the way from the grant to the wire jitters by some
 * milliseconds, so that grants exactly 1,000 ms apart could be seen 990 ms apart.
 */
const SLIDING_SECOND_MS = 1_020;

interface Lane {
  waiting: Array<{ legId: LegId; grant: () => void }>;
  held: Set<LegId>;
  /** Instants of the latest grants, oldest first, at most as many as a second bears. */
  grants: number[];
  cancelAlarm: (() => void) | null;
}

/**
 * New INVITEs per sliding second and calls at a time, per trunk. Who has to wait waits in order; nobody overtakes and
 * nobody is sent to another trunk for it.
 */
export class TrunkPacing {
  readonly #lanes = new Map<string, Lane>();
  readonly #trunkOf = new Map<LegId, string>();
  readonly #clock: Clock;
  readonly #limitsOf: (trunk: string) => TrunkLimits | null;

  /** @param limitsOf null for a trunk that is not configured (any more): it is not paced, dialling will say so */
  constructor(clock: Clock, limitsOf: (trunk: string) => TrunkLimits | null) {
    this.#clock = clock;
    this.#limitsOf = limitsOf;
  }

  /** `grant` is called once, at once or later, unless the slot is released before. */
  reserve(legId: LegId, trunk: string, grant: () => void): void {
    const lane = this.#lane(trunk);
    this.#trunkOf.set(legId, trunk);
    lane.waiting.push({ legId, grant });
    this.#serve(trunk, lane);
  }

  /** The call is over or does not wait any longer. Unknown legs are ignored. */
  release(legId: LegId): void {
    const trunk = this.#trunkOf.get(legId);
    if (trunk === undefined) return;
    this.#trunkOf.delete(legId);
    const lane = this.#lane(trunk);
    lane.held.delete(legId);
    lane.waiting = lane.waiting.filter((entry) => entry.legId !== legId);
    this.#serve(trunk, lane);
  }

  /** Limits were changed: those who wait may go now. */
  refresh(): void {
    for (const [trunk, lane] of this.#lanes) this.#serve(trunk, lane);
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

  #lane(trunk: string): Lane {
    const known = this.#lanes.get(trunk);
    if (known) return known;
    const lane: Lane = { waiting: [], held: new Set(), grants: [], cancelAlarm: null };
    this.#lanes.set(trunk, lane);
    return lane;
  }

  #serve(trunk: string, lane: Lane): void {
    lane.cancelAlarm?.();
    lane.cancelAlarm = null;
    const limits = this.#limitsOf(trunk) ?? { maxCallsPerSecond: Infinity, maxConcurrentCalls: Infinity };
    while (lane.waiting.length > 0 && lane.held.size < limits.maxConcurrentCalls) {
      const freeAt = this.#rateFreeAt(lane, limits.maxCallsPerSecond);
      if (freeAt > this.#clock.now()) {
        lane.cancelAlarm = this.#clock.alarm(freeAt, () => this.#serve(trunk, lane));
        return;
      }
      const next = lane.waiting.shift()!;
      lane.held.add(next.legId);
      lane.grants.push(this.#clock.now());
      next.grant();
    }
    if (lane.waiting.length === 0 && lane.held.size === 0 && lane.grants.length === 0) this.#lanes.delete(trunk);
  }

  /** The instant at which one more INVITE fits into the sliding second. */
  #rateFreeAt(lane: Lane, maxPerSecond: number): number {
    const now = this.#clock.now();
    // A clock that was set back would leave grants in the future: they count from now on.
    lane.grants = lane.grants.filter((at) => at > now - SLIDING_SECOND_MS && at <= now);
    if (lane.grants.length < maxPerSecond) return now;
    return lane.grants[lane.grants.length - maxPerSecond]! + SLIDING_SECOND_MS;
  }
}
