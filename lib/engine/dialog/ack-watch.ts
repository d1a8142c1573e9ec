import type { Clock, Timer } from '../clock.ts';
import type { SipTimers } from '../transaction/timers.ts';

interface WatchOptions {
  readonly clock: Clock;
  readonly timers: SipTimers;
  readonly resend: () => void;
  /** No ACK came in 64*T1. */
  readonly onTimeout: () => void;
}

/**
 * Repeats a 2xx to an INVITE, or a reliable provisional response, until it is acknowledged: after T1, then doubling, a
 * 2xx up to T2, on every transport, since a proxy on the way may lose it behind a reliable hop (RFC 3261 13.3.1.4, RFC 3262 3).
 */
export class AckWatch {
  readonly #options: WatchOptions;
  readonly #deadline: Timer;
  #next: Timer;

  constructor(options: WatchOptions) {
    const { clock, timers } = options;
    this.#options = options;
    this.#deadline = clock.after(timers.t1x64, () => {
      this.stop();
      options.onTimeout();
    });
    this.#next = clock.after(timers.t1, () => this.#repeat(timers.t1));
  }

  stop(): void {
    this.#deadline.cancel();
    this.#next.cancel();
  }

  #repeat(lastDelayMs: number): void {
    const { clock, timers, resend } = this.#options;
    const delayMs = Math.min(lastDelayMs * 2, timers.t2);
    this.#next = clock.after(delayMs, () => this.#repeat(delayMs));
    resend();
  }
}
