import { z } from 'zod';
import type { KeyTimers } from '../../core/configuration.ts';
import { componentName, prompt, seconds, whole } from '../field.ts';
import { coded } from '../mistake-list.ts';

const KEYS = [...'0123456789*#ABCD'];

/** YAML takes `1` for a number. */
const written = (value: unknown) => (typeof value === 'number' ? String(value) : value);
const keyOf = (keys: string[]) => z.preprocess(written, z.enum(keys, { error: coded('not-a-key') }));

export const key = keyOf(KEYS);
/** Empty: no key. */
export const keyOrNone = keyOf(['', ...KEYS]);

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
