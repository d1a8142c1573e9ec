import assert from 'node:assert/strict';
import type { RefusalCode } from '../../lib/ports/callback-service.ts';
import { ATTEMPT, BASE_AT, type Bench, bench, callbackOf, LOG_ENTRY } from './fakes.ts';

describe('HTTP: callbacks', () => {
  let b: Bench;
  beforeEach(async () => {
    b = await bench();
  });
  afterEach(() => b.http.close());

  it('are asked for with rule, number, time and data', async () => {
    const body = {
      rule: 'Callback geral',
      number: '(48) 99199-6260',
      dueAt: '2026-11-20T15:00:00+01:00',
      userData: { order: 5 },
    };
    const { status, json, headers } = await b.request('POST', '/api/v1/callbacks', body);
    assert.deepEqual([status, json], [201, { id: 'c9', state: 'scheduled', dueAt: '2026-11-20T12:00:05.010Z' }]);
    assert.equal(headers['location'], '/api/v1/callbacks/c9');
    const dueAt = Date.UTC(2026, 10, 20, 14);
    assert.deepEqual(b.callbacks.requests, [
      { rule: 'Callback geral', number: '(48) 99199-6260', dueAt, userData: { order: 5 } },
    ]);
  });

  it('are asked for with a rule alone', async () => {
    await b.request('POST', '/api/v1/callbacks', { rule: 'r', number: null });
    assert.deepEqual(b.callbacks.requests, [{ rule: 'r', number: null, dueAt: null, userData: null }]);
  });

  it('that stood already are answered with 200 and the same id', async () => {
    b.callbacks.created = { result: 'merged', callback: callbackOf('c1') };
    const { status, json } = await b.request('POST', '/api/v1/callbacks', { rule: 'r', number: '1' });
    assert.deepEqual([status, json.id], [200, 'c1']);
  });

  it('of a wrong request name the field', async () => {
    for (const [body, path] of [
      [{}, 'rule'],
      [{ rule: '' }, 'rule'],
      [{ rule: 'r', number: 12.5 }, 'number'],
      [{ rule: 'r', dueAt: 'tomorrow' }, 'dueAt'],
      [{ rule: 'r', dueAt: '2026-11-20T12:00:00' }, 'dueAt'],
      [{ rule: 'r', dueAt: '2026-13-45T99:00:00Z' }, 'dueAt'],
      [{ rule: 'r', userData: 'x' }, 'userData'],
      [{ rule: 'r', nubmer: '1' }, 'nubmer'],
    ] as const) {
      const { status, json } = await b.request('POST', '/api/v1/callbacks', body);
      assert.deepEqual([status, json.error.code, json.error.path], [400, 'invalid', path], JSON.stringify(body));
    }
    assert.deepEqual(b.callbacks.requests, []);
  });

  const refusals: Array<[RefusalCode, number, string | undefined]> = [
    ['unknown-rule', 400, 'rule'],
    ['number-missing', 400, 'number'],
    ['number-impossible', 400, 'number'],
    ['due-too-late', 400, 'dueAt'],
    ['number-emergency', 403, undefined],
    ['number-blocked', 403, undefined],
    ['country-not-allowed', 403, undefined],
    ['limit-reached', 403, undefined],
    ['loop', 403, undefined],
    ['draining', 503, undefined],
  ];
  for (const [code, status, path] of refusals) {
    it(`refused for ${code} are ${status}`, async () => {
      b.callbacks.created = { result: 'refused', code, message: 'because' };
      const answer = await b.request('POST', '/api/v1/callbacks', { rule: 'r', number: '1' });
      assert.equal(answer.status, status);
      assert.deepEqual(answer.json.error, { code, message: 'because', ...(path === undefined ? {} : { path }) });
    });
  }

  it('are listed by state, number, rule and time', async () => {
    const query =
      'state=done&number=+5548991996260&rule=Callback%20geral&from=2026-11-20T00:00:00Z&to=2026-11-21T00:00:00Z&page=2&pageSize=5&sort=dueAt';
    const { status, json } = await b.request('GET', `/api/v1/callbacks?${query}`);
    assert.equal(status, 200);
    assert.deepEqual([json.total, json.page, json.pageSize, json.items[0].id], [1, 2, 5, 'c2']);
    assert.deepEqual(b.store.queries, [
      {
        state: 'done',
        number: '+5548991996260',
        rule: 'Callback geral',
        from: Date.UTC(2026, 10, 20),
        to: Date.UTC(2026, 10, 21),
        page: 2,
        pageSize: 5,
        sort: { field: 'dueAt', descending: false },
      },
    ]);
  });

  for (const written of ['048991996260', '(48)%2099199-6260', '%2B5548991996260', '+5548991996260', '5548991996260']) {
    it(`are found by their number written ${written}`, async () => {
      await b.request('GET', `/api/v1/callbacks?number=${written}`);
      assert.equal(b.store.queries[0]?.number, '+5548991996260');
    });
  }

  it('are listed as without a filter where the filter is empty', async () => {
    const { status } = await b.request('GET', '/api/v1/callbacks?state=&number=&rule=&from=&to=&page=&sort=');
    assert.equal(status, 200);
    assert.deepEqual(b.store.queries[0], { page: 1, pageSize: 50, sort: { field: 'acceptedAt', descending: true } });
  });

  it('are listed latest first without any filter', async () => {
    const { json } = await b.request('GET', '/api/v1/callbacks');
    assert.equal(json.total, 2);
    assert.deepEqual(b.store.queries[0], { page: 1, pageSize: 50, sort: { field: 'acceptedAt', descending: true } });
  });

  it('are not listed by a filter that is none', async () => {
    for (const query of [
      'state=open',
      'from=yesterday',
      'sort=number',
      'to=1',
      'colour=red',
      'page=a',
      'state=done&state=queued',
    ]) {
      const { status, json } = await b.request('GET', `/api/v1/callbacks?${query}`);
      assert.deepEqual([status, json.error.code], [400, 'invalid'], query);
    }
  });

  it('are shown with attempts and events, all times in ISO 8601 UTC and numbers as text', async () => {
    const { status, json } = await b.request('GET', '/api/v1/callbacks/c1');
    assert.equal(status, 200);
    assert.deepEqual(
      [json.id, json.state, json.outcome, json.rule, json.number, json.e164, json.inboundNumber],
      ['c1', 'scheduled', null, 'Callback geral', '048991996260', '+5548991996260', '+554831210110'],
    );
    for (const field of ['acceptedAt', 'dueAt', 'expiresAt', 'promisedAt'])
      assert.match(json[field], /^2026-11-20T1\d:\d\d:\d\d\.\d{3}Z$/);
    assert.deepEqual([json.doneAt, json.answeredAt, json.connectedAt], [null, null, null]);
    assert.equal(json.attempts[0].dialledAt, new Date(BASE_AT + 5012).toISOString());
    assert.equal(json.attempts[0].outcome, 'busy');
    assert.deepEqual(json.events, [
      {
        at: new Date(BASE_AT).toISOString(),
        type: 'accepted',
        attemptId: null,
        detail: { rule: 'x', dueAt: '2026-11-20T12:00:00.000Z' },
      },
    ]);
  });

  it('that do not exist are 404, whatever is asked of them', async () => {
    b.callbacks.changed = { result: 'not-found' };
    for (const [method, url, body] of [
      ['GET', 'nope', undefined],
      ['GET', `${'x'.repeat(300)}`, undefined],
      ['POST', 'nope/cancel', undefined],
      ['POST', 'nope/reschedule', { dueAt: '2026-11-20T12:00:00Z' }],
      ['POST', 'nope/retry', {}],
    ] as const) {
      const { status, json } = await b.request(method, `/api/v1/callbacks/${url}`, body);
      assert.deepEqual([status, json.error.code], [404, 'not-found'], url);
    }
  });

  it('are cancelled, rescheduled and retried', async () => {
    const dueAt = '2026-11-21T08:00:00.000Z';
    const answers = [
      await b.request('POST', '/api/v1/callbacks/c1/cancel'),
      await b.request('POST', '/api/v1/callbacks/c1/reschedule', { dueAt }),
      await b.request('POST', '/api/v1/callbacks/c1/retry', '', { 'content-type': 'application/json' }),
    ];
    for (const { status, json } of answers) assert.deepEqual([status, json.id, json.outcome], [200, 'c1', 'cancelled']);
    assert.deepEqual(b.callbacks.changes, [
      { what: 'cancel', id: 'c1' },
      { what: 'reschedule', id: 'c1', dueAt: Date.parse(dueAt) },
      { what: 'retry', id: 'c1' },
    ]);
  });

  it('in a state that forbids it are 409, and refused ones say why', async () => {
    b.callbacks.changed = { result: 'conflict', message: 'it is done already' };
    const late = await b.request('POST', '/api/v1/callbacks/c1/cancel');
    assert.deepEqual([late.status, late.json.error], [409, { code: 'conflict', message: 'it is done already' }]);
    b.callbacks.changed = { result: 'refused', code: 'due-too-late', message: 'too far away' };
    const far = await b.request('POST', '/api/v1/callbacks/c1/reschedule', { dueAt: '2999-01-01T00:00:00Z' });
    assert.deepEqual([far.status, far.json.error.code, far.json.error.path], [400, 'due-too-late', 'dueAt']);
  });

  it('are not rescheduled to nowhere', async () => {
    for (const body of [undefined, {}, { dueAt: 5 }, { dueAt: 'x' }]) {
      const { status, json } = await b.request('POST', '/api/v1/callbacks/c1/reschedule', body);
      assert.deepEqual([status, json.error.path], [400, 'dueAt']);
    }
  });

  it('are 503 while the store is away, and the log knows why', async () => {
    b.store.failure = Object.assign(new Error('SQLITE_FULL'), { code: 'STORE_UNAVAILABLE' });
    const { status, json } = await b.request('GET', '/api/v1/callbacks/c1');
    assert.deepEqual([status, json.error.code], [503, 'store-unavailable']);
    assert.equal(b.log.lines.filter((line) => line.level === 'error').length, 1);
  });
});

