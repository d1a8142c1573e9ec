/** `/api/v1/suppressions`: numbers that are not called. */

import type { FastifyInstance } from 'fastify';
import type { z } from 'zod';
import { mistake } from '../core/mistake.ts';
import { readNumber } from '../core/policy/read-number.ts';
import { type Suppression, suppressionKeyOf } from '../core/policy/suppression.ts';
import type { SuppressionStore } from '../ports/store.ts';
import { checkQuery, checkRequest, suppressionQuery, suppressionRequest } from '../schema/requests.ts';
import { ApiError, mistaken } from './api-error.ts';
import { isoTime } from './callback-view.ts';
import { etagMatches, notModified, preconditionFailed } from './configuration-editor.ts';
import { contentTag } from './document-tag.ts';

export interface SuppressionRouteOptions {
  /** How national numbers are read. */
  country: () => string;
  store: SuppressionStore;
  now: () => number;
}

const SUPPRESSIBLE = /^\+?[0-9*#]{1,32}$/;

function view({ number, reason, source, createdAt, expiresAt }: Suppression): object {
  return { number, reason, source, createdAt: isoTime(createdAt), expiresAt: isoTime(expiresAt) };
}

/** However it is written; a `+` that was not escaped in an address has become a blank. */
function keyOf(text: string, country: string): string {
  const written = text.startsWith(' ') ? `+${text.trim()}` : text.trim();
  return suppressionKeyOf(readNumber(written, country));
}

function keysOf(texts: readonly string[], country: string): string[] {
  const keys = texts.map((text) => keyOf(text, country));
  const mistakes = keys.flatMap((key, index) =>
    SUPPRESSIBLE.test(key)
      ? []
      : [mistake(texts.length === 1 ? 'number' : `numbers[${index}]`, 'not-a-telephone-number')],
  );
  if (mistakes.length > 0) throw mistaken(mistakes);
  return [...new Set(keys)];
}

/** What is looked for, and also the number that it may be in another form: `48 9919` finds `+55489919…`. */
function textsOf(q: string, country: string): string[] {
  const key = keyOf(q, country);
  return [...new Set(SUPPRESSIBLE.test(key) ? [q, key] : [q])];
}

function notThere(): ApiError {
  return new ApiError('not-found', 'this number is not on the suppression list');
}

/** What a request adds to the list; throws for what is no number, or is over already. */
export function suppressionsOf(
  given: z.output<typeof suppressionRequest>,
  country: string,
  now: number,
): Suppression[] {
  const { number, numbers, reason, expiresAt = null } = given;
  if (expiresAt !== null && expiresAt <= now) throw mistaken([mistake('expiresAt', 'over-already')]);
  const keys = keysOf(number === undefined ? (numbers ?? []) : [number], country);
  return keys.map((key) => ({ number: key, reason, source: 'api', createdAt: now, expiresAt }));
}

export function suppressionRoutes(app: FastifyInstance, { country, store, now }: SuppressionRouteOptions): void {
  app.get('/api/v1/suppressions', async (request) => {
    const query = checkQuery(suppressionQuery, request.query);
    if (!query.ok) throw mistaken(query.mistakes);
    const { number = '', q = '', ...rest } = query.value;
    const found = await store.list({
      ...rest,
      ...(number === '' ? {} : { number: keyOf(number, country()) }),
      ...(q === '' ? {} : { texts: textsOf(q, country()) }),
      now: now(),
    });
    return { ...found, items: found.items.map(view) };
  });

  app.post('/api/v1/suppressions', async (request, reply) => {
    const checked = checkRequest(suppressionRequest, request.body);
    if (!checked.ok) throw mistaken(checked.mistakes);
    const added = suppressionsOf(checked.value, country(), now());
    await store.put(added);
    request.change = { subject: 'suppressions', detail: { added: added.length } };
    if (checked.value.number === undefined) return reply.code(201).send({ added: added.length });
    const one = view(added[0] as Suppression);
    reply.header('etag', contentTag(one));
    reply.header('location', `/api/v1/suppressions/${encodeURIComponent(added[0]?.number ?? '')}`);
    return reply.code(201).send(one);
  });

  app.get('/api/v1/suppressions/:number', async (request, reply) => {
    const { number } = request.params as { number: string };
    const found = await store.get(keyOf(number, country()), now());
    if (found === null) throw notThere();
    const tag = contentTag(view(found));
    reply.header('etag', tag);
    return notModified(request.headers['if-none-match'], tag) ? reply.code(304).send() : view(found);
  });

  app.delete('/api/v1/suppressions/:number', async (request, reply) => {
    const { number } = request.params as { number: string };
    const key = keyOf(number, country());
    const condition = request.headers['if-match'];
    const seen = condition === undefined ? null : await store.get(key, now());
    if (condition !== undefined && seen === null) throw notThere();
    if (seen !== null && !etagMatches(condition, contentTag(view(seen)))) throw preconditionFailed();
    const isGone = await store.remove(key, seen?.createdAt ?? null);
    if (!isGone) throw seen === null ? notThere() : preconditionFailed();
    return reply.code(204).send();
  });
}
