import { dialledOf, viaOf } from '../call/candidate.ts';
import type { LegResult } from '../call/leg.ts';
import type { Outcome } from '../call/outcome.ts';
import type { AttemptRecord, CurrentAttempt } from './callback.ts';
import { counts, observe, type Turn } from './turn.ts';

export interface AttemptEnd {
  outcome: Outcome;
  reason: string;
  /** The response that ended it; null: none did. */
  leg: LegResult | null;
}

/** Writes the attempt's row as it stands; a later one of the same turn replaces it. */
export function record(turn: Turn, attempt: CurrentAttempt, end: AttemptEnd | null): void {
  const { callback, context } = turn;
  const candidate = attempt.candidates[attempt.index];
  const row: AttemptRecord = {
    attemptId: attempt.attemptId,
    callbackId: callback.id,
    number: attempt.number,
    plannedAt: attempt.plannedAt,
    dialledAt: attempt.dialledAt,
    answeredAt: callback.answeredAt,
    endedAt: end === null ? null : context.now,
    via: candidate === undefined ? null : viaOf(candidate),
    dialled: candidate === undefined ? null : dialledOf(candidate),
    outcome: end?.outcome ?? null,
    reason: end?.reason ?? null,
    status: end?.leg && end.leg.status > 0 ? end.leg.status : null,
    q850Cause: end?.leg?.q850Cause ?? null,
  };
  const before = turn.attempts.findIndex(({ attemptId }) => attemptId === row.attemptId);
  if (before >= 0) turn.attempts[before] = row;
  else turn.attempts.push(row);
}

/** The attempt is over; `used` false: it does not count as one (the next one gets its number again). */
export function closeAttempt(turn: Turn, end: AttemptEnd, used: boolean): void {
  const { callback } = turn;
  const { attempt } = callback;
  if (attempt === null) return;
  if (counts(callback, attempt)) {
    record(turn, attempt, end);
    if (!used) callback.attempts -= 1;
  } else {
    // It has cost nothing, though the gates took it for a call.
    observe(turn, 'attempt-withdrawn', { plannedAt: attempt.plannedAt });
  }
  callback.attempt = null;
}
