import assert from 'node:assert/strict';
import { ensureAdministrator } from '../../lib/http/access/administrator.ts';
import { AttemptLimit, networkOf } from '../../lib/http/access/attempt-limit.ts';
import { passwordHash, passwordMatches } from '../../lib/http/access/password.ts';
import { API_KEY, type Bench, bench, MemoryStore } from './fakes.ts';

const basic = (user: string, password: string) => ({
  authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
});

describe('HTTP: authentication', () => {
  let b: Bench;
  beforeEach(async () => {
    b = await bench();
  });
  afterEach(() => b.http.close());
  const ask = async (headers: Record<string, string>, url = '/api/v1/trunks', method = 'GET') =>
    (await b.request(method, url, undefined, { authorization: '', ...headers })).status;

  it('takes the key as Bearer, as x-api-key and as the password of Basic with any user', async () => {
    assert.equal(await ask({ authorization: `Bearer ${API_KEY}` }), 200);
    assert.equal(await ask({ authorization: `bearer ${API_KEY}` }), 200);
    assert.equal(await ask({ 'x-api-key': API_KEY }), 200);
    assert.equal(await ask(basic('anybody', API_KEY)), 200);
    assert.equal(await ask(basic('', API_KEY)), 200);
  });

  it('refuses everything else with 401 and how to do better', async () => {
    for (const headers of [
      {},
      { authorization: 'Bearer' },
      { authorization: `Bearer ${API_KEY}x` },
      { authorization: `Digest ${API_KEY}` },
      { authorization: 'Basic %%%' },
      { 'x-api-key': '' },
      { 'x-api-key': API_KEY.slice(1) },
      basic('admin', ''),
      basic('admin', 'wrong'),
    ]) {
      const answer = await b.request('GET', '/api/v1/trunks', undefined, { authorization: '', ...headers } as Record<
        string,
        string
      >);
      assert.deepEqual([answer.status, answer.json.error.code], [401, 'unauthorized'], JSON.stringify(headers));
      assert.match(String(answer.headers['www-authenticate']), /^Basic realm=/);
    }
  });

  it('stands before every address of the API, however it is written, also before unknown ones', async () => {
    for (const url of [
      '/api/v1/callbacks',
      '/api/v1/nope',
      '/api',
      '/%61pi/v1/trunks',
      '/api/v1/events',
      '/api/v1/configuration',
    ])
      assert.equal(await ask({}, url), 401, url);
    assert.equal(await ask({}, '/api/v1/trunks', 'PATCH'), 401);
    assert.equal(await ask({}, '/api/v1/trunks', 'POST'), 401);
  });

  it('takes nothing for a key where none is configured', async () => {
    const bare = await bench({ apiKeys: [''] });
    for (const headers of [{ authorization: 'Bearer ' }, { 'x-api-key': '' }, basic('x', '')])
      assert.equal(
        (await bare.request('GET', '/api/v1/trunks', undefined, headers as Record<string, string>)).status,
        401,
      );
    await bare.http.close();
  });

  it('makes an administrator once, whose password is nowhere in the store', async () => {
    const store = new MemoryStore();
    const first = await ensureAdministrator(store.settings);
    assert.ok(first.created);
    assert.equal(first.username, 'admin');
    assert.match(first.password, /^[A-Za-z2-9]{20}$/);
    assert.ok(![...store.values.values()].join().includes(first.password));
    assert.deepEqual(await ensureAdministrator(store.settings), { created: false });
  });

  it('lets the administrator in by Basic, and only by his own name', async () => {
    const made = await ensureAdministrator(b.store.settings);
    assert.ok(made.created);
    assert.equal(await ask(basic('admin', made.password)), 200);
    assert.equal(await ask(basic('admin', made.password)), 200);
    assert.equal(await ask(basic('root', made.password)), 401);
    assert.equal(await ask(basic('admin', `${made.password}x`)), 401);
    assert.equal(await ask({ authorization: `Bearer ${made.password}` }), 401);
  });

  it('does not take a former password after it was changed', async () => {
    b.store.values.set('administrator', await passwordHash('old'));
    assert.equal(await ask(basic('admin', 'old')), 200);
    b.store.values.set('administrator', await passwordHash('new'));
    assert.equal(await ask(basic('admin', 'old')), 401);
    assert.equal(await ask(basic('admin', 'new')), 200);
  });

  it('reads no hash but its own form', async () => {
    for (const hash of ['', 'x', 'scrypt$a$b', 'plain:secret']) assert.equal(await passwordMatches('x', hash), false);
  });

  it('makes an address wait after 20 wrong keys, until the window is over', async () => {
    b.store.values.set('administrator', await passwordHash('right'));
    for (let i = 0; i < 20; i++) assert.equal(await ask({ 'x-api-key': `wrong-${i}` }), 401);
    const blocked = await b.request('GET', '/api/v1/trunks', undefined, basic('admin', 'right'));
    assert.deepEqual([blocked.status, blocked.json.error.code], [429, 'too-many-attempts']);
    assert.equal(blocked.headers['retry-after'], '60');
    b.now.at += 60_000;
    assert.equal(await ask(basic('admin', 'right')), 200);
  });

  it('does not lock out a key that can not be guessed, nor count requests without any', async () => {
    for (let i = 0; i < 50; i++) await ask({});
    assert.equal(await ask({ 'x-api-key': 'wrong' }), 401);
    for (let i = 0; i < 30; i++) await ask({ 'x-api-key': 'wrong' });
    assert.equal(await ask({ 'x-api-key': 'wrong' }), 429);
    assert.equal(await ask({ 'x-api-key': API_KEY }), 200);
  });

  it('limits guesses of a short key, the right one included', async () => {
    const short = await bench({ apiKeys: ['short'] });
    const status = async (key: string) =>
      (await short.request('GET', '/api/v1/trunks', undefined, { authorization: '', 'x-api-key': key })).status;
    for (let i = 0; i < 20; i++) await status('wrong');
    assert.equal(await status('short'), 429);
    short.now.at += 60_000;
    assert.equal(await status('short'), 200);
    await short.http.close();
  });

  it('refuses changes that another site makes a browser send', async () => {
    const cross = { 'sec-fetch-site': 'cross-site' };
    const answer = await b.request('POST', '/api/v1/callbacks/c1/cancel', undefined, cross);
    assert.deepEqual([answer.status, answer.json.error.code], [403, 'cross-site']);
    assert.deepEqual(b.callbacks.changes, []);
    for (const site of ['same-origin', 'none'])
      assert.equal(
        (await b.request('POST', '/api/v1/callbacks/c1/cancel', undefined, { 'sec-fetch-site': site })).status,
        200,
      );
    assert.equal((await b.request('GET', '/api/v1/trunks', undefined, cross)).status, 200);
  });
});

