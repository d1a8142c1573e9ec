/** What the caller, his phone and the operator want of a callback. */

import { routeSpecOf } from '../rules/request.ts';
import type { Callback } from './callback.ts';
import { promiseGiven, redate } from './dialing.ts';
import { backToScheduled, finish, stopLegs, takeBack } from './settle.ts';
import { note, type Turn } from './turn.ts';

/**
 * The first call's rejection; it may be reported after that of a second call that merged into it. Where it left late,
 * because its node had stood still and another one took it for given, he waited on the line until now, whatever was tried
 * meanwhile: it counts as if he had called again.
 */
export function promised(turn: Turn, { at, by }: { at: number; by?: string }): void {
  const { callback } = turn;
  const { dueAt, promisedAt, state } = callback;
  const isFirst = promisedAt === null;
  const crossed = promisedAt !== null && at > promisedAt && dueAt === dueAfter(callback, promisedAt);
  if (state !== 'scheduled') {
    if (state !== 'done' || !wasReached(callback)) calledAgain(turn, at);
    return;
  }
  if (!isFirst && !crossed) return;
  promiseGiven(turn, at);
  note(turn, 'promised', { dueAt: callback.dueAt, ...(by === undefined ? {} : { by }) });
}

/** No promise stands: it is done, unless another call of his got the promise meanwhile. */
export function unpromised(turn: Turn, callId: string, why: string): void {
  const { callback } = turn;
  const isHis = callback.inboundCallId === callId && callback.promisedAt === null;
  if (!isHis || callback.state !== 'scheduled') return;
  note(turn, why);
  finish(turn, 'cancelled', why);
}

/** A promise is kept whenever it was given: also one that crossed the callback's end. */
export function calledAgain(turn: Turn, at: number): void {
  const { callback } = turn;
  const { attempt, promisedAt, state } = callback;
  // A repetition, or an older one.
  if (promisedAt !== null && at <= promisedAt) return;
  if (state === 'done') {
    calledAgainWhenDone(turn, at);
    return;
  }
  if (promisedAt === null && state === 'scheduled') promiseGiven(turn, at);
  callback.promisedAt = at;
  note(turn, 'called-again', { state });
  const isRinging = state === 'dialing' && attempt !== null && at >= attempt.plannedAt;
  if (isRinging && ringsHim(turn)) ringLater(turn, at);
}

/** It is his own phone that is dialled; an agent's or a fixed one rings on. */
function ringsHim({ callback, context }: Turn): boolean {
  const { caller, plan } = callback;
  const { number, extension } = routeSpecOf(context.configuration, plan.terms, caller);
  if (number === null) return extension === caller.received;
  return number.received === caller.received || (number.e164 !== null && number.e164 === caller.e164);
}

function dueAfter(callback: Callback, at: number): number {
  return at + callback.plan.terms.delaySeconds * 1000;
}

/** His phone is being rung while he calls us: he is called after the delay, and no attempt is used up. */
function ringLater(turn: Turn, at: number): void {
  const { callback } = turn;
  const dueAt = dueAfter(callback, at);
  takeBack(turn, 'called-again', 'Called again');
  backToScheduled(turn, dueAt);
  callback.expiresAt = Math.max(callback.expiresAt, dueAt + callback.plan.terms.expiresSeconds * 1000);
  note(turn, 'due-again', { dueAt });
}

/** Or nobody wants him to be any more. */
const wasReached = ({ answeredAt, reason }: Callback): boolean => answeredAt !== null || reason === 'cancelled';

/** He was promised a call by an id that is done now; unless he was reached after that, it is kept. */
function calledAgainWhenDone(turn: Turn, at: number): void {
  const { callback } = turn;
  const isAfter = callback.doneAt !== null && at >= callback.doneAt;
  if (!isAfter && wasReached(callback)) return;
  reopen(turn, dueAfter(callback, at));
  callback.promisedAt = at;
  note(turn, 'called-again', { state: 'done', dueAt: callback.dueAt });
}

/** As if it had just been accepted; its ids go on. */
function reopen(turn: Turn, dueAt: number): void {
  const { callback } = turn;
  callback.outcome = null;
  callback.reason = null;
  callback.doneAt = null;
  callback.answeredAt = null;
  callback.connectedAt = null;
  callback.attempts = 0;
  backToScheduled(turn, dueAt);
  redate(turn, dueAt);
}

export function cancel(turn: Turn, by: string): void {
  if (turn.callback.state === 'done') return;
  note(turn, 'cancel-wanted', { by });
  stopLegs(turn, { cause: 16, text: 'Cancelled' });
  finish(turn, 'cancelled', 'cancelled');
}

/** Why a command can't be obeyed in this state; null: it can. A command that can't changes nothing. */
export function refusalOf(callback: Callback, command: 'cancel' | 'reschedule' | 'retry'): string | null {
  const { state, outcome } = callback;
  if (state === 'answered' || state === 'connecting' || state === 'connected') {
    return command === 'cancel' ? null : 'the person is on the line';
  }
  if (state !== 'done') return null;
  if (command === 'retry') return outcome === 'connected' ? 'the person was connected' : null;
  return 'the callback is done';
}

export function reschedule(turn: Turn, dueAt: number): void {
  const { callback } = turn;
  if (refusalOf(callback, 'reschedule') !== null) return;
  if (callback.state !== 'scheduled') takeBack(turn, 'rescheduled', 'Rescheduled');
  backToScheduled(turn, dueAt);
  redate(turn, dueAt);
  callback.isDueFixed = true;
  note(turn, 'rescheduled', { dueAt });
}

/** Dial now. One that is queued or rings already is left alone. */
export function retry(turn: Turn): void {
  const { callback, context } = turn;
  if (refusalOf(callback, 'retry') !== null) return;
  if (callback.state === 'queued' || callback.state === 'dialing') return;
  if (callback.state === 'done') {
    reopen(turn, context.now);
    callback.promisedAt ??= context.now;
  } else redate(turn, context.now);
  note(turn, 'retry-wanted', { dueAt: callback.dueAt });
}
