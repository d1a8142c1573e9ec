import { z } from 'zod';
import type { CdrSettings, CdrWebhook } from '../core/cdr/settings.ts';
import { seconds, secret, whole } from './field.ts';
import { fields } from './mistake-list.ts';
import { webAddress } from './web-address.ts';

const FORMATS = ['ndjson', 'csv'] as const;

const webhook: z.ZodType<CdrWebhook> = fields({
  url: webAddress('https://example.com/cdr'),
  secret: secret.optional(),
  timeoutSeconds: seconds(0.1, 120).default(10),
  maxQueueMegabytes: whole(2, 100_000).default(256),
}).transform((given) => ({ ...given, secret: given.secret ?? null }));

/** `cdr: {}` is enough for files in both formats. */
export const cdr: z.ZodType<CdrSettings> = fields({
  formats: z
    .array(z.enum(FORMATS))
    .max(FORMATS.length)
    .default([...FORMATS])
    .transform((given) => [...new Set(given)]),
  maxFileMegabytes: whole(1, 100_000).default(100),
  keepDays: whole(0, 36_500).default(0),
  syncSeconds: seconds(0, 3600).default(1),
  webhook: webhook.optional(),
}).transform((given) => ({ ...given, webhook: given.webhook ?? null }));

export const USUAL_CDR: CdrSettings = cdr.parse({});
