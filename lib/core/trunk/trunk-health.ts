/**
 * Whether a trunk is fit to be dialled: what pings and calls say about it, with hysteresis.
 *
 * ```
 *        downAfter misses or faults in a row              life: upAfter answered pings, or one call
 *   up --------------------------------------> down --------------------------------------------> up
 *    |                                          |  after a growing time (where pings can't tell)
 *    |  503 + Retry-After                       +--> half open: one call is let through
 *    +-----------------> parked -- its time is over --> up
 * ```
 * Pings tell whether something answers; a trunk that answers pings and fails calls is found out by a call alone.
 */

import type { LegId } from '../call/leg.ts';
import type { Trunk } from '../configuration.ts';
import type { Closure } from './line-state.ts';

export type HealthPolicy = Trunk['health'];

/** `silent` and `unreachable`: nothing comes, nothing can be sent. `unavailable`: 503. `errors`: any other 5xx. */
export type FaultCause = 'silent' | 'unreachable' | 'unavailable' | 'errors' | 'credentials';

export interface TrunkHealth {
  /** Pings in a row that were not answered, and that were. */
  misses: number;
  hits: number;
  /** Calls in a row that failed by the trunk's own fault, in one way. */
  faults: number;
  /** Which way that was; null: none failed. */
  streak: FaultCause | null;
  /** The last time that a call showed life. */
  heardAt: number | null;
  down: {
    at: number;
    cause: FaultCause;
    by: 'options' | 'calls';
    /** From then on one call is let through to find out; null: pings find out. */
    probeAt: number | null;
    /** Calls that were let through and failed. */
    failedProbes: number;
  } | null;
  /** The call that was let through. */
  probe: LegId | null;
  /** The trunk asked to be left alone until then. */
  parkedUntilAt: number | null;
  /** Our credentials are refused since. */
  alarmAt: number | null;
}

export type HealthEvent =
  /** `cause`: why it counts as not answered; `silent` where that is left out. */
  | { type: 'pinged'; answered: boolean; cause?: 'silent' | 'unavailable' }
  /** An INVITE left. */
  | { type: 'dialled'; legId: LegId }
  /** It rings, was answered, or was refused by somebody who is alive. */
  | { type: 'alive'; legId: LegId }
  | { type: 'failed'; legId: LegId; cause: FaultCause; retryAfterSeconds: number | null }
  /** The leg is over, whatever it was. */
  | { type: 'over'; legId: LegId }
  /** Nothing happened but time. */
  | { type: 'tick' };

/** What changed, in the words of events and log. */
export type HealthNote =
  | { type: 'down'; cause: FaultCause; by: 'options' | 'calls' }
  | { type: 'up' }
  | { type: 'parked'; untilAt: number }
  | { type: 'unparked' }
  | { type: 'probed'; legId: LegId }
  | { type: 'alarm' }
  | { type: 'alarm-cleared' };

export interface HealthContext {
  now: number;
  policy: HealthPolicy;
  /** From 0 (included) to 1 (excluded). */
  random: () => number;
}

export interface HealthStep {
  health: TrunkHealth;
  notes: HealthNote[];
}

export const FRESH: Readonly<TrunkHealth> = Object.freeze({
  misses: 0,
  hits: 0,
  faults: 0,
  streak: null,
  heardAt: null,
  down: null,
  probe: null,
  parkedUntilAt: null,
  alarmAt: null,
});

const moved = (at: number | null, byMs: number) => (at === null ? null : at + byMs);

/** The wall clock was set: what runs goes on as long as it would have. */
export function movedHealth(health: TrunkHealth, byMs: number): TrunkHealth {
  const { heardAt, down, parkedUntilAt, alarmAt } = health;
  return {
    ...health,
    heardAt: moved(heardAt, byMs),
    down: down && { ...down, at: down.at + byMs, probeAt: moved(down.probeAt, byMs) },
    parkedUntilAt: moved(parkedUntilAt, byMs),
    alarmAt: moved(alarmAt, byMs),
  };
}

/** Nodes and trunks must not act in step: a time is lengthened or shortened by up to a tenth. */
export function jittered(ms: number, random: () => number): number {
  return Math.round(ms * (0.9 + 0.2 * random()));
}

/** Null: it may be dialled. */
export function healthClosure(health: TrunkHealth, now: number): Exclude<Closure, 'switched-off'> | null {
  if (health.parkedUntilAt !== null && now < health.parkedUntilAt) return 'parked';
  return health.down === null || isHalfOpen(health, now) ? null : 'down';
}

/** Down, and it is time to let one call through. */
export function isHalfOpen({ down, probe }: TrunkHealth, now: number): boolean {
  return down !== null && probe === null && down.probeAt !== null && now >= down.probeAt;
}

/** The next instant at which time alone opens the trunk; null: it does not. */
export function healthDeadline({ down, probe, parkedUntilAt }: TrunkHealth, now: number): number | null {
  const probeAt = probe === null ? (down?.probeAt ?? null) : null;
  const ahead = [parkedUntilAt, probeAt].filter((at) => at !== null && at > now) as number[];
  return ahead.length === 0 ? null : Math.min(...ahead);
}

