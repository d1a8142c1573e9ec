import type { Clock } from '../../ports/clock.ts';

/** An engine that can wait gets the INVITE so long before it is to leave: our own turn may come late, not so its. */
const EARLY_MS = 60;

/**
 * When an INVITE is given to the engine: as soon as it is prepared, but not before its time. The time is a wait from the
 * order on, however the wall clock is set meanwhile.
 */
export class HandOver {
  readonly #send: () => unknown;
  #isEarly = false;
  #isPrepared = false;
  #holdMs = 0;

  constructor(send: () => unknown) {
    this.#send = send;
  }

  /** @param notBefore epoch milliseconds; `holds`: the engine waits for the rest */
  begin(notBefore: number, { clock, holds }: { clock: Clock; holds: boolean }): void {
    const leftMs = notBefore - clock.now();
    const waitMs = holds ? leftMs - EARLY_MS : leftMs;
    if (holds && leftMs > 0) this.#holdMs = Math.min(leftMs, EARLY_MS);
    if (waitMs <= 0) return;
    this.#isEarly = true;
    clock.after(waitMs, () => {
      this.#isEarly = false;
      if (this.#isPrepared) this.#send();
    });
  }

  /** All is there for it. @returns whether it still waits for its time; if not, it was sent */
  prepared(): boolean {
    this.#isPrepared = true;
    if (!this.#isEarly) this.#send();
    return this.#isEarly;
  }

  /** For the first request; those that follow (credentials, 422) wait for nothing. */
  hold(): { holdMs?: number } {
    const holdMs = this.#holdMs;
    this.#holdMs = 0;
    return holdMs > 0 ? { holdMs } : {};
  }
}
