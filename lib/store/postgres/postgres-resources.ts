/** Configuration, registrations and settings in PostgreSQL. */

import type { PoolClient } from 'pg';
import type { Configuration } from '../../core/configuration.ts';
import type {
  ConfigurationStore,
  Registration,
  RegistrationStore,
  SettingStore,
  SwitchStore,
} from '../../ports/store.ts';
import { type ConfigurationDocument, configurationOf, documentsOf } from '../configuration-documents.ts';
import type { Query } from '../query.ts';
import { configurationQueries, registrationQueries, settingQueries } from '../resource-queries.ts';
import { postgresCompiler, type RegistrationTable } from '../schema.ts';
import { rowOf, type SwitchRow, switchesFrom, switchQueries } from '../switch-rows.ts';
import { type Database, storable } from './database.ts';

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

  /** Rows that stay the same keep the revision that they have. */
  const bring = async (client: PoolClient, wanted: readonly ConfigurationDocument[], revision: number) => {
    const documents = await rowsOf(client, queries.documents, {});
    const stored = new Map(documents.map((document) => [keyOf(document), document]));
    for (const document of wanted) {
      const present = stored.get(keyOf(document));
      stored.delete(keyOf(document));
      if (present?.body === document.body && present.position === document.position) continue;
      await rowsOf(client, queries.putDocument, { ...document, revision });
    }
    for (const { kind, name } of stored.values()) await rowsOf(client, queries.removeDocument, { kind, name });
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
    replace: (configuration: Configuration, expectedRevision) => {
      const documents = documentsOf(configuration).map((document) => ({ ...document, name: storable(document.name) }));
      return database.transaction(async (client) => {
        await client.query(LOCK);
        const present = (await rowsOf(client, queries.revision, {}))[0]?.revision ?? 0;
        if (expectedRevision !== null && expectedRevision !== present) return { result: 'stale' as const };
        const revision = present + 1;
        await bring(client, documents, revision);
        await rowsOf(client, queries.setRevision, { revision });
        await tell(client, revision);
        return { result: 'stored' as const, revision };
      });
    },
  };
}

function registrationOf(row: RegistrationTable): Registration {
  return {
    extension: row.extension,
    contact: row.contact,
    reachedAt: row.reached_at,
    callId: row.call_id,
    cseq: row.cseq,
    expiresAt: row.expires_at,
    userAgent: row.user_agent,
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

export function postgresRegistrations(database: Database): RegistrationStore {
  const queries = registrationQueries(postgresCompiler());
  return {
    put: ({ reachedAt, callId, expiresAt, userAgent, extension, contact, cseq }) => {
      const row = { extension, contact, cseq, reached_at: reachedAt, call_id: callId, expires_at: expiresAt };
      return written(database, 'registration-put', { query: queries.put, given: { ...row, user_agent: userAgent } });
    },
    remove: (extension) => written(database, 'registration-remove', { query: queries.remove, given: { extension } }),
    get: async (extension, now) => {
      const rows = await database.read(queries.get.sql, queries.get.values({ extension, now }), 'registration');
      return rows[0] === undefined ? null : registrationOf(rows[0] as unknown as RegistrationTable);
    },
    all: async (now) => {
      const rows = await database.read(queries.all.sql, queries.all.values({ now }), 'registrations');
      return (rows as unknown as RegistrationTable[]).map(registrationOf);
    },
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
