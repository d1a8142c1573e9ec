/** Changes of many callbacks: those that are selected, or all that a filter finds. The server does it batch by batch. */

import { ApiFailure, api } from '../api/client.ts';
import { eventLink } from '../api/events.ts';
import type { BulkAnswer } from '../api/types.ts';
import { apiQuery, type GridQuestion } from './callback-queries.ts';

export type BulkAction = 'cancel' | 'retry' | 'reschedule';

export interface BulkOrder {
  action: BulkAction;
  /** ISO 8601; of `reschedule`. */
  dueAt?: string;
  /** Null: all that the question finds. */
  ids: readonly string[] | null;
  question: GridQuestion;
}

export type Refused = BulkAnswer['results'][number];

export interface BulkResult {
  changed: number;
  refused: Refused[];
  /** Those that were not come to, because it was stopped or the server went away. */
  left: number;
  failure: unknown;
}

const BATCH = 100;

/** The filter as the request has it; what comes while it runs is not meant. */
function filterOf(question: GridQuestion): Record<string, string> {
  const { page: _page, pageSize: _size, sort: _sort, ...filters } = apiQuery(question);
  const given = Object.entries({ to: new Date(eventLink.serverNow()).toISOString(), ...withoutNothing(filters) });
  return Object.fromEntries(given.map(([name, value]) => [name, String(value)]));
}

const withoutNothing = (filters: object) =>
  Object.fromEntries(Object.entries(filters).filter(([, value]) => value !== undefined && value !== ''));

type Body = Record<string, unknown>;

/** The requests of an order, each made of the answer to the one before. */
async function* batches({ action, dueAt, ids, question }: BulkOrder): AsyncGenerator<BulkAnswer> {
  const ask = (more: Body) =>
    api.post('/api/v1/callbacks/bulk', {
      body: { action, ...(dueAt === undefined ? {} : { dueAt }), ...more } as never,
    }) as Promise<BulkAnswer>;
  if (ids !== null) {
    for (let first = 0; first < ids.length; first += BATCH) yield await ask({ ids: ids.slice(first, first + BATCH) });
    return;
  }
  const filter = filterOf(question);
  let after: string | null = null;
  do {
    const answer: BulkAnswer = await ask(after === null ? { filter } : { filter, after });
    yield answer;
    after = answer.next;
  } while (after !== null);
}

/**
 * @param total how many there are, as far as is known
 * @param onProgress how many of them are through
 */
export async function runBulk(
  order: BulkOrder,
  { total, signal, onProgress }: { total: number; signal: AbortSignal; onProgress: (done: number) => void },
): Promise<BulkResult> {
  const result: BulkResult = { changed: 0, refused: [], left: 0, failure: null };
  let done = 0;
  try {
    for await (const { results, changed } of batches(order)) {
      done += results.length;
      result.changed += changed;
      result.refused.push(...results.filter((one) => one.result !== 'changed'));
      onProgress(done);
      if (signal.aborted) break;
    }
  } catch (error) {
    if (error instanceof ApiFailure && error.status === 401) throw error;
    result.failure = error;
  }
  result.left = result.failure !== null || signal.aborted ? Math.max(0, total - done) : 0;
  return result;
}
