/** A compiled query as a prepared statement. */

import type Database from 'better-sqlite3';
import type { Query } from '../query.ts';

export interface Statement<Arguments, Row> {
  /** @returns the number of rows that changed */
  run(given: Arguments): number;
  get(given: Arguments): Row | undefined;
  all(given: Arguments): Row[];
  iterate(given: Arguments): IterableIterator<Row>;
}

export function prepare<Arguments, Row>(
  database: Database.Database,
  query: Query<Arguments, Row>,
): Statement<Arguments, Row> {
  const statement = database.prepare<unknown[], Row>(query.sql);
  return {
    run: (given) => statement.run(...query.values(given)).changes,
    get: (given) => statement.get(...query.values(given)),
    all: (given) => statement.all(...query.values(given)),
    iterate: (given) => statement.iterate(...query.values(given)),
  };
}

type Prepared<Queries> = {
  [Name in keyof Queries]: Queries[Name] extends Query<infer Arguments, infer Row> ? Statement<Arguments, Row> : never;
};

export function prepareAll<Queries extends Record<string, Query<never, unknown>>>(
  database: Database.Database,
  queries: Queries,
): Prepared<Queries> {
  const entries = Object.entries(queries).map(([name, query]) => [name, prepare(database, query)]);
  return Object.fromEntries(entries) as Prepared<Queries>;
}
