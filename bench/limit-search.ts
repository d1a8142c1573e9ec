/** Which rate to try next on the way to a contender's limit. */

export interface Tried {
  rate: number;
  passes: boolean;
}

/** Beyond the rates of the table it goes up by so much while they pass. */
const CLIMB = 100;
/** More than that neither callers nor phones give. */
const MOST = 1_000;

/**
 * Halves the gap between the highest rate that passed, with all below it, and the lowest that failed.
 * @param step the limit is known when the gap is no larger; rates are multiples of it
 * @returns null: there is nothing to try
 */
export function nextRate(tried: readonly Tried[], step: number): number | null {
  const failed = Math.min(...tried.filter(({ passes }) => !passes).map(({ rate }) => rate));
  const passed = Math.max(0, ...tried.filter(({ rate, passes }) => passes && rate < failed).map(({ rate }) => rate));
  if (tried.length === 0) return null;
  if (failed === Infinity) return passed + CLIMB > MOST ? null : passed + CLIMB;
  if (failed - passed <= step) return null;
  const middle = Math.round((passed + failed) / 2 / step) * step;
  return middle > passed && middle < failed ? middle : null;
}
