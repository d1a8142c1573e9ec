import assert from 'node:assert/strict';
import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import type { Callback } from '../../../lib/core/callback/callback.ts';
import type { Store } from '../../../lib/ports/store.ts';
import { openSqliteStore } from '../../../lib/store/sqlite/sqlite-store.ts';
import { acceptance } from '../../store/callback-sample.ts';
import { Reader } from '../event-reader.ts';
import { BASE_AT, type Bench, bench, callbackOf, EXPLANATION, eventOf, MemoryLog } from '../fakes.ts';
import { addUser, type Browser, signIn } from './people.ts';

const HOST = '127.0.83.3';
const MINE = '+554831210110';
const OTHERS = '+554831210111';
/** Nothing of them may be seen: their numbers have no digits in common with those of `mine`. */
const SECRET = /other|nobodys|5511777|Outra/;

const caller = (e164: string) => ({ received: e164, e164 });
const CALLBACKS: Callback[] = [
  callbackOf('mine-1', { caller: caller('+5548991990001'), acceptedAt: BASE_AT }),
  callbackOf('mine-2', { caller: caller('+5548991990002'), acceptedAt: BASE_AT + 2 }),
  callbackOf('other-1', {
    inboundNumber: OTHERS,
    caller: caller('+5511777770001'),
    callerName: 'Outra',
    acceptedAt: BASE_AT + 1,
  }),
  callbackOf('other-2', {
    inboundNumber: OTHERS,
    caller: caller('+5511777770002'),
    callerName: 'Outra',
    acceptedAt: BASE_AT + 3,
  }),
  callbackOf('nobodys', { inboundNumber: null, caller: caller('+5511777770003'), acceptedAt: BASE_AT + 4 }),
];
const FOREIGN = ['other-1', 'other-2', 'nobodys'];
const API = '/api/v1/callbacks';
const MISSING = 'there is no callback with this id';

