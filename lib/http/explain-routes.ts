/** `/api/v1/explain` and `/api/v1/route`: the dry runs. */

import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Configuration } from '../core/configuration.ts';
import { findInboundNumber } from '../core/rules/inbound-number.ts';
import type { Explainer } from '../ports/explainer.ts';
import { checkQuery, explainQuery, routeQuery } from '../schema/requests.ts';
import { askedBy, assertReach } from './access/guard.ts';
import { reachesRule } from './access/own-numbers.ts';
import { ApiError, mistaken } from './api-error.ts';
import { isoTime } from './callback-view.ts';

/** Those of others' numbers are as good as none. */
function assertRule(request: FastifyRequest, rule: string, configuration: Configuration): void {
  const isKnown = configuration.callbackRules.some(({ name }) => name === rule);
  if (!isKnown || !reachesRule(askedBy(request), rule, configuration))
    throw new ApiError('not-found', 'there is no callback rule of this name', { path: 'rule' });
}

export function explainRoutes(
  app: FastifyInstance,
  { explainer, configuration }: { explainer: Explainer; configuration: () => Configuration },
): void {
  app.get('/api/v1/explain', async (request) => {
    const query = checkQuery(explainQuery, request.query);
    if (!query.ok) throw mistaken(query.mistakes);
    const { to = '', rule, ...call } = query.value;
    if (rule !== undefined) assertRule(request, rule.normalize('NFC'), configuration());
    else if (askedBy(request).inboundNumbers !== null) {
      const dialled = findInboundNumber(configuration(), to)?.number ?? null;
      assertReach(request, dialled, () => new ApiError('not-found', 'this is none of your numbers', { path: 'to' }));
    }
    const explanation = await explainer.explain({
      ...call,
      to,
      ...(rule === undefined ? {} : { rule: rule.normalize('NFC') }),
    });
    const { dueAt, expiresAt } = explanation;
    return { ...explanation, dueAt: isoTime(dueAt), expiresAt: isoTime(expiresAt) };
  });
  app.get('/api/v1/route', async (request) => {
    const query = checkQuery(routeQuery, request.query);
    if (!query.ok) throw mistaken(query.mistakes);
    const { at, ...question } = query.value;
    const trial = await explainer.tryRule(question, at ?? null);
    if (trial === null) throw new ApiError('not-found', 'there is no outgoing rule of this name', { path: 'rule' });
    return { ...trial, at: isoTime(trial.at) };
  });
}
