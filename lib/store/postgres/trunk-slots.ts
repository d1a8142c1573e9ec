/** The trunks' limits for all nodes together, in one table; a function of the database grants (see the migration). */

import type { LegId } from '../../core/call/leg.ts';
import type { TrunkSlots } from '../../ports/nodes.ts';
import type { Database } from './database.ts';
import { CHANNEL } from './hint.ts';

/**
 * A second as a strict observer on the wire may measure it. An INVITE is written down here after it has left, so the
 * next ones come later by the way to the database, never sooner.
 */
const SLIDING_SECOND_MS = 1_020;
const MOST = 1_000_000;

const TAKE = `select leg, wait_ms from callback_take_slots_1($1, $2, $3::text[], $4::bigint, $5::bigint, $6::bigint)`;
const NOTE = `with unsynced as materialized (select set_config('synchronous_commit', 'off', true)),
now_ms as materialized (select (extract(epoch from clock_timestamp()) * 1000)::bigint as now_ms from unsynced),
dialled as (
  insert into trunk_slots (leg_id, trunk, node, seen_at, granted_at, dialled_at)
  select leg.id, leg.trunk, $1, now_ms, now_ms, now_ms from now_ms, unnest($2::text[], $3::text[]) as leg (id, trunk)
  where leg.id <> all ($4::text[])
  on conflict (leg_id) do update set
    granted_at = coalesce(trunk_slots.granted_at, excluded.granted_at), dialled_at = excluded.dialled_at
),
released as (
  update trunk_slots set released = true,
    dialled_at = case when leg_id = any ($2::text[]) then now_ms else dialled_at end
  from now_ms where leg_id = any ($4::text[]) returning trunk, granted_at
)
select distinct trunk from released where granted_at is not null and exists (
  select from trunk_slots as other where other.trunk = released.trunk and other.granted_at is null
    and not other.released and other.node <> $1
)`;

/** Fractions are kept too: 2.5 in a second are two, 0.5 are one in two seconds. */
function paceOf(maxCallsPerSecond: number): { most: number; windowMs: number } {
  if (maxCallsPerSecond >= 1) return { most: bounded(maxCallsPerSecond), windowMs: SLIDING_SECOND_MS };
  return { most: 1, windowMs: Math.ceil(SLIDING_SECOND_MS / maxCallsPerSecond) };
}

const bounded = (limit: number) => Math.min(Math.max(Math.trunc(limit), 0), MOST);

export function postgresTrunkSlots(database: Database, nodeId: () => string): TrunkSlots {
  return {
    take: async ({ trunk, legIds, maxCallsPerSecond, maxConcurrentCalls }) => {
      const { most, windowMs } = paceOf(maxCallsPerSecond);
      const limits = [most, bounded(maxConcurrentCalls), windowMs];
      const values = [trunk, nodeId(), legIds, ...limits];
      const rows = await database.read<{ leg: LegId | null; wait_ms: number | null }>(TAKE, values, 'slots-take');
      const granted = rows.flatMap(({ leg }) => leg ?? []);
      return { granted, askAgainInMs: rows.find(({ leg }) => leg === null)?.wait_ms ?? LONGEST_WAIT_MS };
    },
    note: async ({ dialled, released }) => {
      const values = [nodeId(), [...dialled.keys()], [...dialled.values()], [...released]];
      const rows = await database.read<{ trunk: string }>(NOTE, values, 'slots-note');
      for (const { trunk } of rows) {
        const hint = JSON.stringify({ from: nodeId(), kind: 'slot', trunk });
        await database.read('select pg_notify($1, $2)', [CHANNEL, hint], 'notify');
      }
    },
  };
}

const LONGEST_WAIT_MS = 500;
