/** The HTTP server: API, health, metrics. Whoever composes the application gives it its ports. */

import { randomBytes, randomUUID } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import helmet from '@fastify/helmet';
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { seesTheSame } from '../core/access/role.ts';
import type { Secret } from '../core/configuration.ts';
import type { CallbackService } from '../ports/callback-service.ts';
import type { ConfigurationService } from '../ports/configuration-service.ts';
import type { ErasureService } from '../ports/erasure.ts';
import type { EventFeed } from '../ports/event-source.ts';
import type { Explainer } from '../ports/explainer.ts';
import type { Health, MetricsSource } from '../ports/health.ts';
import type { Log } from '../ports/log.ts';
import type { PromptService } from '../ports/prompts.ts';
import type { RecordingService } from '../ports/recordings.ts';
import type { ShadowRecords } from '../ports/shadow-records.ts';
import type { Statistics } from '../ports/statistics.ts';
import type { Store } from '../ports/store.ts';
import type { TrunkService } from '../ports/trunk-service.ts';
import type { WebhookService } from '../ports/webhooks.ts';
import type { WireTexts } from '../ports/wire-texts.ts';
import type { ExtraChecks } from '../schema/parse-configuration.ts';
import { ApiKeys } from './access/api-keys.ts';
import { Authentication } from './access/authentication.ts';
import { clientOf } from './access/client.ts';
import { CorsOrigins } from './access/cors-origins.ts';
import { askedBy, guard } from './access/guard.ts';
import { RateLimit } from './access/rate-limit.ts';
import { Sessions } from './access/sessions.ts';
import { Users } from './access/users.ts';
import { ApiError, asApiError } from './api-error.ts';
import { apiKeyRoutes } from './api-key-routes.ts';
import { auditTrail } from './audit-trail.ts';
import { answerBrokenRequest, GUARDING_HEADERS } from './broken-request.ts';
import { bulkRoutes } from './bulk-routes.ts';
import { callbackRoutes } from './callback-routes.ts';
import { ConfigurationEditor } from './configuration-editor.ts';
import { configurationRoutes } from './configuration-routes.ts';
import { type ConsoleRoutes, consoleRoutes } from './console-routes.ts';
import { corsRoutes } from './cors-routes.ts';
import { csvRoutes } from './csv-routes.ts';
import { ErrorBook, noteError } from './error-book.ts';
import { eventRoutes } from './event-routes.ts';
import { explainRoutes } from './explain-routes.ts';
import { flowRoutes } from './flow-routes.ts';
import { healthRoutes } from './health-routes.ts';
import { journalRoutes } from './journal-routes.ts';
import { messageRoutes } from './message-routes.ts';
import { preferenceRoutes } from './preference-routes.ts';
import { promptRoutes } from './prompt-routes.ts';
import { provisioningRoutes } from './provisioning-routes.ts';
import { recordingRoutes } from './recording-routes.ts';
import { registrationRoutes } from './registration-routes.ts';
import { resourceRoutes } from './resource-routes.ts';
import { retentionRoutes } from './retention-routes.ts';
import { allowedMethods, type KnownRoute } from './route-table.ts';
import { sessionRoutes } from './session-routes.ts';
import { shadowRoutes } from './shadow-routes.ts';
import { statisticsRoutes } from './statistics-routes.ts';
import { suppressionRoutes } from './suppression-routes.ts';
import { testCallRoutes } from './test-call-routes.ts';
import { trunkRoutes } from './trunk-routes.ts';
import { userRoutes } from './user-routes.ts';
import { webhookRoutes } from './webhook-routes.ts';

export interface HttpOptions {
  store: Pick<
    Store,
    'callbacks' | 'flowVersions' | 'settings' | 'registrations' | 'suppressions' | 'documents' | 'journal'
  >;
  configuration: ConfigurationService;
  callbacks: CallbackService;
  explainer: Explainer;
  /** Of a server in the shadow of another one; left out: it takes its calls. */
  shadow?: ShadowRecords;
  trunks: TrunkService;
  statistics: Statistics;
  messages: WireTexts;
  events: EventFeed;
  webhooks: WebhookService;
  prompts: PromptService;
  erasures: ErasureService;
  recordings: RecordingService;
  health: Health;
  metrics: MetricsSource;
  log: Log;
  /** CALLBACK_API_KEY and the key of the control file; empty ones are none. */
  apiKeys: readonly string[];
  /** Proxies in front of this server, whose X-Forwarded-* is believed: addresses and CIDRs. */
  proxies?: readonly string[];
  /** Core's checks of a configuration that schemas can't see (ties of rules). */
  extraChecks: ExtraChecks;
  /** Wall clock, epoch milliseconds. */
  now?: () => number;
  /** 32 random bytes; the same on all nodes of one store. */
  etagKey?: Buffer;
  /** A password that stands elsewhere; null: it can't be read. Left out: those that do are not given to phones. */
  secretText?: (secret: Secret) => string | null;
  /** Where the built console is; left out: there is none. */
  consoleDirectory?: string;
  version?: string;
  heartbeatMs?: number;
  /** From the first octet of a request to its last one. */
  requestTimeoutMs?: number;
  mostStreams?: number;
}

