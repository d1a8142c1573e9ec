import type { Migration } from './migration.ts';

const TAKE_SLOTS = `create function callback_take_slots_1(
  wanted_trunk text, asking_node text, asking_legs text[], per_second bigint, at_once bigint, second_ms bigint
) returns table (leg text, wait_ms bigint) language plpgsql as $body$
#variable_conflict use_column
declare
  now_ms bigint;
  active bigint;
  recent bigint;
  room bigint;
  free_at bigint;
begin
  perform pg_advisory_xact_lock(hashtextextended(wanted_trunk, 7302));
  perform set_config('synchronous_commit', 'off', true);
  now_ms := (extract(epoch from clock_timestamp()) * 1000)::bigint;
  delete from trunk_slots where trunk = wanted_trunk and released
    and (dialled_at is null or dialled_at <= now_ms - second_ms or dialled_at > now_ms);
  update trunk_slots set dialled_at = now_ms where trunk = wanted_trunk and dialled_at > now_ms;
  insert into trunk_slots (leg_id, trunk, node, seen_at)
    select asked.leg_id, wanted_trunk, asking_node, now_ms
    from unnest(asking_legs) with ordinality as asked (leg_id, place) order by asked.place
    on conflict (leg_id) do update set seen_at = now_ms, node = asking_node;
  select count(*) filter (where not released),
      count(*) filter (where dialled_at > now_ms - second_ms or (dialled_at is null and not released))
    into active, recent
    from trunk_slots where trunk = wanted_trunk and granted_at is not null;
  room := greatest(0, least(at_once - active, per_second - recent));
  update trunk_slots set granted_at = now_ms from (
    select leg_id, node, row_number() over (order by place) as turn
    from trunk_slots where trunk = wanted_trunk and granted_at is null and not released and seen_at > now_ms - 3000
  ) as queue
  where trunk_slots.leg_id = queue.leg_id and queue.node = asking_node and queue.turn <= room;
  return query select leg_id, null::bigint from trunk_slots
    where leg_id = any(asking_legs) and granted_at is not null and not released order by place;
  if at_once > active and per_second <= recent then
    select dialled_at + second_ms into free_at from trunk_slots
      where trunk = wanted_trunk and dialled_at > now_ms - second_ms order by dialled_at limit 1;
  end if;
  return query select null::text,
    case when free_at is not null then greatest(free_at - now_ms, 1) when at_once > active then 50 else 500 end::bigint;
end
$body$`;

/**
 * What several nodes on one database need. The embedded store has one node, and needs none of it.
 *
 * - `nodes`: who is there. `beat` goes up while the node lives; one whose beat stands still for its lease is dead, by the
 *   watch of whoever looks at it, so that no clock has to be right.
 * - `callbacks.lease_owner`: the node that holds a callback; it alone may save it.
 * - `callback_log.version`: the save that wrote the entry, so that a save whose answer was lost can be repeated.
 * - `callback_counts`: one row per state and node: nodes would wait for each other's commits otherwise.
 * - `node_mail`: events for a callback that another node holds.
 * - `trunk_slots`: who waits for a trunk, in their order, and who has a call on it.
 */
export const nodes: Migration = {
  number: 3,
  name: 'nodes',
  statements: (dialect) => {
    if (dialect === 'sqlite') return [];
    return [
      `create table nodes (id text primary key, beat bigint not null, lease_ms bigint not null, started_at bigint not null)`,
      `alter table callbacks add column lease_owner text`,
      `create index callbacks_leased on callbacks (lease_owner) where lease_owner is not null`,
      `create index callbacks_free on callbacks (waiting_until, id) where waiting_until is not null and lease_owner is null`,
      `create index callbacks_left on callbacks (id)
        where state <> 'done' and state <> 'scheduled' and lease_owner is null`,
      `alter table callback_log add column version bigint not null`,
      `drop table callback_counts`,
      `create table callback_counts (state text, node text, total bigint not null, primary key (state, node))`,
      `create table node_mail (
        sequence bigint generated always as identity primary key,
        callback_id text not null,
        event text not null,
        answer text,
        posted_at timestamptz not null default now()
      )`,
      `create table trunk_slots (
        leg_id text primary key,
        trunk text not null,
        node text not null,
        place bigint generated always as identity,
        seen_at bigint not null,
        granted_at bigint,
        dialled_at bigint,
        released boolean not null default false
      )`,
      `create index trunk_slots_trunk on trunk_slots (trunk, place)`,
      TAKE_SLOTS,
    ];
  },
};
