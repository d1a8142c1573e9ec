import assert from 'node:assert/strict';
import { rangeOf } from '../../lib/http/byte-range.ts';
import { addUser, signIn } from './access/people.ts';
import { API_KEY, type Bench, bench } from './fakes.ts';
import { AUDIO } from './recordings-fake.ts';

const API = '/api/v1/recordings';

describe('API: recordings', () => {
  let b: Bench;
  beforeEach(async () => {
    b = await bench();
  });
  afterEach(() => b.http.close());

  const hear = (headers: Record<string, string> = {}) => b.request('GET', `${API}/r1/audio`, undefined, headers);
  const heard = async () =>
    (await b.journal.list({ kind: 'audit', page: 1, pageSize: 50 })).items.filter(
      ({ body }) => body['action'] === 'listened',
    );

  it('are listed by callback, time and text, the latest first', async () => {
    b.recordings.put();
    const { status, json } = await b.request(
      'GET',
      `${API}?callback=c1&q=9919&from=2026-11-20T00:00:00Z&to=2026-11-21T00:00:00Z`,
    );
    assert.equal(status, 200);
    assert.equal(json.items[0].id, 'r1');
    assert.equal(json.items[0].startedAt, '2026-11-20T12:00:00.000Z');
    assert.equal(json.items[0].here, true);
    assert.equal(json.items[0].path, undefined);
    const from = Date.UTC(2026, 10, 20);
    assert.deepEqual(b.recordings.queries, [
      { page: 1, pageSize: 50, descending: true, callbackId: 'c1', text: '9919', from, to: from + 86_400_000 },
    ]);
  });

  it('are heard as WAV, whole or in part', async () => {
    b.recordings.put();
    const whole = await b.http.inject({ url: `${API}/r1/audio`, headers: { authorization: `Bearer ${API_KEY}` } });
    assert.equal(whole.headers['content-type'], 'audio/wav');
    assert.equal(whole.headers['cache-control'], 'no-store');
    assert.deepEqual(whole.rawPayload, AUDIO);
    const part = await b.http.inject({
      url: `${API}/r1/audio`,
      headers: { authorization: `Bearer ${API_KEY}`, range: 'bytes=10-19' },
    });
    assert.equal(part.statusCode, 206);
    assert.equal(part.headers['content-range'], 'bytes 10-19/100');
    assert.deepEqual(part.rawPayload, AUDIO.subarray(10, 20));
  });

  it('leave an entry in the audit trail when they are heard: one for a player that asks in pieces', async () => {
    b.recordings.put();
    assert.equal((await hear({ range: 'bytes=50-' })).status, 206);
    await hear({ range: 'bytes=0-9' });
    const [entry, ...others] = await heard();
    assert.deepEqual(others, []);
    assert.equal(entry?.subject, 'recordings/r1');
    assert.deepEqual(entry?.body['detail'], { callbackId: 'c1', kind: 'talk' });
    b.now.at += 5 * 60_000;
    await hear();
    assert.equal((await heard()).length, 2);
  });

  it('are not heard where the trail can not be written', async () => {
    b.recordings.put();
    const { append } = b.journal;
    b.journal.append = async () => {
      throw Object.assign(new Error('away'), { code: 'STORE_UNAVAILABLE' });
    };
    const { status, text } = await hear();
    b.journal.append = append;
    assert.equal(status, 503);
    assert.ok(!text.includes(AUDIO.toString('latin1').slice(40, 60)));
  });

  it('say where they are, and that they are broken', async () => {
    b.recordings.put({ node: 'other-host' });
    const away = await hear();
    assert.equal(away.status, 409);
    assert.deepEqual(away.json.error.reason, { code: 'recording-elsewhere', parameters: { node: 'other-host' } });
    assert.equal((await b.request('DELETE', `${API}/r1`)).status, 409);
    b.recordings.put();
    b.recordings.broken = 'damaged';
    assert.equal((await hear()).json.error.reason.code, 'recording-damaged');
    b.recordings.broken = 'gone';
    assert.equal((await hear()).status, 404);
    assert.deepEqual(await heard(), []);
  });

  it('are removed, with an entry of what went', async () => {
    b.recordings.put();
    assert.equal((await b.request('DELETE', `${API}/r1`)).status, 204);
    assert.equal((await b.request('GET', `${API}/r1`)).status, 404);
    const { items } = await b.journal.list({ kind: 'audit', page: 1, pageSize: 1 });
    assert.equal(items[0]?.subject, 'recordings/r1');
  });

  it('are for administrators and supervisors; only the former remove them', async () => {
    b.recordings.put();
    for (const [role, listens, removes] of [
      ['administrator', 200, 204],
      ['supervisor', 200, 403],
      ['manager', 403, 403],
      ['monitor', 403, 403],
      ['agent', 403, 403],
      ['developer', 403, 403],
    ] as const) {
      b.recordings.put();
      await addUser(b, `u-${role}`, role);
      const { ask } = await signIn(b, `u-${role}`);
      assert.equal((await ask('GET', `${API}/r1/audio`)).status, listens, role);
      assert.equal((await ask('DELETE', `${API}/r1`)).status, removes, role);
    }
  });

  it('of numbers that are not his are not there for one who is limited to some', async () => {
    b.recordings.put({ inboundNumber: '+554831210119' });
    await addUser(b, 'eva', 'supervisor', { inboundNumbers: ['+554831210110'] });
    const { ask } = await signIn(b, 'eva');
    assert.equal((await ask('GET', `${API}/r1`)).status, 404);
    assert.equal((await ask('GET', `${API}/r1/audio`)).status, 404);
    await ask('GET', API);
    assert.deepEqual(b.recordings.queries[0]?.inboundNumbers, ['+554831210110']);
    b.recordings.put({ inboundNumber: null });
    assert.equal((await ask('GET', `${API}/r1`)).status, 404);
  });
});

describe('API: ranges of bytes', () => {
  for (const [header, expected] of [
    [undefined, null],
    ['', null],
    ['bytes=0-0', { start: 0, end: 0 }],
    ['bytes=90-', { start: 90, end: 99 }],
    ['bytes=90-900', { start: 90, end: 99 }],
    ['bytes=-10', { start: 90, end: 99 }],
    ['bytes=-900', { start: 0, end: 99 }],
    ['bytes=-0', 'unsatisfiable'],
    ['bytes=100-', 'unsatisfiable'],
    ['bytes=5-3', null],
    ['bytes=0-1,5-6', null],
    ['lines=1-2', null],
    ['bytes=-', null],
  ] as const)
    it(`${header ?? 'none'}`, () => assert.deepEqual(rangeOf(header, 100), expected));
});
