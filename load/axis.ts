/** Axes of charts: round ticks, and where a value lies. */

/** A value's place on the page. */
export type Scale = (value: number) => number;

const TICKS = 5;

/** Round numbers from at or below the least to at or above the greatest. */
export function ticksOf(least: number, greatest: number): number[] {
  const rough = (greatest - least) / TICKS || 1;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map((times) => times * power).find((size) => size >= rough * 0.999)!;
  const from = Math.floor(least / step + 1e-9);
  const to = Math.ceil(greatest / step - 1e-9);
  return Array.from({ length: to - from + 1 }, (_, index) => Number(((from + index) * step).toPrecision(12)));
}

export function linear([from, to]: readonly [number, number], [low, high]: readonly [number, number]): Scale {
  const factor = to === from ? 0 : (high - low) / (to - from);
  return (value) => low + (value - from) * factor;
}

/** Powers of ten around all of them. */
export function powersOf(values: readonly number[]): number[] {
  const positive = values.filter((value) => value > 0);
  const low = Math.floor(Math.log10(Math.min(...positive, 1)));
  const high = Math.max(Math.ceil(Math.log10(Math.max(...positive, 1))), low + 1);
  return Array.from({ length: high - low + 1 }, (_, index) => 10 ** (low + index));
}

export function logarithmic([from, to]: readonly [number, number], [low, high]: readonly [number, number]): Scale {
  const place = linear([Math.log10(from), Math.log10(to)], [low, high]);
  return (value) => place(Math.log10(Math.max(value, from)));
}
