import { z } from 'zod';
import type { CollectComponent } from '../../core/configuration.ts';
import { componentName, prompt, whole } from '../field.ts';
import { coded, fields } from '../mistake-list.ts';
import { key, keyFields, keyOrNone, keyTimersOf } from './key-entry.ts';
import { stayFields, stayOf } from './stay.ts';
import { variableName } from './variable-name.ts';

const MOST_DIGITS = 32;

const readBack = fields({
  prompt: prompt.default('you-entered'),
  confirmPrompt: prompt.default('press-one-to-confirm'),
  confirm: key.default('1'),
  again: key.default('2'),
}).superRefine(({ confirm, again }, context) => {
  if (confirm === again)
    context.addIssue({ code: 'custom', path: ['again'], message: coded('same-key', { other: 'confirm' }) });
});

export const collect = fields({
  type: z.literal('collect'),
  ...keyFields('take', 2),
  min: whole(1, MOST_DIGITS).default(1),
  max: whole(1, MOST_DIGITS).default(MOST_DIGITS),
  terminator: keyOrNone.default('#'),
  readBack: readBack.optional(),
  variable: variableName.default('digits'),
  secret: z.boolean().default(false),
  next: componentName.optional(),
  ...stayFields,
})
  .superRefine(({ min, max, secret, variable }, context) => {
    if (min > max)
      context.addIssue({ code: 'custom', path: ['min'], message: coded('more-than-other', { other: 'max' }) });
    // Menus write `digits` too, and show it.
    if (secret && variable === 'digits')
      context.addIssue({ code: 'custom', path: ['variable'], message: coded('secret-needs-variable') });
  })
  .transform(
    (given): CollectComponent => ({
      type: given.type,
      ...keyTimersOf(given),
      min: given.min,
      max: given.max,
      terminator: given.terminator,
      readBack: given.readBack ?? null,
      variable: given.variable,
      secret: given.secret,
      next: given.next ?? null,
      ...stayOf(given),
    }),
  );
