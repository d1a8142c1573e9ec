import { z } from 'zod';
import type { CallbackComponent } from '../../core/configuration.ts';
import { methodMistakes, termFields, termsOf } from '../callback-terms.ts';
import { componentName, name } from '../field.ts';
import { coded, fields } from '../mistake-list.ts';
import { stayFields, stayOf } from './stay.ts';

/** A `callback` component: `rule: NAME`, or the terms inline; one or the other. */
export const callback = fields({
  type: z.literal('callback'),
  rule: name.optional(),
  ...termFields,
  next: componentName.optional(),
  ...stayFields,
})
  .superRefine((given, context) => {
    if (given.rule === undefined) return methodMistakes(given, context);
    const beside = Object.keys(termFields).find((key) => given[key as keyof typeof termFields] !== undefined);
    if (beside === undefined) return;
    context.addIssue({ code: 'custom', path: [beside], message: coded('beside-rule') });
  })
  .transform(
    (given): CallbackComponent => ({
      type: given.type,
      rule: given.rule ?? null,
      terms: given.rule === undefined ? termsOf(given) : null,
      next: given.next ?? null,
      ...stayOf(given),
    }),
  );
