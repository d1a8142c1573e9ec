/** What a bad network does to datagrams, as numbers; said the same way to tc netem and to our own relay. */

import type { Random } from '../core/simulation/random.ts';

export interface Impairment {
  /** Percent of the datagrams. */
  lossPercent: number;
  duplicatePercent: number;
  /** Percent that overtake those before them: they are not delayed. */
  reorderPercent: number;
  delayMs: number;
  /** Each datagram is delayed by `delayMs` plus or minus up to this. */
  jitterMs: number;
}

export const NO_IMPAIRMENT: Impairment = {
  lossPercent: 0,
  duplicatePercent: 0,
  reorderPercent: 0,
  delayMs: 0,
  jitterMs: 0,
};

/** What follows `tc qdisc add dev DEVICE root`. */
export function netemArguments(impairment: Impairment): string[] {
  const { lossPercent, duplicatePercent, reorderPercent, delayMs, jitterMs } = impairment;
  const words = ['netem', 'limit', '10000'];
  // netem refuses a jitter or a reordering without a delay.
  if (delayMs > 0) words.push('delay', `${delayMs}ms`, `${jitterMs}ms`);
  if (delayMs > 0 && reorderPercent > 0) words.push('reorder', `${reorderPercent}%`);
  if (lossPercent > 0) words.push('loss', `${lossPercent}%`);
  if (duplicatePercent > 0) words.push('duplicate', `${duplicatePercent}%`);
  return words;
}

/** @returns after how many milliseconds each copy of a datagram arrives; none: it is lost */
export function copiesOf(impairment: Impairment, random: Random): number[] {
  const { lossPercent, duplicatePercent, reorderPercent, delayMs, jitterMs } = impairment;
  const count = random.chance(duplicatePercent / 100) ? 2 : 1;
  const copies: number[] = [];
  for (let copy = 0; copy < count; copy += 1) {
    if (random.chance(lossPercent / 100)) continue;
    const overtakes = random.chance(reorderPercent / 100);
    copies.push(overtakes ? 0 : Math.max(0, delayMs + (2 * random.next() - 1) * jitterMs));
  }
  return copies;
}
