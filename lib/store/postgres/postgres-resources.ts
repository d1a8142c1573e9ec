/** Configuration, registrations and settings in PostgreSQL. */

import type { PoolClient } from 'pg';
import type { Configuration } from '../../core/configuration.ts';
import type {
  Change,
  ConfigurationStore,
  FlowVersionStore,
  RegistrationStore,
  SettingStore,
  SwitchStore,
} from '../../ports/store.ts';
import { type ConfigurationDocument, configurationOf, documentsOf } from '../configuration-documents.ts';
import {
  flowVersionQueries,
  nextVersion,
  type VersionRow,
  versionColumns,
  versionOf,
} from '../flow-version-queries.ts';
import type { Query } from '../query.ts';
import { registrationOf, registrationRow } from '../registration-row.ts';
import { configurationQueries, registrationQueries, settingQueries } from '../resource-queries.ts';
import { postgresCompiler, type RegistrationTable } from '../schema.ts';
import { rowOf, type SwitchRow, switchesFrom, switchQueries } from '../switch-rows.ts';
import { type Database, storable, storableJson } from './database.ts';

const keyOf = ({ kind, name }: ConfigurationDocument) => JSON.stringify([kind, name]);
/** Whoever changes the configuration waits for whoever does it already. */
const LOCK = `select pg_advisory_xact_lock(hashtextextended('configuration', 7302))`;

async function rowsOf<Arguments, R>(client: PoolClient, query: Query<Arguments, R>, given: Arguments): Promise<R[]> {
  return (await client.query(query.sql, query.values(given))).rows as R[];
}

export function postgresConfiguration(
  database: Database,
  tell: (client: PoolClient, revision: number) => Promise<unknown>,
): ConfigurationStore {
  const queries = configurationQueries(postgresCompiler());
  const versions = flowVersionQueries(postgresCompiler());

  const keepVersion = async (client: PoolClient, document: ConfigurationDocument, by: Change | undefined) => {
    const [latest] = await rowsOf(client, versions.latest, { flow: document.name });
    const next = nextVersion(latest, document.body);
    if (next === null) return;
    await rowsOf(client, versions.add, { ...versionColumns(document, by), version: next.version });
    await rowsOf(client, versions.trim, { flow: document.name, upTo: next.upTo });
  };

  /** Rows that stay the same keep the revision that they have. */
  const bring = async (
    client: PoolClient,
    wanted: readonly ConfigurationDocument[],
    { revision, by }: { revision: number; by: Change | undefined },
  ) => {
    const documents = await rowsOf(client, queries.documents, {});
    const stored = new Map(documents.map((document) => [keyOf(document), document]));
    for (const document of wanted) {
      const present = stored.get(keyOf(document));
      stored.delete(keyOf(document));
      if (present?.body === document.body && present.position === document.position) continue;
      await rowsOf(client, queries.putDocument, { ...document, revision });
      if (document.kind === 'flows') await keepVersion(client, document, by);
    }
    for (const { kind, name } of stored.values()) await rowsOf(client, queries.removeDocument, { kind, name });
    await rowsOf(client, versions.trimRemoved, {});
  };

  return {
    load: () =>
      database.transaction(async (client) => {
        // One snapshot for both queries.
        await client.query('set transaction isolation level repeatable read read only');
        const [row] = await rowsOf(client, queries.revision, {});
        if (row === undefined) return null;
        return { revision: row.revision, configuration: configurationOf(await rowsOf(client, queries.documents, {})) };
      }),
    replace: (configuration: Configuration, expectedRevision, by) => {
      const documents = documentsOf(configuration).map((document) => ({ ...document, name: storable(document.name) }));
      return database.transaction(async (client) => {
        await client.query(LOCK);
        const present = (await rowsOf(client, queries.revision, {}))[0]?.revision ?? 0;
        if (expectedRevision !== null && expectedRevision !== present) return { result: 'stale' as const };
        const revision = present + 1;
        await bring(client, documents, { revision, by });
        await rowsOf(client, queries.setRevision, { revision });
        await tell(client, revision);
        return { result: 'stored' as const, revision };
      });
    },
  };
}

