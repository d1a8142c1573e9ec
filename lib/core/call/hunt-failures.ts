/** How a hunt may fail without an answer of the other side. */

import type { LegResult } from './leg.ts';
import type { Verdict } from './outcome.ts';

export const NO_ANSWER: Verdict = {
  class: 'unreachable',
  reason: 'no-answer',
  outcome: 'no-answer',
  tryNextTrunk: 'no',
  retryPerson: true,
};

export const UNKNOWN_TRUNK: Verdict = {
  class: 'ourFault',
  reason: 'unknown-trunk',
  outcome: 'failed',
  tryNextTrunk: 'yes',
  retryPerson: true,
};

/** All that could be tried are closed, and somebody is on the line. */
export const CLOSED: Verdict = {
  class: 'trunkFault',
  reason: 'trunk-closed',
  outcome: 'unreachable',
  tryNextTrunk: 'no',
  retryPerson: true,
};

export const LEG_LOST: Verdict = {
  class: 'ourFault',
  reason: 'leg-lost',
  outcome: 'failed',
  tryNextTrunk: 'no',
  retryPerson: true,
};

/** It may not be dialled, by the suppression list or by what it would cost: other trunks help where one has spent its own. */
export function refusedBy(gate: string, isOfTrunk: boolean): Verdict {
  const tryNextTrunk = isOfTrunk ? 'yes' : 'no';
  return { class: 'refused', reason: gate, outcome: 'refused', tryNextTrunk, retryPerson: false };
}

export const STORE_AWAY: Verdict = {
  class: 'ourFault',
  reason: 'store-away',
  outcome: 'failed',
  tryNextTrunk: 'no',
  retryPerson: true,
};

export const SILENT: LegResult = {
  kind: 'noResponse',
  status: 0,
  phrase: '',
  q850Cause: null,
  location: null,
  text: 'nothing came back',
  retryAfterSeconds: null,
  rang: false,
};
