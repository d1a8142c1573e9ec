/**
 * The writes of callbacks: each one statement, so that it is a transaction of its own on the server and a node that stops
 * half-way holds no lock. `$node` is the lease: a callback is saved by the node that holds it, or not at all.
 */

import type { AttemptTable, CallbackTable } from '../schema.ts';

const COLUMNS = [
  'id',
  'version',
  'state',
  'outcome',
  'reason',
  'duplicate_key',
  'caller_received',
  'caller_e164',
  'inbound_number',
  'rule',
  'accepted_at',
  'due_at',
  'waiting_until',
  'expires_at',
  'done_at',
  'body',
] as const satisfies ReadonlyArray<keyof CallbackTable>;

const TYPES: Partial<Record<keyof CallbackTable, string>> = {
  version: 'bigint',
  accepted_at: 'bigint',
  due_at: 'bigint',
  waiting_until: 'bigint',
  expires_at: 'bigint',
  done_at: 'bigint',
};

/** The caller's numbers, the rule and `accepted_at` never change. */
const SAVED = [
  'version',
  'state',
  'outcome',
  'reason',
  'due_at',
  'waiting_until',
  'expires_at',
  'done_at',
  'body',
] as const satisfies ReadonlyArray<keyof CallbackTable>;

const ATTEMPT_COLUMNS = [
  'number',
  'planned_at',
  'dialled_at',
  'answered_at',
  'ended_at',
  'via',
  'dialled',
  'outcome',
  'reason',
  'status',
  'q850_cause',
] as const satisfies ReadonlyArray<keyof AttemptTable>;

/** A statement with named parameters: `:name` or `:name::type`. */
export interface NamedStatement {
  name: string;
  sql: string;
  parameters: string[];
}

export function named(name: string, text: string): NamedStatement {
  const parameters: string[] = [];
  const sql = text.replace(/(?<!:):([a-z][a-z0-9_]*)/g, (_whole, parameter: string) => {
    if (!parameters.includes(parameter)) parameters.push(parameter);
    return `$${parameters.indexOf(parameter) + 1}`;
  });
  return { name, sql, parameters };
}

export function valuesOf(statement: NamedStatement, given: Record<string, unknown>): unknown[] {
  return statement.parameters.map((parameter) => given[parameter]);
}

const parameter = (column: keyof CallbackTable) => `:${column}::${TYPES[column] ?? 'text'}`;

/**
 * Not to be found by the index on owners: a node holds thousands, of which the statistics know nothing yet, and a planner
 * that takes them for one would read them all for each save.
 */
const IS_MINE = `coalesce(lease_owner, '') = :node::text`;

const HISTORY = (source: string) => `
logged as (
  insert into callback_log (callback_id, at, type, attempt_id, detail, version)
  select :id::text, entry.at, entry.type, entry.attempt_id, entry.detail, :version::bigint
  from ${source}, rows from (
    json_to_recordset(:log::json) as (at bigint, type text, attempt_id text, detail text)
  ) with ordinality as entry (at, type, attempt_id, detail, place)
  order by entry.place
),
tried as (
  insert into attempts
  select attempt.* from ${source}, json_populate_recordset(null::attempts, :attempts::json) as attempt
  on conflict (attempt_id) do update set ${ATTEMPT_COLUMNS.map((column) => `${column} = excluded.${column}`).join(', ')}
),
suppressed as (
  insert into suppressions
  select entry.* from ${source}, json_populate_recordset(null::suppressions, :suppressions::json) as entry
  on conflict (number) do update set
    reason = excluded.reason, source = excluded.source, created_at = excluded.created_at, expires_at = excluded.expires_at
  where suppressions.expires_at < coalesce(excluded.expires_at, 9223372036854775807)
)`;

const COUNTED = (changes: string) => `
counted as (
  insert into callback_counts (state, node, total)
  select change.state, :node::text, change.by from (${changes}) as change (state, by)
  on conflict (state, node) do update set total = callback_counts.total + excluded.total
)`;

