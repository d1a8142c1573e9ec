/** `/api/v1/callbacks/bulk`: cancel, retry or reschedule many. */

import type { FastifyInstance } from 'fastify';
import { mayReach, type Principal } from '../core/access/role.ts';
import type { Callback } from '../core/callback/callback.ts';
import type { ChangeResult } from '../ports/callback-service.ts';
import { bulkRequest } from '../schema/requests.ts';
import { askedBy } from './access/guard.ts';
import { type CallbackRouteOptions, storeFilters } from './callback-routes.ts';
import { bodyOf } from './requested.ts';

const MOST_AT_ONCE = 500;
const SIDE_BY_SIDE = 16;

interface Outcome {
  id: string;
  /** Null: not known here. */
  number: string | null;
  result: 'changed' | 'not-found' | 'conflict' | 'refused';
  /** Why it was refused; of a conflict the state in which it is, or `was-connected`. */
  code: string | null;
  message: string | null;
}

const outcomeOf = (id: string, number: string | null, result: ChangeResult): Outcome => ({
  id,
  number: result.result === 'changed' ? result.callback.caller.received : number,
  result: result.result,
  code: 'code' in result ? (result.code ?? null) : null,
  message: 'message' in result ? result.message : null,
});

/** `1763640000000.019a…`: behind which callback the next ones are looked for. */
function placeOf(after: string): { acceptedAt: number; id: string } {
  const dot = after.indexOf('.');
  return { acceptedAt: Number(after.slice(0, dot)), id: after.slice(dot + 1) };
}

const nextOf = (last: Callback | undefined): string | null =>
  last === undefined ? null : `${last.acceptedAt}.${last.id}`;

/** Runs some at a time; the results are in the order of what was given. */
async function sideBySide<T, R>(given: readonly T[], run: (one: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  const worker = async () => {
    while (next < given.length) {
      const index = next++;
      results[index] = await run(given[index]!);
    }
  };
  await Promise.all(Array.from({ length: SIDE_BY_SIDE }, worker));
  return results;
}

export function bulkRoutes(app: FastifyInstance, { configuration, store, service }: CallbackRouteOptions): void {
  const change = (id: string, { action, dueAt }: { action: string; dueAt?: number | undefined }) => {
    if (action === 'cancel') return service.cancel(id);
    return action === 'retry' ? service.retry(id) : service.reschedule(id, dueAt!);
  };
  const reaches = async (principal: Principal, id: string) =>
    principal.inboundNumbers === null || mayReach(principal, (await store.get(id))?.inboundNumber ?? null);

  /** A filter finds at most so many at once: the answer says how many are left, and where the caller goes on. */
  app.post('/api/v1/callbacks/bulk', async (request) => {
    const body = bodyOf(bulkRequest, request.body);
    const principal = askedBy(request);
    let ids = body.ids === undefined ? [] : [...new Set(body.ids)];
    let matched = ids.length;
    let next: string | null = null;
    const numbers = new Map<string, string>();
    if (body.filter !== undefined) {
      const after = body.after === undefined ? {} : { after: placeOf(body.after) };
      const filters = storeFilters(principal, body.filter, configuration().defaultCountry);
      const sort = { field: 'acceptedAt', descending: false } as const;
      const found = await store.list({ ...filters, ...after, page: 1, pageSize: MOST_AT_ONCE, sort });
      ids = found.items.map(({ id }) => id);
      for (const { id, caller } of found.items) numbers.set(id, caller.received);
      matched = found.total;
      if (matched > ids.length) next = nextOf(found.items.at(-1));
    }
    const results = await sideBySide(ids, async (id): Promise<Outcome> => {
      if (!(await reaches(principal, id))) return outcomeOf(id, null, { result: 'not-found' });
      return outcomeOf(id, numbers.get(id) ?? null, await change(id, body));
    });
    const changed = results.filter(({ result }) => result === 'changed').length;
    const { action, filter = null } = body;
    request.change = { subject: 'callbacks', action: `bulk ${action}`, detail: { matched, changed, filter } };
    return { matched, changed, remaining: matched - ids.length, next, results };
  });
}
