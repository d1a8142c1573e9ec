/** The suppression list and the counters in SQLite. */

import type { CompiledQuery } from 'kysely';
import type { UsageChange } from '../../core/policy/sliding-window.ts';
import type { SuppressionStore, UsageStore } from '../../ports/store.ts';
import { boundedPage } from '../callback-list.ts';
import {
  suppressionColumns,
  suppressionCount,
  suppressionOf,
  suppressionPage,
  suppressionQueries,
  usageQueries,
} from '../gate-queries.ts';
import { sqliteCompiler } from '../schema.ts';
import type { Connection } from './connection.ts';
import { prepareAll } from './statement.ts';

export function sqliteSuppressions(connection: Connection): SuppressionStore {
  const compiler = sqliteCompiler();
  const statements = prepareAll(connection.database, suppressionQueries(compiler));
  const run = <Row>({ sql, parameters }: CompiledQuery<Row>): Row[] =>
    connection.database.prepare<unknown[], Row>(sql).all(...parameters);
  return {
    put: async (suppressions) => {
      const rows = suppressions.map(suppressionColumns);
      await connection.write(() => {
        for (const row of rows) statements.put.run(row);
      });
    },
    remove: (number, createdAt) =>
      connection.write(() => statements.remove.run({ number, createdAt: createdAt ?? -1 }) > 0),
    get: (number, now) =>
      connection.read(() => {
        const row = statements.get.get({ number, now });
        return row === undefined ? null : suppressionOf(row);
      }),
    list: (asked) =>
      connection.read(() => {
        const { page, pageSize } = boundedPage(asked);
        const isAll = asked.number === undefined && asked.texts === undefined;
        const counted = isAll ? statements.total.get({ now: asked.now }) : run(suppressionCount(compiler, asked))[0];
        const rows = run(suppressionPage(compiler, asked, { limit: pageSize, offset: (page - 1) * pageSize }));
        return { items: rows.map(suppressionOf), total: counted?.total ?? 0, page, pageSize };
      }),
    purge: async (now) => {
      await connection.write(() => statements.purge.run({ now }));
    },
  };
}

/** Writes queued together are one transaction, one after the other: what is asked and what is added is one step. */
export function sqliteUsage(connection: Connection): UsageStore {
  const statements = prepareAll(connection.database, usageQueries(sqliteCompiler()));
  const sumOf = ({ counter, firstSlot: first }: UsageChange) => statements.sum.get({ counter, first })?.total ?? 0;
  const addAll = (changes: readonly UsageChange[]) => {
    for (const { counter, slot, amount, endsAt } of changes) {
      if (amount !== 0) statements.add.run({ counter, slot, total: amount, ends_at: endsAt });
    }
  };
  return {
    take: (changes) =>
      connection.write(() => {
        const full = changes.findIndex((change) => sumOf(change) + change.amount > change.max);
        if (full >= 0) return full;
        addAll(changes);
        return null;
      }),
    add: (changes) => connection.write(() => addAll(changes)),
    totals: (changes) => connection.read(() => changes.map(sumOf)),
    purge: async (now) => {
      await connection.write(() => statements.purge.run({ now }));
    },
  };
}
