/** No list of the console reads a row but those that it shows: whatever is filtered, sorted and paged is in an index. */

import assert from 'node:assert/strict';
import type { CompiledQuery } from 'kysely';
import type { CallbackQuery } from '../../lib/ports/store.ts';
import { idsOf, totalOf } from '../../lib/store/callback-list.ts';
import { sqliteCompiler } from '../../lib/store/schema.ts';
import { openMemoryDatabase } from '../../lib/store/sqlite/database-file.ts';
import { fromIndex } from '../../lib/store/sqlite/sqlite-callbacks.ts';
import { createSqliteStore } from '../../lib/store/sqlite/sqlite-store.ts';
import { fill, INBOUND_NUMBERS, RULES } from '../console/filled-store.ts';
import { NOW } from './callback-sample.ts';
import { recordingLog } from './harness.ts';

const ROWS = 2_000;
type Filters = Partial<Omit<CallbackQuery, 'page' | 'pageSize' | 'sort'>>;

const SINGLE: Record<string, Filters> = {
  nothing: {},
  waiting: { state: 'scheduled' },
  done: { state: 'done' },
  outcome: { outcome: 'busy' },
  number: { number: '+5548900007919' },
  rule: { rule: RULES[0]! },
  'inbound number': { inboundNumbers: [INBOUND_NUMBERS[0]!] },
  'inbound numbers': { inboundNumbers: INBOUND_NUMBERS.slice(0, 2) },
  text: { text: '9000' },
  'span of time': { from: NOW - 86_400_000, to: NOW },
};
const SORTS = ['acceptedAt', 'dueAt', 'state'] as const;

/** Two filters at a time: what else is asked narrows further. */
function* pairs(): Generator<[string, Filters]> {
  const names = Object.keys(SINGLE);
  for (const [index, a] of names.entries())
    for (const b of names.slice(index + 1)) {
      const both = { ...SINGLE[a], ...SINGLE[b] };
      const isContradiction =
        Object.keys(both).length < Object.keys(SINGLE[a]!).length + Object.keys(SINGLE[b]!).length;
      if (!isContradiction) yield [`${a} and ${b}`, both];
    }
}

describe('SQLite: the lists of callbacks', () => {
  const database = openMemoryDatabase();
  const compiler = sqliteCompiler();

  before(async () => {
    const store = createSqliteStore(database, { path: ':memory:', log: recordingLog(), groupCommitMs: 0 });
    await fill(store, ROWS, NOW);
  });
  after(() => database.close());

  const planOf = ({ sql, parameters }: CompiledQuery<object>, query: CallbackQuery): string[] =>
    database
      .prepare<unknown[], { detail: string }>(`explain query plan ${fromIndex(sql, query)}`)
      .all(...parameters)
      .map(({ detail }) => detail);
  /** One caller has a handful of callbacks. What a search finds is looked at; what it passes over is not. */
  const readsRows = (detail: string, { text }: Filters) =>
    /^(SCAN|SEARCH) callbacks/.test(detail) &&
    !/COVERING INDEX|USING INDEX callbacks_caller_(e164|received) \(/.test(detail) &&
    !(text !== undefined && detail.includes('USING INDEX callbacks_accepted'));

  for (const [name, filters] of [...Object.entries(SINGLE), ...pairs()])
    it(`count and page by ${name} out of an index`, () => {
      const isAsked = Object.keys(filters).length > 0;
      for (const field of SORTS)
        for (const descending of [true, false]) {
          const query = { ...filters, page: 1, pageSize: 50, sort: { field, descending } } as CallbackQuery;
          const ids = idsOf(compiler, query, { offset: 0, count: 50, backwards: false });
          const plans = [...(isAsked ? planOf(totalOf(compiler, query), query) : []), ...planOf(ids, query)];
          const bad = plans.filter((detail) => readsRows(detail, filters));
          assert.deepEqual(bad, [], `${field} ${descending ? 'down' : 'up'}: ${plans.join(' | ')}`);
        }
    });

  it('are found out where a filter has no index', () => {
    database.exec('drop index callbacks_outcome');
    const query = {
      ...SINGLE['outcome'],
      page: 1,
      pageSize: 50,
      sort: { field: 'acceptedAt', descending: true },
    } as const;
    const { sql, parameters } = totalOf(compiler, query as CallbackQuery);
    const [plan] = database.prepare<unknown[], { detail: string }>(`explain query plan ${sql}`).all(...parameters);
    assert.ok(readsRows(plan!.detail, {}), plan!.detail);
    assert.throws(() => planOf({ sql, parameters } as CompiledQuery<object>, query as CallbackQuery), /no such index/);
  });
});
