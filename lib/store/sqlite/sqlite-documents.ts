/** Documents and the journal in SQLite. */

import type { CompiledQuery } from 'kysely';
import type { DocumentStore, JournalStore } from '../../ports/documents.ts';
import { boundedPage } from '../callback-list.ts';
import {
  documentColumns,
  documentOf,
  documentQueries,
  journalColumns,
  journalEntryOf,
  journalPage,
  journalQueries,
  journalTotal,
  revisionOf,
  writeOf,
} from '../document-queries.ts';
import { sqliteCompiler } from '../schema.ts';
import type { Connection } from './connection.ts';
import { prepareAll } from './statement.ts';

export function sqliteDocuments(connection: Connection): DocumentStore {
  const statements = prepareAll(connection.database, documentQueries(sqliteCompiler()));
  return {
    put: async (write) => {
      const columns = documentColumns(write);
      const row = await connection.write(() => statements[writeOf(write)].get(columns));
      return row === undefined ? { result: 'stale' } : { result: 'stored', version: row.version };
    },
    get: (kind, name, now) =>
      connection.read(() => {
        const row = statements.get.get({ kind, name, now });
        return row === undefined ? null : documentOf(row);
      }),
    all: (kind, now) => connection.read(() => statements.all.all({ kind, now }).map(documentOf)),
    remove: (kind, name, expected) =>
      connection.write(() => statements.remove.get({ kind, name, expected: expected ?? 0 }) !== undefined),
    purge: async (now) => {
      await connection.write(() => statements.purge.run({ now }));
    },
  };
}

export function sqliteJournal(connection: Connection): JournalStore {
  const compiler = sqliteCompiler();
  const statements = prepareAll(connection.database, journalQueries(compiler));
  const run = <Row>({ sql, parameters }: CompiledQuery<Row>): Row[] =>
    connection.database.prepare<unknown[], Row>(sql).all(...parameters);
  return {
    append: async (entries) => {
      const rows = entries.map(journalColumns);
      await connection.write(() => {
        for (const row of rows) statements.append.run(row);
      });
    },
    list: (asked) =>
      connection.read(() => {
        const { page, pageSize } = boundedPage(asked);
        const total = run(journalTotal(compiler, asked))[0]?.total ?? 0;
        const rows = run(journalPage(compiler, asked, { limit: pageSize, offset: (page - 1) * pageSize }));
        return { items: rows.map(journalEntryOf), total, page, pageSize };
      }),
    get: (kind, sequence) =>
      connection.read(() => {
        const row = statements.get.get({ kind, sequence });
        return row === undefined ? null : journalEntryOf(row);
      }),
    purge: (kind, before, most) => connection.write(() => statements.purge.all({ kind, before, most }).length),
    revise: (portion) =>
      connection.write(() => {
        const rows = statements.portion.all({ after: portion.after, most: portion.most });
        const { writes, next } = revisionOf(rows, portion);
        for (const write of writes) statements.revise.run(write);
        return { revised: writes.length, next };
      }),
  };
}