describe('HTTP: explain', () => {
  it('asks the dry run and shows its answer', async () => {
    const b = await bench();
    const { status, json } = await b.request('GET', '/api/v1/explain?to=+554831210110&from=048991996260');
    assert.equal(status, 200);
    assert.deepEqual(b.asked, [{ to: '+554831210110', from: '048991996260' }]);
    assert.deepEqual([json.outcome, json.rule, json.dueAt], ['callback', 'Callback geral', '2026-11-20T12:00:00.000Z']);
    for (const query of ['', 'to=1', 'from=1', 'to=&from=1', `to=1&from=${'9'.repeat(500)}`])
      assert.equal((await b.request('GET', `/api/v1/explain?${query}`)).status, 400, query);
    await b.http.close();
  });

  it('asks for a number that a rule would dial, and needs a rule that there is', async () => {
    const b = await bench();
    assert.equal((await b.request('POST', '/api/v1/callback-rules', { name: 'São', trunk: 't' })).status, 400);
    assert.equal((await b.request('POST', '/api/v1/trunks', { name: 't', proxy: 'sip:192.0.2.1' })).status, 201);
    assert.equal((await b.request('POST', '/api/v1/callback-rules', { name: 'São', trunk: 't' })).status, 201);
    const asked = await b.request('GET', `/api/v1/explain?from=48991996260&rule=${encodeURIComponent('São')}`);
    assert.equal(asked.status, 200);
    assert.deepEqual(b.asked, [{ to: '', from: '48991996260', rule: 'São' }]);
    const { status, json } = await b.request('GET', '/api/v1/explain?from=48991996260&rule=nobody');
    assert.deepEqual([status, json.error.path], [404, 'rule']);
    await b.http.close();
  });
});

