import ipaddr from 'ipaddr.js';
import { z } from 'zod';
import type { CdrSettings, CdrWebhook } from '../core/cdr/settings.ts';
import { type Flaw, flaw } from '../core/mistake.ts';
import { seconds, secret, textField, whole } from './field.ts';
import { fields } from './mistake-list.ts';

const FORMATS = ['ndjson', 'csv'] as const;
const LONGEST_URL = 1000;

/** Cloud machines answer there with their own credentials; nothing of ours belongs there. */
function isLinkLocal(host: string): boolean {
  const address = host.replace(/^\[|\]$/g, '');
  if (!ipaddr.isValid(address)) return false;
  return ipaddr.process(address).range() === 'linkLocal';
}

function urlMistake(text: string): Flaw | null {
  if (!URL.canParse(text)) return flaw('not-a-url', { example: 'https://example.com/cdr' });
  const url = new URL(text);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return flaw('not-http');
  if (url.username !== '' || url.password !== '') return flaw('url-credentials');
  if (url.hash !== '') return flaw('url-fragment');
  return isLinkLocal(url.hostname) ? flaw('link-local') : null;
}

const webhook: z.ZodType<CdrWebhook> = fields({
  url: textField(LONGEST_URL, urlMistake),
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
