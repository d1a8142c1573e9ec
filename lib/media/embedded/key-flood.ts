/** No hand is faster, no dialler either (RFC 4733 2.5.1: 40 ms on, 40 ms off); what is more is a flood. */

import type { Log } from '../../ports/log.ts';

const MAX_KEYS_PER_SECOND = 25;

export class KeyFlood {
  readonly #log: Pick<Log, 'warn'>;
  #startedAtMs = Number.NEGATIVE_INFINITY;
  #keys = 0;

  constructor(log: Pick<Log, 'warn'>) {
    this.#log = log;
  }

  /** @param nowMs of a clock that is never set */
  accepts(nowMs: number): boolean {
    if (nowMs - this.#startedAtMs >= 1000) {
      this.#startedAtMs = nowMs;
      this.#keys = 0;
    }
    this.#keys += 1;
    if (this.#keys === MAX_KEYS_PER_SECOND + 1)
      this.#log.warn({}, 'More keys in a second than can be pressed; dropped.');
    return this.#keys <= MAX_KEYS_PER_SECOND;
  }
}
