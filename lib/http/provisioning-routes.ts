/**
 * Setting up a softphone by a QR code: an address that gives the phone its settings, password and all, once and within
 * some minutes. The address holds nothing secret but itself; the store holds its hash, so that every node knows it.
 */

import { createHash, randomBytes } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import type { Secret } from '../core/configuration.ts';
import { flaw } from '../core/mistake.ts';
import type { ConfigurationService } from '../ports/configuration-service.ts';
import type { DocumentStore } from '../ports/documents.ts';
import { provisioningRequest } from '../schema/requests.ts';
import { ApiError, conflict } from './api-error.ts';
import { isoTime } from './callback-view.ts';
import { linphoneSettings, type PhoneAccount } from './linphone-settings.ts';
import { bodyOf, parameterOf } from './requested.ts';

export interface ProvisioningParts {
  documents: DocumentStore;
  service: ConfigurationService;
  /** Null: it can't be read where it should be. */
  secretText: (secret: Secret) => string | null;
  now: () => number;
}

const VALID_MS = 600_000;
const TOKEN_BYTES = 24;

const keyOf = (token: string): string => createHash('sha256').update(token).digest('base64url');

export function provisioningRoutes(app: FastifyInstance, parts: ProvisioningParts): void {
  const { documents, service, secretText, now } = parts;

  /** Of an extension that registers here; undefined: there is none of this number. */
  const passwordOf = (number: string): string | null | undefined => {
    const extension = service.current().configuration.extensions.find((one) => one.number === number);
    if (extension === undefined) return undefined;
    return extension.password === null ? null : secretText(extension.password);
  };

  app.post('/api/v1/extensions/:name/provisioning', async (request, reply) => {
    const number = parameterOf(request.params, 'name');
    const { server, transport } = bodyOf(provisioningRequest, request.body);
    const password = passwordOf(number);
    if (password === undefined) throw new ApiError('not-found', 'there is no such extension');
    if (password === null) throw conflict(flaw('no-password'));
    const token = randomBytes(TOKEN_BYTES).toString('base64url');
    const expiresAt = now() + VALID_MS;
    const body = { number, server, transport };
    await documents.put({ kind: 'provisioning', name: keyOf(token), body, expiresAt, now: now(), expected: 0 });
    request.change = { action: 'provisioned', subject: `extensions/${number}`, detail: { server, transport } };
    return reply.code(201).send({ path: `/provisioning/${token}`, expiresAt: isoTime(expiresAt) });
  });

  // Not for HEAD: a look at it must not use it up.
  app.get('/provisioning/:token', { exposeHeadRoute: false }, async (request, reply) => {
    const name = keyOf(parameterOf(request.params, 'token'));
    const found = await documents.get('provisioning', name, now());
    const isMine = found !== null && (await documents.remove('provisioning', name, found.version));
    const password = isMine ? passwordOf(String(found.body['number'])) : null;
    if (!isMine || !password) throw new ApiError('not-found', 'this address was used already, or is too old');
    const { number: username, ...where } = found.body as { number: string } & Pick<
      PhoneAccount,
      'server' | 'transport'
    >;
    return reply
      .header('cache-control', 'no-store')
      .type('application/xml; charset=utf-8')
      .send(linphoneSettings({ username, password, ...where }));
  });
}
