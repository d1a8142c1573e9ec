/** The suppression list and the counters in SQLite. */

import type { UsageChange } from '../../core/policy/sliding-window.ts';
import type { SuppressionStore, UsageStore } from '../../ports/store.ts';
import { boundedPage } from '../callback-list.ts';
import { suppressionColumns, suppressionOf, suppressionQueries, usageQueries } from '../gate-queries.ts';
import { sqliteCompiler } from '../schema.ts';
import type { Connection } from './connection.ts';
import { prepareAll } from './statement.ts';

export function sqliteSuppressions(connection: Connection): SuppressionStore {
  const statements = prepareAll(connection.database, suppressionQueries(sqliteCompiler()));
  return {
    put: async (suppressions) => {
      const rows = suppressions.map(suppressionColumns);
      await connection.write(() => {
        for (const row of rows) statements.put.run(row);
      });
    },
    remove: (number) => connection.write(() => statements.remove.run({ number }) > 0),
    get: (number, now) =>
      connection.read(() => {
        const row = statements.get.get({ number, now });
        return row === undefined ? null : suppressionOf(row);
      }),
    list: (asked) =>
      connection.read(() => {
        const { page, pageSize } = boundedPage(asked);
        const { number, now } = asked;
        if (number !== undefined) {
          const rows = statements.get.all({ number, now });
          return { items: page === 1 ? rows.map(suppressionOf) : [], total: rows.length, page, pageSize };
        }
        const total = statements.total.get({ now })?.total ?? 0;
        const rows = statements.page.all({ now, limit: pageSize, offset: (page - 1) * pageSize });
        return { items: rows.map(suppressionOf), total, page, pageSize };
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
