/** What the API answers about users, keys, webhooks and the like: for its description. */

import { z } from 'zod';
import { PERMISSION_NAMES, ROLES } from '../core/access/role.ts';
import { retentionRequest } from './administration.ts';

const text = z.string();
const at = z.string().meta({ format: 'date-time' });
const atOrNull = at.nullable();
const textOrNull = text.nullable();
const texts = z.array(text);
const count = z.int().min(0);
const permission = z.enum(PERMISSION_NAMES as [string, ...string[]]);
const role = z.enum(ROLES);

const prompt = z.object({
  language: text,
  name: text,
  origin: z.enum(['uploaded', 'file', 'shipped']),
  seconds: z.number().min(0),
  bytes: count,
  uploadedAt: atOrNull,
  uploadedBy: textOrNull,
  covers: z.enum(['uploaded', 'file', 'shipped']).nullable(),
  usedBy: texts,
});

const session = z.object({
  kind: z.enum(['session', 'basic', 'key', 'configured']),
  username: textOrNull,
  name: textOrNull,
  role: role.nullable(),
  permissions: z.array(permission),
  inboundNumbers: texts,
  masked: z.boolean(),
  totp: z.boolean(),
  mustChangePassword: z.boolean(),
  csrfToken: textOrNull,
  expiresAt: atOrNull,
});

const user = z.object({
  username: text,
  name: textOrNull,
  role: role.nullable(),
  enabled: z.boolean(),
  mustChangePassword: z.boolean(),
  inboundNumbers: texts,
  totp: z.boolean(),
  createdAt: atOrNull,
  updatedAt: atOrNull,
  lockedUntil: atOrNull,
});

const sessions = z.object({
  items: z.array(
    z.object({
      id: text,
      current: z.boolean(),
      address: text,
      userAgent: text,
      startedAt: at,
      seenAt: at,
      expiresAt: at,
    }),
  ),
});

const apiKey = z.object({
  id: text,
  name: text,
  scopes: z.array(permission),
  inboundNumbers: texts,
  owner: textOrNull,
  createdAt: at,
  expiresAt: atOrNull,
  lastUsedAt: atOrNull,
});

const webhook = z.object({
  name: text,
  url: text,
  events: texts,
  enabled: z.boolean(),
  timeoutSeconds: z.number(),
  createdAt: at,
  updatedAt: at,
  failures: count,
  failingSince: atOrNull,
  nextTryAt: atOrNull,
});

const delivery = z.object({
  ok: z.boolean(),
  status: z.int().nullable(),
  failure: textOrNull,
  durationMs: count,
});

const journal = { id: text, at, actor: textOrNull, subject: text, correlationId: textOrNull };
const message = z.object({
  at,
  attemptId: textOrNull,
  attempt: count.nullable(),
  legId: textOrNull,
  direction: z.enum(['sent', 'received']).nullable(),
  summary: text,
  peer: text,
  from: count,
  to: count,
});
const happened = z.object({
  at,
  type: text,
  attemptId: textOrNull,
  detail: z.record(z.string(), z.unknown()),
});

const flaw = z.object({ code: text, parameters: z.record(z.string(), z.unknown()) });
const mistake = flaw.extend({ path: text, message: text });

