/** The switches as rows; the queries on them, compiled once per dialect. */

import { type Kysely, sql } from 'kysely';
import {
  ALL_ON,
  SWITCH_NAMES,
  type SwitchChange,
  type Switches,
  type SwitchName,
  switched,
} from '../core/trunk/switches.ts';
import { query } from './query.ts';
import type { Schema } from './schema.ts';

export interface SwitchRow {
  name: string;
  /** Empty: for all. */
  trunk: string;
  is_on: number;
}

export function switchesFrom(rows: readonly SwitchRow[]): Switches {
  return rows
    .filter(({ name }) => (SWITCH_NAMES as readonly string[]).includes(name))
    .map(({ name, trunk, is_on }) => ({
      name: name as SwitchName,
      trunk: trunk === '' ? null : trunk,
      on: Number(is_on) === 1,
    }))
    .reduce(switched, ALL_ON);
}

export function rowOf({ name, trunk, on }: SwitchChange): SwitchRow {
  return { name, trunk: trunk ?? '', is_on: on ? 1 : 0 };
}

export function switchQueries(db: Kysely<Schema>) {
  return {
    all: query<Record<never, never>>()(db, (from) => from.selectFrom('switches').select(['name', 'trunk', 'is_on'])),
    put: query<SwitchRow>()(db, (from, $) =>
      from
        .insertInto('switches')
        .values({ name: $.name, trunk: $.trunk, is_on: $.is_on, changes: 1 })
        .onConflict((conflict) =>
          conflict.columns(['name', 'trunk']).doUpdateSet({ is_on: $.is_on, changes: sql`switches.changes + 1` }),
        ),
    ),
  };
}