export function postgresFlowVersions(database: Database): FlowVersionStore {
  const queries = flowVersionQueries(postgresCompiler());
  type Row = VersionRow & Record<string, unknown>;
  return {
    list: async (flow) =>
      (await database.read<Row>(queries.list.sql, queries.list.values({ flow }), 'flow-versions')).map(versionOf),
    get: async (flow, version) => {
      const rows = await database.read<Row>(queries.get.sql, queries.get.values({ flow, version }), 'flow-version');
      return rows[0] === undefined ? null : versionOf(rows[0]);
    },
  };
}

/** Runs a compiled query in the order of the writes. */
async function written<Arguments>(
  database: Database,
  name: string,
  { query, given }: { query: Query<Arguments, unknown>; given: Arguments },
): Promise<void> {
  await database.write({ name, sql: query.sql, values: () => query.values(given) });
}

/** One statement, so that it is all or nothing; a contact that is put is not removed by the same. */
const UPDATE_REGISTRATIONS = `with given as (select * from json_populate_recordset(null::registrations, $1::json)),
  removed as (delete from registrations where extension = $2
    and (contact = any($3::text[]) or expires_at <= $4) and contact not in (select contact from given))
  insert into registrations select * from given
  on conflict (extension, contact) do update set reached_at = excluded.reached_at, path = excluded.path,
    q = excluded.q, call_id = excluded.call_id, cseq = excluded.cseq, registered_at = excluded.registered_at,
    expires_at = excluded.expires_at, user_agent = excluded.user_agent`;

export function postgresRegistrations(database: Database): RegistrationStore {
  const queries = registrationQueries(postgresCompiler());
  const rows = async (sql: string, values: unknown[], name: string) =>
    ((await database.read(sql, values, name)) as unknown as RegistrationTable[]).map(registrationOf);
  return {
    update: async (extension, { put, remove, now }) => {
      const given = storableJson(put.map((registration) => registrationRow({ ...registration, extension })));
      const values = () => [given, extension, remove, now];
      await database.write({ name: 'registrations-update', sql: UPDATE_REGISTRATIONS, values });
    },
    of: (extension, now) => rows(queries.of.sql, queries.of.values({ extension, now }), 'registrations-of'),
    all: (now) => rows(queries.all.sql, queries.all.values({ now }), 'registrations'),
  };
}

export function postgresSettings(database: Database): SettingStore {
  const queries = settingQueries(postgresCompiler());
  const get = async (name: string) => {
    const rows = await database.read<{ value: string }>(queries.get.sql, queries.get.values({ name }), 'setting');
    return rows[0]?.value ?? null;
  };
  return {
    get,
    set: (name, value) => written(database, 'setting-set', { query: queries.set, given: { name, value } }),
    add: async (name, value) => {
      await written(database, 'setting-add', { query: queries.add, given: { name, value } });
      return (await get(name)) ?? value;
    },
  };
}

export function postgresSwitches(database: Database, tell: (client: PoolClient) => Promise<unknown>): SwitchStore {
  const queries = switchQueries(postgresCompiler());
  return {
    load: async () => switchesFrom(await database.read<SwitchRow & Record<string, unknown>>(queries.all.sql)),
    set: (changes) =>
      database.transaction(async (client) => {
        // In one order for all: two who turn the same ones must not wait for each other.
        const rows = changes.map(rowOf).sort((a, b) => (a.name + a.trunk < b.name + b.trunk ? -1 : 1));
        for (const row of rows) await rowsOf(client, queries.put, { ...row, trunk: storable(row.trunk) });
        await tell(client);
        return switchesFrom(await rowsOf(client, queries.all, {}));
      }),
  };
}
