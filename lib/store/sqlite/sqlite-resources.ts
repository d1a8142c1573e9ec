/** Configuration, registrations and settings in SQLite. */

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
import { flowVersionQueries, nextVersion, versionColumns, versionOf } from '../flow-version-queries.ts';
import { registrationOf, registrationRow } from '../registration-row.ts';
import { configurationQueries, registrationQueries, settingQueries } from '../resource-queries.ts';
import { sqliteCompiler } from '../schema.ts';
import { rowOf, switchesFrom, switchQueries } from '../switch-rows.ts';
import type { Connection } from './connection.ts';
import { prepareAll } from './statement.ts';

export function sqliteConfiguration(connection: Connection): ConfigurationStore {
  const statements = prepareAll(connection.database, configurationQueries(sqliteCompiler()));
  const versions = prepareAll(connection.database, flowVersionQueries(sqliteCompiler()));
  const keyOf = ({ kind, name }: ConfigurationDocument) => JSON.stringify([kind, name]);

  const keepVersion = (document: ConfigurationDocument, by: Change | undefined) => {
    const next = nextVersion(versions.latest.get({ flow: document.name }), document.body);
    if (next === null) return;
    versions.add.run({ ...versionColumns(document, by), version: next.version });
    versions.trim.run({ flow: document.name, upTo: next.upTo });
  };

  /** Rows that stay the same keep the revision that they have. */
  const bring = (wanted: readonly ConfigurationDocument[], revision: number, by: Change | undefined) => {
    const stored = new Map(statements.documents.all({}).map((document) => [keyOf(document), document]));
    for (const document of wanted) {
      const present = stored.get(keyOf(document));
      stored.delete(keyOf(document));
      if (present?.body === document.body && present.position === document.position) continue;
      statements.putDocument.run({ ...document, revision });
      if (document.kind === 'flows') keepVersion(document, by);
    }
    for (const { kind, name } of stored.values()) statements.removeDocument.run({ kind, name });
    versions.trimRemoved.run({});
  };

  return {
    load: () =>
      connection.read(() => {
        const revision = statements.revision.get({})?.revision;
        if (revision === undefined) return null;
        return { revision, configuration: configurationOf(statements.documents.all({})) };
      }),
    replace: async (configuration: Configuration, expectedRevision, by) => {
      const documents = documentsOf(configuration);
      return connection.write(() => {
        const present = statements.revision.get({})?.revision ?? 0;
        if (expectedRevision !== null && expectedRevision !== present) return { result: 'stale' as const };
        const revision = present + 1;
        bring(documents, revision, by);
        statements.setRevision.run({ revision });
        return { result: 'stored' as const, revision };
      });
    },
  };
}

export function sqliteFlowVersions(connection: Connection): FlowVersionStore {
  const statements = prepareAll(connection.database, flowVersionQueries(sqliteCompiler()));
  return {
    list: (flow) => connection.read(() => statements.list.all({ flow }).map(versionOf)),
    get: (flow, version) =>
      connection.read(() => {
        const row = statements.get.get({ flow, version });
        return row === undefined ? null : versionOf(row);
      }),
  };
}

export function sqliteRegistrations(connection: Connection): RegistrationStore {
  const statements = prepareAll(connection.database, registrationQueries(sqliteCompiler()));
  return {
    update: (extension, { put, remove, now }) =>
      connection.write(() => {
        statements.removeExpired.run({ extension, now });
        for (const contact of remove) statements.remove.run({ extension, contact });
        for (const registration of put) statements.put.run(registrationRow({ ...registration, extension }));
      }),
    of: (extension, now) => connection.read(() => statements.of.all({ extension, now }).map(registrationOf)),
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
