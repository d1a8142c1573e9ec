import type { DecisionStep, Rejection } from '../call/rejection.ts';
import type { CallbackMethod, CallerId, Configuration } from '../configuration.ts';
export interface ExplainRequest {
  /** The dialled number. */
  to: string;
  /** The caller's number as it stands in From; empty or `anonymous`: anonymous. */
  from: string;
  /** `ADDRESS`, `ADDRESS:PORT` or the name of a trunk; left out: the source is assumed to be known. */
  source?: string;
}
/** JSON-safe; instants are ISO 8601 UTC. */
export interface Explanation {
  to: string;
  from: string;
  decision: 'callback' | 'flow' | 'refuse';
  caller: { received: string; e164: string | null; country: string | null };
  inboundNumber: string | null;
  rule: string | null;
  flow: string | null;
  method: CallbackMethod | null;
  target: { number: string | null; extension: string | null } | null;
  candidates: Array<{ trunk: string | null; extension: string | null; dialString: string }>;
  callerId: CallerId | null;
  delaySeconds: number | null;
  /** If the rejection left now. */
  dueAt: string | null;
  expiresAt: string | null;
  next: { flow: string; component: string | null } | null;
  /** The response that the caller would get; null: a flow takes the call. */
  reject: Omit<Rejection, 'callbackId'> | null;
  /** The gate that refuses; null: none. */
  gate: string | null;
  steps: DecisionStep[];
}
export function explain(_configuration: Configuration, _request: ExplainRequest, _now: number): Explanation {
  throw new Error('not written yet');
}
export function formatExplanation(_explanation: Explanation): string {
  throw new Error('not written yet');
}
