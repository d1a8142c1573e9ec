/** Which counters a callback goes into, and how far each may go: per prefix, rule, all together, new numbers, spend. */

import type { CallbackPlan } from '../callback/callback.ts';
import type { Configuration, PrefixLimit, RateLimit } from '../configuration.ts';
import type { PhoneNumber } from './phone-number.ts';
import { costMicros, MICROS, type Price, priceOf } from './price-list.ts';

export interface Charge {
  /** The counter; the window is part of it. */
  key: string;
  amount: number;
  /** The sum within the window may not be more than this. */
  max: number;
  windowMs: number;
  /** Amounts are shown in these. */
  unit: number;
  /** One sentence for `explain` and the log; it names the kind of limit. */
  text: string;
}

const DAY_SECONDS = 86_400;

function counted(key: string, { max, perSeconds }: RateLimit, text: string): Charge {
  const windowMs = perSeconds * 1000;
  return { key: `${key}|${windowMs}`, amount: 1, max, windowMs, unit: 1, text };
}

function prefixCharge(limit: PrefixLimit, e164: string): Charge[] {
  const prefix = limit.prefix ?? e164.slice(0, 1 + limit.digits);
  if (!e164.startsWith(prefix)) return [];
  return [counted(`prefix|${prefix}`, limit, `at most ${limit.max} for ${prefix} in ${limit.perSeconds} s`)];
}

/**
 * What is counted when a callback is promised.
 * @param number that would be dialled; null: an extension
 * @param isNew it was never called back before
 */
export function promiseCharges(
  configuration: Configuration,
  { plan, number, isNew }: { plan: CallbackPlan; number: PhoneNumber | null; isNew: boolean },
): Charge[] {
  const { limits } = configuration;
  const e164 = number?.e164 ?? null;
  const charges = e164 === null ? [] : (limits.perPrefix ?? []).flatMap((limit) => prefixCharge(limit, e164));
  const ofRule = plan.terms.limit ?? limits.perRule ?? null;
  if (ofRule !== null) {
    charges.push(
      counted(`rule|${plan.origin}`, ofRule, `at most ${ofRule.max} of this rule in ${ofRule.perSeconds} s`),
    );
  }
  const { total = null, newNumbers = null } = limits;
  if (total !== null) charges.push(counted('total', total, `at most ${total.max} in ${total.perSeconds} s`));
  if (newNumbers !== null && isNew && number !== null) {
    charges.push(counted('new', newNumbers, `at most ${newNumbers.max} new numbers in ${newNumbers.perSeconds} s`));
  }
  return charges;
}

/** Whether promises depend on the number being a new one: it has to be looked up then. */
export function countsNewNumbers({ limits }: Configuration): boolean {
  return (limits.newNumbers ?? null) !== null;
}

function spendCharge(key: string, amount: number, most: number): Charge {
  const text = `at most ${most} may be spent in 24 hours`;
  const windowMs = DAY_SECONDS * 1000;
  return { key: `spend|${key}|${windowMs}`, amount, max: Math.round(most * MICROS), windowMs, unit: MICROS, text };
}

function spendCharges(configuration: Configuration, plan: CallbackPlan, amount: number): Charge[] {
  const { spend } = configuration.limits;
  const perDay = spend?.perDay ?? null;
  const ofRule = plan.terms.spendPerDay ?? null;
  return [
    ...(perDay === null ? [] : [spendCharge('total', amount, perDay)]),
    ...(ofRule === null ? [] : [spendCharge(plan.origin, amount, ofRule)]),
  ];
}

function priceFor(configuration: Configuration, number: PhoneNumber | null): Price | null {
  return number === null ? null : priceOf(number, configuration.limits.spend);
}

/** What an attempt costs as long as nobody knows how long it will be; empty: there is no cap, or no price. */
export function attemptCharges(configuration: Configuration, plan: CallbackPlan, number: PhoneNumber | null): Charge[] {
  const price = priceFor(configuration, number);
  if (price === null) return [];
  return spendCharges(configuration, plan, costMicros(price, configuration.limits.spend?.assumedMinutes ?? 0));
}

/**
 * What an attempt that is over has cost beyond what it was counted as; negative: less.
 * @param talkMs from its answer to its end; null: nobody answered. A begun minute is a whole one
 */
export function settledCharges(
  configuration: Configuration,
  { plan, number, talkMs }: { plan: CallbackPlan; number: PhoneNumber | null; talkMs: number | null },
): Charge[] {
  const price = priceFor(configuration, number);
  if (price === null) return [];
  const assumed = configuration.limits.spend?.assumedMinutes ?? 0;
  const minutes = talkMs === null ? 0 : Math.max(1, Math.ceil(talkMs / 60_000));
  const amount = costMicros(price, minutes) - costMicros(price, assumed);
  return amount === 0 ? [] : spendCharges(configuration, plan, amount);
}
