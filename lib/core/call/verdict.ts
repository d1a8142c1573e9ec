import type { LegResult } from './leg.ts';
import type { Verdict } from './outcome.ts';
export function verdictOf(_result: LegResult): Verdict {
  throw new Error('not written yet');
}
