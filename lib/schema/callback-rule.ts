import { z } from 'zod';
import type { CallbackRule } from '../core/configuration.ts';
import type { RingingMode } from '../core/rules/ringing.ts';
import { methodMistakes, termFields, termsOf } from './callback-terms.ts';
import { listOf, name, numberOrPrefix, phoneNumber, seconds } from './field.ts';
import { coded, fields } from './mistake-list.ts';

/** `any`, one number or prefix, or a list of them. */
const origin = z
  .union([numberOrPrefixOrAny(), listOf(numberOrPrefixOrAny(), 10_000).min(1, { error: coded('origin-empty') })], {
    error: coded('origin-form'),
  })
  .default('any')
  .superRefine((given, context) => {
    if (Array.isArray(given) && given.length > 1 && given.includes('any'))
      context.addIssue({ code: 'custom', message: coded('any-among-others') });
  })
  .transform((given) => {
    const list = Array.isArray(given) ? given : [given];
    return list.includes('any') ? ('any' as const) : list;
  });

function numberOrPrefixOrAny() {
  return z.union([z.literal('any'), numberOrPrefix], { error: coded('origin-item-form') });
}

/** A drachtio-server forgets a call that has no final response for 64 s. */
const LONGEST_RINGING_SECONDS = 50;
const USUAL_RINGING_SECONDS: Record<RingingMode, number> = { ring: 10, missedCall: 30 };

const mode = z.enum(['reject', 'ring', 'missedCall']);

function ringingMistakes(given: { mode?: unknown; ringSeconds?: number | undefined }, context: z.RefinementCtx): void {
  if (given.ringSeconds === undefined || given.mode === 'ring' || given.mode === 'missedCall') return;
  const message = coded('ring-seconds-mode');
  context.addIssue({ code: 'custom', path: ['ringSeconds'], message });
}

function ringingOf(given: z.output<typeof mode> | undefined, ringSeconds: number | undefined) {
  if (given === undefined || given === 'reject') return {};
  return { ringing: { mode: given, seconds: ringSeconds ?? USUAL_RINGING_SECONDS[given] } };
}

export const callbackRule: z.ZodType<CallbackRule> = fields({
  name,
  origin,
  inboundNumbers: listOf(phoneNumber, 10_000).default([]),
  ...termFields,
  mode: mode.optional().meta({ default: 'reject' }),
  ringSeconds: seconds(1, LONGEST_RINGING_SECONDS).optional(),
  next: name.optional(),
})
  .superRefine(methodMistakes)
  .superRefine(ringingMistakes)
  .transform((given) => ({
    name: given.name,
    origin: given.origin,
    inboundNumbers: given.inboundNumbers,
    ...termsOf(given),
    next: given.next ?? null,
    ...ringingOf(given.mode, given.ringSeconds),
  }));
