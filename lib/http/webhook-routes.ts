/** `/api/v1/webhooks`: who is told what happens to callbacks, and how that went. */

import { randomBytes } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { mistake } from '../core/mistake.ts';
import type { DocumentStore, JournalStore, StoredDocument } from '../ports/documents.ts';
import type { Delivery, WebhookProgress, WebhookService, WebhookSettings } from '../ports/webhooks.ts';
import { webhookRequest } from '../schema/administration.ts';
import { ANSWERS } from '../schema/answers.ts';
import type { Fields } from '../schema/plain-data.ts';
import { ApiError, mistaken } from './api-error.ts';
import { isoTime } from './callback-view.ts';
import { preconditionFailed } from './configuration-editor.ts';
import { assertUnchanged, tagged } from './document-tag.ts';
import { journalAsked, journalView } from './journal-routes.ts';
import { filterNames, jsonSchema } from './openapi-parts.ts';
import { askedPage } from './page.ts';
import { bodyOf, parameterOf } from './requested.ts';

const FILTERS = filterNames(jsonSchema(ANSWERS.Webhook));

export interface WebhookRouteOptions {
  documents: DocumentStore;
  journal: JournalStore;
  service: WebhookService;
  now: () => number;
}

/** The secret is shown when it is made, and never again. */
function view({ name, body, createdAt, updatedAt }: StoredDocument): Fields {
  const { url, events, enabled, timeoutSeconds } = body as unknown as WebhookSettings;
  return { name, url, events, enabled, timeoutSeconds, createdAt: isoTime(createdAt), updatedAt: isoTime(updatedAt) };
}

function progressView(cursor: StoredDocument | null | undefined): Fields {
  const { failures = 0, failingSince = null, retryAt = 0 } = (cursor?.body ?? {}) as Partial<WebhookProgress>;
  const nextTryAt = failures === 0 ? null : isoTime(retryAt);
  return { failures, failingSince: isoTime(failingSince), nextTryAt };
}

const noSuchWebhook = () => new ApiError('not-found', 'there is no webhook of this name');
const found = (delivery: Delivery | null): Delivery => {
  if (delivery === null) throw noSuchWebhook();
  return delivery;
};

class WebhookDesk {
  readonly #options: WebhookRouteOptions;

  constructor(options: WebhookRouteOptions) {
    this.#options = options;
  }

  async read(name: string): Promise<StoredDocument> {
    const stored = await this.#options.documents.get('webhook', name, this.#options.now());
    if (stored === null) throw noSuchWebhook();
    return stored;
  }

  /** With how it goes. */
  async shown(stored: StoredDocument): Promise<Fields> {
    const { documents, now } = this.#options;
    return { ...view(stored), ...progressView(await documents.get('webhook-cursor', stored.name, now())) };
  }

  async page(query: unknown): Promise<object> {
    const { documents, now } = this.#options;
    const cursors = new Map((await documents.all('webhook-cursor', now())).map((cursor) => [cursor.name, cursor]));
    const webhooks = await documents.all('webhook', now());
    return askedPage(
      webhooks.map((webhook) => ({ ...view(webhook), ...progressView(cursors.get(webhook.name)) })),
      query,
      FILTERS,
    );
  }

  async #put(name: string, settings: WebhookSettings, expected: number): Promise<boolean> {
    const { documents, now } = this.#options;
    const body = { ...settings };
    return (
      (await documents.put({ kind: 'webhook', name, body, expiresAt: null, now: now(), expected })).result === 'stored'
    );
  }

  async create(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const { service } = this.#options;
    const { name, secret: given, ...rest } = bodyOf(webhookRequest, request.body);
    const secret = given ?? randomBytes(32).toString('base64url');
    if ((await this.#options.documents.get('webhook', name, this.#options.now())) === null) await service.begin(name);
    if (!(await this.#put(name, { ...rest, secret }, 0)))
      throw new ApiError('already-exists', 'there is another webhook of this name', { path: 'name' });
    service.changed();
    const stored = await this.read(name);
    request.change = { subject: `webhooks/${name}`, after: view(stored) };
    tagged(request, reply, stored);
    reply.header('location', `/api/v1/webhooks/${encodeURIComponent(name)}`);
    return reply.code(201).send({ ...(await this.shown(stored)), secret });
  }

  async replace(request: FastifyRequest, reply: FastifyReply): Promise<Fields> {
    const { name, secret, ...rest } = bodyOf(webhookRequest, request.body);
    const before = await this.read(parameterOf(request.params, 'name'));
    assertUnchanged(request, before);
    if (name !== before.name) throw mistaken([mistake('name', 'fixed-one')]);
    const kept = (before.body as unknown as WebhookSettings).secret;
    if (!(await this.#put(name, { ...rest, secret: secret ?? kept }, before.version))) throw preconditionFailed();
    this.#options.service.changed();
    const stored = await this.read(name);
    const note = secret === undefined ? {} : { secret: 'changed' };
    request.change = { before: view(before), after: { ...view(stored), ...note } };
    tagged(request, reply, stored);
    return this.shown(stored);
  }

  async remove(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const { documents } = this.#options;
    const before = await this.read(parameterOf(request.params, 'name'));
    assertUnchanged(request, before);
    if (!(await documents.remove('webhook', before.name, before.version))) throw preconditionFailed();
    await documents.remove('webhook-cursor', before.name, null);
    request.change = { before: view(before) };
    return reply.code(204).send();
  }
}

export function webhookRoutes(app: FastifyInstance, options: WebhookRouteOptions): void {
  const { journal, service } = options;
  const desk = new WebhookDesk(options);
  const nameIn = (request: FastifyRequest) => parameterOf(request.params, 'name');

  app.get('/api/v1/webhooks', (request) => desk.page(request.query));
  app.post('/api/v1/webhooks', (request, reply) => desk.create(request, reply));
  app.get('/api/v1/webhooks/:name', async (request, reply) => {
    const stored = await desk.read(nameIn(request));
    // always with a body: how it goes changes without the tag, which is that of the settings
    tagged(request, reply, stored);
    return desk.shown(stored);
  });
  app.put('/api/v1/webhooks/:name', (request, reply) => desk.replace(request, reply));
  app.delete('/api/v1/webhooks/:name', (request, reply) => desk.remove(request, reply));
  app.post('/api/v1/webhooks/:name/test', async (request) => found(await service.test(nameIn(request))));

  app.get('/api/v1/webhooks/:name/deliveries', async (request) => {
    const { name } = await desk.read(nameIn(request));
    const page = await journal.list({ ...journalAsked('delivery', request.query), subject: name });
    return { ...page, items: page.items.map(journalView) };
  });

  app.post('/api/v1/webhooks/:name/deliveries/:id/resend', async (request) => {
    const { name } = await desk.read(nameIn(request));
    const id = parameterOf(request.params, 'id');
    const entry = /^\d{1,15}$/.test(id) ? await journal.get('delivery', Number(id)) : null;
    const [first, last] = [entry?.body['first'], entry?.body['last']];
    if (entry?.subject !== name || typeof first !== 'number' || typeof last !== 'number')
      throw new ApiError('not-found', 'there is no delivery with this id, or it was a test');
    return found(await service.resend(name, first, last));
  });
}
