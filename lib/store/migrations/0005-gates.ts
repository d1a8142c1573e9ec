import type { Migration } from './migration.ts';

/**
 * One transaction of a few row versions: nodes that count in the same counter wait for each other, but never for a disk.
 * What a crash of the database itself takes with it is the last half second of counting.
 */
const CHARGE = `create function callback_charge_1(
  counters text[], slots bigint[], first_slots bigint[], ends bigint[], amounts bigint[], most bigint[], forced boolean
) returns integer language plpgsql as $body$
#variable_conflict use_column
declare
  refused integer;
begin
  perform set_config('synchronous_commit', 'off', true);
  perform pg_advisory_xact_lock(key) from (
    select distinct hashtextextended(name, 7305) as key from unnest(counters) as asked (name) order by key
  ) as keys;
  if not forced then
    select min(asked.place) into refused from unnest(counters, first_slots, amounts, most) with ordinality
      as asked (name, first_slot, amount, most, place)
    where asked.most < asked.amount + coalesce((
      select sum(total) from usage where counter = asked.name and slot >= asked.first_slot
    ), 0);
    if refused is not null then
      return refused;
    end if;
  end if;
  insert into usage (counter, slot, total, ends_at)
    select name, slot, sum(amount), max(ends_at)
    from unnest(counters, slots, amounts, ends) as asked (name, slot, amount, ends_at)
    where amount <> 0 group by name, slot
    on conflict (counter, slot) do update set total = usage.total + excluded.total;
  return 0;
end
$body$`;

/**
 * What the gates remember.
 *
 * - `suppressions`: numbers that are not called.
 * - `usage`: how much of a limit is used up, per counter and slot of time; a window is a few dozen rows, whatever is
 *   counted in it. `ends_at`: from then on the row is in no window.
 */
export const gates: Migration = {
  number: 5,
  name: 'gates',
  statements: (dialect) => [
    `create table suppressions (
      number text primary key,
      reason text not null,
      source text not null,
      created_at bigint not null,
      expires_at bigint
    )`,
    `create index suppressions_created on suppressions (created_at, number)`,
    `create index suppressions_expires on suppressions (expires_at) where expires_at is not null`,
    `create table usage (
      counter text not null,
      slot bigint not null,
      total bigint not null,
      ends_at bigint not null,
      primary key (counter, slot)
    )${dialect === 'sqlite' ? ' without rowid' : ''}`,
    `create index usage_ends on usage (ends_at)`,
    ...(dialect === 'sqlite' ? [] : [CHARGE]),
  ],
};
