/** Which counters a callback goes into, and how far each may go: per prefix, rule, all together, new numbers, spend. */

import type { CallbackPlan } from '../callback/callback.ts';
import type { Configuration, PrefixLimit, RateLimit, Trunk } from '../configuration.ts';
import { type Said, say } from '../sentence.ts';
import type { PhoneNumber } from './phone-number.ts';
import { costMicros, MICROS, type Price, priceOf } from './price-list.ts';

/** `text` names the kind of limit. */
export interface Charge extends Said {
  /** The counter; the window is part of it. */
  key: string;
  amount: number;
  /** The sum within the window may not be more than this. */
  max: number;
  windowMs: number;
  /** Amounts are shown in these. */
  unit: number;
  /** Another trunk may have room. */
  isOfTrunk?: true;
}

const DAY_SECONDS = 86_400;

function counted(key: string, { max, perSeconds }: RateLimit, said: Said): Charge {
  const windowMs = perSeconds * 1000;
  return { key: `${key}|${windowMs}`, amount: 1, max, windowMs, unit: 1, ...said };
}

const saidOf = (code: 'limit-of-rule' | 'limit-of-all' | 'limit-of-new', { max, perSeconds }: RateLimit) =>
  say(code, { max, seconds: perSeconds });

function prefixCharge(limit: PrefixLimit, e164: string): Charge[] {
  const prefix = limit.prefix ?? e164.slice(0, 1 + limit.digits);
  if (!e164.startsWith(prefix)) return [];
  const said = say('limit-of-prefix', { max: limit.max, prefix, seconds: limit.perSeconds });
  return [counted(`prefix|${prefix}`, limit, said)];
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
    charges.push(counted(`rule|${plan.origin}`, ofRule, saidOf('limit-of-rule', ofRule)));
  }
  const { total = null, newNumbers = null } = limits;
  if (total !== null) charges.push(counted('total', total, saidOf('limit-of-all', total)));
  if (newNumbers !== null && isNew && number !== null) {
    charges.push(counted('new', newNumbers, saidOf('limit-of-new', newNumbers)));
  }
  return charges;
}

/** Whether promises depend on the number being a new one: it has to be looked up then. */
export function countsNewNumbers({ limits }: Configuration): boolean {
  return (limits.newNumbers ?? null) !== null;
}

function spendCharge(key: string, amount: number, most: number): Charge {
  const windowMs = DAY_SECONDS * 1000;
  const counter = { key: `spend|${key}|${windowMs}`, amount, max: Math.round(most * MICROS), windowMs, unit: MICROS };
  return { ...counter, ...say('spend-most', { most }) };
}

/** With all calls and, where there is one, with its rule. */
function spendCharges(configuration: Configuration, rule: CallCost['rule'], amount: number): Charge[] {
  const perDay = configuration.limits.spend?.perDay ?? null;
  return [
    ...(perDay === null ? [] : [spendCharge('total', amount, perDay)]),
    ...(rule === null || rule.perDay === null ? [] : [spendCharge(rule.origin, amount, rule.perDay)]),
  ];
}

/** What its calls are counted with. */
export function spendingRule({ origin, terms }: CallbackPlan): NonNullable<CallCost['rule']> {
  return { origin, perDay: terms.spendPerDay ?? null };
}

function priceFor(configuration: Configuration, number: PhoneNumber | null): Price | null {
  return number === null ? null : priceOf(number, configuration.limits.spend);
}

/** As what a call through a trunk is counted, whoever makes it. */
export interface CallCost {
  number: PhoneNumber;
  /** On whose behalf it is made: a rule, an inline component; null: a flow that was called directly. */
  rule: { origin: string; perDay: number | null } | null;
  /** The call to the person himself: the suppression list, all and its rule were asked when it fell due. */
  isAttempt: boolean;
}

/** What is to be asked of the store before such a call leaves through this trunk; null: nothing. */
export function costAt(cost: CallCost | null, trunk: Trunk | null): CallCost | null {
  return cost?.isAttempt === true && (trunk?.spendPerDay ?? null) === null ? null : cost;
}

/** A call that has been counted with what it is assumed to cost. */
export interface AssumedCost {
  charges: Charge[];
  price: Price;
  assumedMinutes: number;
}

/** What a trunk has to spare; the other counters come first, so that it is the first without room only where they have some. */
function trunkCharges({ trunks }: Configuration, name: string, amount: number): Charge[] {
  const most = trunks.find((trunk) => trunk.name === name)?.spendPerDay ?? null;
  if (most === null) return [];
  const said = say('spend-of-trunk', { most, trunk: name });
  return [{ ...spendCharge(`trunk:${name}`, amount, most), ...said, isOfTrunk: true }];
}

/** Null: there is no price, or no cap. @param chargesOf the counters into which such an amount goes */
function assumed(
  configuration: Configuration,
  number: PhoneNumber | null,
  chargesOf: (amount: number) => Charge[],
): AssumedCost | null {
  const price = priceFor(configuration, number);
  if (price === null) return null;
  const assumedMinutes = configuration.limits.spend?.assumedMinutes ?? 0;
  const charges = chargesOf(costMicros(price, assumedMinutes));
  return charges.length === 0 ? null : { charges, price, assumedMinutes };
}

/** Null: there is no price, or no cap. */
export function assumedCost(configuration: Configuration, cost: CallCost, trunk: string): AssumedCost | null {
  const { number, rule, isAttempt } = cost;
  return assumed(configuration, number, (amount) => [
    ...(isAttempt ? [] : spendCharges(configuration, rule, amount)),
    ...trunkCharges(configuration, trunk, amount),
  ]);
}

/** What it has cost beyond that once it is over; the prices may have changed meanwhile, and don't count. */
export function settledCost({ charges, price, assumedMinutes }: AssumedCost, talkMs: number | null): Charge[] {
  const amount = costMicros(price, minutesOf(talkMs)) - costMicros(price, assumedMinutes);
  return amount === 0 ? [] : charges.map((charge) => ({ ...charge, amount }));
}

/** What an attempt would be counted as with each trunk that may carry it; null: that trunk has no cap. */
export function chargesByTrunk(
  configuration: Configuration,
  number: PhoneNumber | null,
  trunks: readonly string[],
): Array<Charge | null> {
  return trunks.map(
    (name) => assumed(configuration, number, (amount) => trunkCharges(configuration, name, amount))?.charges[0] ?? null,
  );
}

/** A begun minute is a whole one. */
function minutesOf(talkMs: number | null): number {
  return talkMs === null ? 0 : Math.max(1, Math.ceil(talkMs / 60_000));
}

/** What an attempt costs with all and with its rule, as long as nobody knows how long it will be. */
function attemptCost(configuration: Configuration, plan: CallbackPlan, number: PhoneNumber | null): AssumedCost | null {
  return assumed(configuration, number, (amount) => spendCharges(configuration, spendingRule(plan), amount));
}

/** Empty: there is no cap, or no price. */
export function attemptCharges(configuration: Configuration, plan: CallbackPlan, number: PhoneNumber | null): Charge[] {
  return attemptCost(configuration, plan, number)?.charges ?? [];
}

/**
 * What an attempt that is over has cost beyond what it was counted as; negative: less.
 * @param talkMs from its answer to its end; null: nobody answered. A begun minute is a whole one
 */
export function settledCharges(
  configuration: Configuration,
  { plan, number, talkMs }: { plan: CallbackPlan; number: PhoneNumber | null; talkMs: number | null },
): Charge[] {
  const cost = attemptCost(configuration, plan, number);
  return cost === null ? [] : settledCost(cost, talkMs);
}
