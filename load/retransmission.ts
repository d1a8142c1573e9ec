/** RFC 3261 17.1.1.1. */
export const T1_MS = 500;
const T2_MS = 4_000;
/** Timers B, F, H, and the wait for the ACK of a 2xx. */
export const GIVE_UP_MS = 64 * T1_MS;

/** Sends again after T1, 2*T1, ... at most T2, until it is stopped or given up: what timers E and G do, and 13.3.1.4. */
export class Retransmission {
  #timer: NodeJS.Timeout;
  readonly #send: () => void;
  readonly #givenUp: () => void;

  constructor(send: () => void, givenUp: () => void) {
    this.#send = send;
    this.#givenUp = givenUp;
    this.#timer = this.#wait(T1_MS, 0);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #wait(waitMs: number, passedMs: number): NodeJS.Timeout {
    return setTimeout(() => {
      const nowPassedMs = passedMs + waitMs;
      if (nowPassedMs >= GIVE_UP_MS) return this.#givenUp();
      this.#send();
      this.#timer = this.#wait(Math.min(waitMs * 2, T2_MS, GIVE_UP_MS - nowPassedMs), nowPassedMs);
    }, waitMs);
  }
}
