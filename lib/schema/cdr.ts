import ipaddr from 'ipaddr.js';
import { z } from 'zod';
import type { CdrSettings, CdrWebhook } from '../core/cdr/settings.ts';
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

function urlMistake(text: string): string | null {
  if (!URL.canParse(text)) return 'is not a URL (https://example.com/cdr)';
  const url = new URL(text);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return 'has to begin with https:// or http://';
  if (url.username !== '' || url.password !== '') return 'holds a user name or password; sign with `secret` instead';
  if (url.hash !== '') return 'holds a fragment (#), which is never sent';
  return isLinkLocal(url.hostname) ? 'is a link-local address' : null;
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
