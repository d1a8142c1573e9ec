/** The dry run: what a call would get, and why. */

import type { DialCandidate } from '../core/call/leg.ts';
import type { CallbackMethod, CallerId } from '../core/configuration.ts';
import type { PhoneNumber } from '../core/policy/phone-number.ts';

/** One gate or choice in its order. */
export interface ExplanationStep {
  /** Kebab-case word: `inbound-number`, `blocked`, `country`, `limits`, `rule`, `target`, `caller-id`, ... */
  step: string;
  verdict: 'passed' | 'refused' | 'chosen' | 'skipped';
  /** One sentence. */
  text: string;
}

export interface Explanation {
  to: string;
  from: PhoneNumber;
  outcome: 'callback' | 'flow' | 'refused';
  /** The final response that the caller would get; null: the flow decides. */
  status: number | null;
  q850Cause: number | null;
  inboundNumber: string | null;
  rule: string | null;
  /** The flow that the call (or the answered callback) enters. */
  flow: string | null;
  method: CallbackMethod | null;
  /** In the order in which they would be tried. */
  candidates: DialCandidate[];
  callerId: CallerId | null;
  delaySeconds: number | null;
  /** If it called now. */
  dueAt: number | null;
  /** If it called now. */
  expiresAt?: number | null;
  steps: ExplanationStep[];
}

export interface Explainer {
  explain(call: { to: string; from: string }): Promise<Explanation>;
}
