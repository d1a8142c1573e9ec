/** The callbacks' queries, compiled once per dialect. States stand in them as literals: else no partial index is used. */

import { type Kysely, type SqlBool, sql } from 'kysely';
import type { CallbackColumns, LogColumns } from './callback-row.ts';
import { query } from './query.ts';
import type { AttemptTable, CallbackTable, Schema } from './schema.ts';

const IS_OPEN = sql<SqlBool>`state <> 'done'`;
const IS_IN_FLIGHT = sql<SqlBool>`state <> 'done' and state <> 'scheduled'`;

// biome-ignore lint/complexity/noExcessiveLinesPerFunction: a table of columns
function writes(db: Kysely<Schema>) {
  return {
    insert: query<CallbackTable>()(db, (from, $) =>
      from.insertInto('callbacks').values({
        id: $.id,
        version: $.version,
        state: $.state,
        outcome: $.outcome,
        reason: $.reason,
        duplicate_key: $.duplicate_key,
        caller_received: $.caller_received,
        caller_e164: $.caller_e164,
        inbound_number: $.inbound_number,
        rule: $.rule,
        accepted_at: $.accepted_at,
        due_at: $.due_at,
        waiting_until: $.waiting_until,
        expires_at: $.expires_at,
        done_at: $.done_at,
        body: $.body,
      }),
    ),
    /** The caller's numbers, the rule and `accepted_at` never change; `updateDue` sets the due time. */
    update: query<CallbackColumns>()(db, (from, $) =>
      from
        .updateTable('callbacks')
        .set({
          version: $.version,
          state: $.state,
          outcome: $.outcome,
          reason: $.reason,
          waiting_until: $.waiting_until,
          expires_at: $.expires_at,
          done_at: $.done_at,
          body: $.body,
        })
        .where('id', '=', $.id),
    ),
    /** For a change between two states of which none is `done`: `outcome` stands in an index, and stays empty. */
    updateState: query<CallbackColumns>()(db, (from, $) =>
      from
        .updateTable('callbacks')
        .set({
          version: $.version,
          state: $.state,
          reason: $.reason,
          waiting_until: $.waiting_until,
          expires_at: $.expires_at,
          body: $.body,
        })
        .where('id', '=', $.id),
    ),
    updateDue: query<Pick<CallbackColumns, 'id' | 'due_at' | 'waiting_until'>>()(db, (from, $) =>
      from.updateTable('callbacks').set({ due_at: $.due_at, waiting_until: $.waiting_until }).where('id', '=', $.id),
    ),
    /** For a save that leaves state and due time alone: no index is touched. */
    updateBody: query<{ id: string; version: number; expires_at: number; body: string }>()(db, (from, $) =>
      from
        .updateTable('callbacks')
        .set({ version: $.version, expires_at: $.expires_at, body: $.body })
        .where('id', '=', $.id),
    ),
    appendLog: query<LogColumns>()(db, (from, $) =>
      from.insertInto('callback_log').values({
        callback_id: $.callback_id,
        at: $.at,
        type: $.type,
        attempt_id: $.attempt_id,
        detail: $.detail,
      }),
    ),
    putAttempt: query<AttemptTable>()(db, (from, $) => {
      const columns = {
        number: $.number,
        planned_at: $.planned_at,
        dialled_at: $.dialled_at,
        answered_at: $.answered_at,
        ended_at: $.ended_at,
        via: $.via,
        dialled: $.dialled,
        outcome: $.outcome,
        reason: $.reason,
        status: $.status,
        q850_cause: $.q850_cause,
      };
      return from
        .insertInto('attempts')
        .values({ attempt_id: $.attempt_id, callback_id: $.callback_id, ...columns })
        .onConflict((conflict) => conflict.column('attempt_id').doUpdateSet(columns));
    }),
    addToCount: query<{ state: string; change: number }>()(db, (from, $) =>
      from
        .updateTable('callback_counts')
        .set((eb) => ({ total: eb('total', '+', $.change) }))
        .where('state', '=', $.state),
    ),
  };
}

