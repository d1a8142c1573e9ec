import type { DialFacts } from '../core/call/dial-facts.ts';
import type { Charge } from '../core/policy/charges.ts';
import type { PhoneNumber } from '../core/policy/phone-number.ts';
import { usageChange } from '../core/policy/sliding-window.ts';
import { suppressionKeyOf, suppressionSaid } from '../core/policy/suppression.ts';
import type { Log } from '../ports/log.ts';
import type { Store } from '../ports/store.ts';

export interface DialLedgerOptions {
  store: Pick<Store, 'suppressions' | 'usage'>;
  log: Log;
}

/** Whose call it is, for the log. */
type About = { callbackId: string } | { legId: string };

/** The store's part in a call that may cost money: asked and counted before it is dialled, corrected when it is over. */
export class DialLedger {
  readonly #options: DialLedgerOptions;

  constructor(options: DialLedgerOptions) {
    this.#options = options;
  }

  /**
   * Never rejects. Where the call is free to go its charges are counted, at the instant `at`; else nothing is.
   * @param number to look for on the suppression list; null: that was done
   */
  async ask(
    about: About,
    { number, charges, at }: { number: PhoneNumber | null; charges: readonly Charge[]; at: number },
  ): Promise<DialFacts> {
    const { store, log } = this.#options;
    try {
      const entry = number === null ? null : await store.suppressions.get(suppressionKeyOf(number), at);
      if (entry !== null) return { type: 'refused', gate: 'suppressed', ...suppressionSaid(entry) };
      if (charges.length === 0) return { type: 'free' };
      const full = await store.usage.take(charges.map((charge) => usageChange(charge, at)));
      return full === null ? { type: 'free' } : refusedBy(charges[full]!);
    } catch (error) {
      log.error({ ...about, err: error }, 'the store does not say whether this number may be dialled');
      return { type: 'unknown' };
    }
  }

  /** Never rejects. @param countedAt in whose slot the cost was assumed: a correction must not outlive what it corrects */
  async correct(about: About, charges: readonly Charge[], countedAt: number): Promise<void> {
    if (charges.length === 0) return;
    await this.#options.store.usage
      .add(charges.map((charge) => usageChange(charge, countedAt)))
      .catch((error: unknown) => this.#options.log.warn({ ...about, err: error }, 'the cost of a call stays assumed'));
  }
}

function refusedBy({ text, sentences, isOfTrunk }: Charge): DialFacts {
  return { type: 'refused', gate: 'spend', text, sentences, ...(isOfTrunk === true ? { ofTrunk: true } : {}) };
}
