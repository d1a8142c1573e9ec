import assert from 'node:assert/strict';
import type { Callback } from '../../lib/core/callback/callback.ts';
import type { Store } from '../../lib/ports/store.ts';
import { openSqliteStore } from '../../lib/store/sqlite/sqlite-store.ts';
import { acceptance, change } from '../store/callback-sample.ts';
import { BASE_AT, type Bench, bench, callbackOf, MemoryLog } from './fakes.ts';

const API = '/api/v1/callbacks';
const WAITING = 1_203;
const DONE = 5;
/** So many are accepted in the same millisecond: a portion may end among them. */
const TOGETHER = 10;
const PORTION = 500;

/** The first 500 are whole milliseconds; what follows is shifted, so that the next portion ends within one. */
const acceptedAtOf = (serial: number) => BASE_AT + Math.floor((serial < PORTION ? serial : serial + 3) / TOGETHER);
const idOf = (serial: number) => `c-${String(serial).padStart(5, '0')}`;
const IDS = Array.from({ length: WAITING + DONE }, (_, serial) => idOf(serial));
/** While a file is written. */
const CALLED = 20;
const DONE_IDS = IDS.slice(WAITING);

interface Portion {
  matched: number;
  changed: number;
  remaining: number;
  next: string | null;
  results: Array<{ id: string; result: string; code: string | null }>;
}

/** On the real store: its order and its `after` are what portions are made of. */
describe('HTTP: more callbacks than go into one portion', function () {
  this.timeout(60_000);
  let store: Store;
  let b: Bench;

  const cancelled = (before: Callback) =>
    change(before, { state: 'done', outcome: 'cancelled', reason: 'cancelled', doneAt: BASE_AT + 60_000 });
  /** One in so many is really changed: that is enough to shift all that follows. */
  const REAL = 25;
  const cancel = async (id: string) => {
    const before = (await store.callbacks.get(id))!;
    if (before.state === 'done') return { result: 'conflict' as const, code: 'done' as const, message: 'it is done' };
    if (Number(id.slice(2)) % REAL === 0) assert.equal(await store.callbacks.save(cancelled(before)), 'saved');
    return { result: 'changed' as const, callback: before };
  };

  before(async () => {
    store = await openSqliteStore({ directory: ':memory:', log: new MemoryLog() });
    // Made once: it reads the whole configuration.
    const one = callbackOf('one');
    const callbacks = IDS.map((id, serial): Callback => {
      const state = serial < WAITING ? {} : ({ state: 'done', outcome: 'busy', doneAt: BASE_AT } as const);
      return { ...one, id, acceptedAt: acceptedAtOf(serial), ...state };
    });
    // Not in their order: ids and instants alone say it.
    await Promise.all(callbacks.toReversed().map((callback) => store.callbacks.insert(acceptance(callback), null)));
    b = await bench({ store });
  });
  after(async () => {
    await b.http.close();
    await store.close();
  });

  /** Asks on until there is no `next`. */
  const portions = async (filter: object) => {
    const found: Portion[] = [];
    for (let after: string | null = null; ; ) {
      const body = { action: 'cancel', filter, ...(after === null ? {} : { after }) };
      const { status, json, text } = await b.request('POST', `${API}/bulk`, body);
      assert.equal(status, 200, text);
      found.push(json);
      assert.ok(found.length <= 4, 'it has no end');
      after = json.next;
      if (after === null) return found;
    }
  };
  const shapes = (found: readonly Portion[]) =>
    found.map(({ results, remaining, next }) => [results.length, remaining, next === null]);

  it('go on only where an answer has said so', async () => {
    for (const [body, path] of [
      [{ filter: {}, after: 'somewhere' }, 'after'],
      [{ filter: {}, after: '5' }, 'after'],
      [{ ids: ['c-00000'], after: `${BASE_AT}.c-00000` }, 'after'],
    ] as const) {
      const { status, json } = await b.request('POST', `${API}/bulk`, { action: 'cancel', ...body });
      assert.deepEqual([status, json.error.path], [400, path], JSON.stringify(body));
    }
    assert.deepEqual(b.callbacks.changes, []);
  });

  it('are one file, each line once', async () => {
    assert.deepEqual(await exported(''), IDS);
    assert.deepEqual(await exported('?state=done'), DONE_IDS);
  });

  it('are one portion where there are 500 of them', async () => {
    const to = new Date(BASE_AT + PORTION / TOGETHER).toISOString();
    assert.deepEqual(shapes(await portions({ to })), [[PORTION, 0, true]]);
  });

  it('are changed 500 at a time, in the order of acceptance, each once, though the changed ones fit no more', async () => {
    b.callbacks.cancel = cancel;
    const found = await portions({ state: 'scheduled' });
    assert.deepEqual(shapes(found), [
      [500, 703, false],
      [500, 203, false],
      [203, 0, true],
    ]);
    assert.deepEqual(
      found.flatMap(({ results }) => results.map(({ id }) => id)),
      IDS.slice(0, WAITING),
    );
    assert.equal((await store.callbacks.counts()).done, DONE + Math.ceil(WAITING / REAL));
  });

  it('are come to once where the changed ones still fit, and those that refuse are told with the reason', async () => {
    const done = new Set((await exported('?state=done')) as readonly string[]);
    const found = await portions({});
    assert.deepEqual(shapes(found), [
      [500, 708, false],
      [500, 208, false],
      [208, 0, true],
    ]);
    const results = found.flatMap((portion) => portion.results);
    assert.deepEqual(
      results.map(({ id }) => id),
      IDS,
    );
    assert.deepEqual(
      results.filter(({ result }) => result !== 'changed').map(({ id, result, code }) => [id, result, code]),
      IDS.filter((id) => done.has(id)).map((id) => [id, 'conflict', 'done']),
    );
    assert.equal(
      found.reduce((sum, { changed }) => sum + changed, 0),
      IDS.length - done.size,
    );
  });

  it('are all in a file though some fit no more while it is written', async () => {
    const { list } = store.callbacks;
    const gone = new Set((await exported('?state=done')) as readonly string[]);
    let asked = 0;
    store.callbacks.list = async (query) => {
      const found = await list.call(store.callbacks, query);
      asked += 1;
      // Those of the first portion are called meanwhile.
      if (asked === 1)
        for (const callback of found.items.slice(0, CALLED)) await store.callbacks.save(cancelled(callback));
      return found;
    };
    const scheduled = await exported('?state=scheduled');
    store.callbacks.list = list.bind(store.callbacks);
    assert.deepEqual(
      scheduled,
      IDS.slice(0, WAITING).filter((id) => !gone.has(id)),
    );
    assert.equal(asked, 3);
  });

  async function exported(query: string): Promise<string[]> {
    const { status, text } = await b.request('GET', `${API}.csv${query}`);
    assert.equal(status, 200);
    const [head, ...lines] = text.trimEnd().split('\r\n');
    assert.match(head!, /^id,/);
    return lines.map((line) => line.slice(0, line.indexOf(',')));
  }
});
