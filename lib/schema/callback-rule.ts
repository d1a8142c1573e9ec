import { z } from 'zod';
import type { CallbackRule } from '../core/configuration.ts';
import { methodMistakes, termFields, termsOf } from './callback-terms.ts';
import { listOf, name, numberOrPrefix, phoneNumber } from './field.ts';
import { fields } from './mistake-list.ts';

/** `any`, one number or prefix, or a list of them. */
const origin = z
  .union([numberOrPrefixOrAny(), listOf(numberOrPrefixOrAny(), 10_000).min(1, { error: 'is empty: write `any`' })], {
    error: 'has to be `any`, a number, a prefix (`+5548*`) or a list of them',
  })
  .default('any')
  .superRefine((given, context) => {
    if (Array.isArray(given) && given.length > 1 && given.includes('any'))
      context.addIssue({ code: 'custom', message: '`any` among others: `any` alone, or the others' });
  })
  .transform((given) => {
    const list = Array.isArray(given) ? given : [given];
    return list.includes('any') ? ('any' as const) : list;
  });

function numberOrPrefixOrAny() {
  return z.union([z.literal('any'), numberOrPrefix], { error: 'has to be `any`, a number or a prefix (`+5548*`)' });
}

export const callbackRule: z.ZodType<CallbackRule> = fields({
  name,
  origin,
  inboundNumbers: listOf(phoneNumber, 10_000).default([]),
  ...termFields,
  next: name.optional(),
})
  .superRefine(methodMistakes)
  .transform((given) => ({
    name: given.name,
    origin: given.origin,
    inboundNumbers: given.inboundNumbers,
    ...termsOf(given),
    next: given.next ?? null,
  }));
