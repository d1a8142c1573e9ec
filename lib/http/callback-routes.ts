/** `/api/v1/callbacks`. */

import type { FastifyInstance } from 'fastify';
import { readNumber } from '../core/policy/read-number.ts';
import type { CallbackService, ChangeResult, Refusal } from '../ports/callback-service.ts';
import type { CallbackQuery, CallbackStore } from '../ports/store.ts';
import {
  callbackQuery,
  callbackRequest,
  checkQuery,
  checkRequest,
  emptyRequest,
  rescheduleRequest,
} from '../schema/requests.ts';
import { ApiError, type ErrorCode, mistaken } from './api-error.ts';
import { callbackDetailView, callbackView, promiseView } from './callback-view.ts';

export interface CallbackRouteOptions {
  /** How national numbers are read. */
  country: () => string;
  store: CallbackStore;
  service: CallbackService;
}

const LONGEST_ID = 128;

/** Refusals that are the request's mistake name the field; the others are rules that stand against it. */
const MISTAKEN_FIELDS: Partial<Record<Refusal['code'], string>> = {
  'unknown-rule': 'rule',
  'number-missing': 'number',
  'number-impossible': 'number',
  'due-too-late': 'dueAt',
};

function refusalError({ code, message, retryAfterSeconds = 0 }: Refusal): ApiError {
  if (code === 'overloaded')
    return new ApiError('overloaded', message, { headers: { 'retry-after': String(retryAfterSeconds) } });
  if (code === 'draining') return new ApiError('draining', message);
  const path = MISTAKEN_FIELDS[code];
  const status: ErrorCode = path === undefined ? 'refused' : 'invalid';
  return new ApiError(status, message, { publicCode: code, ...(path === undefined ? {} : { path }) });
}

function requested<T>(checked: ReturnType<typeof checkRequest<T>>): T {
  if (!checked.ok) throw mistaken(checked.mistakes);
  return checked.value;
}

function noSuchCallback(): ApiError {
  return new ApiError('not-found', 'there is no callback with this id');
}

function changed(result: ChangeResult): object {
  if (result.result === 'changed') return callbackView(result.callback);
  if (result.result === 'not-found') throw noSuchCallback();
  if (result.result === 'conflict') throw new ApiError('conflict', result.message);
  throw refusalError(result);
}

function idOf(params: unknown): string {
  const { id } = params as { id: string };
  if (id.length > LONGEST_ID) throw noSuchCallback();
  return id;
}

/** However it is written; a `+` that was not escaped in the query has become a blank. */
function numberAsked(text: string, country: string): string {
  const written = text.startsWith(' ') ? `+${text.trim()}` : text.trim();
  return readNumber(written, country).e164 ?? written;
}

function storeQuery(query: unknown, country: string): CallbackQuery {
  const { state, number, rule, from, to, page, pageSize, sort } = requested(checkQuery(callbackQuery, query));
  return {
    page,
    pageSize,
    sort,
    ...(state === undefined ? {} : { state }),
    ...(number === undefined || number === '' ? {} : { number: numberAsked(number, country) }),
    ...(rule === undefined || rule === '' ? {} : { rule: rule.normalize('NFC') }),
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
  };
}

export function callbackRoutes(app: FastifyInstance, { country, store, service }: CallbackRouteOptions): void {
  app.get('/api/v1/callbacks', async (request) => {
    const page = await store.list(storeQuery(request.query, country()));
    return { ...page, items: page.items.map(callbackView) };
  });

  app.post('/api/v1/callbacks', async (request, reply) => {
    const body = requested(checkRequest(callbackRequest, request.body));
    const { rule, number = null, dueAt = null, userData = null } = body;
    const result = await service.create({ rule, number, dueAt, userData });
    if (result.result === 'refused') throw refusalError(result);
    reply.header('location', `/api/v1/callbacks/${encodeURIComponent(result.callback.id)}`);
    // one that stood already is not created again
    return reply.code(result.result === 'created' ? 201 : 200).send(promiseView(result.callback));
  });

  app.get('/api/v1/callbacks/:id', async (request) => {
    const id = idOf(request.params);
    const callback = await store.get(id);
    if (callback === null) throw noSuchCallback();
    const [attempts, log] = await Promise.all([store.attempts(id), store.log(id)]);
    return callbackDetailView(callback, attempts, log);
  });

  app.post('/api/v1/callbacks/:id/cancel', async (request) => {
    requested(checkRequest(emptyRequest, request.body));
    return changed(await service.cancel(idOf(request.params)));
  });
  app.post('/api/v1/callbacks/:id/reschedule', async (request) => {
    const { dueAt } = requested(checkRequest(rescheduleRequest, request.body));
    return changed(await service.reschedule(idOf(request.params), dueAt));
  });
  app.post('/api/v1/callbacks/:id/retry', async (request) => {
    requested(checkRequest(emptyRequest, request.body));
    return changed(await service.retry(idOf(request.params)));
  });
}
