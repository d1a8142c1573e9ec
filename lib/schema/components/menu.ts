import { z } from 'zod';
import type { MenuComponent } from '../../core/configuration.ts';
import { flaw } from '../../core/mistake.ts';
import { componentName, textField, whole } from '../field.ts';
import { coded, fields } from '../mistake-list.ts';
import { keyFields, keyTimersOf } from './key-entry.ts';
import { stayFields, stayOf } from './stay.ts';

const MOST_DIGITS = 32;

const choiceKeys = textField(MOST_DIGITS, (text) => (/^[0-9*#A-D]+$/.test(text) ? null : flaw('not-choice-keys')));

export const menu = fields({
  type: z.literal('menu'),
  ...keyFields('disconnect', 0),
  choices: z.record(z.string(), componentName).default({}),
  maxDigits: whole(1, MOST_DIGITS).optional(),
  ...stayFields,
})
  .superRefine((given, context) => {
    for (const keys of Object.keys(given.choices)) {
      const say = (message: string) => context.addIssue({ code: 'custom', path: ['choices', keys], message });
      const wrong = choiceKeys.safeParse(keys);
      if (!wrong.success) say(wrong.error.issues[0]?.message ?? coded('not-choice-keys'));
      else if (given.maxDigits !== undefined && keys.length > given.maxDigits)
        say(coded('choice-too-long', { most: given.maxDigits }));
    }
  })
  .transform((given): MenuComponent => {
    const longest = Math.max(2, ...Object.keys(given.choices).map((keys) => keys.length));
    return {
      type: given.type,
      ...keyTimersOf(given),
      choices: given.choices,
      maxDigits: given.maxDigits ?? longest,
      ...stayOf(given),
    };
  });