function acceptedBy(db: Kysely<Schema>, column: 'caller_e164' | 'caller_received') {
  return query<{ number: string; since: number; limit: number }>()(db, (from, $) =>
    from
      .selectFrom('callbacks')
      .select(['id', 'body'])
      .where(column, '=', $.number)
      .where('accepted_at', '>=', $.since)
      .orderBy('accepted_at', 'desc')
      .orderBy('id', 'desc')
      .limit($.limit),
  );
}

function reads(db: Kysely<Schema>) {
  return {
    get: query<{ id: string }>()(db, (from, $) =>
      from.selectFrom('callbacks').select(['id', 'body']).where('id', '=', $.id),
    ),
    /** What a save has to compare with. */
    present: query<{ id: string }>()(db, (from, $) =>
      from.selectFrom('callbacks').select(['version', 'state', 'due_at']).where('id', '=', $.id),
    ),
    findOpen: query<{ key: string }>()(db, (from, $) =>
      from.selectFrom('callbacks').select(['id', 'body']).where('duplicate_key', '=', $.key).where(IS_OPEN),
    ),
    countAccepted: query<{ number: string; since: number }>()(db, (from, $) =>
      from
        .selectFrom('callbacks')
        .select((eb) => eb.fn.countAll<number>().as('total'))
        .where((eb) => eb.or([eb('caller_e164', '=', $.number), eb('caller_received', '=', $.number)]))
        .where('accepted_at', '>=', $.since),
    ),
    /** By E.164; whoever has none by what was received. Each has its index. */
    acceptedForE164: acceptedBy(db, 'caller_e164'),
    acceptedForReceived: acceptedBy(db, 'caller_received'),
    /** Ids alone, from the index: the caller passes over those that it holds already. */
    dueIds: query<{ before: number }>()(db, (from, $) =>
      from
        .selectFrom('callbacks')
        .select('id')
        .where('waiting_until', '<', $.before)
        .orderBy('waiting_until')
        .orderBy('id'),
    ),
    earliestDue: query<Record<never, never>>()(db, (from) =>
      from
        .selectFrom('callbacks')
        .select('waiting_until')
        .where('waiting_until', 'is not', null)
        .orderBy('waiting_until')
        .limit(1),
    ),
    inFlight: query<Record<never, never>>()(db, (from) =>
      from.selectFrom('callbacks').select(['id', 'body']).where(IS_IN_FLIGHT).orderBy('id'),
    ),
    counts: query<Record<never, never>>()(db, (from) => from.selectFrom('callback_counts').select(['state', 'total'])),
  };
}

function history(db: Kysely<Schema>) {
  const LOG_COLUMNS = ['sequence', 'callback_id', 'at', 'type', 'attempt_id', 'detail'] as const;
  return {
    log: query<{ id: string }>()(db, (from, $) =>
      from.selectFrom('callback_log').select(LOG_COLUMNS).where('callback_id', '=', $.id).orderBy('sequence'),
    ),
    logSince: query<{ sequence: number; limit: number }>()(db, (from, $) =>
      from
        .selectFrom('callback_log')
        .select(LOG_COLUMNS)
        .where('sequence', '>', $.sequence)
        .orderBy('sequence')
        .limit($.limit),
    ),
    lastSequence: query<Record<never, never>>()(db, (from) =>
      from.selectFrom('callback_log').select('sequence').orderBy('sequence', 'desc').limit(1),
    ),
    attempts: query<{ id: string }>()(db, (from, $) =>
      from
        .selectFrom('attempts')
        .selectAll()
        .where('callback_id', '=', $.id)
        .orderBy('planned_at')
        .orderBy('attempt_id'),
    ),
  };
}

/** The query of those that were accepted for a number. */
export const acceptedFor = (number: string) => (number.startsWith('+') ? 'acceptedForE164' : 'acceptedForReceived');

export function callbackQueries(db: Kysely<Schema>) {
  return { ...writes(db), ...reads(db), ...history(db) };
}
