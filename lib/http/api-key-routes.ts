/** `/api/v1/api-keys`: shown once, and never more than who makes them may. */

import type { FastifyInstance } from 'fastify';
import type { Permission } from '../core/access/role.ts';
import { mistake } from '../core/mistake.ts';
import { keyRequest } from '../schema/administration.ts';
import { ANSWERS } from '../schema/answers.ts';
import type { Fields } from '../schema/plain-data.ts';
import type { ApiKeys, StoredKey } from './access/api-keys.ts';
import { askedBy } from './access/guard.ts';
import { ApiError, mistaken } from './api-error.ts';
import { isoTime } from './callback-view.ts';
import { assertUnchanged, tagged } from './document-tag.ts';
import { filterNames, jsonSchema } from './openapi-parts.ts';
import { askedPage } from './page.ts';
import { bodyOf, parameterOf } from './requested.ts';
import { unknownNumbers } from './user-routes.ts';

const FILTERS = filterNames(jsonSchema(ANSWERS.ApiKey));

export interface ApiKeyRouteOptions {
  keys: ApiKeys;
  inboundNumbers: () => readonly string[];
  now: () => number;
}

function view({ key, createdAt, expiresAt }: StoredKey): Fields {
  const { id, name, scopes, inboundNumbers, owner, lastUsedAt } = key;
  return {
    id,
    name,
    scopes,
    inboundNumbers,
    owner,
    createdAt: isoTime(createdAt),
    expiresAt: isoTime(expiresAt),
    lastUsedAt: isoTime(lastUsedAt),
  };
}

/** A key is never changed, only used; its use is no change that somebody could have missed. */
const asMade = ({ createdAt }: StoredKey) => ({ version: 1, createdAt });

const noSuchKey = () => new ApiError('not-found', 'there is no key with this id');

export function apiKeyRoutes(app: FastifyInstance, { keys, inboundNumbers, now }: ApiKeyRouteOptions): void {
  app.get('/api/v1/api-keys', async (request) => askedPage((await keys.all()).map(view), request.query, FILTERS));

  app.post('/api/v1/api-keys', async (request, reply) => {
    const body = bodyOf(keyRequest, request.body);
    const { kind, username, permissions } = askedBy(request);
    // else a key would live on after its maker was taken away
    if (kind === 'key') throw new ApiError('forbidden', 'a key can not make keys');
    unknownNumbers(body.inboundNumbers, inboundNumbers());
    const scopes = body.scopes as Permission[];
    const mistakes = scopes.flatMap((scope, index) =>
      permissions.has(scope) ? [] : [mistake(`scopes[${index}]`, 'more-than-yours')],
    );
    if (mistakes.length > 0) throw mistaken(mistakes);
    const { name, expiresAt = null } = body;
    if (expiresAt !== null && expiresAt <= now()) throw mistaken([mistake('expiresAt', 'over-already')]);
    if ((await keys.all()).some(({ key }) => key.name === name))
      throw new ApiError('already-exists', 'there is another key of this name', { path: 'name' });
    const wanted = { name, scopes: [...new Set(scopes)], inboundNumbers: body.inboundNumbers, owner: username };
    const [stored, secret] = await keys.create(wanted, expiresAt);
    request.change = { subject: `api-keys/${stored.key.id}`, after: view(stored) };
    tagged(request, reply, asMade(stored));
    reply.header('location', `/api/v1/api-keys/${stored.key.id}`);
    return reply.code(201).send({ ...view(stored), key: secret });
  });

  app.get('/api/v1/api-keys/:id', async (request, reply) => {
    const found = await keys.find(parameterOf(request.params, 'id'));
    if (found === null) throw noSuchKey();
    // always with a body: when it was used last changes without the tag
    tagged(request, reply, asMade(found));
    return view(found);
  });

  app.delete('/api/v1/api-keys/:id', async (request, reply) => {
    const found = await keys.find(parameterOf(request.params, 'id'));
    if (found === null) throw noSuchKey();
    assertUnchanged(request, asMade(found));
    if (!(await keys.remove(found.key.id))) throw noSuchKey();
    request.change = { before: view(found) };
    return reply.code(204).send();
  });
}
