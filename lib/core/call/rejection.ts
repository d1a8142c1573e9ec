/** A final response that we give to an inbound call, and how the core came to it. */

import type { Worded } from '../sentence.ts';

/** Same shape as the port's `Rejection`; the core may not import ports. */
export interface Rejection {
  status: number;
  /** `Reason: PROTOCOL;cause=N;text="…"` (RFC 6432); null: none. */
  reason: { protocol: string; cause: number; text: string } | null;
  /** X-Callback-ID; always null here: a refusal never has one, an accepted call gets its id from the app. */
  callbackId: string | null;
  /** Only of an overload and of want of room: elsewhere it would have a proxy leave this server alone (RFC 3261 21.5.4). */
  retryAfterSeconds?: number;
}

/** The gates in the order in which they are asked. From `overload` on the app asks them, from `accept` (the switch) on with the store. */
export type Gate =
  | 'source'
  | 'inbound-number'
  | 'anonymous'
  | 'attestation'
  | 'impossible'
  | 'emergency'
  | 'blocked'
  | 'special'
  | 'country'
  | 'price'
  | 'loop'
  | 'hours'
  | 'overload'
  | 'capacity'
  | 'accept'
  | 'suppressed'
  | 'ping-pong'
  | 'limits'
  | 'spend'
  | 'duplicate';

/** One line of the explanation of a decision. Texts may hold numbers: redact before they are logged at `info`. */
export interface DecisionStep extends Worded {
  gate: Gate | 'rule' | 'ringing' | 'route' | 'flow' | 'caller';
  verdict: 'pass' | 'refuse' | 'info';
}
