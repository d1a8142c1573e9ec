import { z } from 'zod';
import type { Limits } from '../core/configuration.ts';
import { rejection } from './callback-terms.ts';
import { blockedNumber, country, listOf, seconds, whole, YEAR_SECONDS } from './field.ts';
import { fields } from './mistake-list.ts';

const perNumber = fields({
  max: whole(1, 1_000_000).default(10),
  perSeconds: seconds(1, YEAR_SECONDS).default(3600),
});

/** 480 rather than 503: the trunk is to leave the caller alone, not this server (RFC 3261 21.5.4). */
const notAccepting = rejection({ status: 480, cause: 31, text: 'Callbacks are not taken now' });

/** Countries default to the configuration's own one. */
export function limitsOf(defaultCountry: string): z.ZodType<Limits> {
  return fields({
    duplicate: z.enum(['merge']).default('merge'),
    perNumber: perNumber.prefault({}),
    countries: fields({ allow: listOf(country, 300).default([defaultCountry]) }).prefault({}),
    blockedNumbers: listOf(blockedNumber, 10_000).default([]),
    notAccepting: notAccepting.prefault({}),
  });
}
