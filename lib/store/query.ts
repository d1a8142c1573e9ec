/**
 * Queries that are built and compiled once. Building one with kysely costs some ten microseconds, more than SQLite
 * needs to run it; so it is written once with named placeholders, and a dialect prepares its text.
 */

import type { Compilable, Kysely } from 'kysely';
import type { Schema } from './schema.ts';

export interface Query<Arguments, Row> {
  readonly sql: string;
  /** The parameters of `sql` in order. */
  values(given: Arguments): unknown[];
  /** For the types alone: never set. */
  readonly row?: Row;
}

/** Stands in a query for a value that is given when it runs. */
class Placeholder {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }
}

/** Every property of it is a placeholder of that name. */
const PLACEHOLDERS = new Proxy({}, { get: (_target, name) => new Placeholder(String(name)) });

type RowOf<Built> = Built extends Compilable<infer Row> ? Row : never;

/**
 * `query<{ id: string }>()(db, (from, $) => from.selectFrom('callbacks').select('body').where('id', '=', $.id))`:
 * the first pair of brackets names the arguments, the second builds, so that the row's type is inferred.
 */
export function query<Arguments extends object>() {
  return <Built extends Compilable>(
    db: Kysely<Schema>,
    build: (db: Kysely<Schema>, placeholders: Arguments) => Built,
  ): Query<Arguments, RowOf<Built>> => {
    const { sql, parameters } = build(db, PLACEHOLDERS as Arguments).compile();
    return {
      sql,
      values: (given) => {
        const values = given as Record<string, unknown>;
        return parameters.map((parameter) => (parameter instanceof Placeholder ? values[parameter.name] : parameter));
      },
    };
  };
}
