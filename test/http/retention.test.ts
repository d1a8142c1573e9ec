import assert from 'node:assert/strict';
import { RetentionSweep } from '../../lib/app/retention-sweep.ts';
import type { Clock } from '../../lib/ports/clock.ts';
import type { Store } from '../../lib/ports/store.ts';
import { openSqliteStore } from '../../lib/store/sqlite/sqlite-store.ts';
import { acceptance, callbackSample, change, logSample } from '../store/callback-sample.ts';
import { type Bench, bench, MemoryLog } from './fakes.ts';

const DAY_MS = 86_400_000;

describe('HTTP: retention', () => {
  let b: Bench;
  beforeEach(async () => {
    b = await bench();
  });
  afterEach(() => b.http.close());

  it('is read and replaced on the version that was read', async () => {
    const first = await b.request('GET', '/api/v1/retention');
    assert.deepEqual([first.json.callbacksDays, first.json.errorsDays], [0, 30]);
    const tag = String(first.headers['etag']);
    const put = (days: number) => b.request('PUT', '/api/v1/retention', { callbacksDays: days }, { 'if-match': tag });
    assert.deepEqual((await put(90)).json.callbacksDays, 90);
    assert.equal((await put(91)).status, 412);
    assert.equal((await b.request('PUT', '/api/v1/retention', { callbacksDays: -1 })).status, 400);
  });

  it('holds a number until it is let go', async () => {
    const body = { number: '(48) 99199-6260', reason: 'a complaint' };
    const held = await b.request('POST', '/api/v1/holds', body);
    assert.deepEqual([held.status, held.json.number, held.json.by], [201, '+5548991996260', 'configured']);
    assert.equal((await b.request('POST', '/api/v1/holds', body)).status, 409);
    const erasure = { number: '48991996260', reason: 'he asked' };
    const refused = await b.request('POST', '/api/v1/erasures', erasure);
    assert.deepEqual([refused.status, refused.json.error.code], [409, 'on-hold']);
    assert.equal((await b.request('DELETE', '/api/v1/holds/48991996260')).status, 204);
    const { erased, open } = (await b.request('POST', '/api/v1/erasures', erasure)).json;
    assert.deepEqual({ erased, open }, { erased: 0, open: 0 });
    const { text } = await b.request('GET', '/api/v1/audit');
    assert.match(text, /"subject":"holds\/\+\*{13}"/);
    assert.doesNotMatch(text, /6260|99199/);
  });
});

describe('what is erased', () => {
  it('is all of a number: open callbacks are cancelled first, and nothing is left of any', async () => {
    const store = await openSqliteStore({ directory: ':memory:', log: new MemoryLog() });
    const caller = { received: '48991996260', e164: '+5548991996260' };
    const open = callbackSample({ id: 'open', caller });
    await store.callbacks.insert(acceptance(open), null);
    await store.callbacks.insert(
      acceptance(callbackSample({ id: 'else', caller: { received: '200', e164: null } })),
      null,
    );
    const cancelled: string[] = [];
    const b = await bench({
      store,
      callbacks: {
        cancel: async (id: string) => {
          cancelled.push(id);
          await store.callbacks.save(change(open, { state: 'done', outcome: 'cancelled', reason: 'x', doneAt: 9 }));
          return { result: 'changed', callback: open };
        },
      } as never,
    });
    const { json } = await b.request('POST', '/api/v1/erasures', { number: '+5548991996260', reason: 'he asked' });
    assert.deepEqual([json, cancelled], [{ erased: 1, open: 0, hidden: 0 }, ['open']]);
    assert.equal(await store.callbacks.get('open'), null);
    assert.notEqual(await store.callbacks.get('else'), null);
    await b.http.close();
    await store.close();
  });
});

