import type { Migration } from './migration.ts';

/**
 * Where recordings are, and what of; the files themselves are on the nodes. The index by begin is that of the lists and of
 * retention; `recordings_node` is that by which a node finds its own.
 */
export const recordings: Migration = {
  number: 10,
  name: 'recordings',
  statements: () => [
    `create table recordings (
      id text primary key,
      node text not null,
      callback_id text,
      inbound_number text,
      caller_received text not null,
      caller_e164 text,
      started_at bigint not null,
      ended_at bigint,
      body text not null
    )`,
    `create index recordings_started on recordings (started_at, id)`,
    `create index recordings_callback on recordings (callback_id) where callback_id is not null`,
    `create index recordings_node on recordings (node, id)`,
  ],
};
