import type { Log } from '../ports/log.ts';
import type { Store } from '../ports/store.ts';
import type { StorePlace } from './cli-dependencies.ts';

export interface OpenStoreOptions {
  log: Log;
  /** Of a node on a database. */
  leaseMs?: number;
  /** `all`: also a database that has an older schema is brought up to date. */
  migrate?: 'empty' | 'all';
}

/** The embedded store, or a database. Only the driver that is needed is loaded. Rejects with StoreError. */
export async function openStore({ database, dataDirectory }: StorePlace, options: OpenStoreOptions): Promise<Store> {
  if (database === null) {
    const { openSqliteStore } = await import('../store/sqlite/sqlite-store.ts');
    return openSqliteStore({ directory: dataDirectory, log: options.log });
  }
  const { openPostgresStore } = await import('../store/postgres/postgres-store.ts');
  return openPostgresStore({ ...options, url: database.url });
}
