import type { Migration } from './migration.ts';

/** Several contacts of one extension, each with its route and its preference. */
export const contacts: Migration = {
  number: 6,
  name: 'contacts',
  statements: () => [
    `create table registered_contacts (
      extension text not null,
      contact text not null,
      reached_at text not null,
      path text not null,
      q bigint not null,
      call_id text not null,
      cseq bigint not null,
      registered_at bigint not null,
      expires_at bigint not null,
      user_agent text,
      primary key (extension, contact)
    )`,
    `insert into registered_contacts
      select extension, contact, reached_at, '[]', 1000, call_id, cseq, 0, expires_at, user_agent from registrations`,
    `drop table registrations`,
    `alter table registered_contacts rename to registrations`,
  ],
};
