import { z } from 'zod';
import type { TransferComponent } from '../../core/configuration.ts';
import { extensionNumber, seconds, sipUri } from '../field.ts';
import { coded, fields } from '../mistake-list.ts';
import { dialText } from './dial-text.ts';
import { exitTo } from './question.ts';
import { stayFields, stayOf } from './stay.ts';

const TARGETS = ['extension', 'number', 'sipUri'] as const;

export const transfer = fields({
  type: z.literal('transfer'),
  extension: extensionNumber.optional(),
  number: dialText.optional(),
  sipUri: sipUri.optional(),
  timeoutSeconds: seconds(1, 600).default(30),
  next: exitTo(),
  ...stayFields,
})
  .superRefine((given, context) => {
    if (TARGETS.filter((field) => given[field] !== undefined).length !== 1)
      context.addIssue({ code: 'custom', message: coded('one-target') });
  })
  .transform(
    (given): TransferComponent => ({
      type: given.type,
      extension: given.extension ?? null,
      number: given.number ?? null,
      sipUri: given.sipUri ?? null,
      timeoutSeconds: given.timeoutSeconds,
      next: given.next ?? null,
      ...stayOf(given),
    }),
  );
