import assert from 'node:assert/strict';
import type { TrunkStatus } from '../../lib/ports/trunk-service.ts';
import { BASE_AT, type Bench, bench, callbackOf, WELL } from './fakes.ts';

const DOWN: TrunkStatus = {
  ...WELL,
  name: 'Reserve (new)',
  state: 'down',
  usable: false,
  down: { at: BASE_AT, cause: 'silent', by: 'options', probeAt: BASE_AT + 1_000, failedProbes: 2 },
  alarm: 'credentials',
  alarmAt: BASE_AT,
  ping: { at: BASE_AT, answered: false, status: null, roundTripMs: null },
  registration: { state: 'failed', expiresAt: null, nextAt: BASE_AT + 5_000, lastError: '403 Forbidden' },
};

describe('HTTP: trunks', () => {
  let b: Bench;
  beforeEach(async () => {
    b = await bench();
    b.trunks.states = [WELL, DOWN];
  });
  afterEach(() => b.http.close());

  it('shows how all of them are, a page at a time, and each by its name', async () => {
    const all = await b.request('GET', '/api/v1/trunk-status?pageSize=1&page=2');
    assert.deepEqual([all.status, all.json.total, all.json.items.length], [200, 2, 1]);
    const one = await b.request('GET', '/api/v1/trunks/Reserve%20(new)/status');
    assert.deepEqual(one.json, all.json.items[0]);
    assert.deepEqual(one.json.down, {
      at: '2026-11-20T12:00:00.000Z',
      cause: 'silent',
      by: 'options',
      probeAt: '2026-11-20T12:00:01.000Z',
      failedProbes: 2,
    });
    assert.equal(one.json.registration.nextAt, '2026-11-20T12:00:05.000Z');
    assert.equal((await b.request('GET', '/api/v1/trunks/nobody/status')).status, 404);
    assert.equal((await b.request('GET', '/api/v1/trunk-status?q=reserve')).json.total, 1);
  });

  it('shows the switches and turns them, for all and of a trunk', async () => {
    const on = { accept: true, dial: true };
    const before = await b.request('GET', '/api/v1/switches');
    assert.deepEqual(before.json, { ...on, trunks: [WELL, DOWN].map(({ name }) => ({ name, ...on })) });
    assert.equal((await b.request('PATCH', '/api/v1/switches', { dial: false, accept: false })).json.dial, false);
    const { status, json } = await b.request('PATCH', '/api/v1/switches', { trunk: WELL.name, accept: false });
    assert.deepEqual(
      [status, json.trunks[0], json.trunks[1]],
      [200, { name: WELL.name, accept: false, dial: true }, { name: DOWN.name, ...on }],
    );
    assert.deepEqual((await b.request('GET', '/api/v1/switches')).json, json);
  });

  it('refuses what is no switch, or no trunk, and changes nothing then', async () => {
    for (const body of [{}, { trunk: WELL.name }, { dial: 'off' }, { dial: 0 }, { dail: false }, []]) {
      const { status, json } = await b.request('PATCH', '/api/v1/switches', body);
      assert.deepEqual([status, json.error.code], [400, 'invalid'], JSON.stringify(body));
    }
    const unknown = await b.request('PATCH', '/api/v1/switches', { trunk: 'nobody', dial: false });
    assert.deepEqual([unknown.status, unknown.json.error.path], [404, 'trunk']);
    assert.deepEqual(b.trunks.present.dial, true);
    b.trunks.failure = Object.assign(new Error('away'), { code: 'STORE_UNAVAILABLE' });
    assert.equal((await b.request('PATCH', '/api/v1/switches', { dial: false })).status, 503);
  });

  it('is for administrators alone', async () => {
    for (const url of ['/api/v1/switches', '/api/v1/trunk-status', `/api/v1/trunks/${WELL.name}/status`])
      assert.equal((await b.request('GET', url, undefined, { authorization: '' })).status, 401, url);
  });

  it('places a test call, and writes down who did, the number masked', async () => {
    const path = `/api/v1/trunks/${encodeURIComponent(WELL.name)}/test-call`;
    const { status, json, headers } = await b.request('POST', path, { number: '+5548991996260', flow: 'reception' });
    assert.deepEqual([status, json.id, headers.location], [201, 'c9', '/api/v1/callbacks/c9']);
    assert.deepEqual(b.callbacks.testCalls, [{ trunk: WELL.name, number: '+5548991996260', flow: 'reception' }]);
    const [entry] = (await b.request('GET', '/api/v1/audit?pageSize=1')).json.items;
    assert.deepEqual([entry.action, entry.subject], ['test-call', `trunks/${WELL.name}/test-call`]);
    assert.deepEqual(entry.detail, { number: '+5548*******60', callback: 'c9', result: 'created' });
    b.callbacks.created = { result: 'merged', callback: callbackOf('c9') };
    assert.equal((await b.request('POST', path, { number: '+5548991996260' })).status, 200);
  });

  it('says why there is no test call, and what of the request is wrong', async () => {
    const path = `/api/v1/trunks/${encodeURIComponent(WELL.name)}/test-call`;
    for (const [code, status] of [
      ['unknown-trunk', 404],
      ['unknown-flow', 400],
      ['number-emergency', 403],
      ['not-dialling', 403],
      ['draining', 503],
    ] as const) {
      b.callbacks.created = { result: 'refused', code, message: 'so it is' };
      assert.equal((await b.request('POST', path, { number: '190' })).status, status, code);
    }
    const asked = b.callbacks.testCalls.length;
    for (const body of [{}, { number: '' }, { number: 5.5 }, { numbers: '1' }, { number: '1', flow: 7.5 }])
      assert.equal((await b.request('POST', path, body)).status, 400, JSON.stringify(body));
    assert.equal(b.callbacks.testCalls.length, asked);
  });
});
