/** What a restart makes of what a former process left, and a shutdown of what is under way. */

import { huntRepeat } from '../call/hunt.ts';
import type { Callback, CurrentAttempt } from './callback.ts';
import { unknownUntil, watch, watchUnknown } from './closing.ts';
import { assumePromised, becomeUnknown } from './dialing.ts';
import { closeAttempt } from './ledger.ts';
import { backToScheduled, finish, stopLegs, takeBack } from './settle.ts';
import { note, partyOf, perform, type Turn } from './turn.ts';

/** For so long the peer takes the same INVITE for a retransmission (RFC 3261 17.2.3; Timer B and C are longer). */
const REPEATABLE_MS = 30_000;
/** A rejection that is not known to be sent left within this time of the acceptance, or before the restart. */
const REJECTION_LIMIT_MS = 1000;

export function recovered(turn: Turn): void {
  const { callback, context } = turn;
  switch (callback.state) {
    case 'scheduled':
      if (callback.promisedAt !== null) return;
      assumePromised(turn, Math.min(context.now, promisedBy(callback)));
      break;
    case 'queued':
      startOver(turn, callback.dueAt, 'was-queued');
      break;
    case 'dialing':
      recoverDialing(turn, callback.attempt!);
      break;
    case 'answered':
    case 'connecting':
    case 'connected':
      callLost(turn);
      break;
    case 'done':
      return;
  }
}

/** The latest instant at which the promise began, if it did. */
function promisedBy({ acceptedAt, ringingEndsAt }: Callback): number {
  return Math.max(acceptedAt, ringingEndsAt ?? acceptedAt) + REJECTION_LIMIT_MS;
}

/** The call died with its process. Whoever answered is not rung again by ourselves; its leg takes a while to end. */
function callLost(turn: Turn): void {
  const { callback } = turn;
  const wasConnected = callback.state === 'connected';
  note(turn, 'recovered', { was: callback.state });
  if (callback.attempt !== null) watch(turn, callback.attempt.legId);
  finish(turn, wasConnected ? 'connected' : 'failed', 'restart');
}

/** The attempt is as never made. */
function startOver(turn: Turn, dueAt: number, was: string): void {
  note(turn, 'recovered', { was, dueAt });
  closeAttempt(turn, { outcome: 'cancelled', reason: 'restart', leg: null }, false);
  backToScheduled(turn, dueAt);
}

/** An attempt in flight is never blindly repeated. */
function recoverDialing(turn: Turn, attempt: CurrentAttempt): void {
  const { callback, context } = turn;
  if (attempt.phase === 'givenUp') {
    startOver(turn, callback.dueAt, 'given-up');
    return;
  }
  if (attempt.dialledAt !== null || attempt.unknown) {
    becomeUnknown(turn, attempt);
    return;
  }
  const age = context.now - attempt.orderedAt;
  if (age < 0 || age >= REPEATABLE_MS) {
    neverDialled(turn, attempt);
    return;
  }
  const again = huntRepeat(attempt, partyOf(callback, attempt.attemptId, context), context);
  if (again === null || context.now >= callback.expiresAt) {
    becomeUnknown(turn, attempt);
    return;
  }
  callback.attempt = { ...attempt, ...again.hunt };
  note(turn, 'recovered', { was: 'dialing', repeated: attempt.legId });
  for (const effect of again.effects) perform(turn, effect);
}

/** Most likely it never left; whatever did leave stops ringing by the ring timeout. */
function neverDialled(turn: Turn, attempt: CurrentAttempt): void {
  const { callback, context } = turn;
  const left = { ...attempt, timedFrom: Math.min(attempt.timedFrom, context.now) };
  watchUnknown(turn, left);
  startOver(turn, unknownUntil(callback, left), 'never-dialled');
}

/** Deadline of a shutdown: what has not been answered is called again after the restart, what has been is over. */
export function drained(turn: Turn): void {
  const { callback, context } = turn;
  const { state } = callback;
  if (state === 'scheduled' || state === 'done' || callback.attempt?.unknown === true) return;
  note(turn, 'drained', { was: state });
  if (state === 'queued' || state === 'dialing') {
    takeBack(turn, 'shutdown', 'Shutdown');
    backToScheduled(turn, state === 'queued' ? callback.dueAt : context.now + 1000);
    return;
  }
  stopLegs(turn, { cause: 16, text: 'Shutdown' });
  if (state === 'connected') {
    finish(turn, 'connected', 'shutdown');
    return;
  }
  finish(turn, 'failed', 'shutdown');
}
