import type { Migration } from './migration.ts';

/**
 * What people administer, and what is kept of it.
 *
 * - `documents`: users, keys, sessions, webhooks, origins; one JSON body each.
 * - `journal`: who changed what, what went wrong, what was delivered; append-only until retention takes it.
 * - `callbacks.inbound_number`: so that a list for one who may see some numbers only is found by an index.
 * - `callbacks_accepted` has what a search looks at, so that it reads no rows but those that it shows.
 */
export const administration: Migration = {
  number: 7,
  name: 'administration',
  statements: (dialect) => [
    `create table documents (
      kind text not null,
      name text not null,
      version bigint not null,
      body text not null,
      created_at bigint not null,
      updated_at bigint not null,
      expires_at bigint,
      primary key (kind, name)
    )`,
    `create index documents_expires on documents (expires_at) where expires_at is not null`,
    `create table journal (
      sequence ${dialect === 'sqlite' ? 'integer primary key autoincrement' : 'bigint generated always as identity primary key'},
      kind text not null,
      at bigint not null,
      actor text,
      subject text not null,
      correlation_id text,
      body text not null
    )`,
    `create index journal_kind on journal (kind, sequence)`,
    `create index journal_at on journal (kind, at)`,
    `create index journal_subject on journal (kind, subject, sequence)`,
    `create index journal_correlation on journal (correlation_id) where correlation_id is not null`,
    `alter table callbacks add column inbound_number text`,
    dialect === 'sqlite'
      ? `update callbacks set inbound_number = json_extract(body, '$.inboundNumber')`
      : `update callbacks set inbound_number = body::json ->> 'inboundNumber'`,
    `create index callbacks_inbound on callbacks (inbound_number, accepted_at, id)`,
    `drop index callbacks_accepted`,
    `create index callbacks_accepted on callbacks (accepted_at, id, caller_e164, caller_received, rule)`,
  ],
};
