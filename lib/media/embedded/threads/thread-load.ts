/**
 * Whether a thread has as much to do as it can, seen from outside: the main loop does not become late by it, and so refuses
 * nobody. What is measured passes while the thread waits for a core, too: on a machine that is too busy it is full earlier.
 */

/** Beyond it packets wait for each other (make bench-media). */
const FULL_SHARE = 0.95;
/** One look may meet a pause of the machine. */
const FULL_LOOKS = 2;

export class ThreadLoad {
  #before: { busyMs: number; atMs: number } | null = null;
  #fullLooks = 0;

  /** @param busyMs since its start; less than before: it is another one */
  look(busyMs: number, atMs: number): void {
    const before = this.#before;
    this.#before = { busyMs, atMs };
    const share = before === null || atMs <= before.atMs ? 0 : (busyMs - before.busyMs) / (atMs - before.atMs);
    this.#fullLooks = share >= FULL_SHARE ? this.#fullLooks + 1 : 0;
  }

  get isFull(): boolean {
    return this.#fullLooks >= FULL_LOOKS;
  }
}
