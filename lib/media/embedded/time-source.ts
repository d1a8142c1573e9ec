/** Monotonic time for media; tests put their own in its place. */
export interface TimeSource {
  /** Milliseconds from an arbitrary start, with fractions; never goes back. */
  nowMs(): number;
  /**
   * Calls `run` once, `delayMs` from now or as soon after as possible.
   * @returns a function that takes it back
   */
  after(delayMs: number, run: () => void): () => void;
}

/** Its timers keep no process alive. */
export const systemTime: TimeSource = {
  nowMs: () => performance.now(),
  after(delayMs, run) {
    const timer = setTimeout(run, delayMs);
    timer.unref();
    return () => clearTimeout(timer);
  },
};

/** When the time of this thread was 0, by the clock that all threads share; milliseconds. */
export function systemTimeStartMs(): number {
  return Number(process.hrtime.bigint()) / 1e6 - performance.now();
}

/** The system's time as another thread counts it, whose time was 0 at `startMs`. */
export function systemTimeSince(startMs: number): TimeSource {
  const aheadMs = systemTimeStartMs() - startMs;
  return { ...systemTime, nowMs: () => performance.now() + aheadMs };
}
