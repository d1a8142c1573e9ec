import type { Migration } from './migration.ts';

/**
 * Callbacks, their event log and their attempts.
 *
 * Which index serves what: `callbacks_open_key` the duplicate check; `callbacks_waiting` the scheduler (its size is
 * that of the backlog, not of the history); `callbacks_in_flight` recovery; the two `caller` ones the limit per number
 * and the search; the others, with `id` as last column so that a page is found without touching the rows, the lists.
 */
export const callbacks: Migration = {
  number: 1,
  name: 'callbacks',
  statements: (dialect) => [
    `create table callbacks (
      id text primary key,
      version bigint not null,
      state text not null,
      outcome text,
      reason text,
      duplicate_key text,
      caller_received text not null,
      caller_e164 text,
      rule text not null,
      accepted_at bigint not null,
      due_at bigint not null,
      waiting_until bigint,
      expires_at bigint not null,
      done_at bigint,
      body text not null
    )`,
    `create unique index callbacks_open_key on callbacks (duplicate_key) where state <> 'done'`,
    `create index callbacks_waiting on callbacks (waiting_until, id) where waiting_until is not null`,
    `create index callbacks_in_flight on callbacks (id) where state <> 'done' and state <> 'scheduled'`,
    `create index callbacks_caller_received on callbacks (caller_received, accepted_at)`,
    `create index callbacks_caller_e164 on callbacks (caller_e164, accepted_at)`,
    `create index callbacks_accepted on callbacks (accepted_at, id)`,
    `create index callbacks_due on callbacks (due_at, id)`,
    `create index callbacks_state on callbacks (state, accepted_at, id)`,
    `create index callbacks_rule on callbacks (rule, accepted_at, id)`,
    `create table callback_log (
      sequence ${dialect === 'sqlite' ? 'integer primary key autoincrement' : 'bigint generated always as identity primary key'},
      callback_id text not null references callbacks (id),
      at bigint not null,
      type text not null,
      attempt_id text,
      detail text not null
    )`,
    `create index callback_log_callback on callback_log (callback_id, sequence)`,
    `create table attempts (
      attempt_id text primary key,
      callback_id text not null references callbacks (id),
      number bigint not null,
      planned_at bigint not null,
      dialled_at bigint,
      answered_at bigint,
      ended_at bigint,
      via text,
      dialled text,
      outcome text,
      reason text,
      status bigint,
      q850_cause bigint
    )`,
    `create index attempts_callback on attempts (callback_id, planned_at)`,
    `create table callback_counts (state text primary key, total bigint not null)`,
    `insert into callback_counts (state, total) values
      ('scheduled', 0), ('queued', 0), ('dialing', 0), ('answered', 0), ('connecting', 0), ('connected', 0), ('done', 0)`,
  ],
};