/** `mine`: the answer to it was lost, it is there. A node whose lease is gone inserts it for anybody to take. */
export const INSERT = named(
  'callback-insert',
  `with existing as materialized (
    select id, body from callbacks where duplicate_key = :duplicate_key::text and state <> 'done'
  ),
  mine as materialized (select 1 as here from callbacks where id = :id::text and :repeated::boolean),
  inserted as (
    insert into callbacks (${COLUMNS.join(', ')}, lease_owner)
    select ${COLUMNS.map(parameter).join(', ')}, (select nodes.id from nodes where nodes.id = :node::text)
    where not exists (select from existing) and not exists (select from mine)
    on conflict (duplicate_key) where state <> 'done' do nothing
    returning state
  ),
  ${HISTORY('inserted')},
  ${COUNTED('select state, 1 from inserted')}
  select (select count(*) from inserted) as inserted, (select count(*) from mine) as mine,
    (select body from existing) as existing`,
);

/** `repeated`: a former save of this version may have been done; then it is replaced, its log entries with it. */
export const SAVE = named(
  'callback-save',
  `with present as materialized (
    select id as present_id, state as was, version as present_version from callbacks
    where id = :id::text and ${IS_MINE}
      and (version = :version::bigint - 1 or (:repeated::boolean and version = :version::bigint))
    for update
  ),
  saved as (
    update callbacks set ${SAVED.map((column) => `${column} = ${parameter(column)}`).join(', ')}
    from present where id = present_id
  ),
  undone as (
    delete from callback_log using present
    where present_version = :version::bigint and callback_id = present_id and callback_log.version = :version::bigint
  ),
  ${HISTORY('present')},
  ${COUNTED(`select was, -1 from present where was <> :state::text
    union all select :state::text, 1 from present where was <> :state::text`)}
  select 1 as saved from present`,
);

/** Those that nobody holds, and those that this node holds without knowing. RETURNING has no order. */
export const TAKE_DUE = named(
  'callback-due',
  `with free as materialized (
    select id as free_id from callbacks
    where waiting_until < :before::bigint and lease_owner is null
    order by waiting_until, id limit :limit::bigint for update skip locked
  ),
  taken as (
    update callbacks set lease_owner = :node::text from free where id = free_id
    returning id, body, waiting_until
  ),
  kept as (
    select id, body, waiting_until from callbacks
    where lease_owner = :node::text and waiting_until < :before::bigint
  )
  select id, body from (select * from taken union all select * from kept) as due
  where not exists (select from unnest(:except::text[]) as held (held_id) where held_id = id)
  order by waiting_until, id limit :limit::bigint`,
);

export const TAKE_IN_FLIGHT = named(
  'callback-in-flight',
  `with free as materialized (
    select id as free_id from callbacks
    where state <> 'done' and state <> 'scheduled' and lease_owner is null
    order by id for update skip locked
  ),
  taken as (
    update callbacks set lease_owner = :node::text from free where id = free_id returning id, body
  ),
  kept as (
    select id, body from callbacks where lease_owner = :node::text and state <> 'done' and state <> 'scheduled'
  )
  select id, body from (select * from taken union all select * from kept) as left_behind
  where not exists (select from unnest(:except::text[]) as held (held_id) where held_id = id)
  order by id`,
);

export const CLAIM = named(
  'callback-claim',
  `with taken as (
    update callbacks set lease_owner = :node::text
    where id = :id::text and (lease_owner is null or ${IS_MINE})
    returning id, body
  )
  select id, body, true as held from taken
  union all
  select id, body, false from callbacks where id = :id::text and not exists (select from taken)`,
);

/** Those that are due soon somebody else has to hear of. */
export const RELEASE = named(
  'callback-release',
  `with released as (
    update callbacks set lease_owner = null where id = any (:ids::text[]) and ${IS_MINE}
    returning waiting_until
  )
  select pg_notify(:channel::text, :hint::text) where exists (
    select from released where waiting_until < :soon::bigint
  )`,
);

/** Callbacks that were inserted, but nobody was told so. */
export const WITHDRAW = named(
  'callback-withdraw',
  `with gone as materialized (
    select id as gone_id, state from callbacks
    where id = any (:ids::text[]) and version = 1 and (lease_owner is null or ${IS_MINE}) for update
  ),
  log as (delete from callback_log using gone where callback_id = gone_id),
  tried as (delete from attempts using gone where callback_id = gone_id),
  withdrawn as (delete from callbacks using gone where id = gone_id),
  ${COUNTED('select state, -count(*) from gone group by state')}
  select 1 from gone`,
);
