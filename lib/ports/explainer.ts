/** The dry run: what a call would get, and why. */

import type { Explanation } from '../core/rules/explanation.ts';

export interface Explainer {
  explain(call: { to: string; from: string }): Promise<Explanation>;
}