export const ANSWERS = {
  Session: session,
  Roles: z.object({
    permissions: z.array(z.object({ name: permission, text })),
    roles: z.array(z.object({ name: role, permissions: z.array(permission), masked: z.boolean() })),
  }),
  TotpSecret: z.object({ secret: text, uri: text }),
  RecoveryCodes: z.object({ recoveryCodes: texts }),
  Sessions: sessions,
  EndedSessions: z.object({ ended: count }),
  User: user,
  ApiKey: apiKey,
  NewApiKey: apiKey.extend({ key: text }),
  CorsOrigin: z.object({ origin: text, note: textOrNull, createdAt: at, updatedAt: at }),
  Prompt: prompt,
  Webhook: webhook,
  NewWebhook: webhook.extend({ secret: text }),
  Delivery: delivery,
  LoggedDelivery: delivery.extend({
    ...journal,
    events: count,
    first: count.nullable(),
    last: count.nullable(),
    attempt: count,
  }),
  AuditEntry: z.object({
    ...journal,
    action: text,
    address: text,
    changes: z.array(z.object({ field: text, before: z.unknown(), after: z.unknown() })),
    detail: z.record(z.string(), z.unknown()).optional(),
  }),
  ErrorEntry: z.object({
    ...journal,
    status: z.int(),
    code: text,
    message: text,
    path: textOrNull,
    method: text,
    cause: textOrNull,
  }),
  Retention: z.object(Object.fromEntries(Object.keys(retentionRequest.shape).map((key) => [key, count]))),
  Hold: z.object({ number: text, reason: textOrNull, by: textOrNull, createdAt: at }),
  Erasure: z.object({ erased: count, open: count, hidden: count }),
  Recording: z.object({
    id: text,
    kind: z.enum(['message', 'talk']),
    callbackId: textOrNull,
    attemptId: textOrNull,
    legId: text,
    otherLegId: textOrNull,
    number: text,
    e164: textOrNull,
    inboundNumber: textOrNull,
    flow: text,
    component: text,
    startedAt: at,
    endedAt: atOrNull,
    seconds: z.number(),
    why: z.enum(['stopped', 'maxSeconds', 'silence', 'hangup', 'noMedia', 'storage', 'overrun', 'cut']).nullable(),
    channels: z.union([z.literal(1), z.literal(2)]),
    bytes: count,
    node: text,
    here: z.boolean(),
  }),
  Bulk: z.object({
    matched: count,
    changed: count,
    remaining: count,
    next: textOrNull,
    results: z.array(
      z.object({
        id: text,
        number: textOrNull,
        result: z.enum(['changed', 'not-found', 'conflict', 'refused']),
        code: textOrNull,
        message: textOrNull,
      }),
    ),
  }),
  Events: z.object({ items: z.array(happened) }),
  Ladder: z.object({ id: text, lanes: texts, messages: z.array(message) }),
  Decision: z.object({
    id: text,
    at,
    origin: text,
    rule: textOrNull,
    inboundNumber: textOrNull,
    source: textOrNull,
    number: text,
    e164: textOrNull,
    accepted: z.record(z.string(), z.unknown()),
    terms: z.record(z.string(), z.unknown()),
    next: z.object({ flow: text, component: textOrNull }).nullable(),
    steps: z.array(z.object({ at, step: text, detail: z.record(z.string(), z.unknown()) })),
  }),
  SectionImport: z.object({
    created: count,
    replaced: count,
    unchanged: count,
    dryRun: z.boolean(),
    revision: count,
    warnings: z.array(mistake),
    refused: count,
    mistakes: z.array(mistake),
    lines: z.array(
      z.object({
        line: count,
        name: text,
        result: z.enum(['created', 'replaced', 'unchanged', 'refused']),
        changes: z.array(z.object({ field: text, before: z.unknown(), after: z.unknown() })),
        mistakes: z.array(mistake),
      }),
    ),
  }),
  Preferences: z.object({ kept: z.boolean(), preferences: z.record(z.string(), z.unknown()) }),
  SuppressionImport: z.object({ added: count, dryRun: z.boolean() }),
  CallbackImport: z.object({
    created: count,
    dryRun: z.boolean(),
    lines: z.array(
      z.object({
        line: count,
        result: text,
        id: textOrNull,
        rule: textOrNull,
        number: textOrNull,
        dueAt: textOrNull,
        message: textOrNull,
        mistakes: z.array(mistake),
        reason: flaw.nullable(),
      }),
    ),
  }),
} satisfies Record<string, z.ZodType>;
