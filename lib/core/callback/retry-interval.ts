/** How long a person is left alone before he is called again, by what became of the attempt (table c.3). */

import type { RetryOutcome, RetryPolicy } from '../configuration.ts';
import { chained, type Said, say, sentence } from '../sentence.ts';

/**
 * For rules with `intervalSeconds: byOutcome`. Who is busy is soon free again; who does not answer is not there, and who can't be
 * reached stays so for longer; who declined is not to be pressed.
 */
export const RETRY_INTERVALS: Readonly<Record<RetryOutcome, readonly number[]>> = {
  busy: [60, 120, 300],
  failed: [60, 300],
  abandoned: [120, 600],
  'no-answer': [300, 900],
  unreachable: [300, 900],
  machine: [900, 3600],
  rejected: [3600],
};

const DEFAULT_INTERVALS: readonly number[] = [60];

/** The last one counts for all further attempts. */
export function retryIntervals(retry: RetryPolicy, outcome: string): readonly number[] {
  const isKnown = Object.hasOwn(RETRY_INTERVALS, outcome);
  const own = isKnown ? retry.intervals?.[outcome as RetryOutcome] : undefined;
  if (own !== undefined && own.length > 0) return own;
  if (retry.intervalSeconds.length > 0) return retry.intervalSeconds;
  return isKnown ? RETRY_INTERVALS[outcome as RetryOutcome] : DEFAULT_INTERVALS;
}

/** @param attempts made so far, at least one */
export function retryIntervalSeconds(retry: RetryPolicy, outcome: string, attempts: number): number {
  const intervals = retryIntervals(retry, outcome);
  return intervals[attempts - 1] ?? intervals.at(-1) ?? 0;
}

/** In one sentence, for the dry run. */
export function retrySaid(retry: RetryPolicy): Said {
  const each = retry.on.map((outcome) =>
    sentence('retry-after', { outcome, intervals: retryIntervals(retry, outcome) }),
  );
  const when = each.length === 0 ? '' : chained('retry-and', each);
  return say('retry-most', { attempts: retry.attempts, when });
}
