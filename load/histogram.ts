/** Milliseconds, counted in bins so that an hour of them takes no more room than a second; negative ones too. */
export class Histogram {
  readonly #positive = new Uint32Array(BIN_COUNT);
  /** By magnitude. */
  readonly #negative = new Uint32Array(BIN_COUNT);
  #count = 0;
  #sum = 0;
  #min = Number.POSITIVE_INFINITY;
  #max = Number.NEGATIVE_INFINITY;

  get count(): number {
    return this.#count;
  }

  add(ms: number): void {
    const bins = ms < 0 ? this.#negative : this.#positive;
    bins[binOf(Math.abs(ms))]! += 1;
    this.#count += 1;
    this.#sum += ms;
    if (ms < this.#min) this.#min = ms;
    if (ms > this.#max) this.#max = ms;
  }

  /** Exact; null: nothing was counted. The same for `max`. */
  get min(): number | null {
    return this.#count === 0 ? null : this.#min;
  }

  get max(): number | null {
    return this.#count === 0 ? null : this.#max;
  }

  get mean(): number | null {
    return this.#count === 0 ? null : this.#sum / this.#count;
  }

  /**
   * The least value that `share` (0 to 1) of all do not exceed, as the upper edge of its bin: never better than it was.
   * Bins are 0.1 ms up to 100 ms, 1 ms up to 10 s, 100 ms beyond. null: nothing was counted.
   */
  quantile(share: number): number | null {
    if (this.#count === 0) return null;
    const rank = Math.max(1, Math.ceil(share * this.#count));
    let passed = 0;
    for (const { to, count } of this.bins()) {
      passed += count;
      if (passed >= rank) return Math.min(to, this.#max);
    }
    return this.#max;
  }

  /** The bins that hold something, from the least value to the greatest. */
  *bins(): Generator<{ from: number; to: number; count: number }> {
    for (let bin = BIN_COUNT - 1; bin >= 0; bin -= 1) {
      const count = this.#negative[bin]!;
      if (count > 0) yield { from: -edgeOf(bin + 1), to: -edgeOf(bin), count };
    }
    for (let bin = 0; bin < BIN_COUNT; bin += 1) {
      const count = this.#positive[bin]!;
      if (count > 0) yield { from: edgeOf(bin), to: edgeOf(bin + 1), count };
    }
  }
}

const FINE = 1_000;
const MIDDLE = 9_900;
const COARSE = 36_000;
const BIN_COUNT = FINE + MIDDLE + COARSE;

function binOf(ms: number): number {
  if (ms < 100) return Math.floor(ms * 10);
  if (ms < 10_000) return FINE + Math.floor(ms - 100);
  return Math.min(BIN_COUNT - 1, FINE + MIDDLE + Math.floor((ms - 10_000) / 100));
}

/** The lower edge of a bin, in milliseconds. */
function edgeOf(bin: number): number {
  if (bin <= FINE) return bin / 10;
  if (bin <= FINE + MIDDLE) return 100 + (bin - FINE);
  return 10_000 + (bin - FINE - MIDDLE) * 100;
}
