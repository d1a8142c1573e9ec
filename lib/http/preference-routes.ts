/** `/api/v1/session/preferences`: what a page keeps for whoever is signed in, such as saved views. Only he reads it. */

import type { FastifyInstance } from 'fastify';
import type { DocumentStore } from '../ports/documents.ts';
import { preferencesRequest } from '../schema/administration.ts';
import { askedBy } from './access/guard.ts';
import { ApiError } from './api-error.ts';
import { preconditionFailed } from './configuration-editor.ts';
import { assertUnchanged, tagged } from './document-tag.ts';
import { bodyOf } from './requested.ts';

const NOTHING_YET = { version: 0, createdAt: null };

export function preferenceRoutes(
  app: FastifyInstance,
  { documents, now }: { documents: DocumentStore; now: () => number },
): void {
  const find = (username: string) => documents.get('saved-view', username, now());

  /** Keys are no persons. */
  app.get('/api/v1/session/preferences', async (request, reply) => {
    const { username } = askedBy(request);
    const stored = username === null ? null : await find(username);
    if (tagged(request, reply, stored ?? NOTHING_YET)) return reply.code(304).send();
    return { kept: username !== null, preferences: stored?.body ?? {} };
  });

  app.put('/api/v1/session/preferences', async (request, reply) => {
    const { preferences } = bodyOf(preferencesRequest, request.body);
    const { username } = askedBy(request);
    if (username === null) throw new ApiError('forbidden', 'a key is no person: nothing is kept for it');
    const before = (await find(username)) ?? NOTHING_YET;
    assertUnchanged(request, before);
    const expected = request.headers['if-match'] === undefined ? null : before.version;
    const write = { name: username, body: preferences, expiresAt: null, now: now(), expected };
    if ((await documents.put({ kind: 'saved-view', ...write })).result === 'stale') throw preconditionFailed();
    tagged(request, reply, (await find(username)) ?? NOTHING_YET);
    request.change = { subject: `users/${username}`, action: 'kept preferences' };
    return { kept: true, preferences };
  });
}
