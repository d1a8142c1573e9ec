import { z } from 'zod';
import type { WebhookComponent } from '../../core/configuration.ts';
import { componentName, prompt, seconds, secret, whole } from '../field.ts';
import { coded, fields } from '../mistake-list.ts';
import { webAddress } from '../web-address.ts';
import { stayFields, stayOf } from './stay.ts';

const MOST_EXITS = 50;

export const webhook = fields({
  type: z.literal('webhook'),
  url: webAddress('https://example.com/next'),
  secret: secret.optional(),
  timeoutSeconds: seconds(0.1, 60).default(5),
  retries: whole(0, 5).default(1),
  prompt: prompt.optional(),
  exits: z
    .record(componentName, componentName)
    .default({})
    .superRefine((given, context) => {
      if (Object.keys(given).length > MOST_EXITS)
        context.addIssue({ code: 'custom', message: coded('too-many-items', { most: MOST_EXITS }) });
    }),
  next: componentName.optional(),
  ...stayFields,
}).transform(
  (given): WebhookComponent => ({
    type: given.type,
    url: given.url,
    secret: given.secret ?? null,
    timeoutSeconds: given.timeoutSeconds,
    retries: given.retries,
    prompt: given.prompt ?? null,
    exits: given.exits,
    next: given.next ?? null,
    ...stayOf(given),
  }),
);
