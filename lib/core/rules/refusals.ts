/** What a refused caller gets. The texts name the kind of rule, never the rule or the number. */

import type { Gate, Rejection } from '../call/rejection.ts';
import type { CallbackTerms } from '../configuration.ts';

function rejection(status: number, cause: number, text: string): Readonly<Rejection> {
  return Object.freeze({ status, reason: Object.freeze({ protocol: 'Q.850', cause, text }), callbackId: null });
}

/** Statuses by SIP, causes by Q.850: 1 unallocated number, 21 call rejected, 28 invalid number format. */
const REFUSALS: Readonly<Record<Exclude<Gate, 'duplicate' | 'accept'>, Readonly<Rejection>>> = {
  source: rejection(403, 21, 'Source not known'),
  'inbound-number': rejection(404, 1, 'Number not in service'),
  // RFC 5079: the caller may call again with an identity. It has no Q.850 cause.
  anonymous: Object.freeze({ status: 433, reason: null, callbackId: null }),
  attestation: rejection(403, 21, 'Caller identity is not attested'),
  impossible: rejection(484, 28, 'Number cannot be dialled'),
  emergency: rejection(403, 21, 'Emergency and short numbers are not dialled'),
  blocked: rejection(403, 21, 'Number is blocked'),
  special: rejection(403, 21, 'Kind of number is not allowed'),
  country: rejection(403, 21, 'Country is not allowed'),
  price: rejection(403, 21, 'Price class is not allowed'),
  loop: rejection(403, 21, 'Own numbers are not dialled'),
  hours: rejection(403, 21, 'Outside calling hours'),
  // Q.850 42: switching equipment congestion, on which a carrier takes another route
  overload: rejection(503, 42, 'Overloaded, try again'),
  // Q.850 34: no circuit/channel available
  capacity: rejection(503, 34, 'All lines are busy, try again'),
  suppressed: rejection(403, 21, 'Number is not to be called'),
  'ping-pong': rejection(403, 21, 'Callback systems ring each other'),
  limits: rejection(403, 21, 'Too many callbacks for this number'),
  spend: rejection(403, 21, 'Spending limit is reached'),
};

export function refusalAt(gate: Exclude<Gate, 'duplicate' | 'accept'>): Rejection {
  return REFUSALS[gate];
}

/** The store can't keep a promise now: 503 without Retry-After, which would make peers avoid this server. */
export const STORE_UNAVAILABLE: Rejection = rejection(503, 41, 'Temporary failure');

/** What an accepted caller gets. */
export function acceptance(terms: CallbackTerms, callbackId: string): Rejection {
  const { status, reason } = terms.reject;
  return { status, reason: { ...reason }, callbackId };
}