describe('the retention sweep', () => {
  const now = 100 * DAY_MS;
  let store: Store;
  let clock: Clock;
  let fire: (() => void) | null;

  beforeEach(async () => {
    store = await openSqliteStore({ directory: ':memory:', log: new MemoryLog() });
    fire = null;
    clock = {
      now: () => now,
      after: (_ms: number, run: () => void) => {
        fire = run;
        return () => undefined;
      },
    } as unknown as Clock;
    const hold = { kind: 'hold', name: 'held', body: {}, expiresAt: null, now, expected: 0 } as const;
    await store.documents.put(hold);
  });
  afterEach(() => store.close());

  const settings = (body: object) =>
    store.documents.put({
      ...{ kind: 'retention', name: 'retention', body: { ...body } },
      ...{ expiresAt: null, now, expected: 0 },
    });
  /** Over for so many days, with an event and two lines of its ladder beside those of its life. */
  const over = async (id: string, days: number) => {
    const doneAt = now - days * DAY_MS;
    const sample = callbackSample({ id, caller: { received: id, e164: null }, acceptedAt: doneAt - 1 });
    await store.callbacks.insert(acceptance(sample), null);
    const done = change(sample, { state: 'done', outcome: 'busy', reason: 'busy', doneAt });
    await store.callbacks.save({ ...done, log: [...done.log, logSample('sip'), logSample('sip')] });
  };
  const entry = (kind: 'audit' | 'error' | 'delivery', days: number) => ({
    kind,
    at: now - days * DAY_MS,
    actor: null,
    subject: `${kind} of ${days}`,
    correlationId: null,
    body: {},
  });
  const subjects = async (kind: 'audit' | 'error' | 'delivery') =>
    (await store.journal.list({ kind, page: 1, pageSize: 9 })).items.map(({ subject }) => subject);

  it('takes what is too old of each kind, now and every hour, and leaves what is held', async () => {
    for (const [id, days] of [
      ['old', 40],
      ['held', 40],
      ['new', 5],
    ] as const)
      await over(id, days);
    await settings({ callbacksDays: 30, auditDays: 7 });
    const base = { expiresAt: null, now, expected: 0 } as const;
    await store.documents.put({ ...base, kind: 'session', name: 's', body: {}, expiresAt: now });
    await store.journal.append([entry('audit', 8), entry('audit', 6), entry('error', 8), entry('error', 31)]);
    const sweep = new RetentionSweep({ store, clock, log: new MemoryLog() });
    sweep.start();
    assert.ok(fire);
    assert.deepEqual(await sweep.sweep(), { callbacks: 1, audit: 1, error: 1, delivery: 0 });
    const ids = (await store.callbacks.list({ page: 1, pageSize: 9, sort: { field: 'acceptedAt', descending: false } }))
      .items;
    assert.deepEqual(ids.map(({ id }) => id).sort(), ['held', 'new']);
    await sweep.stop();
  });

  it('takes events and ladders of what is over, each in its time, and deliveries; callbacks stay', async () => {
    for (const [id, days] of [
      ['held', 40],
      ['twenty', 20],
      ['ten', 10],
      ['five', 5],
    ] as const)
      await over(id, days);
    await store.callbacks.insert(acceptance(callbackSample({ id: 'open', acceptedAt: 1 })), null);
    await settings({ eventsDays: 15, laddersDays: 7, deliveriesDays: 3, errorsDays: 0 });
    await store.journal.append([entry('delivery', 4), entry('delivery', 2), entry('error', 90), entry('audit', 90)]);
    const typesOf = async (id: string) => (await store.callbacks.log(id)).map(({ type }) => type);
    const [life, open] = [(await typesOf('ten')).filter((type) => type !== 'sip'), await typesOf('open')];
    assert.ok(life.length > 0 && open.length > 0);
    const sweep = new RetentionSweep({ store, clock, log: new MemoryLog() });
    assert.deepEqual(await sweep.sweep(), { events: life.length, ladders: 4, delivery: 1 });
    assert.deepEqual(await typesOf('held'), [...life, 'sip', 'sip']);
    assert.deepEqual(await typesOf('twenty'), []);
    assert.deepEqual(await typesOf('ten'), life);
    assert.deepEqual(await typesOf('five'), [...life, 'sip', 'sip']);
    assert.deepEqual(await typesOf('open'), open);
    assert.equal((await store.callbacks.get('twenty'))?.outcome, 'busy');
    assert.deepEqual(await subjects('delivery'), ['delivery of 2']);
    assert.deepEqual([await subjects('error'), await subjects('audit')], [['error of 90'], ['audit of 90']]);
    assert.deepEqual(await sweep.sweep(), { events: 0, ladders: 0, delivery: 0 });
  });
});
