/**
 * One process owns the store. The lock is SQLite's own exclusive lock on an empty file beside the database, so the
 * kernel takes it back when the process ends, however it ends; the file itself stays and means nothing.
 */

import Database from 'better-sqlite3';
import { StoreError } from '../store-error.ts';
import { openingFailure } from './failure.ts';

export interface FileLock {
  release(): void;
}

function isBusy(error: unknown): boolean {
  return error instanceof Database.SqliteError && error.code.startsWith('SQLITE_BUSY');
}

/** @throws StoreError `STORE_IN_USE` when it is held, by another process or by this one */
export function lockFile(path: string): FileLock {
  let lock: Database.Database | undefined;
  try {
    lock = new Database(path, { timeout: 0 });
    lock.exec('begin exclusive');
  } catch (error) {
    lock?.close();
    if (!isBusy(error)) throw openingFailure(error, path);
    const text = `The store is in use by another process, which holds the lock ${path}; stop it or choose another data directory.`;
    throw new StoreError('STORE_IN_USE', text, { path, cause: error });
  }
  return { release: () => void lock.close() };
}
