/** The embedded store: one SQLite file in a directory, owned by one process. */

import { statSync } from 'node:fs';
import { join } from 'node:path';
import type Database from 'better-sqlite3';
import type { Log } from '../../ports/log.ts';
import type { Store } from '../../ports/store.ts';
import { Connection, type ConnectionOptions } from './connection.ts';
import { inspect, openDatabase, openMemoryDatabase, prepareDirectory } from './database-file.ts';
import { openingFailure } from './failure.ts';
import { type FileLock, lockFile } from './file-lock.ts';
import { SqliteCallbacks } from './sqlite-callbacks.ts';
import { sqliteDocuments, sqliteJournal } from './sqlite-documents.ts';
import { sqliteSuppressions, sqliteUsage } from './sqlite-gates.ts';
import { sqliteRecordings } from './sqlite-recordings.ts';
import {
  sqliteConfiguration,
  sqliteFlowVersions,
  sqliteRegistrations,
  sqliteSettings,
  sqliteSwitches,
} from './sqlite-resources.ts';
import { sqliteRetention } from './sqlite-retention.ts';

export const DATABASE_FILE = 'callback.db';
export const LOCK_FILE = 'callback.lock';
const DEFAULT_GROUP_COMMIT_MS = 10;

export interface SqliteStoreOptions {
  /** Made if it is not there; `:memory:`: nothing is kept. */
  directory: string;
  log: Log;
  /** While commits follow each other, the pause between two in milliseconds, in which writes gather. */
  groupCommitMs?: number;
}

/** The store on an open database whose schema is up to date; `release` runs after it was closed. */
export function createSqliteStore(
  database: Database.Database,
  options: ConnectionOptions,
  release: () => void = () => undefined,
): Store {
  const connection = new Connection(database, options);
  return {
    callbacks: new SqliteCallbacks(connection),
    configuration: sqliteConfiguration(connection),
    flowVersions: sqliteFlowVersions(connection),
    registrations: sqliteRegistrations(connection),
    settings: sqliteSettings(connection),
    suppressions: sqliteSuppressions(connection),
    usage: sqliteUsage(connection),
    switches: sqliteSwitches(connection),
    documents: sqliteDocuments(connection),
    journal: sqliteJournal(connection),
    recordings: sqliteRecordings(connection),
    retention: sqliteRetention(connection),
    nodes: null,
    healthy: () => connection.healthy(),
    fileSizes: () => (database.memory ? {} : fileSizes(options.path)),
    close: () => connection.close(release),
  };
}

function fileSizes(path: string): Record<string, number> {
  const sizeOf = (file: string) => statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  return { database: sizeOf(path), log: sizeOf(`${path}-wal`) };
}

/**
 * @throws StoreError `STORE_UNAVAILABLE` (rights, disk), `STORE_IN_USE`, `STORE_FOREIGN`, `STORE_CORRUPT`, `STORE_NEWER`:
 *   each names the path and what to do, and nothing was changed
 */
export async function openSqliteStore(options: SqliteStoreOptions): Promise<Store> {
  const { directory, log, groupCommitMs = DEFAULT_GROUP_COMMIT_MS } = options;
  if (directory === ':memory:') {
    return createSqliteStore(openMemoryDatabase(), { path: directory, log, groupCommitMs });
  }
  const path = join(directory, DATABASE_FILE);
  let lock: FileLock | undefined;
  let database: Database.Database | undefined;
  try {
    prepareDirectory(directory);
    // Before there is a lock file: a stranger's directory stays as it is.
    inspect(path);
    lock = lockFile(join(directory, LOCK_FILE));
    database = openDatabase(path);
    return createSqliteStore(database, { path, log, groupCommitMs }, lock.release);
  } catch (error) {
    database?.close();
    lock?.release();
    throw openingFailure(error, path);
  }
}
