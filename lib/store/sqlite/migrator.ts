/** Brings a SQLite database to the newest schema. */

import type Database from 'better-sqlite3';
import { type AppliedMigration, checksumOf, type Migration, planMigrations } from '../migrations/migration.ts';
import { StoreError } from '../store-error.ts';

const RECORD_TABLE = `create table if not exists schema_migrations (
  number bigint primary key,
  name text not null,
  checksum text not null,
  applied_at bigint not null
)`;

function appliedMigrations(database: Database.Database): AppliedMigration[] {
  const table = database.prepare(`select 1 from sqlite_schema where type = 'table' and name = 'schema_migrations'`);
  if (table.get() === undefined) return [];
  return database
    .prepare<[], AppliedMigration>('select number, name, checksum from schema_migrations order by number')
    .all();
}

function run(database: Database.Database, migration: Migration): void {
  database
    .transaction(() => {
      database.exec(RECORD_TABLE);
      for (const statement of migration.statements('sqlite')) database.exec(statement);
      database
        .prepare('insert into schema_migrations (number, name, checksum, applied_at) values (?, ?, ?, ?)')
        .run(migration.number, migration.name, checksumOf(migration, 'sqlite'), Date.now());
    })
    .immediate();
}

/**
 * Each migration in a transaction of its own.
 * @throws StoreError `STORE_NEWER` when the database knows a migration that `known` does not have; nothing is changed
 */
export function migrate(database: Database.Database, known: readonly Migration[], path: string): Migration[] {
  const plan = planMigrations(known, appliedMigrations(database), 'sqlite');
  if (plan.result === 'newer') {
    const text = `The store ${path} was written by a newer version of this program (schema ${plan.number}, "${plan.name}"); start that version.`;
    throw new StoreError('STORE_NEWER', text, { path });
  }
  if (plan.result === 'different') {
    const text = `The store ${path} has another schema ${plan.number} ("${plan.name}") than this program; start the program that made it.`;
    throw new StoreError('STORE_FOREIGN', text, { path });
  }
  for (const migration of plan.pending) run(database, migration);
  return plan.pending;
}
