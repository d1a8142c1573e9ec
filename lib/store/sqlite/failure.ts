/** What SQLite and the file system report, as the store's coded errors. */

import Database from 'better-sqlite3';
import { StoreError, type StoreErrorCode } from '../store-error.ts';

interface Known {
  code: StoreErrorCode;
  what: string;
  todo: string;
}

/** By SQLite's primary result code, or the errno. */
const KNOWN: Record<string, Known> = {
  SQLITE_FULL: {
    code: 'STORE_UNAVAILABLE',
    what: 'the disk is full',
    todo: 'make room; the store goes on by itself',
  },
  ENOSPC: { code: 'STORE_UNAVAILABLE', what: 'the disk is full', todo: 'make room and start again' },
  SQLITE_IOERR: {
    code: 'STORE_UNAVAILABLE',
    what: 'the disk reports an input/output error',
    todo: 'check the disk and the file system; the store goes on by itself once writing works',
  },
  SQLITE_READONLY: {
    code: 'STORE_UNAVAILABLE',
    what: 'it cannot be written',
    todo: 'give this user the right to write the file and its directory',
  },
  EROFS: {
    code: 'STORE_UNAVAILABLE',
    what: 'the file system is read-only',
    todo: 'choose another data directory or mount it writable',
  },
  SQLITE_CANTOPEN: {
    code: 'STORE_UNAVAILABLE',
    what: 'it cannot be opened',
    todo: 'check that the directory exists and that this user may read and write it',
  },
  EACCES: {
    code: 'STORE_UNAVAILABLE',
    what: 'this user has no right to it',
    todo: 'give this user the right to read and write it, or choose another data directory',
  },
  EPERM: {
    code: 'STORE_UNAVAILABLE',
    what: 'this user has no right to it',
    todo: 'give this user the right to read and write it, or choose another data directory',
  },
  ENOENT: {
    code: 'STORE_UNAVAILABLE',
    what: 'nothing can be made there',
    todo: 'choose another data directory',
  },
  ENOTDIR: {
    code: 'STORE_UNAVAILABLE',
    what: 'a part of the path is not a directory',
    todo: 'choose another data directory',
  },
  EEXIST: {
    code: 'STORE_UNAVAILABLE',
    what: 'there is a file where the directory should be',
    todo: 'choose another data directory or move the file away',
  },
  SQLITE_BUSY: {
    code: 'STORE_UNAVAILABLE',
    what: 'another program holds a lock on it',
    todo: 'end whatever else has the database open',
  },
  SQLITE_CORRUPT: {
    code: 'STORE_CORRUPT',
    what: 'it is damaged',
    todo: 'keep a copy, then restore a backup, or move the file and its -wal file away to start empty',
  },
  SQLITE_NOTADB: {
    code: 'STORE_FOREIGN',
    what: 'it is not a database',
    todo: 'move the file away or choose another data directory',
  },
};

function knownFailure(code: string): Known | undefined {
  const primary = code.startsWith('SQLITE_') ? code.split('_', 2).join('_') : code;
  return Object.hasOwn(KNOWN, primary) ? KNOWN[primary] : undefined;
}

function codeOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : '';
}

/** A failure while the store is being opened. */
export function openingFailure(error: unknown, path: string): StoreError {
  if (error instanceof StoreError) return error;
  const known = knownFailure(codeOf(error)) ?? {
    code: 'STORE_UNAVAILABLE',
    what: String(error),
    todo: 'check the file and its directory',
  };
  return new StoreError(known.code, `Cannot open the store ${path}: ${known.what}; ${known.todo}.`, {
    path,
    cause: error,
  });
}

/** A failure of an open store: always `STORE_UNAVAILABLE`, as the port says; the cause tells more. */
export function runningFailure(error: unknown, path: string): StoreError {
  if (error instanceof StoreError) return error;
  const known = knownFailure(codeOf(error));
  const text = known === undefined ? String(error) : `${known.what}; ${known.todo}`;
  return new StoreError('STORE_UNAVAILABLE', `The store ${path} is unavailable: ${text}.`, { path, cause: error });
}

/** The error of a single write that breaks a rule of the schema or has an unusable value; null: the store itself failed. */
export function rowFailure(error: unknown, path: string): Error | null {
  if (!(error instanceof Database.SqliteError)) return error instanceof Error ? error : new Error(String(error));
  if (!error.code.startsWith('SQLITE_CONSTRAINT')) return null;
  return new StoreError('STORE_CONFLICT', `Not stored, it breaks a rule of the schema: ${error.message}.`, {
    path,
    cause: error,
  });
}