export interface Http {
  /** @returns the port, also where 0 was asked for. Rejects with code ADDRESS_IN_USE or ADDRESS_NOT_AVAILABLE and a clear message. */
  listen(host: string, port: number): Promise<{ host: string; port: number }>;
  /** Ends event streams, lets requests finish (at most 2 s), closes. Idempotent. */
  close(): Promise<void>;
  /** For tests: a request without a socket. */
  inject: FastifyInstance['inject'];
}

const BODY_LIMIT_BYTES = 1024 * 1024;
const MOST_WAITING_BYTES = 1024 * 1024;
const REQUEST_TIMEOUT_MS = 30_000;
const HEADERS_TIMEOUT_MS = 10_000;
const IDLE_TIMEOUT_MS = 65_000;
const MOST_CONNECTIONS = 1000;
const CLOSE_DEADLINE_MS = 2000;

function sendError(log: Log, error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const known = asApiError(error);
  const fields = { correlationId: request.id, method: request.method, status: known.status, code: known.code };
  if (known.status >= 500) log.error({ ...fields, err: known.detail.cause }, `request failed: ${known.message}`);
  else log.debug(fields, 'request refused');
  return reply
    .code(known.status)
    .headers({ ...GUARDING_HEADERS, 'x-correlation-id': request.id, ...known.detail.headers })
    .type('application/json; charset=utf-8')
    .send(known.body(request.id));
}

function createApp({ log, proxies = [], requestTimeoutMs = REQUEST_TIMEOUT_MS }: HttpOptions): FastifyInstance {
  const app = fastify({
    logger: false,
    genReqId: () => randomUUID(),
    bodyLimit: BODY_LIMIT_BYTES,
    requestTimeout: requestTimeoutMs,
    connectionTimeout: IDLE_TIMEOUT_MS,
    keepAliveTimeout: 5000,
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    routerOptions: { maxParamLength: 500, ignoreTrailingSlash: false },
    http: {
      headersTimeout: Math.min(HEADERS_TIMEOUT_MS, requestTimeoutMs),
      maxHeaderSize: 16_384,
      connectionsCheckingInterval: requestTimeoutMs / 10,
    },
    clientErrorHandler: answerBrokenRequest,
    frameworkErrors: (error, request, reply) => {
      sendError(log, error, request, reply as FastifyReply);
    },
  });
  app.server.maxConnections = MOST_CONNECTIONS;
  app.decorateRequest('client', {
    getter() {
      return clientOf(this.headers, this.socket.remoteAddress ?? '', proxies);
    },
  });
  app.setValidatorCompiler(() => () => true);
  app.setSerializerCompiler(() => (data) => JSON.stringify(data));
  acceptJson(app);
  return app;
}

/** JSON and nothing else. An empty body is none: `curl -X POST` with a content type is no mistake. */
function acceptJson(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error');
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (body === '') done(null, undefined);
    else parse(request, body as string, done);
  });
}

function notFound(app: FastifyInstance, routes: readonly KnownRoute[], console: ConsoleRoutes | null): void {
  app.setNotFoundHandler((request, reply) => {
    if (console?.isPage(request) === true) return console.sendPage(request, reply);
    const allowed = allowedMethods(routes, request.url);
    if (allowed.length === 0) throw new ApiError('not-found', 'there is nothing at this address');
    throw new ApiError('method-not-allowed', `${request.method} is not possible here`, {
      headers: { allow: allowed.join(', ') },
    });
  });
}

function listenError(error: unknown, host: string, port: number): Error {
  const code = (error as { code?: string }).code;
  const at = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  if (code === 'EADDRINUSE')
    return Object.assign(new Error(`--http ${at}: the port is taken by another process; choose another`), {
      code: 'ADDRESS_IN_USE',
    });
  return Object.assign(new Error(`--http ${at}: can not listen there: ${code ?? String(error)}`), {
    code: 'ADDRESS_NOT_AVAILABLE',
  });
}

function closer(app: FastifyInstance, endStreams: () => void): () => Promise<void> {
  let closing: Promise<void> | null = null;
  return () => {
    closing ??= (async () => {
      endStreams();
      const deadline = setTimeout(() => app.server.closeAllConnections(), CLOSE_DEADLINE_MS);
      await app.close().finally(() => clearTimeout(deadline));
    })();
    return closing;
  };
}

const plainSecret = (secret: Secret): string | null => (typeof secret === 'string' ? secret : null);

const REQUESTS_PER_SECOND = 50;
const REQUESTS_AT_ONCE = 300;
const MOST_ACTORS = 10_000;

