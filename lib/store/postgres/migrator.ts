/** Brings a PostgreSQL database to the newest schema. */

import { Client } from 'pg';
import { type AppliedMigration, checksumOf, type Migration, planMigrations } from '../migrations/migration.ts';
import { StoreError } from '../store-error.ts';
import type { DatabaseAddress } from './database-address.ts';
import { storeFailure } from './failure.ts';

const RECORD_TABLE = `create table if not exists schema_migrations (
  number bigint primary key,
  name text not null,
  checksum text not null,
  applied_at bigint not null
)`;

/** Two programs that are started at once. */
const LOCK = `select pg_advisory_xact_lock(hashtextextended('migrations', 7302))`;

async function appliedMigrations(client: Client): Promise<AppliedMigration[]> {
  const { rows } = await client.query(`select to_regclass('schema_migrations') is not null as present`);
  if (rows[0]?.present !== true) return [];
  return (await client.query('select number, name, checksum from schema_migrations order by number')).rows;
}

/** Texts are compared byte by byte, whatever language the database was set up for. */
function inDialect(statement: string): string {
  return /^create table|^alter table/.test(statement) ? statement.replace(/ text\b/g, ' text collate "C"') : statement;
}

async function run(client: Client, migration: Migration): Promise<void> {
  for (const statement of migration.statements('postgres')) await client.query(inDialect(statement));
  await client.query('insert into schema_migrations (number, name, checksum, applied_at) values ($1, $2, $3, $4)', [
    migration.number,
    migration.name,
    checksumOf(migration, 'postgres'),
    Date.now(),
  ]);
}

function refuse(name: string, code: 'STORE_NEWER' | 'STORE_FOREIGN' | 'STORE_OUTDATED', text: string): never {
  throw new StoreError(code, `The database ${name} ${text}.`, { path: null });
}

async function migrate(
  client: Client,
  known: readonly Migration[],
  { name, brings }: { name: string; brings: 'all' | 'empty' },
): Promise<void> {
  await client.query('begin');
  await client.query(LOCK);
  const applied = await appliedMigrations(client);
  const plan = planMigrations(known, applied, 'postgres');
  if (plan.result === 'newer') {
    refuse(
      name,
      'STORE_NEWER',
      `has schema ${plan.number} ("${plan.name}") of a newer version of this program; start that`,
    );
  }
  if (plan.result === 'different') {
    refuse(
      name,
      'STORE_FOREIGN',
      `has another schema ${plan.number} ("${plan.name}") than this program; start the one that made it`,
    );
  }
  if (plan.pending.length > 0 && applied.length > 0 && brings === 'empty') {
    refuse(
      name,
      'STORE_OUTDATED',
      'has an older schema: stop the nodes of the older version and run `drachtio-callback migrate`',
    );
  }
  if (plan.pending.length > 0) await client.query(RECORD_TABLE);
  for (const migration of plan.pending) await run(client, migration);
  await client.query('commit');
}

/**
 * All that is missing, in one transaction.
 * @param brings `empty`: an empty database only; one with an older schema, on which other nodes may run, is refused
 * @throws StoreError `STORE_NEWER`, `STORE_FOREIGN`, `STORE_OUTDATED`, `STORE_UNAVAILABLE`; nothing is changed then
 */
export async function migrateDatabase(
  address: DatabaseAddress,
  known: readonly Migration[],
  brings: 'all' | 'empty',
): Promise<void> {
  const client = new Client(address.client);
  client.on('error', () => undefined);
  try {
    await client.connect();
    await migrate(client, known, { name: address.name, brings });
  } catch (error) {
    throw storeFailure(error, address.name);
  } finally {
    await client.end().catch(() => undefined);
  }
}