/** On the real store: what a query leaves out is the store's to leave out. */
describe('HTTP: callbacks of other inbound numbers', function () {
  this.timeout(30_000);
  let store: Store;
  let b: Bench;
  let ana: Browser;
  const everybody: Array<[string, object]> = [
    ['administrator', { inboundNumbers: [MINE] }],
    ['supervisor', { inboundNumbers: [MINE] }],
    ['manager', { inboundNumbers: [MINE] }],
  ];
  beforeEach(async () => {
    store = await openSqliteStore({ directory: ':memory:', log: new MemoryLog() });
    for (const callback of CALLBACKS) await store.callbacks.insert(acceptance(callback), null);
    b = await bench({ store });
    await addUser(b, 'ana', 'supervisor', { inboundNumbers: [MINE] });
    ana = await signIn(b, 'ana');
  });
  afterEach(async () => {
    await b.http.close();
    await store.close();
  });

  it('are in no list, count, page, search or order, for no role', async () => {
    for (const [role, more] of everybody) {
      await addUser(b, `the ${role}`.replace(' ', '-'), role as 'manager', more);
      const person = await signIn(b, `the-${role}`);
      const queries = [
        '',
        '?pageSize=1',
        '?pageSize=1&page=2',
        '?sort=dueAt',
        '?sort=-state',
        '?state=scheduled',
        '?q=callback',
        `?inboundNumber=${encodeURIComponent(MINE)}`,
        '?from=2020-01-01T00:00:00Z',
      ];
      for (const query of queries) {
        const { status, json, text } = await person.ask('GET', `${API}${query}`);
        assert.deepEqual([status, json.total], [200, 2], `${role} ${query}`);
        assert.doesNotMatch(text, SECRET, `${role} ${query}`);
      }
    }
  });

  it('are not found by asking for what only they have', async () => {
    for (const query of [
      'q=5511777',
      'q=other',
      // signs of the store's own language are text
      'q=%25',
      'q=_',
      'q=mine%25',
      'number=%2B5511777770001',
      'number=11777770001',
      `inboundNumber=${encodeURIComponent(OTHERS)}`,
      'inboundNumber=',
    ]) {
      const { json, text } = await ana.ask('GET', `${API}?${query}`);
      assert.equal(json.total, query === 'inboundNumber=' ? 2 : 0, query);
      assert.doesNotMatch(text, SECRET, query);
    }
  });

  it('are answered as what is not there, letter by letter, with a condition too', async () => {
    const views = ['', '/events', '/ladder', '/decision', '/messages'].map((view) => ['GET', view] as const);
    const changes = ['/cancel', '/retry', '/reschedule'].map((change) => ['POST', change] as const);
    const conditions: Array<Record<string, string>> = [
      {},
      { 'if-match': '*' },
      { 'if-match': '"c1"' },
      { 'if-none-match': '*' },
    ];
    for (const [method, view] of [...views, ...changes])
      for (const condition of conditions) {
        const body = method === 'GET' ? undefined : view === '/reschedule' ? { dueAt: '2026-12-01T00:00:00Z' } : {};
        const ask = async (id: string) => {
          const { status, json, headers } = await ana.ask(method, `${API}/${id}${view}`, body, condition);
          return [status, json.error, headers['etag'], headers['content-length']];
        };
        const nothing = await ask('is-none');
        assert.deepEqual([nothing[0], (nothing[1] as { message: string }).message], [404, MISSING], view);
        for (const id of FOREIGN) assert.deepEqual(await ask(id), nothing, `${method} ${id}${view}`);
      }
    assert.deepEqual(b.callbacks.changes, []);
  });

  it('are not changed by many at once, named or filtered, and not counted', async () => {
    for (const action of ['cancel', 'retry'] as const) {
      const { json } = await ana.ask('POST', `${API}/bulk`, { action, ids: [...FOREIGN, 'is-none'] });
      assert.deepEqual(
        json.results.map(({ result, message }: { result: string; message: unknown }) => [result, message]),
        Array.from({ length: 4 }, () => ['not-found', null]),
      );
    }
    for (const filter of [{}, { inboundNumber: OTHERS }, { number: '+5511777770001' }, { q: 'other' }]) {
      const { json, text } = await ana.ask('POST', `${API}/bulk`, { action: 'cancel', filter });
      assert.equal(json.matched, Object.keys(filter).length === 0 ? 2 : 0, text);
      assert.doesNotMatch(text, SECRET);
    }
    assert.deepEqual(new Set(b.callbacks.changes.map(({ id }) => id)), new Set(['mine-1', 'mine-2']));
  });

  it('are in no file', async () => {
    for (const query of ['', `?inboundNumber=${encodeURIComponent(OTHERS)}`, '?q=5511777']) {
      const { text } = await ana.ask('GET', `${API}.csv${query}`);
      assert.doesNotMatch(text, SECRET, query);
      assert.equal(text.trim().split('\r\n').length, query === '' ? 3 : 1);
    }
    const rule = {
      name: 'theirs',
      origin: '+5511*',
      inboundNumbers: [OTHERS],
      method: 'caller',
      trunk: 'trunk-80092037',
    };
    await b.request('POST', '/api/v1/callback-rules', rule);
    const csv = { 'content-type': 'text/csv' };
    const imported = await ana.ask(
      'POST',
      `${API}.csv`,
      'rule,number\ntheirs,+5548991990009\nnone,+5548991990009',
      csv,
    );
    const [theirs, none] = imported.json.lines;
    assert.deepEqual([theirs.result, none.result], ['unknown-rule', 'unknown-rule']);
    assert.deepEqual(b.callbacks.requests, []);
  });

  it('are counted nowhere: what sums up all is not for him', async () => {
    for (const path of [
      'statistics',
      'audit',
      'errors',
      'registrations',
      'suppressions',
      'holds',
      'configuration',
      'shadow',
    ])
      assert.equal((await ana.ask('GET', `/api/v1/${path}`)).status, 403, path);
  });

  it('are rules and numbers that he can not tell from none, by any condition', async () => {
    const rule = {
      name: 'theirs',
      origin: '+5511*',
      inboundNumbers: [OTHERS],
      method: 'caller',
      trunk: 'trunk-80092037',
    };
    await b.request('POST', '/api/v1/callback-rules', rule);
    const mine = { ...rule, inboundNumbers: [MINE] };
    const conditions: Array<Record<string, string>> = [
      {},
      { 'if-match': '*' },
      { 'if-match': '"x"' },
      { 'if-none-match': '*' },
    ];
    for (const condition of conditions)
      for (const [method, section, foreign, body] of [
        ['GET', 'callback-rules', 'theirs', undefined],
        ['PUT', 'callback-rules', 'theirs', mine],
        ['DELETE', 'callback-rules', 'theirs', undefined],
        ['GET', 'inbound-numbers', OTHERS, undefined],
        ['PUT', 'inbound-numbers', OTHERS, { number: MINE, flow: 'reception' }],
      ] as const) {
        const ask = async (name: string) => {
          const url = `/api/v1/${section}/${encodeURIComponent(name)}`;
          const { status, json, headers } = await ana.ask(method, url, body, condition);
          return [status, json.error, headers['etag']];
        };
        assert.deepEqual(await ask(foreign), await ask('is-none'), `${method} ${section} ${JSON.stringify(condition)}`);
      }
    for (const query of ['', '?q=theirs', '?origin=%2B5511*', '?sort=name']) {
      const { text } = await ana.ask('GET', `/api/v1/callback-rules${query}`);
      assert.doesNotMatch(text, /theirs/, query);
    }
  });
});

