/**
 * Does a series of measurements grow? The slope is the median of the slopes between all pairs (Theil 1950, Sen 1968), so
 * that outliers do not count; how sure it is comes from Kendall's variance, so that noise is not taken for growth.
 */

export interface Point {
  /** Seconds. */
  at: number;
  value: number;
}

/** What is still called flat. */
export interface Tolerance {
  /** Of growth in an hour, as a share of the series' median. */
  sharePerHour: number;
  /** Growth in an hour, and growth over the whole series, below which nobody cares, in the unit of the series. */
  leastPerHour: number;
  leastInAll: number;
}

export interface Trend {
  median: number;
  slopePerHour: number;
  /** The slope is at least so steep, with 99.5 % confidence. */
  surelyPerHour: number;
  allowedPerHour: number;
  grows: boolean;
}

/** Neighbouring samples are alike (a collected heap, a checkpoint), which the test for noise must not see: blocks are. */
const BLOCKS = 60;
/** Of a normal distribution: one side, 0.5 %. */
const Z = 2.576;
/** Of fewer points nothing can be said. */
export const FEWEST_POINTS = 8;

export function trendOf(points: readonly Point[], tolerance: Tolerance): Trend {
  const blocks = inBlocks(points);
  const middle = median(points.map(({ value }) => value));
  const allowedPerHour = Math.max(Math.abs(middle) * tolerance.sharePerHour, tolerance.leastPerHour);
  if (blocks.length < FEWEST_POINTS)
    return { median: middle, slopePerHour: 0, surelyPerHour: 0, allowedPerHour, grows: false };
  const slopes = pairSlopes(blocks);
  const slopePerHour = median(slopes) * 3_600;
  const surelyPerHour = slopes[lowerRank(blocks.length, slopes.length)]! * 3_600;
  const hours = (blocks.at(-1)!.at - blocks[0]!.at) / 3_600;
  const grows = surelyPerHour > allowedPerHour && surelyPerHour * hours > tolerance.leastInAll;
  return { median: middle, slopePerHour, surelyPerHour, allowedPerHour, grows };
}

export function median(values: readonly number[]): number {
  if (values.length === 0) return 0;
  const sorted = values.toSorted((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
}

/** At most so many points, each the median of its neighbours. */
function inBlocks(points: readonly Point[]): Point[] {
  const size = Math.max(1, Math.ceil(points.length / BLOCKS));
  const blocks: Point[] = [];
  for (let first = 0; first < points.length; first += size) {
    const block = points.slice(first, first + size);
    blocks.push({ at: median(block.map(({ at }) => at)), value: median(block.map(({ value }) => value)) });
  }
  return blocks;
}

function pairSlopes(points: readonly Point[]): number[] {
  const slopes: number[] = [];
  for (const [index, a] of points.entries()) {
    for (const b of points.slice(index + 1)) if (b.at > a.at) slopes.push((b.value - a.value) / (b.at - a.at));
  }
  return slopes.sort((a, b) => a - b);
}

/** Sen 1968: the place of the lower bound among the sorted slopes. */
function lowerRank(count: number, slopes: number): number {
  const deviation = Math.sqrt((count * (count - 1) * (2 * count + 5)) / 18);
  return Math.max(0, Math.floor((slopes - Z * deviation) / 2));
}
