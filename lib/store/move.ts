/** From the embedded store to a database: everything, or nothing. */

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type Database from 'better-sqlite3';
import { Client } from 'pg';
import { ALL_MIGRATIONS } from './migrations/all.ts';
import { storableJson } from './postgres/database.ts';
import { databaseAddress } from './postgres/database-address.ts';
import { storeFailure } from './postgres/failure.ts';
import { migrateDatabase } from './postgres/migrator.ts';
import { openDatabase } from './sqlite/database-file.ts';
import { openingFailure } from './sqlite/failure.ts';
import { lockFile } from './sqlite/file-lock.ts';
import { DATABASE_FILE, LOCK_FILE } from './sqlite/sqlite-store.ts';
import { StoreError } from './store-error.ts';

const PORTION = 2_000;
/** Uploaded prompts are kept in pieces of a quarter of a megabyte: two thousand of them would be no text any more. */
const PORTION_CHARACTERS = 8_000_000;

/** In an order in which references are never to what is not there yet. `from`: what the database has beside. */
const TABLES = [
  { name: 'callbacks', from: '' },
  { name: 'callback_log', from: `, 0 as "version"` },
  { name: 'attempts', from: '' },
  { name: 'configuration_documents', from: '' },
  { name: 'configuration_revision', from: '' },
  { name: 'registrations', from: '' },
  { name: 'settings', from: '' },
  { name: 'suppressions', from: '' },
  { name: 'usage', from: '' },
  { name: 'switches', from: '' },
  { name: 'documents', from: '' },
  { name: 'journal', from: '' },
  { name: 'flow_versions', from: '' },
  { name: 'recordings', from: '' },
] as const;

/** Any of these, and the database is somebody's already. */
const IS_EMPTY = `select not exists (select from callbacks) and not exists (select from configuration_revision)
  and not exists (select from settings) as empty`;
const COUNT = `insert into callback_counts (state, node, total) select state, '', count(*) from callbacks group by state`;
const nextSequence = (table: string) => `select setval(pg_get_serial_sequence('${table}', 'sequence'),
  greatest((select max(sequence) from ${table}), $1, 1))`;
const SEQUENCED = ['callback_log', 'journal', 'flow_versions'];

export interface Moved {
  callbacks: number;
  entries: number;
}

const weightOf = (row: object): number =>
  Object.values(row).reduce((sum, value) => sum + (typeof value === 'string' ? value.length : 8), 0);

/** Bounded by their number and by what they weigh; at least one row each. */
export function* portionsOf(rows: Iterable<object>): Generator<object[]> {
  let portion: object[] = [];
  let weight = 0;
  for (const row of rows) {
    portion.push(row);
    weight += weightOf(row);
    if (portion.length < PORTION && weight < PORTION_CHARACTERS) continue;
    yield portion;
    portion = [];
    weight = 0;
  }
  if (portion.length > 0) yield portion;
}

async function copyTable(
  from: Database.Database,
  to: Client,
  { name, from: beside }: (typeof TABLES)[number],
): Promise<number> {
  const rows = from.prepare<[], object>(`select *${beside} from ${name}`).iterate();
  let total = 0;
  for (const portion of portionsOf(rows)) {
    const columns = Object.keys(portion[0]!)
      .map((column) => `"${column}"`)
      .join(', ');
    await to.query(
      `insert into ${name} (${columns}) overriding system value
        select ${columns} from json_populate_recordset(null::${name}, $1::json)`,
      [storableJson(portion)],
    );
    total += portion.length;
  }
  return total;
}

async function copy(from: Database.Database, to: Client, name: string): Promise<Moved> {
  await to.query('begin');
  await to.query('lock table callbacks, configuration_revision, settings in access exclusive mode');
  const { rows } = await to.query<{ empty: boolean }>(IS_EMPTY);
  if (rows[0]?.empty !== true) {
    const text = `The database ${name} is not empty: nothing was moved. Make an empty one and move there.`;
    throw new StoreError('STORE_IN_USE', text, { path: null });
  }
  const totals = new Map<string, number>();
  for (const table of TABLES) totals.set(table.name, await copyTable(from, to, table));
  await to.query(COUNT);
  const lastOf = from.prepare<[string]>('select seq from sqlite_sequence where name = ?').pluck();
  for (const table of SEQUENCED) await to.query(nextSequence(table), [lastOf.get(table) ?? 0]);
  await to.query('commit');
  return { callbacks: totals.get('callbacks')!, entries: totals.get('callback_log')! };
}

/** Nobody else may use it meanwhile. */
function openSource(directory: string): { database: Database.Database; close(): void } {
  const path = join(directory, DATABASE_FILE);
  if (!existsSync(path)) {
    throw new StoreError('STORE_UNAVAILABLE', `There is no store in ${directory}: ${DATABASE_FILE} is missing.`, {
      path,
    });
  }
  const lock = lockFile(join(directory, LOCK_FILE));
  try {
    const database = openDatabase(path);
    const close = () => {
      database.close();
      lock.release();
    };
    return { database, close };
  } catch (error) {
    lock.release();
    throw openingFailure(error, path);
  }
}

/**
 * Copies callbacks, log, attempts, configuration, registrations, settings, switches, users, journal, versions of flows and
 * where recordings are; the source stays as it is.
 * @param url `postgres://…` of an empty database; its schema is made
 * @throws StoreError of either store; the database is as it was then, but for its empty tables
 */
export async function moveStore(directory: string, url: string): Promise<Moved> {
  const source = openSource(directory);
  const address = databaseAddress(url, 'drachtio-callback move');
  const client = new Client(address.client);
  client.on('error', () => undefined);
  try {
    await migrateDatabase(address, ALL_MIGRATIONS, 'empty');
    await client.connect();
    return await copy(source.database, client, address.name);
  } catch (error) {
    throw storeFailure(error, address.name);
  } finally {
    await client.end().catch(() => undefined);
    source.close();
  }
}
