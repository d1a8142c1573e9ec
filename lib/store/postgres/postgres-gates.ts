/** The suppression list and the counters in PostgreSQL. */

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
} from '../gate-queries.ts';
import { postgresCompiler, type SuppressionTable } from '../schema.ts';
import { type Database, storableJson } from './database.ts';
import type { Row } from './write-line.ts';

const PUT_ALL = `insert into suppressions
  select * from json_populate_recordset(null::suppressions, $1::json)
  on conflict (number) do update set
    reason = excluded.reason, source = excluded.source, created_at = excluded.created_at, expires_at = excluded.expires_at`;

const REMOVE =
  'delete from suppressions where number = $1 and ($2::bigint is null or created_at = $2::bigint) returning number';

/** The last of two entries for one number counts; one statement can't write a row twice. */
function lastOfEach(rows: readonly SuppressionTable[]): SuppressionTable[] {
  return [...new Map(rows.map((row) => [row.number, row])).values()];
}

export function postgresSuppressions(database: Database): SuppressionStore {
  const compiler = postgresCompiler();
  const queries = suppressionQueries(compiler);
  const run = <R>({ sql, parameters }: CompiledQuery<R>) => database.read<R & Row>(sql, parameters);
  const total = async (now: number) => {
    const { sql, values } = queries.total;
    return database.read<{ total: number }>(sql, values({ now }), 'suppression-total');
  };
  return {
    put: async (suppressions) => {
      const rows = lastOfEach(suppressions.map(suppressionColumns));
      await database.write({ name: 'suppressions-put', sql: PUT_ALL, values: () => [storableJson(rows)] });
    },
    remove: async (number, createdAt) => {
      const rows = await database.write({ name: 'suppression-remove', sql: REMOVE, values: () => [number, createdAt] });
      return rows.length > 0;
    },
    get: async (number, now) => {
      const { sql, values } = queries.get;
      const [row] = await database.read<SuppressionTable & Row>(sql, values({ number, now }), 'suppression-get');
      return row === undefined ? null : suppressionOf(row);
    },
    list: async (asked) => {
      const { page, pageSize } = boundedPage(asked);
      const isAll = asked.number === undefined && asked.texts === undefined;
      const [counted] = isAll ? await total(asked.now) : await run(suppressionCount(compiler, asked));
      const rows = await run(suppressionPage(compiler, asked, { limit: pageSize, offset: (page - 1) * pageSize }));
      return { items: rows.map(suppressionOf), total: Number(counted?.total ?? 0), page, pageSize };
    },
    purge: async (now) => {
      await database.read(queries.purge.sql, queries.purge.values({ now }), 'suppressions-purge');
    },
  };
}

const CHARGE = `select callback_charge_1($1::text[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[],
  $7::boolean) as refused`;
const TOTALS = `select coalesce((select sum(total) from usage where counter = asked.name and slot >= asked.first), 0)::bigint
  as total from unnest($1::text[], $2::bigint[]) with ordinality as asked (name, first, place) order by place`;
const PURGE = 'delete from usage where ends_at <= $1';

/** Whole numbers that PostgreSQL's bigint holds. */
const whole = (value: number) =>
  Math.trunc(Math.min(Math.max(value, -Number.MAX_SAFE_INTEGER), Number.MAX_SAFE_INTEGER));

/** Beside the order of the writes: a counter must not wait for what a slow disk makes wait. */
export function postgresUsage(database: Database): UsageStore {
  const charge = async (changes: readonly UsageChange[], forced: boolean): Promise<number | null> => {
    if (changes.length === 0) return null;
    const columns = [
      changes.map(({ counter }) => counter),
      changes.map(({ slot }) => whole(slot)),
      changes.map(({ firstSlot }) => whole(firstSlot)),
      changes.map(({ endsAt }) => whole(endsAt)),
      changes.map(({ amount }) => whole(amount)),
      changes.map(({ max }) => whole(max)),
    ];
    const [row] = await database.once<{ refused: number }>(CHARGE, [...columns, forced], 'usage-charge');
    return row === undefined || row.refused === 0 ? null : row.refused - 1;
  };
  return {
    take: (changes) => charge(changes, false),
    add: async (changes) => {
      await charge(changes, true);
    },
    totals: async (changes) => {
      const values = [changes.map(({ counter }) => counter), changes.map(({ firstSlot }) => whole(firstSlot))];
      const rows = await database.read<{ total: number }>(TOTALS, values, 'usage-totals');
      return rows.map(({ total }) => Number(total));
    },
    purge: async (now) => {
      await database.read(PURGE, [now], 'usage-purge');
    },
  };
}
