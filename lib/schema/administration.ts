/** What requests about users, keys and the like may say. */

import ipaddr from 'ipaddr.js';
import { z } from 'zod';
import { PERMISSION_NAMES, ROLES } from '../core/access/role.ts';
import { type Flaw, flaw } from '../core/mistake.ts';
import { name, textField } from './field.ts';
import { coded, fields } from './mistake-list.ts';
import { instant, paging, queryText, sortBy } from './requests.ts';

const SHORTEST_PASSWORD = 10;
const LONGEST_PASSWORD = 128;
const MOST_NUMBERS = 1000;

/** Of one that is being set; one that is given to prove oneself may be anything. */
const newPassword = z
  .string()
  .min(SHORTEST_PASSWORD)
  .max(LONGEST_PASSWORD)
  .meta({ format: 'password', writeOnly: true });
const proof = z.string().max(1000).meta({ format: 'password', writeOnly: true });
const username = textField(64, (text) =>
  /^[\p{L}\p{N}][\p{L}\p{N}._@-]*$/u.test(text) ? null : flaw('username-characters'),
);
const numbers = z.array(z.string().max(128)).max(MOST_NUMBERS);

export const signInRequest = fields({
  username: z.string().max(128),
  password: proof,
  totp: z.string().max(40).optional(),
});
export const passwordChange = fields({ current: proof, next: newPassword });
export const passwordProof = fields({ password: proof });
export const totpCode = fields({ code: z.string().max(40) });

const MOST_PREFERENCES = 32_768;
/** Whatever the page likes to find again. */
export const preferencesRequest = fields({
  preferences: z.record(z.string().max(64), z.unknown()).superRefine((given, context) => {
    if (JSON.stringify(given).length > MOST_PREFERENCES)
      context.addIssue({ code: 'custom', message: coded('longer-than', { most: MOST_PREFERENCES }) });
  }),
});

export const userRequest = fields({
  username,
  name: textField(100, () => null).optional(),
  role: z.enum(ROLES).optional(),
  password: newPassword.optional(),
  inboundNumbers: numbers.default([]),
  enabled: z.boolean().default(true),
  mustChangePassword: z.boolean().default(false),
  /** false takes the second factor away, for one who has lost his phone; true changes nothing. */
  totp: z.boolean().optional(),
});

export const keyRequest = fields({
  name,
  scopes: z.array(z.enum(PERMISSION_NAMES as [string, ...string[]])).min(1),
  inboundNumbers: numbers.default([]),
  expiresAt: instant.optional(),
});

function originMistake(text: string): Flaw | null {
  if (!URL.canParse(text)) return flaw('not-an-origin');
  const url = new URL(text);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return flaw('not-http');
  return url.origin === text ? null : flaw('more-than-an-origin', { origin: url.origin });
}
export const originRequest = fields({
  origin: textField(300, originMistake),
  note: textField(200, () => null).optional(),
});

/** Cloud machines answer there with their own credentials. */
function isLinkLocal(host: string): boolean {
  const address = host.replace(/^\[|\]$/g, '');
  return ipaddr.isValid(address) && ipaddr.process(address).range() === 'linkLocal';
}

function urlMistake(text: string): Flaw | null {
  if (!URL.canParse(text)) return flaw('not-a-url', { example: 'https://example.com/hook' });
  const url = new URL(text);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return flaw('not-http');
  if (url.username !== '' || url.password !== '') return flaw('url-credentials');
  if (url.hash !== '') return flaw('url-fragment');
  return isLinkLocal(url.hostname) ? flaw('link-local') : null;
}

export const webhookRequest = fields({
  name,
  url: textField(1000, urlMistake),
  /** Left out of a PUT: it stays. */
  secret: z.string().min(16).max(200).meta({ format: 'password', writeOnly: true }).optional(),
  /** Types of events; empty: all. */
  events: z.array(z.string().min(1).max(64)).max(50).default([]),
  enabled: z.boolean().default(true),
  timeoutSeconds: z.number().min(0.1).max(120).default(10),
});

const days = z.int().min(0).max(36_500);
/** 0: for ever. */
export const retentionRequest = fields({
  callbacksDays: days.default(0),
  eventsDays: days.default(0),
  laddersDays: days.default(0),
  recordingsDays: days.default(0),
  auditDays: days.default(0),
  errorsDays: days.default(30),
  deliveriesDays: days.default(30),
});

export const holdRequest = fields({ number: z.string().min(1).max(128), reason: textField(200, () => null) });
export const erasureRequest = fields({ number: z.string().min(1).max(128), reason: textField(200, () => null) });

export const journalQuery = fields({
  ...paging,
  q: queryText.optional(),
  actor: z.string().max(128).optional(),
  subject: z.string().max(300).optional(),
  correlationId: z.string().max(64).optional(),
  from: instant.optional(),
  to: instant.optional(),
  sort: sortBy(['at'], '-at'),
});
