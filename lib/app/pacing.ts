import type { LegId } from '../core/call/leg.ts';

/** What a trunk bears. */
export interface TrunkLimits {
  maxCallsPerSecond: number;
  maxConcurrentCalls: number;
}

/** Null for a trunk that is not configured (any more): it is not paced, dialling will say so. */
export type LimitsOf = (trunk: string) => TrunkLimits | null;

/**
 * Whether those who wait in a lane may go, beside what its limits say: `one` lets a single call through to find out
 * whether the trunk is well again; `closedForAll` is the word of every node.
 */
export type Gate = 'open' | 'one' | 'closed' | 'closedForAll';
export type GateOf = (lane: string) => Gate;

/** No further call has room on this node. */
export type IsFull = () => boolean;

export interface Waiter {
  /** It is a leg of a call that has its place on this node: it overtakes those who wait for one. Left out: it is not. */
  isPlaced?(): boolean;
  /** Called once, at once or later, unless the slot is released before. */
  granted(): void;
  /** The lane is closed, and what is closed has changed: whoever has another way may take it. May be called again. */
  closed(): void;
}

export function isPlaced(waiter: Waiter): boolean {
  return waiter.isPlaced?.() ?? false;
}

/**
 * New INVITEs per sliding second and calls at a time, per trunk. Who has to wait waits in order, and nobody is sent to
 * another trunk for it. A slot is reserved, granted, dialled with, and released at the call's end.
 */
export interface Pacing {
  reserve(legId: LegId, trunk: string, waiter: Waiter): void;
  /**
   * Takes a slot if one is free and nobody waits for it. A slot that only the store can give is never free so.
   * @returns whether it was taken; if not, nothing has happened
   */
  takeNow(legId: LegId, trunk: string): boolean;
  /**
   * The INVITE is ordered. A leg without a grant (one repeated after a restart) takes its place all the same.
   * @param leavesAt when it leaves (epoch milliseconds); past, or left out: now
   */
  dialled(legId: LegId, trunk: string, leavesAt?: number): void;
  /** The call is over or does not wait any longer. Unknown legs are ignored. */
  release(legId: LegId): void;
  /** Limits or gates were changed: those who wait may go now, or have to know. */
  refresh(): void;
  /** There is room for another call: those who wait for it alone may go, the lanes in turn. */
  roomFreed(): void;
  /** How many wait for that. */
  waitingForRoom(): number;
  stats(): Record<string, { waiting: number; active: number }>;
  stop(): void;
}
