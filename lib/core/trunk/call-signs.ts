/** What the end of a call says about its trunk. */

import type { LegResult } from '../call/leg.ts';
import { verdictOf } from '../call/verdict.ts';
import type { FaultCause } from './trunk-health.ts';

export type CallSign = { type: 'alive' } | { type: 'failed'; cause: FaultCause } | { type: 'nothing' };

const FAULTS: Readonly<Record<string, FaultCause>> = {
  'trunk-silent': 'silent',
  'trunk-timeout': 'silent',
  'trunk-unreachable': 'unreachable',
  'trunk-unavailable': 'unavailable',
  'trunk-error': 'errors',
  congestion: 'errors',
  'trunk-credentials': 'credentials',
};

/**
 * Any answer of somebody behind the trunk shows life, a refusal too. Its own faults (table c.3) do not: silence, 5xx,
 * refused credentials. A call that we took back, or could not make for a reason of our own, says nothing, unless it was
 * answered after all.
 */
export function signOf(result: LegResult): CallSign {
  if (result.ours === true || result.kind === 'notReachable' || result.kind === 'noCapacity')
    return { type: 'nothing' };
  if (result.kind === 'cancelled') return { type: result.status > 0 ? 'alive' : 'nothing' };
  if (result.kind === 'media') return { type: 'alive' };
  // 503 whatever its Q.850 cause is: RFC 3261 21.5.4.
  if (result.kind === 'final' && result.status === 503) return { type: 'failed', cause: 'unavailable' };
  const cause = FAULTS[verdictOf(result).reason];
  return cause === undefined ? { type: 'alive' } : { type: 'failed', cause };
}
