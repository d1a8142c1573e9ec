/** Time from outside. */
export interface Clock {
  /** Wall clock, epoch milliseconds. */
  now(): number;
  /**
   * Calls `run` once at `at` (epoch milliseconds) or as soon after as possible, never before; waits of any length.
   * @returns a function that takes the alarm back
   */
  alarm(at: number, run: () => void): () => void;
}
