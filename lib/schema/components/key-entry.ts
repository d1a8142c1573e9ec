import { z } from 'zod';
import type { KeyTimers } from '../../core/configuration.ts';
import { flaw } from '../../core/mistake.ts';
import { componentName, prompt, seconds, textField, whole } from '../field.ts';

export const key = textField(1, (text) => (/^[0-9*#A-D]$/.test(text) ? null : flaw('not-a-key')));

/** Fields of every component that asks for keys. */
export const keyFields = (onInterDigitTimeout: KeyTimers['onInterDigitTimeout'], retries: number) => ({
  prompt: prompt.default('tone:beep'),
  retryPrompt: prompt.optional(),
  interruptible: z.boolean().default(true),
  typeAhead: z.boolean().default(true),
  firstDigitTimeoutSeconds: seconds(0.1, 3600).default(10),
  firstDigitTimerFrom: z.enum(['promptEnd', 'promptStart']).default('promptEnd'),
  interDigitTimeoutSeconds: seconds(0.1, 3600).optional(),
  onInterDigitTimeout: z.enum(['disconnect', 'take', 'retry']).default(onInterDigitTimeout),
  retries: whole(0, 20).default(retries),
  noInput: componentName.optional(),
  invalid: componentName.optional(),
});

type Given = z.output<z.ZodObject<ReturnType<typeof keyFields>>>;

export function keyTimersOf(given: Given): KeyTimers {
  return {
    prompt: given.prompt,
    retryPrompt: given.retryPrompt ?? null,
    interruptible: given.interruptible,
    typeAhead: given.typeAhead,
    firstDigitTimeoutSeconds: given.firstDigitTimeoutSeconds,
    firstDigitTimerFrom: given.firstDigitTimerFrom,
    interDigitTimeoutSeconds: given.interDigitTimeoutSeconds ?? null,
    onInterDigitTimeout: given.onInterDigitTimeout,
    retries: given.retries,
    noInput: given.noInput ?? null,
    invalid: given.invalid ?? null,
  };
}