/** Who asks, what he may, and what is kept of it. */
function administration(
  app: FastifyInstance,
  options: HttpOptions,
  errors: ErrorBook,
): { authentication: Authentication } {
  const { store, configuration, log, now = Date.now } = options;
  const { documents, journal, settings } = store;
  const users = new Users({ documents, settings, now });
  const sessions = new Sessions({ documents, now });
  const keys = new ApiKeys({ documents, now });
  const origins = new CorsOrigins({ documents, now });
  const authentication = new Authentication({ apiKeys: options.apiKeys, users, sessions, keys, now });
  const limit = new RateLimit({
    perSecond: REQUESTS_PER_SECOND,
    burst: REQUESTS_AT_ONCE,
    mostNames: MOST_ACTORS,
    now,
  });
  guard(app, { authentication, origins, limit });
  auditTrail(app, { journal, log, now });
  const inboundNumbers = () => configuration.current().configuration.inboundNumbers.map(({ number }) => number);
  sessionRoutes(app, { authentication, users, sessions, now });
  userRoutes(app, { users, keys, authentication, inboundNumbers, now });
  apiKeyRoutes(app, { keys, inboundNumbers, now });
  preferenceRoutes(app, { documents, now });
  corsRoutes(app, { documents, origins, now });
  journalRoutes(app, { journal, errors });
  return { authentication };
}

export async function createHttp(options: HttpOptions): Promise<Http> {
  const { store, log, now = Date.now } = options;
  const app = createApp(options);
  const routes: KnownRoute[] = [];
  app.addHook('onRoute', ({ method, url }) => {
    for (const one of [method].flat()) routes.push({ method: one, url });
  });
  const errors = new ErrorBook({ journal: store.journal, log });
  app.setErrorHandler((error, request, reply) => {
    noteError(errors, error, request, now());
    return sendError(log, error, request, reply);
  });
  await app.register(helmet, {
    contentSecurityPolicy: { useDefaults: false, directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] } },
    strictTransportSecurity: false,
  });
  const { authentication } = administration(app, options, errors);

  const { etagKey = randomBytes(32), extraChecks, configuration: service } = options;
  const editor = new ConfigurationEditor({
    service,
    extraChecks,
    etagKey,
    hasPrompt: (name, language) => options.prompts.has(name, language),
  });
  resourceRoutes(app, editor);
  configurationRoutes(app, editor);
  flowRoutes(app, { editor, versions: store.flowVersions, now });
  const current = () => service.current().configuration;
  const country = () => current().defaultCountry;
  const callbacks = { configuration: current, store: store.callbacks, service: options.callbacks };
  callbackRoutes(app, callbacks);
  bulkRoutes(app, callbacks);
  csvRoutes(app, { editor, callbacks, suppressions: store.suppressions, now });
  provisioningRoutes(app, { documents: store.documents, service, secretText: options.secretText ?? plainSecret, now });
  registrationRoutes(app, { registrations: store.registrations, service, now });
  promptRoutes(app, { prompts: options.prompts, configuration: current });
  suppressionRoutes(app, { country, store: store.suppressions, now });
  const { documents, journal } = store;
  webhookRoutes(app, { documents, journal, service: options.webhooks, now });
  recordingRoutes(app, { recordings: options.recordings, journal, now });
  retentionRoutes(app, { documents, erasures: options.erasures, errors, country, now });
  explainRoutes(app, { explainer: options.explainer, configuration: current });
  shadowRoutes(app, options.shadow ?? null);
  trunkRoutes(app, options.trunks);
  testCallRoutes(app, options.callbacks);
  statisticsRoutes(app, options.statistics, now);
  messageRoutes(app, store.callbacks, options.messages);
  healthRoutes(app, options);
  const endStreams = eventRoutes(app, {
    source: options.events,
    callback: (id) => store.callbacks.get(id),
    stillMay: async (request) =>
      authentication.require(request.headers, request.client).then(
        ({ principal }) => principal.permissions.has('callbacks:read') && seesTheSame(principal, askedBy(request)),
        (error: unknown) => !(error instanceof ApiError),
      ),
    heartbeatMs: options.heartbeatMs ?? 15_000,
    mostStreams: options.mostStreams ?? 100,
    mostWaitingBytes: MOST_WAITING_BYTES,
  });
  app.get('/api/v1/openapi.json', async () => {
    const { openApi } = await import('./openapi.ts');
    return openApi(options.version ?? '0');
  });
  const { consoleDirectory } = options;
  notFound(app, routes, consoleDirectory === undefined ? null : consoleRoutes(app, consoleDirectory));
  await app.ready();

  return {
    listen: async (host, port) => {
      try {
        await app.listen({ host, port });
      } catch (error) {
        throw listenError(error, host, port);
      }
      return { host, port: (app.server.address() as AddressInfo).port };
    },
    close: closer(app, endStreams),
    inject: app.inject.bind(app) as FastifyInstance['inject'],
  };
}
