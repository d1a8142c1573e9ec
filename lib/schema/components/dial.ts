import { z } from 'zod';
import type { DialComponent } from '../../core/configuration.ts';
import { callerId, extensionNumber, name, seconds } from '../field.ts';
import { coded, fields } from '../mistake-list.ts';
import { dialText } from './dial-text.ts';
import { stayFields, stayOf } from './stay.ts';

export const dial = fields({
  type: z.literal('dial'),
  extension: extensionNumber.optional(),
  number: dialText.optional(),
  trunk: name.optional(),
  outgoingRule: name.optional(),
  callerId: callerId.optional(),
  ringTimeoutSeconds: seconds(1, 600).default(20),
  record: z.boolean().optional(),
  consent: z.boolean().default(false),
  ...stayFields,
})
  .superRefine((given, context) => {
    if ((given.extension === undefined) === (given.number === undefined))
      context.addIssue({ code: 'custom', message: coded('extension-or-number') });
  })
  .transform(
    (given): DialComponent => ({
      type: given.type,
      extension: given.extension ?? null,
      number: given.number ?? null,
      trunk: given.trunk ?? null,
      outgoingRule: given.outgoingRule ?? null,
      callerId: given.callerId ?? null,
      ringTimeoutSeconds: given.ringTimeoutSeconds,
      record: given.record ?? null,
      consent: given.consent,
      ...stayOf(given),
    }),
  );
