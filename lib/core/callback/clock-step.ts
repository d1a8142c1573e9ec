/**
 * The wall clock was set while a callback is in memory. Times that run (a delay, a ringing phone, a talk) are as long as
 * they are, so their instants move with the clock; an instant that somebody named stays what it is.
 */

import { type Hunt, huntMoved } from '../call/hunt.ts';
import { flowMoved } from '../flow/clock-step.ts';
import type { Callback, CurrentAttempt } from './callback.ts';
import type { CallbackEffect, CallbackEvent } from './event.ts';

/** @param byMs how far the clock was set, back is negative */
export function movedWithClock(callback: Callback, byMs: number): Callback {
  const closing = callback.closing.map(({ legId, since }) => ({ legId, since: since + byMs }));
  // Its instants are history; but a leg may still ring.
  if (callback.state === 'done') return { ...callback, closing };
  const moved = (at: number | null): number | null => (at === null ? null : at + byMs);
  const dueByMs = callback.isDueFixed === true ? 0 : byMs;
  return {
    ...callback,
    // Of one that nobody has been promised yet the limit counts from its acceptance.
    acceptedAt: callback.promisedAt === null ? callback.acceptedAt + byMs : callback.acceptedAt,
    promisedAt: moved(callback.promisedAt),
    ...(callback.ringingEndsAt === undefined ? {} : { ringingEndsAt: callback.ringingEndsAt + byMs }),
    dueAt: callback.dueAt + dueByMs,
    expiresAt: callback.expiresAt + dueByMs,
    attempt: callback.attempt && attemptMoved(callback.attempt, byMs),
    closing,
    flow: callback.flow && flowMoved(callback.flow, byMs),
    answeredAt: moved(callback.answeredAt),
    connectedAt: moved(callback.connectedAt),
  };
}

function attemptMoved(attempt: CurrentAttempt, byMs: number): CurrentAttempt {
  const hunt: Hunt = huntMoved(attempt, byMs);
  return { ...attempt, ...hunt, plannedAt: attempt.plannedAt + byMs };
}

/** What was said before the clock was set, and is heard after it. */
export function eventMoved(event: CallbackEvent, byMs: number): CallbackEvent {
  const isMoved = byMs !== 0 && (event.type === 'promised' || event.type === 'calledAgain');
  return isMoved ? { ...event, at: event.at + byMs } : event;
}

/** Told of at once, and yet so far from now: it is an instant of the clock before it was set. */
const STALE_MS = 5_000;

/** An instant that was told of as soon as it was known. */
export function justNow(at: number, now: number): number {
  return Math.abs(at - now) > STALE_MS ? now : at;
}

/** A step forward: it came at `at` of the new time. */
export interface StepForward {
  at: number;
  byMs: number;
}

/**
 * What waited in the store falls due when the clock jumps over its instant, and no sooner: it has had no time to be
 * dialled in, so that its expiry counts from the step. Others are left as they are.
 */
export function dueByStep(callback: Callback, { at, byMs }: StepForward): Callback {
  const { dueAt, expiresAt, state } = callback;
  if (state !== 'scheduled' || dueAt <= at - byMs || dueAt > at) return callback;
  return { ...callback, dueAt: at, expiresAt: expiresAt + at - dueAt };
}

/** What was ordered with an instant before the wall clock was set: the callback has moved with it, its INVITE leaves then. */
export function leavingWhenDue<E extends CallbackEffect>(effect: E, { dueAt }: Callback): E {
  if (effect.type !== 'dial' || effect.request.notBefore === undefined) return effect;
  return { ...effect, request: { ...effect.request, notBefore: dueAt } };
}
