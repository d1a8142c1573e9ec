import type { LegEvent, LegId } from '../core/call/leg.ts';
import type { AttemptRecord, Callback, CallbackLogEntry } from '../core/callback/callback.ts';
import type { CallbackEffect, CallbackEvent, Step, SuppressionWish } from '../core/callback/event.ts';
import type { WireMessage } from '../ports/calls.ts';
import type { Clock } from '../ports/clock.ts';
import type { LegOwner } from './switchboard.ts';

/** A callback in memory, and what is not durable or not performed yet. */
export interface HeldCallback {
  callback: Callback;
  /** What happened but is not durable yet. */
  log: CallbackLogEntry[];
  attempts: AttemptRecord[];
  suppressions: SuppressionWish[];
  /** The callback itself changed since its last save. */
  dirty: boolean;
  /** Effects that may only follow a save which has not succeeded yet. */
  blocked: CallbackEffect[];
  owner: LegOwner;
  /** Legs that are up or on their way. */
  legs: Set<LegId>;
  /** All legs that had a slot or were dialled while in memory: their last messages still belong to this ladder. */
  ownedLegs: Set<LegId>;
  alarmAt: number | null;
  cancelAlarm: (() => void) | null;
  cancelSaveRetry: (() => void) | null;
  cancelLeave: (() => void) | null;
  /**
   * Null: it is ours. Else the lease was lost, and the callback is another node's now: `gone`, or `talking`: nothing of it
   * is saved any more, but the call that is on the line here goes on to its end.
   */
  lost: 'gone' | 'talking' | null;
}

/** As it stands in the store. */
export function held(callback: Callback, owner: LegOwner): HeldCallback {
  return {
    callback,
    log: [],
    attempts: [],
    suppressions: [],
    dirty: false,
    blocked: [],
    owner,
    legs: new Set(),
    ownedLegs: new Set(),
    alarmAt: null,
    cancelAlarm: null,
    cancelSaveRetry: null,
    cancelLeave: null,
    lost: null,
  };
}

/** The legs that an effect makes its own. */
export function own(entry: HeldCallback, effect: CallbackEffect): void {
  if (effect.type === 'reserveSlot') entry.ownedLegs.add(effect.legId);
  if (effect.type !== 'dial') return;
  entry.legs.add(effect.request.legId);
  entry.ownedLegs.add(effect.request.legId);
}

/** What a step has made of it. */
export function take(entry: HeldCallback, step: Step): void {
  entry.callback = step.callback;
  entry.log.push(...step.log);
  for (const record of step.attempts) {
    entry.attempts = [...entry.attempts.filter((known) => known.attemptId !== record.attemptId), record];
  }
  entry.suppressions.push(...(step.suppressions ?? []));
  entry.dirty ||= step.persist;
}

/** One line of the ladder; it goes to disk with the next change. */
export function noteWire(entry: HeldCallback | undefined, message: WireMessage): void {
  const { at, direction, summary, peer, legId } = message;
  const attemptId = entry?.callback.attempt?.attemptId ?? null;
  entry?.log.push({ at, type: 'sip', attemptId, detail: { direction, summary, peer, legId } });
}

/** Its single alarm, in the place of the one that was set; `at` null: none. */
export function setAlarm(
  entry: HeldCallback,
  at: number | null,
  { clock, onAlarm }: { clock: Clock; onAlarm: () => void },
): void {
  entry.cancelAlarm?.();
  entry.cancelAlarm = null;
  entry.alarmAt = at;
  if (at === null) return;
  entry.cancelAlarm = clock.alarm(at, () => {
    entry.alarmAt = null;
    entry.cancelAlarm = null;
    onAlarm();
  });
}

export function disarm(entry: HeldCallback): void {
  entry.cancelAlarm?.();
  entry.cancelSaveRetry?.();
  entry.cancelLeave?.();
}

/** Of what concerns the process that dialled; everything else concerns the callback, wherever it is held. */
export const isOfThisNode = ({ type }: CallbackEvent): boolean =>
  type === 'leg' ||
  type === 'callbackDecided' ||
  type === 'alarm' ||
  type === 'slotGranted' ||
  type === 'slotClosed' ||
  type === 'fetched' ||
  type === 'drain' ||
  type === 'recovered';

export const isTalking = ({ state }: Callback): boolean =>
  state === 'answered' || state === 'connecting' || state === 'connected';

export const isUnderWay = ({ state }: Callback): boolean => state !== 'scheduled' && state !== 'done';

/** Nothing will happen to it before that instant. */
export const isResting = ({ state, dueAt }: Callback, before: number): boolean =>
  state === 'done' || (state === 'scheduled' && dueAt > before);

export const isForOthers = ({ state, promisedAt }: Callback): boolean =>
  state === 'done' || (state === 'scheduled' && promisedAt !== null);

/** Its INVITE is ordered, and not known to have left. */
export const isOrdered = ({ attempt, state }: Callback): boolean =>
  state === 'dialing' && attempt?.phase === 'dialling' && attempt.dialledAt === null && !attempt.unknown;

/** It has, or may have, a leg that nobody hears of any more. */
export const isInFlight = (callback: Callback): boolean =>
  isTalking(callback) || (callback.state === 'dialing' && !isOrdered(callback));

export const isLast = ({ type }: LegEvent): boolean => type === 'rejected' || type === 'ended';

/** What rings somebody, or leads to it: it may only follow a save. */
export const rings = (effect: CallbackEffect): boolean => effect.type === 'dial' || effect.type === 'reserveSlot';

/** A dial or reservation that was waiting for the disk is out of date when the callback has moved on. */
export function isWanted({ attempt, flow, state }: Callback, effect: CallbackEffect): boolean {
  const target = flow?.place.type === 'dial' ? flow.place.hunt : null;
  const hunt = state === 'queued' || state === 'dialing' ? attempt : target;
  if (effect.type === 'reserveSlot') return hunt?.legId === effect.legId && hunt.phase === 'slot';
  return effect.type === 'dial' && hunt?.legId === effect.request.legId && hunt.phase === 'dialling';
}
