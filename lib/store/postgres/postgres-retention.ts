/** What is taken out of the PostgreSQL store. */

import type { RetentionStore } from '../../ports/retention.ts';
import { type OwnedRow, ownedOf } from '../callback-row.ts';
import type { Database } from './database.ts';
import type { Row } from './write-line.ts';

const NOT_HELD = `coalesce(caller_e164, '') <> all($3::text[]) and caller_received <> all($3::text[])`;
/** What is done was accepted before: the index on states and acceptance finds it. */
const IS_OLD = `state = 'done' and accepted_at < $1 and done_at < $1 and ${NOT_HELD}`;
const DONE = `select id from callbacks where ${IS_OLD} order by accepted_at, id limit $2`;
const OF =
  'select id, state, caller_received, caller_e164 from callbacks where caller_received = $1 or caller_e164 = $1 order by id';
/** One statement; references are looked at when it ends. */
const ERASE = `with chosen as (
  select id from callbacks where state = 'done' and id = any($1::text[]) for update
), entries as (delete from callback_log where callback_id in (select id from chosen)),
tries as (delete from attempts where callback_id in (select id from chosen)),
gone as (delete from callbacks where id in (select id from chosen) returning id),
counted as (
  insert into callback_counts (state, node, total) select 'done', '', -count(*) from gone
  on conflict (state, node) do update set total = callback_counts.total + excluded.total
)
select count(*) as total from gone`;
const TRIM = (test: string) => `with gone as (delete from callback_log where sequence in (
  select sequence from callbacks join callback_log on callback_id = id
  where ${IS_OLD} and type ${test} 'sip' limit $2
) returning 1) select count(*) as total from gone`;

export function postgresRetention(database: Database): RetentionStore {
  const total = async (sql: string, values: unknown[], name: string) =>
    Number((await database.once<{ total: number }>(sql, values, name))[0]?.total ?? 0);
  return {
    done: async ({ before, most, held }) =>
      (await database.read<{ id: string }>(DONE, [before, most, held], 'retention-done')).map(({ id }) => id),
    of: async (number) => (await database.read<OwnedRow & Row>(OF, [number], 'retention-owned')).map(ownedOf),
    erase: (ids) => total(ERASE, [ids], 'retention-erase'),
    trim: (what, { before, most, held }) =>
      total(TRIM(what === 'ladders' ? '=' : '<>'), [before, most, held], `retention-${what}`),
  };
}
