import type { Clock, Timer } from '../../../lib/engine/clock.ts';

/** Time that stands still until it is moved. */
export class FakeClock implements Clock {
  #now = 1_800_000_000_000;
  #waits: { at: number; order: number; fire: () => void }[] = [];
  #order = 0;

  now(): number {
    return this.#now;
  }

  after(delayMs: number, fire: () => void): Timer {
    const wait = { at: this.#now + delayMs, order: this.#order++, fire };
    this.#waits.push(wait);
    return {
      cancel: () => {
        this.#waits = this.#waits.filter((other) => other !== wait);
      },
    };
  }

  /** Moves on and fires what falls due on the way, in order. */
  advance(ms: number): void {
    const end = this.#now + ms;
    for (;;) {
      const due = this.#waits.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at || a.order - b.order)[0];
      if (due === undefined) break;
      this.#waits = this.#waits.filter((other) => other !== due);
      this.#now = due.at;
      due.fire();
    }
    this.#now = end;
  }

  get pending(): number {
    return this.#waits.length;
  }
}
