/** The queries of the suppression list and of the counters, compiled once per dialect. */

import { type Kysely, sql } from 'kysely';
import type { Suppression } from '../core/policy/suppression.ts';
import { query } from './query.ts';
import type { Schema, SuppressionTable, UsageTable } from './schema.ts';

const COLUMNS = ['number', 'reason', 'source', 'created_at', 'expires_at'] as const;

export function suppressionColumns({ number, reason, source, createdAt, expiresAt }: Suppression): SuppressionTable {
  return { number, reason, source, created_at: createdAt, expires_at: expiresAt };
}

export function suppressionOf(row: SuppressionTable): Suppression {
  const { number, reason, source, created_at: createdAt, expires_at: expiresAt } = row;
  return { number, reason, source, createdAt, expiresAt };
}

export function suppressionQueries(db: Kysely<Schema>) {
  const inForce = (now: number) => sql<boolean>`(expires_at is null or expires_at > ${now})`;
  const put = (longer: boolean) =>
    query<SuppressionTable>()(db, (from, $) => {
      const columns = { reason: $.reason, source: $.source, created_at: $.created_at, expires_at: $.expires_at };
      return from
        .insertInto('suppressions')
        .values({ number: $.number, ...columns })
        .onConflict((conflict) => {
          const update = conflict.column('number').doUpdateSet(columns);
          if (!longer) return update;
          return update.where(
            sql<boolean>`suppressions.expires_at < coalesce(excluded.expires_at, 9223372036854775807)`,
          );
        });
    });
  return {
    put: put(false),
    /** For those that come of themselves: an entry that ends later, or never, stays. */
    putLonger: put(true),
    remove: query<{ number: string }>()(db, (from, $) =>
      from.deleteFrom('suppressions').where('number', '=', $.number),
    ),
    get: query<{ number: string; now: number }>()(db, (from, $) =>
      from.selectFrom('suppressions').select(COLUMNS).where('number', '=', $.number).where(inForce($.now)),
    ),
    /** Those that have expired are few: an index has them, and all of them are counted without looking at a row. */
    total: query<{ now: number }>()(db, (from, $) =>
      from.selectNoFrom((eb) =>
        eb(
          eb.selectFrom('suppressions').select((one) => one.fn.countAll<number>().as('all')),
          '-',
          eb
            .selectFrom('suppressions')
            .select((one) => one.fn.countAll<number>().as('expired'))
            .where('expires_at', '<=', $.now),
        ).as('total'),
      ),
    ),
    page: query<{ now: number; limit: number; offset: number }>()(db, (from, $) =>
      from
        .selectFrom('suppressions')
        .select(COLUMNS)
        .where(inForce($.now))
        .orderBy('created_at', 'desc')
        .orderBy('number', 'desc')
        .limit($.limit)
        .offset($.offset),
    ),
    purge: query<{ now: number }>()(db, (from, $) => from.deleteFrom('suppressions').where('expires_at', '<=', $.now)),
  };
}

export function usageQueries(db: Kysely<Schema>) {
  return {
    add: query<UsageTable>()(db, (from, $) =>
      from
        .insertInto('usage')
        .values({ counter: $.counter, slot: $.slot, total: $.total, ends_at: $.ends_at })
        .onConflict((conflict) =>
          conflict.columns(['counter', 'slot']).doUpdateSet((eb) => ({
            total: eb('usage.total', '+', eb.ref('excluded.total')),
          })),
        ),
    ),
    sum: query<{ counter: string; first: number }>()(db, (from, $) =>
      from
        .selectFrom('usage')
        .select((eb) => eb.fn.coalesce(eb.fn.sum<number>('total'), sql<number>`0`).as('total'))
        .where('counter', '=', $.counter)
        .where('slot', '>=', $.first),
    ),
    purge: query<{ now: number }>()(db, (from, $) => from.deleteFrom('usage').where('ends_at', '<=', $.now)),
  };
}
