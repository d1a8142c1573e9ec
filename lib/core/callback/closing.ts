/** Legs that may still ring: while there is one, the person is not dialled. */

import { CLOSING_LIMIT_MS } from '../call/hunt.ts';
import type { LegId } from '../call/leg.ts';
import type { Callback, CurrentAttempt } from './callback.ts';
import type { Turn } from './turn.ts';

/**
 * So long a leg that was hung up is waited for, if its end is not reported. After a crash the order to hang up may not
 * have left: then it rings on for its ring timeout.
 */
function limitMs({ plan }: Callback): number {
  return Math.max(CLOSING_LIMIT_MS, plan.terms.ringTimeoutSeconds * 1000);
}

/** The leg has been hung up; from now on its end is waited for. */
export function watch(turn: Turn, legId: LegId): void {
  const { callback, context } = turn;
  callback.closing = [...callback.closing, { legId, since: context.now }];
}

/** The instant by which a phone that may be ringing since before a restart has stopped. */
export function unknownUntil({ plan }: Callback, attempt: CurrentAttempt): number {
  return attempt.timedFrom + plan.terms.ringTimeoutSeconds * 1000;
}

/** What a former process may have left ringing can't be hung up, only waited for. */
export function watchUnknown(turn: Turn, attempt: CurrentAttempt): void {
  const { callback } = turn;
  const since = unknownUntil(callback, attempt) - limitMs(callback);
  callback.closing = [...callback.closing, { legId: attempt.legId, since }];
}

/** The instant at which all are taken for gone, at the latest; null: there is none. */
export function closedBy(callback: Callback): number | null {
  if (callback.closing.length === 0) return null;
  return Math.max(...callback.closing.map(({ since }) => since)) + limitMs(callback);
}

function livingAt(callback: Callback, now: number): Callback['closing'] {
  return callback.closing.filter(({ since }) => now - since < limitMs(callback));
}

/** No leg rings any more, or is to be taken for one that does. */
export function areAllClosed(callback: Callback, now: number): boolean {
  return livingAt(callback, now).length === 0;
}

/** A leg that never reported its end is taken for gone; one from the future (the clock was set back) counts from now. */
export function forgetClosed(turn: Turn): void {
  const { callback, context } = turn;
  if (callback.closing.length === 0) return;
  const living = livingAt(callback, context.now);
  callback.closing = living.map(({ legId, since }) => ({ legId, since: Math.min(since, context.now) }));
}
