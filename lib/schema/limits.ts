import { z } from 'zod';
import type { Limits } from '../core/configuration.ts';
import { blockedNumber, country, listOf, seconds, whole, YEAR_SECONDS } from './field.ts';
import { fields } from './mistake-list.ts';

const perNumber = fields({
  max: whole(1, 1_000_000).default(10),
  perSeconds: seconds(1, YEAR_SECONDS).default(3600),
});

/** Countries default to the configuration's own one. */
export function limitsOf(defaultCountry: string): z.ZodType<Limits> {
  return fields({
    duplicate: z.enum(['merge']).default('merge'),
    perNumber: perNumber.prefault({}),
    countries: fields({ allow: listOf(country, 300).default([defaultCountry]) }).prefault({}),
    blockedNumbers: listOf(blockedNumber, 10_000).default([]),
  });
}
