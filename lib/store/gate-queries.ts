/** The queries of the suppression list and of the counters, compiled once per dialect. */

import { type CompiledQuery, type Kysely, type SelectQueryBuilder, sql } from 'kysely';
import type { Suppression } from '../core/policy/suppression.ts';
import type { SuppressionQuery } from '../ports/store.ts';
import { holds } from './callback-list.ts';
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

const inForce = (now: number) => sql<boolean>`(expires_at is null or expires_at > ${now})`;

export function suppressionQueries(db: Kysely<Schema>) {
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
    /** `createdAt` -1: whatever is there. */
    remove: query<{ number: string; createdAt: number }>()(db, (from, $) =>
      from
        .deleteFrom('suppressions')
        .where('number', '=', $.number)
        .where((eb) => eb.or([eb('created_at', '=', $.createdAt), sql<boolean>`-1 = ${$.createdAt}`])),
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
    purge: query<{ now: number }>()(db, (from, $) => from.deleteFrom('suppressions').where('expires_at', '<=', $.now)),
  };
}

type Asked = Omit<SuppressionQuery, 'page' | 'pageSize'>;

function filtered<Row>(
  select: SelectQueryBuilder<Schema, 'suppressions', Row>,
  { number, texts, now }: Asked,
): SelectQueryBuilder<Schema, 'suppressions', Row> {
  return select
    .where(inForce(now))
    .$if(number !== undefined, (rows) => rows.where('number', '=', number!))
    .$if(texts !== undefined, (rows) =>
      rows.where((eb) => eb.or(texts!.map((text) => holds(['number', 'reason', 'source'], text)))),
    );
}

/** Of those that a filter finds; all of them are counted by `total`. */
export function suppressionCount(db: Kysely<Schema>, asked: Asked): CompiledQuery<{ total: number }> {
  return filtered(
    db.selectFrom('suppressions').select((eb) => eb.fn.countAll<number>().as('total')),
    asked,
  ).compile();
}

/** In the order of an index: a list may have a million numbers. */
export function suppressionPage(
  db: Kysely<Schema>,
  asked: Asked,
  { limit, offset }: { limit: number; offset: number },
): CompiledQuery<SuppressionTable> {
  const { field, descending } = asked.sort ?? { field: 'createdAt', descending: true };
  const direction = descending ? 'desc' : 'asc';
  return filtered(db.selectFrom('suppressions').select(COLUMNS), asked)
    .$if(field === 'createdAt', (rows) => rows.orderBy('created_at', direction))
    .orderBy('number', direction)
    .limit(limit)
    .offset(offset)
    .compile();
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
