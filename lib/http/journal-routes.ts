/** `/api/v1/audit` and `/api/v1/errors`: who changed what, and what went wrong. */

import type { FastifyInstance } from 'fastify';
import type { JournalKind, JournalQuery, JournalStore, SequencedJournalEntry } from '../ports/documents.ts';
import { journalQuery } from '../schema/administration.ts';
import { ApiError } from './api-error.ts';
import { isoTime } from './callback-view.ts';
import type { ErrorBook } from './error-book.ts';
import { parameterOf, queryOf } from './requested.ts';

export function journalView({ sequence, at, actor, subject, correlationId, body }: SequencedJournalEntry): object {
  return { id: String(sequence), at: isoTime(at), actor, subject, correlationId, ...body };
}

export function journalAsked(kind: JournalKind, query: unknown): JournalQuery {
  const { q: text, sort, ...rest } = queryOf(journalQuery, query);
  const given = Object.entries({ ...rest, text, oldestFirst: !sort.descending }).filter(
    ([, value]) => value !== undefined && value !== '',
  );
  return { kind, ...Object.fromEntries(given) } as unknown as JournalQuery;
}

export interface JournalRouteOptions {
  journal: JournalStore;
  errors: ErrorBook;
}

export function journalRoutes(app: FastifyInstance, { journal, errors }: JournalRouteOptions): void {
  const list = async (kind: JournalKind, query: unknown) => {
    const page = await journal.list(journalAsked(kind, query));
    return { ...page, items: page.items.map(journalView) };
  };
  const one = async (kind: JournalKind, params: unknown) => {
    const id = parameterOf(params, 'id');
    const found = /^\d{1,15}$/.test(id) ? await journal.get(kind, Number(id)) : null;
    if (found === null) throw new ApiError('not-found', 'there is no entry with this id');
    return journalView(found);
  };
  app.get('/api/v1/audit', (request) => list('audit', request.query));
  app.get('/api/v1/audit/:id', (request) => one('audit', request.params));
  app.get('/api/v1/errors', async (request) => {
    await errors.settle();
    return list('error', request.query);
  });
  app.get('/api/v1/errors/:id', async (request) => {
    await errors.settle();
    return one('error', request.params);
  });
}