export function reduceHealth(before: TrunkHealth, event: HealthEvent, context: HealthContext): HealthStep {
  const step: HealthStep = { health: { ...before }, notes: [] };
  unpark(step, context.now);
  switch (event.type) {
    case 'pinged':
      pinged(step, event, context);
      break;
    case 'dialled':
      if (!isHalfOpen(step.health, context.now)) break;
      step.health.probe = event.legId;
      step.notes.push({ type: 'probed', legId: event.legId });
      break;
    case 'alive':
      alive(step, context.now);
      break;
    case 'failed':
      failed(step, event, context);
      break;
    case 'over':
      // A probe that told nothing: the next call is one.
      if (step.health.probe === event.legId) step.health.probe = null;
      break;
    case 'tick':
  }
  return step;
}

function unpark({ health, notes }: HealthStep, now: number): void {
  if (health.parkedUntilAt === null || now < health.parkedUntilAt) return;
  health.parkedUntilAt = null;
  notes.push({ type: 'unparked' });
}

function pinged(
  step: HealthStep,
  { answered, cause = 'silent' }: Extract<HealthEvent, { type: 'pinged' }>,
  context: HealthContext,
): void {
  const { health } = step;
  health.misses = answered ? 0 : health.misses + 1;
  health.hits = answered ? health.hits + 1 : 0;
  if (!answered && health.down === null && health.misses >= context.policy.downAfter) {
    goDown(step, { cause, by: 'options' }, context);
  }
  const pingsDecide = health.down !== null && health.down.probeAt === null;
  if (answered && pingsDecide && health.hits >= context.policy.upAfter) comeUp(step);
}

function alive(step: HealthStep, now: number): void {
  const { health, notes } = step;
  health.heardAt = now;
  health.faults = 0;
  health.streak = null;
  health.misses = 0;
  if (health.alarmAt !== null) notes.push({ type: 'alarm-cleared' });
  health.alarmAt = null;
  if (health.down !== null) comeUp(step);
}

function failed(step: HealthStep, event: Extract<HealthEvent, { type: 'failed' }>, context: HealthContext): void {
  const { health, notes } = step;
  const { now, policy } = context;
  const wasProbe = health.probe === event.legId;
  if (wasProbe) health.probe = null;
  if (event.cause === 'credentials' && health.alarmAt === null) {
    health.alarmAt = now;
    notes.push({ type: 'alarm' });
  }
  const parkSeconds = event.cause === 'unavailable' ? Math.min(event.retryAfterSeconds ?? 0, policy.maxParkSeconds) : 0;
  if (parkSeconds > 0) park(step, now + parkSeconds * 1000);
  // It says itself when it wants to be asked again; that is no streak.
  else count(health, event.cause);
  if (health.down === null && health.faults >= policy.downAfter) {
    goDown(step, { cause: event.cause, by: 'calls' }, context);
    return;
  }
  if (wasProbe && health.down !== null) {
    const failedProbes = health.down.failedProbes + 1;
    const probeAt = Math.max(now + probeWaitMs(failedProbes, context), health.parkedUntilAt ?? 0);
    health.down = { ...health.down, cause: event.cause, probeAt, failedProbes };
  }
}

const WAYS: Readonly<Record<FaultCause, 'nothing' | 'errors' | 'credentials'>> = {
  silent: 'nothing',
  unreachable: 'nothing',
  unavailable: 'errors',
  errors: 'errors',
  credentials: 'credentials',
};

/** Three calls that fail in three ways are three misfortunes; in one way they are a state. */
function count(health: TrunkHealth, cause: FaultCause): void {
  const isSameWay = health.streak !== null && WAYS[health.streak] === WAYS[cause];
  health.faults = isSameWay ? health.faults + 1 : 1;
  health.streak = cause;
}

function park({ health, notes }: HealthStep, untilAt: number): void {
  if (health.parkedUntilAt !== null && health.parkedUntilAt >= untilAt) return;
  health.parkedUntilAt = untilAt;
  notes.push({ type: 'parked', untilAt });
}

/** Of `probeSeconds`: most faults are short. */
const FIRST_PROBE_PART = 0.1;
const SHORTEST_PROBE_MS = 1_000;

/** Twice as long after each call that was let through and failed, up to `probeSeconds`. */
function probeWaitMs(failedProbes: number, { policy, random }: HealthContext): number {
  const longestMs = policy.probeSeconds * 1_000;
  const grownMs = longestMs * FIRST_PROBE_PART * 2 ** Math.min(failedProbes, 20);
  return jittered(Math.max(SHORTEST_PROBE_MS, Math.min(longestMs, grownMs)), random);
}

const FOUND_OUT_BY_PINGS: ReadonlySet<FaultCause> = new Set(['silent', 'unreachable', 'unavailable']);

function goDown(
  { health, notes }: HealthStep,
  why: { cause: FaultCause; by: 'options' | 'calls' },
  context: HealthContext,
): void {
  const { now, policy } = context;
  const pingsDecide = policy.optionsSeconds > 0 && FOUND_OUT_BY_PINGS.has(why.cause);
  const probeAt = pingsDecide ? null : now + probeWaitMs(0, context);
  health.hits = 0;
  health.down = { at: now, ...why, probeAt, failedProbes: 0 };
  notes.push({ type: 'down', ...why });
}

function comeUp({ health, notes }: HealthStep): void {
  health.down = null;
  health.probe = null;
  health.faults = 0;
  health.streak = null;
  health.misses = 0;
  notes.push({ type: 'up' });
}

/**
 * When to ping next after one, or after a call that showed life; null: pings are off. While calls prove a trunk alive it
 * is not pinged.
 */
export function nextPingAt(from: number, { policy, random }: Pick<HealthContext, 'policy' | 'random'>): number | null {
  return policy.optionsSeconds === 0 ? null : from + jittered(policy.optionsSeconds * 1000, random);
}
