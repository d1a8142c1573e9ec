/** Time from outside. */
export interface Clock {
  /** Wall clock, epoch milliseconds. */
  now(): number;
  /**
   * Calls `run` once when the wall clock shows `at` (epoch milliseconds) or as soon after as possible, never before; waits
   * of any length.
   * @returns a function that takes the alarm back
   */
  alarm(at: number, run: () => void): () => void;
  /** The same, once `ms` have passed, whatever the wall clock is set to meanwhile. */
  after(ms: number, run: () => void): () => void;
  /**
   * Told when the wall clock was set, before anybody is given the new time, so that instants kept in memory can be moved
   * with it.
   * @param listener `byMs`: how far, back is negative; sets no alarms in the past and throws nothing
   */
  onStep(listener: (byMs: number) => void): void;
}
