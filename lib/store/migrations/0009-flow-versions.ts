import type { Migration } from './migration.ts';

/** What every flow has been, by whom and since when. What stands there already is its first version, of an unknown hour. */
export const flowVersions: Migration = {
  number: 9,
  name: 'flow-versions',
  statements: (dialect) => [
    `create table flow_versions (
      sequence ${dialect === 'sqlite' ? 'integer primary key autoincrement' : 'bigint generated always as identity primary key'},
      flow text not null,
      version bigint not null,
      at bigint not null,
      actor text,
      body text not null
    )`,
    `create unique index flow_versions_flow on flow_versions (flow, version)`,
    `insert into flow_versions (flow, version, at, actor, body)
      select name, 1, 0, null, body from configuration_documents where kind = 'flows'`,
  ],
};
