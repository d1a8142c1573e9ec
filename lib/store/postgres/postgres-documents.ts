/** Documents and the journal in PostgreSQL. */

import type { CompiledQuery } from 'kysely';
import type { DocumentStore, JournalStore } from '../../ports/documents.ts';
import { boundedPage } from '../callback-list.ts';
import {
  documentColumns,
  documentOf,
  documentQueries,
  type JournalRow,
  journalColumns,
  journalEntryOf,
  journalPage,
  journalQueries,
  journalTotal,
  revisionOf,
  writeOf,
} from '../document-queries.ts';
import { type DocumentTable, postgresCompiler } from '../schema.ts';
import { type Database, storableJson } from './database.ts';
import type { Row } from './write-line.ts';

/** Two at the same moment are told apart by the version: a write is never repeated by itself. */
export function postgresDocuments(database: Database): DocumentStore {
  const queries = documentQueries(postgresCompiler());
  const read = async (name: 'get' | 'all', values: unknown[]) =>
    (await database.read<DocumentTable & Row>(queries[name].sql, values, `document-${name}`)).map(documentOf);
  return {
    put: async (write) => {
      const { sql, values } = queries[writeOf(write)];
      const rows = await database.once<{ version: number }>(
        sql,
        values(documentColumns(write)),
        `document-${writeOf(write)}`,
      );
      return rows[0] === undefined ? { result: 'stale' } : { result: 'stored', version: Number(rows[0].version) };
    },
    get: async (kind, name, now) => (await read('get', queries.get.values({ kind, name, now })))[0] ?? null,
    all: (kind, now) => read('all', queries.all.values({ kind, now })),
    remove: async (kind, name, expected) => {
      const { sql, values } = queries.remove;
      return (await database.once(sql, values({ kind, name, expected: expected ?? 0 }), 'document-remove')).length > 0;
    },
    purge: async (now) => {
      await database.read(queries.purge.sql, queries.purge.values({ now }), 'documents-purge');
    },
  };
}

const APPEND = `insert into journal (kind, at, actor, subject, correlation_id, body)
  select entry.kind, entry.at, entry.actor, entry.subject, entry.correlation_id, entry.body
  from rows from (
    json_to_recordset($1::json) as (kind text, at bigint, actor text, subject text, correlation_id text, body text)
  ) with ordinality as entry (kind, at, actor, subject, correlation_id, body, place) order by entry.place`;

export function postgresJournal(database: Database): JournalStore {
  const compiler = postgresCompiler();
  const queries = journalQueries(compiler);
  const run = <R>({ sql, parameters }: CompiledQuery<R>) => database.read<R & Row>(sql, parameters);
  return {
    append: async (entries) => {
      if (entries.length === 0) return;
      await database.once(APPEND, [storableJson(entries.map(journalColumns))], 'journal-append');
    },
    list: async (asked) => {
      const { page, pageSize } = boundedPage(asked);
      const [counted] = await run(journalTotal(compiler, asked));
      const rows = await run(journalPage(compiler, asked, { limit: pageSize, offset: (page - 1) * pageSize }));
      return { items: rows.map(journalEntryOf), total: Number(counted?.total ?? 0), page, pageSize };
    },
    get: async (kind, sequence) => {
      const { sql, values } = queries.get;
      const [row] = await database.read<JournalRow & Row>(sql, values({ kind, sequence }), 'journal-get');
      return row === undefined ? null : journalEntryOf(row);
    },
    purge: async (kind, before, most) => {
      const { sql, values } = queries.purge;
      return (await database.read(sql, values({ kind, before, most }), 'journal-purge')).length;
    },
    revise: (portion) =>
      database.transaction(async (client) => {
        const asked = queries.portion.values({ after: portion.after, most: portion.most });
        const { rows } = await client.query(queries.portion.sql, asked);
        const { writes, next } = revisionOf(rows, portion);
        for (const write of writes) await client.query(queries.revise.sql, queries.revise.values(write));
        return { revised: writes.length, next };
      }),
  };
}
