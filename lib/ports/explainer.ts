/** The dry runs: what a call would get, and what an outgoing rule does with a number. */

import type { RuleQuestion, RuleTrial } from '../core/dialplan/try-rule.ts';
import type { ExplainRequest } from '../core/rules/explain.ts';
import type { Explanation } from '../core/rules/explanation.ts';

export interface ExplainedCall
  extends Pick<ExplainRequest, 'to' | 'from' | 'rule' | 'asserted' | 'privacy' | 'diversion'> {
  /** Name of a trunk, `ADDRESS` or `ADDRESS:PORT`; left out: the source is taken as known. */
  source?: string | undefined;
  /** Epoch milliseconds; left out: now. */
  at?: number | undefined;
}

export interface Explainer {
  explain(call: ExplainedCall): Promise<Explanation>;
  /** @param at epoch milliseconds; null: now. @returns null: there is no such rule */
  tryRule(question: RuleQuestion, at: number | null): Promise<RuleTrial | null>;
}
