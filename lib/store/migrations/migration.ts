/** One numbered step of the schema. Once released it never changes: its checksum is recorded with it. */

import { createHash } from 'node:crypto';

export type Dialect = 'sqlite' | 'postgres';

export interface Migration {
  /** From 1, without gaps. */
  number: number;
  name: string;
  /** Statements in order; they run in one transaction together with the record of the migration. */
  statements(dialect: Dialect): string[];
}

/** A migration that a database has been through. */
export interface AppliedMigration {
  number: number;
  name: string;
  checksum: string;
}

export function checksumOf(migration: Migration, dialect: Dialect): string {
  const text = migration
    .statements(dialect)
    .map((statement) => statement.replace(/\s+/g, ' ').trim())
    .join(';\n');
  return createHash('sha256').update(text).digest('hex').slice(0, 32);
}

export type MigrationPlan =
  | { result: 'run'; pending: Migration[] }
  /** The database has a migration that this program does not know. */
  | { result: 'newer'; number: number; name: string }
  /** A migration of this number, but not this one, has been run. */
  | { result: 'different'; number: number; name: string };

/** Compares what a database has been through with what this program knows. */
export function planMigrations(
  known: readonly Migration[],
  applied: readonly AppliedMigration[],
  dialect: Dialect,
): MigrationPlan {
  const byNumber = new Map(known.map((migration) => [migration.number, migration]));
  for (const { number, name, checksum } of applied) {
    const migration = byNumber.get(number);
    if (migration === undefined) return { result: 'newer', number, name };
    if (checksumOf(migration, dialect) !== checksum) return { result: 'different', number, name };
  }
  const done = new Set(applied.map(({ number }) => number));
  return { result: 'run', pending: known.filter(({ number }) => !done.has(number)) };
}
