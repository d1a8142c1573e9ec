/** `/api/v1/callbacks`. */

import type { FastifyInstance, FastifyRequest } from 'fastify';
import { mayReach, type Principal } from '../core/access/role.ts';
import type { Callback } from '../core/callback/callback.ts';
import type { Configuration } from '../core/configuration.ts';
import { type Flaw, flaw } from '../core/mistake.ts';
import { readNumber } from '../core/policy/read-number.ts';
import type { CallbackService, ChangeResult, Refusal } from '../ports/callback-service.ts';
import type { CallbackQuery, CallbackStore } from '../ports/store.ts';
import { callbackQuery, callbackRequest, emptyRequest, rescheduleRequest } from '../schema/requests.ts';
import { askedBy } from './access/guard.ts';
import { reachesRule } from './access/own-numbers.ts';
import { ApiError, type ErrorCode } from './api-error.ts';
import {
  callbackDetailView,
  callbackView,
  decisionView,
  eventsView,
  ladderView,
  promiseView,
} from './callback-view.ts';
import { etagMatches, notModified, preconditionFailed } from './configuration-editor.ts';
import { bodyOf, queryOf } from './requested.ts';

export interface CallbackRouteOptions {
  configuration: () => Configuration;
  store: CallbackStore;
  service: CallbackService;
}

const LONGEST_ID = 128;

/** Refusals that are the request's mistake name the field; the others are rules that stand against it. */
const MISTAKEN_FIELDS: Partial<Record<Refusal['code'], string>> = {
  'unknown-rule': 'rule',
  'unknown-flow': 'flow',
  'number-missing': 'number',
  'number-impossible': 'number',
  'due-too-late': 'dueAt',
};

export function refusalError({ code, message, retryAfterSeconds = 0 }: Refusal): ApiError {
  if (code === 'overloaded')
    return new ApiError('overloaded', message, { headers: { 'retry-after': String(retryAfterSeconds) } });
  if (code === 'draining') return new ApiError('draining', message);
  const path = MISTAKEN_FIELDS[code];
  const status: ErrorCode = path === undefined ? 'refused' : 'invalid';
  return new ApiError(status, message, { publicCode: code, ...(path === undefined ? {} : { path }) });
}

function noSuchCallback(): ApiError {
  return new ApiError('not-found', 'there is no callback with this id');
}

/** Of a conflict with the state in which a callback is. */
function reasonOf(code: Extract<ChangeResult, { result: 'conflict' }>['code']): { reason?: Flaw } {
  if (code === undefined) return {};
  if (code === 'done') return { reason: flaw('callback-done') };
  return { reason: code === 'was-connected' ? flaw('callback-connected') : flaw('callback-state', { state: code }) };
}

