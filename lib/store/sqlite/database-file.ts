/** The database file: is it ours, is it whole; make it if there is none. Nothing that is there is ever overwritten. */

import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  fsyncSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { dirname, resolve } from 'node:path';
import Database from 'better-sqlite3';
import { makeDirectory } from '../directory.ts';
import { ALL_MIGRATIONS } from '../migrations/all.ts';
import type { Migration } from '../migrations/migration.ts';
import { StoreError } from '../store-error.ts';
import { migrate } from './migrator.ts';

/** "dCB1", in the header of every database of ours. */
const APPLICATION_ID = 0x64434231;
/** Database file format, 1.3: the magic string, and the offset of the application id. */
const MAGIC = 'SQLite format 3\0';
const APPLICATION_ID_OFFSET = 68;
const HEADER_BYTES = 100;
/** The call that waits for us has to be answered within half a second. */
const BUSY_TIMEOUT_MS = 250;
/** Up to here a start looks at every page (some 100 ms); beyond, damage shows when a page is read. */
const CHECKED_BYTES = 64 * 2 ** 20;
const JOURNAL_LIMIT_BYTES = 64 * 2 ** 20;

function fsyncPath(path: string): void {
  const descriptor = openSync(path, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** Makes the directory, durably and for this user only, and checks that files can be made in it. */
export function prepareDirectory(directory: string): void {
  const made = makeDirectory(directory, 0o700);
  if (made !== null) fsyncPath(dirname(made));
  accessSync(directory, constants.R_OK | constants.W_OK | constants.X_OK);
}

function readHeader(path: string): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  const descriptor = openSync(path, 'r');
  try {
    return header.subarray(0, readSync(descriptor, header, 0, HEADER_BYTES, 0));
  } finally {
    closeSync(descriptor);
  }
}

function foreign(path: string, what: string): StoreError {
  const text = `${path} is ${what}; move it away or choose another data directory.`;
  return new StoreError('STORE_FOREIGN', text, { path });
}

/**
 * Reads the header only: opening a stranger's database would already change files beside it.
 * @throws StoreError `STORE_FOREIGN` for a file of something else, `STORE_CORRUPT` for a log without its database
 */
export function inspect(path: string): 'absent' | 'ours' {
  const bytes = existsSync(path) ? statSync(path).size : 0;
  if (bytes === 0) {
    if (!existsSync(`${path}-wal`) || statSync(`${path}-wal`).size === 0) return 'absent';
    const text = `${path} is missing or empty, but its log ${path}-wal is there: put the database back, or move the log away to start empty.`;
    throw new StoreError('STORE_CORRUPT', text, { path });
  }
  if (!statSync(path).isFile()) throw foreign(path, 'not a file');
  const header = readHeader(path);
  if (header.length < HEADER_BYTES || header.toString('latin1', 0, MAGIC.length) !== MAGIC) {
    throw foreign(path, 'not a database');
  }
  if (header.readUInt32BE(APPLICATION_ID_OFFSET) !== APPLICATION_ID) {
    throw foreign(path, 'the database of another program');
  }
  accessSync(path, constants.R_OK | constants.W_OK);
  return 'ours';
}

/** Made aside and renamed when it is complete, so that a crash or a full disk leaves no half-made database. */
function create(path: string, migrations: readonly Migration[]): void {
  const draft = `${path}.creating`;
  for (const file of [draft, `${draft}-journal`]) rmSync(file, { force: true });
  closeSync(openSync(draft, 'wx', 0o600));
  const database = new Database(draft);
  try {
    database.pragma(`application_id = ${APPLICATION_ID}`);
    migrate(database, migrations, path);
  } finally {
    database.close();
  }
  fsyncPath(draft);
  renameSync(draft, path);
  fsyncPath(dirname(resolve(path)));
}

function configure(database: Database.Database): void {
  database.pragma('foreign_keys = ON');
  database.pragma('journal_mode = WAL');
  // In WAL mode this library's default is NORMAL, which loses the latest commits in a power cut.
  database.pragma('synchronous = FULL');
  database.pragma(`journal_size_limit = ${JOURNAL_LIMIT_BYTES}`);
  database.pragma('temp_store = MEMORY');
}

function checkPages(database: Database.Database, path: string): void {
  if (statSync(path).size > CHECKED_BYTES) return;
  const verdict = database.pragma('quick_check(1)', { simple: true });
  if (verdict === 'ok') return;
  const text = `The store ${path} is damaged (${verdict}); keep a copy, then restore a backup, or move the file and its -wal file away to start empty.`;
  throw new StoreError('STORE_CORRUPT', text, { path });
}

/** @returns the open database, with its schema up to date */
export function openDatabase(path: string, migrations: readonly Migration[] = ALL_MIGRATIONS): Database.Database {
  if (inspect(path) === 'absent') create(path, migrations);
  const database = new Database(path, { fileMustExist: true, timeout: BUSY_TIMEOUT_MS });
  try {
    configure(database);
    checkPages(database, path);
    migrate(database, migrations, path);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** A database that ends with the process, for trials and tests. */
export function openMemoryDatabase(): Database.Database {
  const database = new Database(':memory:');
  configure(database);
  migrate(database, ALL_MIGRATIONS, ':memory:');
  return database;
}
