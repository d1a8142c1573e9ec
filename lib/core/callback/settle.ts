/** How a callback ends, or is tried again. */

import type { HangupReason } from '../call/leg.ts';
import type { Outcome } from '../call/outcome.ts';
import { targetsStopped } from '../flow/flow.ts';
import { watchUnknown } from './closing.ts';
import type { AttemptEnd } from './ledger.ts';
import { closeAttempt } from './ledger.ts';
import { retryIntervalSeconds } from './retry-interval.ts';
import { hangUpPerson, note, type Turn } from './turn.ts';

/** Ends it for good. All its legs have been hung up before. */
export function finish(turn: Turn, outcome: Outcome, reason: string): void {
  const { callback, context } = turn;
  closeAttempt(turn, { outcome, reason, leg: null }, true);
  callback.state = 'done';
  callback.outcome = outcome;
  callback.reason = reason;
  callback.doneAt = context.now;
  callback.flow = null;
  note(turn, 'done', { outcome, reason });
}

/** The attempt is over: the policy decides between another one and the end. `mayRetry`: it makes sense at all. */
export function settle(turn: Turn, end: AttemptEnd, mayRetry: boolean): void {
  const { callback, context } = turn;
  const { retry } = callback.plan.terms;
  const why = { outcome: end.outcome, reason: end.reason };
  note(turn, 'attempt-ended', { ...why, status: end.leg?.status || null, q850Cause: end.leg?.q850Cause ?? null });
  // An attempt that failed before any INVITE (its trunk is gone) counts too: retries are bounded.
  callback.attempts = Math.max(callback.attempts, callback.attempt?.number ?? 0);
  closeAttempt(turn, end, true);
  if (!mayRetry || callback.attempts >= retry.attempts) {
    finish(turn, end.outcome, end.reason);
    return;
  }
  const dueAt = context.now + retryIntervalSeconds(retry, end.outcome, callback.attempts) * 1000;
  if (dueAt >= callback.expiresAt) {
    note(turn, 'retry-would-expire', { dueAt, expiresAt: callback.expiresAt });
    finish(turn, end.outcome, end.reason);
    return;
  }
  note(turn, 'retry-scheduled', { dueAt, after: end.reason, attempts: callback.attempts, of: retry.attempts });
  backToScheduled(turn, dueAt);
}

export function backToScheduled(turn: Turn, dueAt: number): void {
  const { callback } = turn;
  callback.state = 'scheduled';
  callback.dueAt = dueAt;
  callback.isDueFixed = false;
  callback.flow = null;
}

/** An attempt that was stopped for another reason than its own does not count. */
export function takeBack(turn: Turn, reason: string, text: string): void {
  stopLegs(turn, { cause: 16, text });
  closeAttempt(turn, { outcome: 'cancelled', reason, leg: null }, false);
}

/** Ends every live leg, whatever the state. */
export function stopLegs(turn: Turn, reason: HangupReason): void {
  const { callback } = turn;
  const { attempt, flow } = callback;
  if (attempt === null) return;
  if (attempt.unknown) {
    watchUnknown(turn, attempt);
    return;
  }
  if (flow !== null) turn.effects.push(...targetsStopped(flow, attempt.legId, reason));
  if (attempt.phase === 'slot') turn.effects.push({ type: 'withdrawSlot', legId: attempt.legId });
  if (attempt.phase === 'dialling') hangUpPerson(turn, attempt.legId, reason);
}
