/** What one second saw. */
export interface Second {
  offered: number;
  promised: number;
  refused: number;
  unanswered: number;
  calledBack: number;
  completed: number;
  /** Of the phones that rang in this second; null: none did. Milliseconds. */
  lateness: Spread | null;
  /** Of the rejections of this second. Milliseconds. */
  reject: Spread | null;
}

export interface Spread {
  p50: number;
  p99: number;
  max: number;
}

type Counted = 'offered' | 'promised' | 'refused' | 'unanswered' | 'calledBack' | 'completed';

interface Bucket {
  counts: Record<Counted, number>;
  lateness: number[];
  reject: number[];
}

/** Events of a second may still come this long after it. */
const OPEN_SECONDS = 60;

/** The run by the second, for the charts. A second that is over long ago keeps its figures and drops its values. */
export class Timeline {
  readonly startAt: number;
  readonly #open = new Map<number, Bucket>();
  readonly #closed: Second[] = [];

  constructor(startAt: number) {
    this.startAt = startAt;
  }

  count(what: Counted, at: number): void {
    this.#bucket(at).counts[what] += 1;
  }

  measure(what: 'lateness' | 'reject', at: number, ms: number): void {
    this.#bucket(at)[what].push(ms);
  }

  /** All seconds from the first to the last that saw something. */
  seconds(): Second[] {
    const last = Math.max(this.#closed.length - 1, ...this.#open.keys());
    const open = Array.from({ length: last + 1 - this.#closed.length }, (_, index) =>
      summaryOf(this.#open.get(this.#closed.length + index) ?? emptyBucket()),
    );
    return [...this.#closed, ...open];
  }

  /** The last ones only, for a line each second. */
  latest(seconds: number): Second[] {
    const last = Math.max(-1, ...this.#open.keys());
    const open = Array.from({ length: seconds }, (_, index) => this.#open.get(last - index));
    return open.flatMap((bucket) => (bucket ? [summaryOf(bucket)] : []));
  }

  #bucket(at: number): Bucket {
    // What comes after its second was closed is counted in the first that is open.
    const second = Math.max(this.#closed.length, Math.floor((at - this.startAt) / 1_000));
    const known = this.#open.get(second);
    if (known) return known;
    const bucket = emptyBucket();
    this.#open.set(second, bucket);
    this.#close(second - OPEN_SECONDS);
    return bucket;
  }

  #close(before: number): void {
    while (this.#closed.length < before) {
      const second = this.#closed.length;
      this.#closed.push(summaryOf(this.#open.get(second) ?? emptyBucket()));
      this.#open.delete(second);
    }
  }
}

function emptyBucket(): Bucket {
  const counts = { offered: 0, promised: 0, refused: 0, unanswered: 0, calledBack: 0, completed: 0 };
  return { counts, lateness: [], reject: [] };
}

function summaryOf(bucket: Bucket): Second {
  return { ...bucket.counts, lateness: spreadOf(bucket.lateness), reject: spreadOf(bucket.reject) };
}

function spreadOf(values: number[]): Spread | null {
  if (values.length === 0) return null;
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)]!;
  return { p50: at(0.5), p99: at(0.99), max: sorted.at(-1)! };
}
