/** `/api/v1/registrations` and `/api/v1/extensions/NUMBER/registrations`: the contacts that phones have registered. */

import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { ConfigurationService } from '../ports/configuration-service.ts';
import type { Registration, RegistrationStore } from '../ports/store.ts';
import { askedBy, shownTo } from './access/guard.ts';
import { ApiError } from './api-error.ts';
import { isoTime } from './callback-view.ts';
import { filterNames } from './openapi-parts.ts';
import { SCHEMAS } from './openapi-schemas.ts';
import { askedPage } from './page.ts';

const FILTERS = filterNames(SCHEMAS['Registration']!);

export interface RegistrationParts {
  registrations: RegistrationStore;
  service: ConfigurationService;
  now: () => number;
}

/** Call-ID and CSeq are the phone's own affair. */
export function registrationView({ q, registeredAt, expiresAt, callId: _, cseq: _cseq, ...rest }: Registration) {
  return { ...rest, q: q / 1000, registeredAt: isoTime(registeredAt), expiresAt: isoTime(expiresAt) };
}

export function registrationRoutes(app: FastifyInstance, { registrations, service, now }: RegistrationParts): void {
  const numberOf = (params: unknown): string => {
    const { name } = params as { name: string };
    const isKnown = service.current().configuration.extensions.some(({ number }) => number === name);
    if (!isKnown) throw new ApiError('not-found', 'there is no such extension');
    return name;
  };
  const page = (found: Registration[], request: FastifyRequest) =>
    askedPage(shownTo(askedBy(request), found.map(registrationView)), request.query, FILTERS);
  app.get('/api/v1/registrations', async (request) => page(await registrations.all(now()), request));
  app.get('/api/v1/extensions/:name/registrations', async (request) =>
    page(await registrations.of(numberOf(request.params), now()), request),
  );
  app.delete('/api/v1/extensions/:name/registrations', async (request, reply) => {
    const number = numberOf(request.params);
    const remove = (await registrations.of(number, now())).map(({ contact }) => contact);
    await registrations.update(number, { put: [], remove, now: now() });
    return reply.code(204).send();
  });
}
