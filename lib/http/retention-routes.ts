/** `/api/v1/retention`, `/holds`, `/erasures`: how long what is kept, what is kept longer, and what goes at once. */

import type { FastifyInstance, FastifyRequest } from 'fastify';
import { hiddenIn, theirs, traceOf } from '../core/policy/number-trace.ts';
import { readNumber } from '../core/policy/read-number.ts';
import type { DocumentStore, StoredDocument } from '../ports/documents.ts';
import type { ErasureService } from '../ports/erasure.ts';
import { erasureRequest, holdRequest, retentionRequest } from '../schema/administration.ts';
import { ANSWERS } from '../schema/answers.ts';
import type { Fields } from '../schema/plain-data.ts';
import { askedBy } from './access/guard.ts';
import { ApiError } from './api-error.ts';
import { isoTime } from './callback-view.ts';
import { preconditionFailed } from './configuration-editor.ts';
import { assertUnchanged, tagged } from './document-tag.ts';
import type { ErrorBook } from './error-book.ts';
import { filterNames, jsonSchema } from './openapi-parts.ts';
import { askedPage } from './page.ts';
import { bodyOf, parameterOf } from './requested.ts';

const FILTERS = filterNames(jsonSchema(ANSWERS.Hold));

export interface RetentionRouteOptions {
  documents: DocumentStore;
  erasures: ErasureService;
  errors: ErrorBook;
  country: () => string;
  now: () => number;
}

const NAME = 'retention';
const NOTHING_YET = { version: 0, createdAt: null };

const holdView = ({ name, body, createdAt }: StoredDocument): Fields => ({
  number: name,
  reason: body['reason'] ?? null,
  by: body['by'] ?? null,
  createdAt: isoTime(createdAt),
});

/** As the callbacks keep it: E.164, or as received. */
function keyOf(text: string, country: string): string {
  const written = text.startsWith(' ') ? `+${text.trim()}` : text.trim();
  return readNumber(written, country).e164 ?? written;
}

export function retentionRoutes(app: FastifyInstance, options: RetentionRouteOptions): void {
  const { documents, now } = options;
  const read = async (): Promise<[Fields, Pick<StoredDocument, 'version'> & { createdAt: number | null }]> => {
    const stored = await documents.get('retention', NAME, now());
    return [retentionRequest.parse(stored?.body ?? {}), stored ?? NOTHING_YET];
  };

  app.get('/api/v1/retention', async (request, reply) => {
    const [settings, found] = await read();
    return tagged(request, reply, found) ? reply.code(304).send() : settings;
  });

  app.put('/api/v1/retention', async (request, reply) => {
    const body = bodyOf(retentionRequest, request.body);
    const [before, found] = await read();
    assertUnchanged(request, found);
    const write = {
      kind: 'retention',
      name: NAME,
      body,
      expiresAt: null,
      now: now(),
      expected: found.version,
    } as const;
    if ((await documents.put(write)).result === 'stale') throw preconditionFailed();
    const [after, stored] = await read();
    request.change = { before, after };
    tagged(request, reply, stored);
    return after;
  });
  holdRoutes(app, options);
  erasureRoutes(app, options);
}

function holdRoutes(app: FastifyInstance, { documents, country, now }: RetentionRouteOptions): void {
  const find = async (request: FastifyRequest): Promise<StoredDocument> => {
    const found = await documents.get('hold', keyOf(parameterOf(request.params, 'name'), country()), now());
    if (found === null) throw new ApiError('not-found', 'this number is not held');
    return found;
  };

  app.get('/api/v1/holds', async (request) =>
    askedPage((await documents.all('hold', now())).map(holdView), request.query, FILTERS),
  );

  app.post('/api/v1/holds', async (request, reply) => {
    const { number, reason } = bodyOf(holdRequest, request.body);
    const name = keyOf(number, country());
    const body = { reason, by: askedBy(request).actor };
    const write = { kind: 'hold', name, body, expiresAt: null, now: now(), expected: 0 } as const;
    if ((await documents.put(write)).result === 'stale')
      throw new ApiError('already-exists', 'this number is held already', { path: 'number' });
    const stored = (await documents.get('hold', name, now()))!;
    request.change = { subject: `holds/${name}`, after: holdView(stored) };
    tagged(request, reply, stored);
    reply.header('location', `/api/v1/holds/${encodeURIComponent(name)}`);
    return reply.code(201).send(holdView(stored));
  });

  app.get('/api/v1/holds/:name', async (request, reply) => {
    const found = await find(request);
    return tagged(request, reply, found) ? reply.code(304).send() : holdView(found);
  });

  app.delete('/api/v1/holds/:name', async (request, reply) => {
    const found = await find(request);
    assertUnchanged(request, found);
    if (!(await documents.remove('hold', found.name, found.version))) throw preconditionFailed();
    request.change = { before: holdView(found) };
    return reply.code(204).send();
  });
}

function erasureRoutes(app: FastifyInstance, options: RetentionRouteOptions): void {
  const { documents, erasures, errors, country, now } = options;

  app.post('/api/v1/erasures', async (request) => {
    const { number, reason } = bodyOf(erasureRequest, request.body);
    const key = keyOf(number, country());
    if ((await documents.get('hold', key, now())) !== null)
      throw new ApiError('conflict', 'this number is held: nothing of it is erased', { publicCode: 'on-hold' });
    // what waits for the store has to be there when it is looked through
    await errors.settle();
    const isTheirs = theirs(traceOf([{ received: number, e164: null }, readNumber(key, country())]));
    const order = { id: request.id, actor: askedBy(request).actor, address: request.client.address };
    const why = hiddenIn(reason, isTheirs);
    const done = await erasures.erase(key, { ...order, reason: why });
    // the entry says that it was done and why, not for whom
    request.change = { subject: 'erasures', action: 'erased', detail: { reason: why, ...done } };
    return done;
  });
}
