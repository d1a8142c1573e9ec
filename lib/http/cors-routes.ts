/** `/api/v1/cors-origins`: whose pages may use the API. */

import type { FastifyInstance, FastifyRequest } from 'fastify';
import { mistake } from '../core/mistake.ts';
import type { DocumentStore, StoredDocument } from '../ports/documents.ts';
import { originRequest } from '../schema/administration.ts';
import { ANSWERS } from '../schema/answers.ts';
import type { Fields } from '../schema/plain-data.ts';
import type { CorsOrigins } from './access/cors-origins.ts';
import { ApiError, mistaken } from './api-error.ts';
import { isoTime } from './callback-view.ts';
import { preconditionFailed } from './configuration-editor.ts';
import { assertUnchanged, tagged } from './document-tag.ts';
import { filterNames, jsonSchema } from './openapi-parts.ts';
import { askedPage } from './page.ts';
import { bodyOf, parameterOf } from './requested.ts';

const FILTERS = filterNames(jsonSchema(ANSWERS.CorsOrigin));

export interface CorsRouteOptions {
  documents: DocumentStore;
  origins: CorsOrigins;
  now: () => number;
}

const view = ({ name, body, createdAt, updatedAt }: StoredDocument): Fields => ({
  origin: name,
  note: body['note'] ?? null,
  createdAt: isoTime(createdAt),
  updatedAt: isoTime(updatedAt),
});

export function corsRoutes(app: FastifyInstance, { documents, origins, now }: CorsRouteOptions): void {
  const find = async (request: FastifyRequest): Promise<StoredDocument> => {
    const found = await documents.get('cors-origin', parameterOf(request.params, 'name'), now());
    if (found === null) throw new ApiError('not-found', 'this origin is not on the list');
    return found;
  };
  const put = async (request: FastifyRequest, expected: number): Promise<string | null> => {
    const { origin, note = null } = bodyOf(originRequest, request.body);
    const write = { kind: 'cors-origin', name: origin, body: { note }, expiresAt: null, now: now(), expected } as const;
    const { result } = await documents.put(write);
    origins.forget();
    return result === 'stored' ? origin : null;
  };
  const read = async (origin: string) => (await documents.get('cors-origin', origin, now()))!;

  app.get('/api/v1/cors-origins', async (request) => {
    const all = await documents.all('cors-origin', now());
    return askedPage(all.map(view), request.query, FILTERS);
  });

  app.post('/api/v1/cors-origins', async (request, reply) => {
    const origin = await put(request, 0);
    if (origin === null) throw new ApiError('already-exists', 'this origin is on the list already', { path: 'origin' });
    const stored = await read(origin);
    request.change = { subject: `cors-origins/${origin}`, after: view(stored) };
    tagged(request, reply, stored);
    reply.header('location', `/api/v1/cors-origins/${encodeURIComponent(origin)}`);
    return reply.code(201).send(view(stored));
  });

  app.get('/api/v1/cors-origins/:name', async (request, reply) => {
    const found = await find(request);
    return tagged(request, reply, found) ? reply.code(304).send() : view(found);
  });

  app.put('/api/v1/cors-origins/:name', async (request, reply) => {
    const found = await find(request);
    assertUnchanged(request, found);
    if (bodyOf(originRequest, request.body).origin !== found.name) throw mistaken([mistake('origin', 'fixed-one')]);
    if ((await put(request, found.version)) === null) throw preconditionFailed();
    const stored = await read(found.name);
    request.change = { before: view(found), after: view(stored) };
    tagged(request, reply, stored);
    return view(stored);
  });

  app.delete('/api/v1/cors-origins/:name', async (request, reply) => {
    const found = await find(request);
    assertUnchanged(request, found);
    if (!(await documents.remove('cors-origin', found.name, found.version))) throw preconditionFailed();
    origins.forget();
    request.change = { before: view(found) };
    return reply.code(204).send();
  });
}
