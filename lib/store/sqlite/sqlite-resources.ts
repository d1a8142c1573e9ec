/** Configuration, registrations and settings in SQLite. */

import type { Configuration } from '../../core/configuration.ts';
import type {
  ConfigurationStore,
  Registration,
  RegistrationStore,
  SettingStore,
  SwitchStore,
} from '../../ports/store.ts';
import { type ConfigurationDocument, configurationOf, documentsOf } from '../configuration-documents.ts';
import { configurationQueries, registrationQueries, settingQueries } from '../resource-queries.ts';
import { type RegistrationTable, sqliteCompiler } from '../schema.ts';
import { rowOf, switchesFrom, switchQueries } from '../switch-rows.ts';
import type { Connection } from './connection.ts';
import { prepareAll } from './statement.ts';

export function sqliteConfiguration(connection: Connection): ConfigurationStore {
  const statements = prepareAll(connection.database, configurationQueries(sqliteCompiler()));
  const keyOf = ({ kind, name }: ConfigurationDocument) => JSON.stringify([kind, name]);

  /** Rows that stay the same keep the revision that they have. */
  const bring = (wanted: readonly ConfigurationDocument[], revision: number) => {
    const stored = new Map(statements.documents.all({}).map((document) => [keyOf(document), document]));
    for (const document of wanted) {
      const present = stored.get(keyOf(document));
      stored.delete(keyOf(document));
      if (present?.body === document.body && present.position === document.position) continue;
      statements.putDocument.run({ ...document, revision });
    }
    for (const { kind, name } of stored.values()) statements.removeDocument.run({ kind, name });
  };

  return {
    load: () =>
      connection.read(() => {
        const revision = statements.revision.get({})?.revision;
        if (revision === undefined) return null;
        return { revision, configuration: configurationOf(statements.documents.all({})) };
      }),
    replace: async (configuration: Configuration, expectedRevision) => {
      const documents = documentsOf(configuration);
      return connection.write(() => {
        const present = statements.revision.get({})?.revision ?? 0;
        if (expectedRevision !== null && expectedRevision !== present) return { result: 'stale' as const };
        const revision = present + 1;
        bring(documents, revision);
        statements.setRevision.run({ revision });
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

export function sqliteRegistrations(connection: Connection): RegistrationStore {
  const statements = prepareAll(connection.database, registrationQueries(sqliteCompiler()));
  return {
    put: async ({ reachedAt, callId, expiresAt, userAgent, extension, contact, cseq }) => {
      const row = { extension, contact, cseq, reached_at: reachedAt, call_id: callId, expires_at: expiresAt };
      await connection.write(() => statements.put.run({ ...row, user_agent: userAgent }));
    },
    remove: async (extension) => {
      await connection.write(() => statements.remove.run({ extension }));
    },
    get: (extension, now) =>
      connection.read(() => {
        const row = statements.get.get({ extension, now });
        return row === undefined ? null : registrationOf(row);
      }),
    all: (now) => connection.read(() => statements.all.all({ now }).map(registrationOf)),
  };
}

export function sqliteSettings(connection: Connection): SettingStore {
  const statements = prepareAll(connection.database, settingQueries(sqliteCompiler()));
  return {
    get: (name) => connection.read(() => statements.get.get({ name })?.value ?? null),
    set: async (name, value) => {
      await connection.write(() => statements.set.run({ name, value }));
    },
    add: (name, value) =>
      connection.write(() => {
        statements.add.run({ name, value });
        return statements.get.get({ name })?.value ?? value;
      }),
  };
}

export function sqliteSwitches(connection: Connection): SwitchStore {
  const statements = prepareAll(connection.database, switchQueries(sqliteCompiler()));
  return {
    load: () => connection.read(() => switchesFrom(statements.all.all({}))),
    set: (changes) =>
      connection.write(() => {
        for (const change of changes) statements.put.run(rowOf(change));
        return switchesFrom(statements.all.all({}));
      }),
  };
}
