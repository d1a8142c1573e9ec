/** `/api/v1/explain`: the dry run. */

import type { FastifyInstance } from 'fastify';
import type { Explainer } from '../ports/explainer.ts';
import { checkQuery, explainQuery } from '../schema/requests.ts';
import { mistaken } from './api-error.ts';
import { isoTime } from './callback-view.ts';

export function explainRoutes(app: FastifyInstance, explainer: Explainer): void {
  app.get('/api/v1/explain', async (request) => {
    const query = checkQuery(explainQuery, request.query);
    if (!query.ok) throw mistaken(query.mistakes);
    const explanation = await explainer.explain(query.value);
    const { dueAt, expiresAt } = explanation;
    return { ...explanation, dueAt: isoTime(dueAt), expiresAt: isoTime(expiresAt) };
  });
}
