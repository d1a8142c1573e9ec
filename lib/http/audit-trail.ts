/** Who changed what: every write that went through leaves an entry, without its route having to think of it. */

import { isDeepStrictEqual } from 'node:util';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { JournalStore } from '../ports/documents.ts';
import type { Log } from '../ports/log.ts';
import { isFields } from '../schema/plain-data.ts';

/** What a route adds to the entry of its request. Nothing in it may be secret. */
export interface Change {
  /** Instead of the address: `users/ana`. */
  subject?: string;
  /** Instead of the method's word. */
  action?: string;
  before?: unknown;
  after?: unknown;
  /** What else is worth knowing. */
  detail?: Record<string, unknown>;
}

declare module 'fastify' {
  interface FastifyRequest {
    change: Change | null;
  }
}

const WORDS: Record<string, string> = { POST: 'created', PUT: 'replaced', PATCH: 'changed', DELETE: 'removed' };
/** Writes that do more than their method says: the last word of the route, whatever somebody has called his flow. */
const DEEDS = /\/(cancel|reschedule|retry|bulk|test|test-call|resend|password)$/;
/** Asked as writes are, since a draft is too long for an address; nothing is changed. */
const LEAVES_NOTHING: ReadonlySet<string> = new Set(['/api/v1/flows/validate', '/api/v1/flows/simulate']);
const MOST_FIELDS = 100;
const LONGEST_VALUE = 2000;

interface FieldChange {
  field: string;
  before: unknown;
  after: unknown;
}

/** A list of a thousand flows is no entry: the configuration itself is kept elsewhere. */
function shortened(value: unknown): unknown {
  const text = JSON.stringify(value ?? null);
  return text.length <= LONGEST_VALUE ? (value ?? null) : `${text.slice(0, LONGEST_VALUE)}…`;
}

/** What differs, field by field; null stands for nothing. */
export function fieldChanges(before: unknown, after: unknown, path = ''): FieldChange[] {
  if (isDeepStrictEqual(before, after)) return [];
  if (!isFields(before) || !isFields(after))
    return [{ field: path, before: shortened(before), after: shortened(after) }];
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return keys.flatMap((key) => fieldChanges(before[key], after[key], path === '' ? key : `${path}.${key}`));
}

function subjectOf({ url, change }: FastifyRequest): string {
  if (change?.subject !== undefined) return change.subject;
  const path = url.split('?', 1)[0]!.replace(/^\/api\/v1\//, '');
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

function actionOf({ method, routeOptions, change }: FastifyRequest): string {
  if (change?.action !== undefined) return change.action;
  const deed = DEEDS.exec(routeOptions.url ?? '')?.[1];
  return deed ?? WORDS[method] ?? method;
}

function entryOf(request: FastifyRequest, at: number) {
  const { change, principal } = request;
  const changes = change === null ? [] : fieldChanges(change.before, change.after).slice(0, MOST_FIELDS);
  return {
    kind: 'audit' as const,
    at,
    actor: principal?.actor ?? null,
    subject: subjectOf(request).slice(0, 300),
    correlationId: request.id,
    body: {
      action: actionOf(request),
      address: request.client.address,
      changes,
      ...(change?.detail === undefined ? {} : { detail: change.detail }),
    },
  };
}

export interface AuditOptions {
  journal: JournalStore;
  log: Log;
  now: () => number;
}

/** Before the answer goes out: who is told that it was done can find who did it. */
export function auditTrail(app: FastifyInstance, { journal, log, now }: AuditOptions): void {
  app.decorateRequest('change', null);
  app.addHook('onSend', async (request, reply) => {
    const isWrite = request.method !== 'GET' && request.method !== 'HEAD' && request.method !== 'OPTIONS';
    if (LEAVES_NOTHING.has(request.routeOptions.url ?? '')) return;
    const isRefusal = reply.statusCode >= 400;
    // a refusal is an entry only where the route says so: of a sign-in
    if (!isWrite || (isRefusal && request.change?.action === undefined)) return;
    const entry = entryOf(request, now());
    await journal.append([entry]).catch((error: unknown) => {
      log.error({ err: error, correlationId: request.id, ...entry.body }, 'a change is missing in the audit');
    });
  });
}