describe('HTTP: route', () => {
  const rule = { name: 'Saída', routes: [{ match: '^55(.*)$', rewrite: '0$1', trunks: ['t'] }] };

  it('tells which route of an outgoing rule takes a number', async () => {
    const b = await bench();
    assert.equal((await b.request('POST', '/api/v1/trunks', { name: 't', proxy: 'sip:192.0.2.1' })).status, 201);
    assert.equal((await b.request('POST', '/api/v1/outgoing-rules', rule)).status, 201);
    const url = `/api/v1/route?rule=${encodeURIComponent('Saída')}&number=+5548991996260&at=2026-11-26T12:00:00Z`;
    const { status, json } = await b.request('GET', url);
    assert.equal(status, 200);
    assert.deepEqual(
      [json.at, json.routes[0].verdict, json.trunks[0].user],
      ['2026-11-26T12:00:00.000Z', 'taken', '048991996260'],
    );
    await b.http.close();
  });

  it('is 404 for a rule that there is not, and 400 for a question that is none', async () => {
    const b = await bench();
    const missing = await b.request('GET', '/api/v1/route?rule=none&number=1');
    assert.deepEqual([missing.status, missing.json.error.path], [404, 'rule']);
    for (const query of ['', 'rule=x', 'number=1', 'rule=x&number=1&at=noon', `rule=x&number=${'9'.repeat(500)}`])
      assert.equal((await b.request('GET', `/api/v1/route?${query}`)).status, 400, query);
    await b.http.close();
  });
});