describe('AttemptLimit', () => {
  it('counts per IPv4 address and per IPv6 /64', () => {
    assert.equal(networkOf('::ffff:192.0.2.1'), networkOf('192.0.2.1'));
    assert.notEqual(networkOf('192.0.2.1'), networkOf('192.0.2.2'));
    assert.equal(networkOf('2001:db8:1:2::1'), networkOf('2001:db8:1:2:ffff::9'));
    assert.notEqual(networkOf('2001:db8:1:2::1'), networkOf('2001:db8:1:3::1'));
    assert.equal(networkOf('2001:db8::1'), '2001:db8:0:0');
    assert.equal(networkOf('1:2:3:4:5:6:7:8'), '1:2:3:4');
    assert.equal(networkOf('fe80::1%eth0'), networkOf('FE80:0:0:0:a::'));
    assert.equal(networkOf('::'), networkOf('::1'));
    assert.equal(networkOf('x'.repeat(1000)).length, 64);
  });

  it('remembers a bounded number of addresses, forgetting the one that was quiet longest', () => {
    const limit = new AttemptLimit({ most: 1, windowMs: 1000, mostAddresses: 3, now: () => 0 });
    for (const last of [1, 2, 3, 1, 4]) limit.failed(`192.0.2.${last}`);
    assert.equal(limit.size(), 3);
    const waits = [1, 2, 3, 4].map((last) => limit.waitSeconds(`192.0.2.${last}`));
    assert.deepEqual(waits, [1, 0, 1, 1]);
  });
});
