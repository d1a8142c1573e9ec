import { z } from 'zod';
import type { Limits, PrefixLimit, SpecialKind, Spend } from '../core/configuration.ts';
import { flaw } from '../core/mistake.ts';
import { OVERLOAD_DEFAULTS } from '../core/policy/overload.ts';
import { PING_PONG_DEFAULTS } from '../core/policy/ping-pong.ts';
import { priceListMistakes } from '../core/policy/price-list.ts';
import { SPECIAL_DEFAULTS } from '../core/policy/special-kinds.ts';
import { rejection } from './callback-terms.ts';
import { blockedNumber, country, listOf, money, rateLimit, seconds, textField, whole, YEAR_SECONDS } from './field.ts';
import { regularHours } from './hours.ts';
import { coded, codedFlaw, fields } from './mistake-list.ts';

const perNumber = fields({
  max: whole(1, 1_000_000).default(10),
  perSeconds: seconds(1, YEAR_SECONDS).default(3600),
});

const givenPrefix = textField(20, (text) => (/^\+\d{1,15}\*?$/.test(text) ? null : flaw('not-a-prefix'))).transform(
  (text) => text.replace(/\*$/, ''),
);

const perPrefix: z.ZodType<PrefixLimit> = fields({
  prefix: givenPrefix.optional(),
  digits: whole(1, 15).optional(),
  max: whole(0, 1_000_000),
  perSeconds: seconds(1, YEAR_SECONDS).default(3600),
})
  .superRefine((given, context) => {
    if ((given.prefix === undefined) === (given.digits === undefined))
      context.addIssue({
        code: 'custom',
        message: coded('prefix-or-digits'),
      });
  })
  .transform(
    ({ prefix, digits, max, perSeconds }): PrefixLimit =>
      prefix === undefined
        ? { prefix: null, digits: digits ?? 1, max, perSeconds }
        : { prefix, digits: null, max, perSeconds },
  );

const kinds = Object.keys(SPECIAL_DEFAULTS) as SpecialKind[];
const specialNumbers = fields(
  Object.fromEntries(kinds.map((kind) => [kind, z.boolean().default(SPECIAL_DEFAULTS[kind])])) as Record<
    SpecialKind,
    z.ZodDefault<z.ZodBoolean>
  >,
);

const className = textField(40, (text) => (/^[\p{L}\p{N}_-]+$/u.test(text) ? null : flaw('not-a-class')));
const LARGEST_PRICE_LIST = 8 * 1024 * 1024;

function priceMistakes({ prices, classes, maxPriceClass }: Spend, context: z.RefinementCtx): void {
  const say = (path: string, message: string) => context.addIssue({ code: 'custom', path: [path], message });
  if (new Set(classes).size < classes.length) say('classes', coded('class-twice'));
  if (maxPriceClass !== null && !classes.includes(maxPriceClass))
    say('maxPriceClass', coded('not-of-the-classes', { classes }));
  if (prices.trim() === '') return;
  for (const { line, what } of priceListMistakes(prices, classes))
    say('prices', line === 0 ? codedFlaw(what) : coded('prices-line', { line, what }));
}

const prices = z
  .string({ error: coded('prices-form') })
  .max(LARGEST_PRICE_LIST)
  .default('');

const spend: z.ZodType<Spend> = fields({
  prices,
  classes: listOf(className, 20).min(1).default(['low', 'medium', 'high']),
  maxPriceClass: className.optional(),
  assumedMinutes: z.number().min(0).max(1440).default(3),
  perDay: money.optional(),
})
  .transform((given) => ({
    prices: given.prices,
    classes: given.classes,
    maxPriceClass: given.maxPriceClass ?? null,
    assumedMinutes: given.assumedMinutes,
    perDay: given.perDay ?? null,
  }))
  .superRefine(priceMistakes);

const pingPong = z.union(
  [
    z.literal(false),
    fields({
      withinSeconds: seconds(1, YEAR_SECONDS).default(PING_PONG_DEFAULTS.withinSeconds),
      rounds: whole(1, 100).default(PING_PONG_DEFAULTS.rounds),
      answeredSeconds: seconds(0, 3600).default(PING_PONG_DEFAULTS.answeredSeconds),
    }),
  ],
  { error: coded('ping-pong-form') },
);

const overload = z.union(
  [
    z.literal(false),
    fields({
      lateMs: whole(10, 60_000).default(OVERLOAD_DEFAULTS.lateMs),
      retryAfterSeconds: seconds(1, 3600).default(OVERLOAD_DEFAULTS.retryAfterSeconds),
    }),
  ],
  { error: coded('overload-form') },
);

/** 480 rather than 503: the trunk is to leave the caller alone, not this server (RFC 3261 21.5.4). */
const notAccepting = rejection({ status: 480, cause: 31, text: 'Callbacks are not taken now' });

const made = new Map<string, z.ZodType<Limits>>();

/** Countries default to the configuration's own one. */
export function limitsOf(defaultCountry: string): z.ZodType<Limits> {
  const known = made.get(defaultCountry);
  if (known !== undefined) return known;
  const schema = limitsFor(defaultCountry);
  // Whatever a file says its country is, there are some 250 of them.
  if (made.size < 300) made.set(defaultCountry, schema);
  return schema;
}

function limitsFor(defaultCountry: string): z.ZodType<Limits> {
  return fields({
    duplicate: z.enum(['merge']).default('merge'),
    perNumber: perNumber.prefault({}),
    perPrefix: listOf(perPrefix, 1000).default([]),
    perRule: rateLimit().optional(),
    total: rateLimit().optional(),
    newNumbers: rateLimit().optional(),
    pingPong: pingPong.prefault({}),
    countries: fields({ allow: listOf(country, 300).default([defaultCountry]) }).prefault({}),
    blockedNumbers: listOf(blockedNumber, 10_000).default([]),
    notAccepting: notAccepting.prefault({}),
    overload: overload.prefault({}),
    specialNumbers: specialNumbers.prefault({}),
    spend: spend.prefault({}),
    callingHours: listOf(regularHours, 100).default([]),
    unwantedSeconds: seconds(1, 100 * YEAR_SECONDS).optional(),
  }).transform(
    (given): Limits => ({
      ...given,
      perRule: given.perRule ?? null,
      total: given.total ?? null,
      newNumbers: given.newNumbers ?? null,
      unwantedSeconds: given.unwantedSeconds ?? null,
    }),
  );
}