describe('HTTP: what an attempt has sent', () => {
  const dialledEntry = (attemptId: string, detail: typeof LOG_ENTRY.detail) => ({
    ...LOG_ENTRY,
    type: 'dialled',
    attemptId,
    detail,
  });

  it('stands beside it, out of its last INVITE', async () => {
    const b = await bench();
    b.store.entries = [
      dialledEntry('c1.1', { legId: 'c1.1.0', requestUri: 'sip:1@a', from: '<sip:2@a>' }),
      dialledEntry('c1.1', { legId: 'c1.1.1', requestUri: 'sip:1@b', from: '<sip:3@b>', privacy: 'id' }),
      dialledEntry('c1.2', { legId: 'c1.2.0' }),
    ];
    b.store.records = ['c1.1', 'c1.2', 'c1.3'].map((attemptId) => ({ ...ATTEMPT, attemptId }));
    const { json } = await b.request('GET', '/api/v1/callbacks/c1');
    assert.deepEqual(
      json.attempts.map(({ sent }: { sent: unknown }) => sent),
      [{ requestUri: 'sip:1@b', from: '<sip:3@b>', privacy: 'id' }, null, null],
    );
    await b.http.close();
  });
});

describe('HTTP: a callback or switch that somebody else has changed', () => {
  it('is not changed by who read it before', async () => {
    const b = await bench();
    const read = await b.request('GET', '/api/v1/callbacks/c1');
    const tag = String(read.headers['etag']);
    assert.equal((await b.request('GET', '/api/v1/callbacks/c1', undefined, { 'if-none-match': tag })).status, 304);
    b.store.items[0] = { ...b.store.items[0]!, version: 2 };
    for (const [what, body] of [
      ['cancel', {}],
      ['retry', {}],
      ['reschedule', { dueAt: '2026-11-21T00:00:00Z' }],
    ] as const)
      assert.equal((await b.request('POST', `/api/v1/callbacks/c1/${what}`, body, { 'if-match': tag })).status, 412);
    assert.deepEqual(b.callbacks.changes, []);
    assert.equal((await b.request('POST', '/api/v1/callbacks/c1/cancel', {}, { 'if-match': '"c2"' })).status, 200);
    const switches = String((await b.request('GET', '/api/v1/switches')).headers['etag']);
    const turn = (on: boolean) => b.request('PATCH', '/api/v1/switches', { dial: on }, { 'if-match': switches });
    assert.equal((await turn(false)).status, 200);
    assert.equal((await turn(true)).status, 412);
    assert.equal((await b.request('GET', '/api/v1/switches')).json.dial, false);
    await b.http.close();
  });
});
