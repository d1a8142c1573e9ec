import type { Migration } from './migration.ts';

/**
 * The switches *accept* and *dial*, for all (`trunk` is empty) and per trunk; one without a row is on. `changes` goes up
 * with each write: nodes see by the sum whether there is something new.
 */
export const switches: Migration = {
  number: 4,
  name: 'switches',
  statements: () => [
    `create table switches (
      name text not null,
      trunk text not null,
      is_on bigint not null,
      changes bigint not null,
      primary key (name, trunk)
    )`,
  ],
};
