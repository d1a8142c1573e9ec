import type { Migration } from './migration.ts';

/** Configuration documents, registrations, settings. */
export const configuration: Migration = {
  number: 2,
  name: 'configuration',
  statements: () => [
    `create table configuration_documents (
      kind text not null,
      name text not null,
      position bigint not null,
      revision bigint not null,
      body text not null,
      primary key (kind, name)
    )`,
    `create table configuration_revision (id bigint primary key, revision bigint not null)`,
    `create table registrations (
      extension text primary key,
      contact text not null,
      reached_at text not null,
      call_id text not null,
      cseq bigint not null,
      expires_at bigint not null,
      user_agent text
    )`,
    `create table settings (name text primary key, value text not null)`,
  ],
};
