import assert from 'node:assert/strict';
import { ROUTE_ACCESS } from '../../../lib/http/access/route-access.ts';
import { addUser, asNobody, type Browser, PASSWORD, signIn } from '../access/people.ts';
import { API_KEY, type Bench, bench } from '../fakes.ts';

const WRITES = [...ROUTE_ACCESS.keys()].filter((route) => !route.startsWith('GET '));
const CANCEL = '/api/v1/callbacks/c1/cancel';

describe('HTTP: what another site makes a browser send', function () {
  this.timeout(30_000);
  let b: Bench;
  let ana: Browser;
  let bea: Browser;
  beforeEach(async () => {
    b = await bench();
    await addUser(b, 'ana', 'administrator');
    await addUser(b, 'bea', 'administrator');
    ana = await signIn(b, 'ana');
    bea = await signIn(b, 'bea');
  });
  afterEach(() => b.http.close());

  it('is refused at every write without the token of this very session', async () => {
    const forged: Array<[string, Record<string, string>]> = [
      ['without a token', {}],
      ['with an empty one', { 'x-csrf-token': '' }],
      ['with one of somebody else', { 'x-csrf-token': bea.csrf }],
      ['with one of a former session', { 'x-csrf-token': (await signIn(b, 'ana')).csrf }],
      ['with one that is too long', { 'x-csrf-token': `${ana.csrf}A` }],
      ['with the token of the cookie itself', { 'x-csrf-token': ana.cookie.split('=')[1]! }],
    ];
    let asked = 0;
    for (const route of WRITES.filter((one) => one !== 'POST /api/v1/session')) {
      const [method = '', path = ''] = route.split(' ');
      b.now.at += 1000;
      for (const [how, headers] of forged) {
        const answer = await asNobody(b)(method, path.replace(/:\w+/g, 'c1'), {}, { cookie: ana.cookie, ...headers });
        assert.deepEqual([answer.status, answer.json?.error.code], [403, 'csrf'], `${route} ${how}`);
        asked++;
      }
    }
    assert.ok(asked > 300, `${asked}`);
    assert.deepEqual(b.callbacks.changes, []);
  });

  it('is refused by where it comes from, whatever it carries', async () => {
    const basic = { authorization: `Basic ${Buffer.from(`ana:${PASSWORD}`).toString('base64')}` };
    const session = { cookie: ana.cookie, 'x-csrf-token': ana.csrf };
    const key = { 'x-api-key': API_KEY };
    for (const carried of [basic, session, key])
      for (const site of ['cross-site', 'same-site', 'nonsense']) {
        const headers = { ...carried, 'sec-fetch-site': site } as unknown as Record<string, string>;
        const answer = await asNobody(b)('POST', CANCEL, {}, headers);
        assert.deepEqual([answer.status, answer.json.error.code], [403, 'cross-site'], site);
      }
    assert.deepEqual(b.callbacks.changes, []);
  });

  it('is refused by its Origin where a browser says nothing else: over plain HTTP to a machine of the network', async () => {
    const basic = { authorization: `Basic ${Buffer.from(`ana:${PASSWORD}`).toString('base64')}`, host: 'pbx.lan:8080' };
    const write = async (origin: string, host = 'pbx.lan:8080') =>
      (await asNobody(b)('POST', CANCEL, {}, { ...basic, host, origin })).json.error?.code ?? 'done';
    for (const origin of ['http://evil.example', 'null', 'http://pbx.lan', 'http://pbx.lan:8080.evil.example', 'x'])
      assert.equal(await write(origin), 'cross-site', origin);
    assert.deepEqual(b.callbacks.changes, []);
    assert.equal(await write('http://pbx.lan:8080'), 'done');
    assert.equal(await write('http://pbx.lan', 'pbx.lan:80'), 'done');
    assert.equal(await write('https://pbx.lan', 'pbx.lan'), 'done');
    // scripts and telephones send none
    assert.equal((await asNobody(b)('POST', CANCEL, {}, basic)).status, 200);
    // a session has its token, also where a proxy does not pass the Host on
    assert.equal((await ana.ask('POST', CANCEL, {}, { origin: 'http://pbx.lan', host: '127.0.0.1:8080' })).status, 200);
  });

  it('signs nobody in, however the address is written', async () => {
    const body = { username: 'ana', password: PASSWORD };
    for (const url of ['/api/v1/session', '/%61pi/v1/session', '/api/v1/sessio%6e'])
      for (const from of [{ 'sec-fetch-site': 'cross-site' }, { origin: 'https://evil.example' }]) {
        const answer = await asNobody(b)('POST', url, body, from as Record<string, string>);
        assert.deepEqual([answer.status, answer.headers['set-cookie']], [403, undefined], url);
      }
  });

  it('takes no form for JSON', async () => {
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x']) {
      const answer = await ana.ask('POST', '/api/v1/users', '{"username":"eve"}', { 'content-type': type });
      assert.equal(answer.status, 415, type);
    }
  });
});
