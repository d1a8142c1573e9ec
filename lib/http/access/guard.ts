/** What stands before every route: who asks, and whether he may. */

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { masked } from '../../core/access/masking.ts';
import { mayReach, type Principal } from '../../core/access/role.ts';
import type { Fields } from '../../schema/plain-data.ts';
import { ApiError } from '../api-error.ts';
import type { Authentication } from './authentication.ts';
import type { Client } from './client.ts';
import type { CorsOrigins } from './cors-origins.ts';
import type { RateLimit } from './rate-limit.ts';
import { accessOf, type RouteAccess } from './route-access.ts';
import { isCsrfToken, type Session } from './sessions.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Whose request it is, whatever stands in between. */
    readonly client: Client;
    /** Null before it is known, and on open routes. */
    principal: Principal | null;
    session: Session | null;
  }
}

export interface GuardOptions {
  authentication: Authentication;
  origins: CorsOrigins;
  limit: RateLimit;
}

const isRead = ({ method }: FastifyRequest) => method === 'GET' || method === 'HEAD';

/** Who asks; on routes that are not open there is always somebody. */
export function askedBy(request: FastifyRequest): Principal {
  if (request.principal === null) throw new ApiError('unauthorized', 'a key or a password is needed');
  return request.principal;
}

/** 404 for what is not his: that it exists is not said. */
export function assertReach(request: FastifyRequest, inboundNumber: string | null, missing: () => ApiError): void {
  if (!mayReach(askedBy(request), inboundNumber)) throw missing();
}

/** Whether a page's origin is this very server. The port that a scheme has anyway may be left out. */
function isOwn(origin: string, host: string): boolean {
  if (!URL.canParse(origin)) return false;
  const { protocol, host: theirs } = new URL(origin);
  const ours = `${protocol}//${host}`;
  return URL.canParse(ours) && new URL(ours).host === theirs;
}

/** Browsers say Sec-Fetch-Site over TLS and to their own machine alone, but Origin with every write (Fetch standard 3.1). */
function isForeign({ headers, client, session }: FastifyRequest): boolean {
  const { 'sec-fetch-site': site, origin } = headers;
  if (site !== undefined) return site !== 'same-origin' && site !== 'none';
  // a session has its token, also behind a proxy that does not pass the Host on
  return origin !== undefined && session === null && !isOwn(origin, client.host);
}

/**
 * Browsers send Basic credentials along with forms of other sites; nothing may be changed that way. Who proves himself
 * with a key, from a page that was let in, is none of those.
 */
function refuseCrossSite(request: FastifyRequest, isLetIn: boolean): void {
  if (isRead(request) || !isForeign(request)) return;
  const byKey = request.principal?.kind === 'key' || request.principal?.kind === 'configured';
  if (!isLetIn || !byKey) throw new ApiError('cross-site', 'requests of other sites are refused');
}

function assertAllowed(request: FastifyRequest, { needs, reach }: RouteAccess): void {
  const { permissions, inboundNumbers } = askedBy(request);
  if (needs !== 'known' && needs !== 'open' && !permissions.has(needs))
    throw new ApiError('forbidden', `this needs the permission ${needs}`);
  if (reach === 'system' && inboundNumbers !== null)
    throw new ApiError('forbidden', 'this concerns the whole system, and you are limited to some inbound numbers');
}

function assertRate(request: FastifyRequest, limit: RateLimit): void {
  const { kind, actor } = askedBy(request);
  if (kind === 'configured') return;
  const seconds = limit.take(actor);
  if (seconds > 0)
    throw new ApiError('rate-limited', `too many requests; try again in ${seconds} s`, {
      headers: { 'retry-after': String(seconds) },
    });
}

async function guarded(request: FastifyRequest, reply: FastifyReply, options: GuardOptions): Promise<void> {
  const { authentication, origins, limit } = options;
  reply.header('x-correlation-id', request.id);
  if (request.client.isSecure) reply.header('strict-transport-security', 'max-age=31536000');
  const isApi = /^\/api(?:[/?]|$)/.test(request.url);
  const isLetIn = isApi && (await origins.allow(request, reply));
  if (reply.sent) return;
  const access = request.is404 ? null : accessOf(request.method, request.routeOptions.url ?? '');
  if (access?.needs === 'open') {
    // by the route, not by how the address is written
    if (request.routeOptions.url?.startsWith('/api/') === true) {
      reply.header('cache-control', 'no-store');
      refuseCrossSite(request, false);
    }
    return;
  }
  // an unknown address outside the API is a plain 404
  if (request.is404 && !/^\/(?:api|%61pi)/i.test(request.url) && !isApi) return;
  reply.header('cache-control', 'no-store');
  const { principal, session } = await authentication.require(request.headers, request.client);
  request.principal = principal;
  request.session = session;
  refuseCrossSite(request, isLetIn);
  if (session !== null && !isRead(request) && !isCsrfToken(request.headers['x-csrf-token'], session.token))
    throw new ApiError('csrf', 'the header x-csrf-token is missing or not the one of this session');
  assertRate(request, limit);
  if (access !== null) assertAllowed(request, access);
}

export function guard(app: FastifyInstance, options: GuardOptions): void {
  app.decorateRequest('principal', null);
  app.decorateRequest('session', null);
  app.addHook('onRoute', ({ method, url }) => {
    for (const one of [method].flat())
      if (accessOf(one, url) === null) throw new Error(`${one} ${url} is not in the table of access`);
  });
  app.addHook('onRequest', (request, reply) => guarded(request, reply, options));
  app.addHook('preSerialization', async (request, _reply, payload) =>
    request.principal?.masked === true && !OWN.test(request.url) ? masked(payload) : payload,
  );
}

/** What is searched and sorted is what he sees: else he would read masked numbers by asking for them. */
export function shownTo(principal: Principal, items: readonly Fields[]): readonly Fields[] {
  return principal.masked ? (masked(items) as Fields[]) : items;
}

/** What somebody reads about himself, and what is the same for all. */
const OWN = /^\/api\/v1\/(?:session|roles|openapi\.json)/;
