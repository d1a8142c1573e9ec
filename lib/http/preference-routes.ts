/** `/api/v1/session/preferences`: what a page keeps for whoever is signed in, such as saved views. Only he reads it. */

import type { FastifyInstance } from 'fastify';
import type { DocumentStore } from '../ports/documents.ts';
import { preferencesRequest } from '../schema/administration.ts';
import { askedBy } from './access/guard.ts';
import { ApiError } from './api-error.ts';
import { bodyOf } from './requested.ts';

export function preferenceRoutes(
  app: FastifyInstance,
  { documents, now }: { documents: DocumentStore; now: () => number },
): void {
  /** Keys are no persons. */
  app.get('/api/v1/session/preferences', async (request) => {
    const { username } = askedBy(request);
    const stored = username === null ? null : await documents.get('saved-view', username, now());
    return { kept: username !== null, preferences: stored?.body ?? {} };
  });

  app.put('/api/v1/session/preferences', async (request) => {
    const { preferences } = bodyOf(preferencesRequest, request.body);
    const { username } = askedBy(request);
    if (username === null) throw new ApiError('forbidden', 'a key is no person: nothing is kept for it');
    const write = { name: username, body: preferences, expiresAt: null, now: now(), expected: null };
    await documents.put({ kind: 'saved-view', ...write });
    request.change = { subject: `users/${username}`, action: 'kept preferences' };
    return { kept: true, preferences };
  });
}
