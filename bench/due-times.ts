/** How late each INVITE was by the due time that stands in the store, to the millisecond: no reading of SIPp is in it. */

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { DATABASE_FILE } from '../lib/store/sqlite/sqlite-store.ts';
import { Histogram } from '../load/histogram.ts';

export interface Lateness {
  p50: number | null;
  p99: number | null;
  max: number | null;
}

/**
 * @param directory of a server that has ended
 * @param rings by callback id; epoch milliseconds
 */
export function latenessByStore(
  directory: string,
  rings: ReadonlyMap<string, number>,
): (Lateness & { early: number }) | null {
  const path = join(directory, DATABASE_FILE);
  if (!existsSync(path)) return null;
  const database = new Database(path, { readonly: true });
  try {
    const dueAt = database.prepare<[string], { due_at: number }>('select due_at from callbacks where id = ?');
    const lateness = new Histogram();
    let early = 0;
    for (const [id, at] of rings) {
      const row = dueAt.get(id);
      if (row === undefined) continue;
      lateness.add(at - row.due_at);
      if (at < row.due_at) early += 1;
    }
    return { p50: lateness.quantile(0.5), p99: lateness.quantile(0.99), max: lateness.max, early };
  } finally {
    database.close();
  }
}
