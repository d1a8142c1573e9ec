/** The dry runs: what a call would get, and what an outgoing rule does with a number. */

import type { RuleQuestion, RuleTrial } from '../core/dialplan/try-rule.ts';
import type { Explanation } from '../core/rules/explanation.ts';

export interface Explainer {
  explain(call: { to: string; from: string }): Promise<Explanation>;
  /** @param at epoch milliseconds; null: now. @returns null: there is no such rule */
  tryRule(question: RuleQuestion, at: number | null): Promise<RuleTrial | null>;
}