export function changed(result: ChangeResult): object {
  if (result.result === 'changed') return callbackView(result.callback);
  if (result.result === 'not-found') throw noSuchCallback();
  if (result.result === 'conflict') throw new ApiError('conflict', result.message, reasonOf(result.code));
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

export interface CallbackFilters {
  state?: CallbackQuery['state'] | undefined;
  outcome?: CallbackQuery['outcome'] | undefined;
  number?: string | undefined;
  inboundNumber?: string | undefined;
  rule?: string | undefined;
  q?: string | undefined;
  from?: number | undefined;
  to?: number | undefined;
}

type StoreFilters = Omit<CallbackQuery, 'page' | 'pageSize' | 'sort'>;

/** Who sees masked numbers could find them out by asking for them, also digit by digit. */
function assertNoGuessing(principal: Principal, { number, q }: CallbackFilters): void {
  if (principal.masked && ((number ?? '') !== '' || /\d/.test(q ?? '')))
    throw new ApiError('forbidden', 'numbers are masked for you: they can not be searched');
}

/** What he asked for, within what he may see. */
export function storeFilters(principal: Principal, filters: CallbackFilters, country: string): StoreFilters {
  assertNoGuessing(principal, filters);
  const { state, outcome, number, inboundNumber, rule, q, from, to } = filters;
  const own = principal.inboundNumbers;
  const asked = inboundNumber === undefined ? own : [inboundNumber].filter((one) => own === null || own.includes(one));
  return {
    ...(state === undefined ? {} : { state }),
    ...(outcome === undefined ? {} : { outcome }),
    ...(number === undefined || number === '' ? {} : { number: numberAsked(number, country) }),
    ...(asked === null ? {} : { inboundNumbers: asked }),
    ...(rule === undefined || rule === '' ? {} : { rule: rule.normalize('NFC') }),
    ...(q === undefined || q === '' ? {} : { text: q }),
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
  };
}

/** Goes up with all that is written about it. */
const callbackTag = ({ version }: Callback): string => `"c${version}"`;

/** The callback of the address, if it is his to see. */
export async function ownCallback(request: FastifyRequest, store: CallbackStore): Promise<Callback> {
  const callback = await store.get(idOf(request.params));
  if (callback === null || !mayReach(askedBy(request), callback.inboundNumber)) throw noSuchCallback();
  return callback;
}

export function callbackRoutes(app: FastifyInstance, options: CallbackRouteOptions): void {
  const { configuration, store, service } = options;

  app.get('/api/v1/callbacks', async (request) => {
    const { page, pageSize, sort, ...filters } = queryOf(callbackQuery, request.query);
    const asked = storeFilters(askedBy(request), filters, configuration().defaultCountry);
    const found = await store.list({ page, pageSize, sort, ...asked });
    return { ...found, items: found.items.map(callbackView) };
  });

  app.post('/api/v1/callbacks', async (request, reply) => {
    const { rule, number = null, dueAt = null, userData = null } = bodyOf(callbackRequest, request.body);
    if (!reachesRule(askedBy(request), rule, configuration()))
      throw new ApiError('invalid', `there is no callback rule named "${rule}"`, {
        path: 'rule',
        publicCode: 'unknown-rule',
      });
    const result = await service.create({ rule, number, dueAt, userData });
    if (result.result === 'refused') throw refusalError(result);
    const { id } = result.callback;
    request.change = { subject: `callbacks/${id}`, detail: { rule, result: result.result } };
    reply.header('location', `/api/v1/callbacks/${encodeURIComponent(id)}`);
    // one that stood already is not created again
    return reply.code(result.result === 'created' ? 201 : 200).send(promiseView(result.callback));
  });

  changeRoutes(app, options);
  historyRoutes(app, options);
}

function changeRoutes(app: FastifyInstance, { store, service }: CallbackRouteOptions): void {
  /** Only for who is limited, or has read it before: the service says itself what is not there. */
  const reached = async (request: FastifyRequest): Promise<string> => {
    const condition = request.headers['if-match'];
    if (askedBy(request).inboundNumbers !== null || condition !== undefined) {
      const callback = await ownCallback(request, store);
      if (!etagMatches(condition, callbackTag(callback))) throw preconditionFailed();
    }
    return idOf(request.params);
  };

  app.post('/api/v1/callbacks/:id/cancel', async (request) => {
    bodyOf(emptyRequest, request.body);
    return changed(await service.cancel(await reached(request)));
  });
  app.post('/api/v1/callbacks/:id/reschedule', async (request) => {
    const { dueAt } = bodyOf(rescheduleRequest, request.body);
    request.change = { detail: { dueAt: new Date(dueAt).toISOString() } };
    return changed(await service.reschedule(await reached(request), dueAt));
  });
  app.post('/api/v1/callbacks/:id/retry', async (request) => {
    bodyOf(emptyRequest, request.body);
    return changed(await service.retry(await reached(request)));
  });
}

function historyRoutes(app: FastifyInstance, { store }: CallbackRouteOptions): void {
  app.get('/api/v1/callbacks/:id', async (request, reply) => {
    const callback = await ownCallback(request, store);
    reply.header('etag', callbackTag(callback));
    if (notModified(request.headers['if-none-match'], callbackTag(callback))) return reply.code(304).send();
    const [attempts, log] = await Promise.all([store.attempts(callback.id), store.log(callback.id)]);
    return callbackDetailView(callback, attempts, log);
  });
  app.get('/api/v1/callbacks/:id/events', async (request) => {
    const { id } = await ownCallback(request, store);
    return { items: eventsView(await store.log(id)) };
  });
  app.get('/api/v1/callbacks/:id/ladder', async (request) => {
    const { id } = await ownCallback(request, store);
    const [attempts, log] = await Promise.all([store.attempts(id), store.log(id)]);
    return ladderView(id, attempts, log);
  });
  app.get('/api/v1/callbacks/:id/decision', async (request) => {
    const callback = await ownCallback(request, store);
    return decisionView(callback, await store.log(callback.id));
  });
}