describe('HTTP: the stream of what happens', () => {
  let b: Bench;
  beforeEach(async () => {
    b = await bench({ heartbeatMs: 20 });
    b.store.items = CALLBACKS;
  });
  afterEach(() => b.http.close());

  async function listen({ cookie }: Browser, query = ''): Promise<Reader> {
    const { port } = await b.http.listen(HOST, 0);
    const sent = get({ host: HOST, port, path: `/api/v1/events${query}`, headers: { cookie }, agent: false });
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    return new Reader(response);
  }

  it('has nothing of other numbers in what was missed either', async () => {
    for (const [index, callbackId] of ['other-1', 'mine-1', 'nobodys', 'mine-2'].entries())
      b.events.emit({ ...eventOf(index + 1), callbackId });
    await addUser(b, 'ana', 'agent', { inboundNumbers: [MINE] });
    const reader = await listen(await signIn(b, 'ana'), '?lastEventId=0');
    const ids: string[] = [];
    while (ids.length < 2) {
      const frame = await reader.next();
      const data = /^data: (.*)$/m.exec(frame)?.[1];
      if (data !== undefined) ids.push(JSON.parse(data).callbackId);
    }
    assert.deepEqual(ids, ['mine-1', 'mine-2']);
    reader.response.destroy();
  });

  it('ends when he is limited to other numbers than when he began to listen', async () => {
    await addUser(b, 'ana', 'agent');
    const reader = await listen(await signIn(b, 'ana'));
    const limited = { username: 'ana', role: 'agent', inboundNumbers: [MINE] };
    assert.equal((await b.request('PUT', '/api/v1/users/ana', limited)).status, 200);
    await reader.end();
    assert.equal(b.events.listeners.size, 0);
  });
});

describe('HTTP: numbers that are masked', () => {
  it('are not found by digits, one after the other, nor in what the configuration and the shadow hold', async () => {
    const record = {
      id: 's1',
      at: BASE_AT,
      callId: 'x',
      peer: '192.0.2.1',
      source: null,
      joins: null,
      explanation: { ...EXPLANATION, from: caller('+5511777770001') },
    };
    const shadow = { add: () => undefined, all: () => [record] };
    const b = await bench({ shadow });
    await b.request('POST', '/api/v1/callback-rules', {
      name: 'fixed',
      origin: '+5511*',
      method: 'number',
      number: '+5511777770001',
      trunk: 'trunk-80092037',
    });
    await addUser(b, 'mo', 'monitor');
    const mo = await signIn(b, 'mo');
    for (const digit of '0123456789') assert.equal((await mo.ask('GET', `${API}?q=${digit}`)).status, 403, digit);
    for (const query of ['q=5511777770001', 'q=77777', 'number=%2B5511777770001'])
      assert.equal((await mo.ask('GET', `/api/v1/callback-rules?${query}`)).json.total, 0, query);
    assert.equal((await mo.ask('GET', '/api/v1/callback-rules?q=fixed')).json.total, 1);
    assert.equal((await mo.ask('GET', '/api/v1/shadow')).json.total, 1);
    assert.equal((await mo.ask('GET', '/api/v1/shadow?q=77777')).json.total, 0);
    await b.http.close();
  });
});
