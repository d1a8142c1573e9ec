import type { Log } from '../ports/log.ts';
import type { ConfigurationStore, Store } from '../ports/store.ts';
import { completeConfiguration } from '../schema/complete-configuration.ts';
import type { StorePlace } from './cli-dependencies.ts';

export interface OpenStoreOptions {
  log: Log;
  /** Of a node on a database. */
  leaseMs?: number;
  /** `all`: also a database that has an older schema is brought up to date. */
  migrate?: 'empty' | 'all';
}

/** The embedded store, or a database. Only the driver that is needed is loaded. Rejects with StoreError. */
export async function openStore(place: StorePlace, options: OpenStoreOptions): Promise<Store> {
  const store = await openBare(place, options);
  store.configuration = completing(store.configuration, options.log);
  return store;
}

async function openBare({ database, dataDirectory }: StorePlace, options: OpenStoreOptions): Promise<Store> {
  if (database === null) {
    const { openSqliteStore } = await import('../store/sqlite/sqlite-store.ts');
    return openSqliteStore({ directory: dataDirectory, log: options.log });
  }
  const { openPostgresStore } = await import('../store/postgres/postgres-store.ts');
  return openPostgresStore({ ...options, url: database.url });
}

/** A configuration that an older version stored has the fields that there are now. */
export function completing(configurations: ConfigurationStore, log: Log): ConfigurationStore {
  return {
    load: async () => {
      const stored = await configurations.load();
      if (stored === null) return null;
      const { configuration, mistakes } = completeConfiguration(stored.configuration);
      for (const { path, message } of mistakes)
        log.warn({ path }, `the stored configuration is used, though it would not be taken today: ${path}: ${message}`);
      return { ...stored, configuration };
    },
    replace: (configuration, expectedRevision, by) => configurations.replace(configuration, expectedRevision, by),
  };
}
