/** What is taken out of the SQLite store. */

import type { RetentionStore } from '../../ports/retention.ts';
import { type OwnedRow, ownedOf } from '../callback-row.ts';
import type { Connection } from './connection.ts';

const NOT_HELD = `coalesce(caller_e164, '') not in (select value from json_each(@held))
  and caller_received not in (select value from json_each(@held))`;
/** What is done was accepted before: the index on states and acceptance finds it. */
const IS_OLD = `state = 'done' and accepted_at < @before and done_at < @before and ${NOT_HELD}`;
const DONE = `select id from callbacks where ${IS_OLD} order by accepted_at, id limit @most`;
const OF =
  'select id, state, caller_received, caller_e164 from callbacks where caller_received = @number or caller_e164 = @number order by id';
const CHOSEN = `(select id from callbacks where state = 'done' and id in (select value from json_each(@ids)))`;
const TRIM = (test: string) => `delete from callback_log where sequence in (
  select sequence from callbacks join callback_log on callback_id = id
  where ${IS_OLD} and type ${test} 'sip' limit @most)`;

export function sqliteRetention(connection: Connection): RetentionStore {
  const { database } = connection;
  const done = database.prepare<[object], { id: string }>(DONE);
  const of = database.prepare<[object], OwnedRow>(OF);
  const trims = { events: database.prepare<[object]>(TRIM('<>')), ladders: database.prepare<[object]>(TRIM('=')) };
  const deletions = [
    database.prepare<[object]>(`delete from callback_log where callback_id in ${CHOSEN}`),
    database.prepare<[object]>(`delete from attempts where callback_id in ${CHOSEN}`),
  ];
  const remove = database.prepare<[object]>(`delete from callbacks where id in ${CHOSEN}`);
  const count = database.prepare<[number]>(`update callback_counts set total = total - ? where state = 'done'`);
  return {
    done: ({ before, most, held }) =>
      connection.read(() => done.all({ before, most, held: JSON.stringify(held) }).map(({ id }) => id)),
    of: (number) => connection.read(() => of.all({ number }).map(ownedOf)),
    erase: (ids) =>
      connection.write(() => {
        const chosen = { ids: JSON.stringify(ids) };
        for (const deletion of deletions) deletion.run(chosen);
        const { changes } = remove.run(chosen);
        count.run(changes);
        return changes;
      }),
    trim: (what, { before, most, held }) =>
      connection.write(() => trims[what].run({ before, most, held: JSON.stringify(held) }).changes),
  };
}
