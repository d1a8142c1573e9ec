import assert from 'node:assert/strict';
import { ensureAdministrator } from '../../../lib/http/access/administrator.ts';
import { API_KEY, type Bench, bench } from '../fakes.ts';
import { addUser, asNobody, PASSWORD, someone } from './people.ts';

describe('HTTP: users', () => {
  let b: Bench;
  beforeEach(async () => {
    b = await bench();
  });
  afterEach(() => b.http.close());

  it('are added, read, replaced and removed, and never shown with a password', async () => {
    const body = {
      username: 'Ana',
      name: 'Ana Souza',
      role: 'agent',
      password: PASSWORD,
      inboundNumbers: ['+554831210110'],
    };
    const added = await b.request('POST', '/api/v1/users', body);
    assert.equal(added.status, 201);
    const { createdAt: _, updatedAt: _at, ...shown } = added.json;
    const { password: _password, ...rest } = body;
    assert.deepEqual(shown, { ...rest, enabled: true, mustChangePassword: false, totp: false, lockedUntil: null });
    const again = await b.request('POST', '/api/v1/users', { ...body, username: 'ana' });
    assert.deepEqual([again.status, again.json.error.code], [409, 'already-exists']);
    const etag = String(added.headers['etag']);
    const change = { username: 'Ana', role: 'monitor' };
    const put = (tag: string) => b.request('PUT', '/api/v1/users/Ana', change, { 'if-match': tag });
    assert.equal((await put('"other"')).status, 412);
    assert.equal((await put(etag)).status, 200);
    assert.equal((await put(etag)).status, 412);
    assert.equal((await b.request('DELETE', '/api/v1/users/ana', undefined, { 'if-match': etag })).status, 412);
    assert.equal((await b.request('DELETE', '/api/v1/users/ana')).status, 204);
    assert.equal((await b.request('GET', '/api/v1/users/ana')).status, 404);
    assert.ok(!(await b.request('GET', '/api/v1/audit')).text.includes(PASSWORD));
  });

  it('take no field that is not theirs to set', async () => {
    for (const more of [
      { epoch: 5 },
      { passwordHash: 'x' },
      { createdAt: 'x' },
      { permissions: ['users:write'] },
      { role: 'root' },
    ]) {
      const body = { username: 'eve', role: 'agent', password: PASSWORD, ...more };
      assert.equal((await b.request('POST', '/api/v1/users', body)).status, 400, JSON.stringify(more));
    }
    const wrong = async (body: object) => (await b.request('POST', '/api/v1/users', body)).json.error.path;
    assert.equal(await wrong({ username: 'eve' }), 'password');
    assert.equal(await wrong({ username: 'eve', password: 'short' }), 'password');
    assert.equal(await wrong({ username: '../x', password: PASSWORD }), 'username');
    assert.equal(await wrong({ username: 'eve', password: PASSWORD, inboundNumbers: ['+1'] }), 'inboundNumbers[0]');
  });

  it('always leave somebody who can administer', async () => {
    await ensureAdministrator(b.store.settings);
    const last = async (method: string, body?: object) => {
      const { status, json } = await b.request(method, '/api/v1/users/admin', body);
      return [status, json?.error?.code];
    };
    const admin = { username: 'admin', role: 'administrator' };
    assert.deepEqual(await last('DELETE'), [409, 'last-administrator']);
    for (const change of [{ role: 'agent' }, { enabled: false }, { inboundNumbers: ['+554831210110'] }])
      assert.deepEqual(await last('PUT', { ...admin, ...change }), [409, 'last-administrator']);
    await addUser(b, 'ana', 'administrator');
    assert.deepEqual(await last('DELETE'), [204, undefined]);
    assert.equal((await b.request('GET', '/api/v1/users/admin')).status, 404, 'he does not come back');
    const names = (await b.request('GET', '/api/v1/users')).json.items.map(
      ({ username }: { username: string }) => username,
    );
    assert.deepEqual(names, ['ana']);
    await addUser(b, 'admin', 'agent');
    assert.equal((await b.request('GET', '/api/v1/users/admin')).json.role, 'agent');
  });

  it('without a role can sign in and do nothing', async () => {
    const nobody = await someone(b, null);
    assert.deepEqual((await nobody.ask('GET', '/api/v1/session')).json.permissions, []);
    for (const url of ['/api/v1/callbacks', '/api/v1/users', '/api/v1/trunks'])
      assert.equal((await nobody.ask('GET', url)).status, 403);
  });

  it('are limited in how fast they ask; a key of the configuration is not', async function () {
    this.timeout(60_000);
    const ana = await someone(b, 'monitor');
    let refused = null;
    for (let i = 0; i < 320 && refused === null; i++) {
      const answer = await ana.ask('GET', '/api/v1/session');
      if (answer.status === 429) refused = answer;
    }
    assert.equal(refused?.json.error.code, 'rate-limited');
    assert.equal(refused.headers['retry-after'], '1');
    for (let i = 0; i < 320; i++) assert.equal((await b.request('GET', '/api/v1/session')).status, 200);
    b.now.at += 1000;
    assert.equal((await ana.ask('GET', '/api/v1/session')).status, 200);
  });
});

describe('HTTP: API keys', () => {
  let b: Bench;
  beforeEach(async () => {
    b = await bench();
  });
  afterEach(() => b.http.close());
  const made = async (more: object = {}) =>
    b.request('POST', '/api/v1/api-keys', { name: 'crm', scopes: ['callbacks:read'], ...more });
  const withKey = (key: string, method = 'GET', url = '/api/v1/callbacks', body?: unknown) =>
    asNobody(b)(method, url, body, { authorization: `Bearer ${key}` });

  it('are shown once, kept as a hash, and may do what their scopes say', async () => {
    const answer = await made();
    assert.equal(answer.status, 201);
    const { key, id } = answer.json;
    assert.match(key, /^cbk_[a-z2-7]{16}_[\w-]{43}$/);
    const kept =
      JSON.stringify(await b.documents.all('api-key', 0)) + (await b.request('GET', '/api/v1/api-keys')).text;
    assert.ok(!kept.includes(key.slice(21)));
    assert.ok(!(await b.request('GET', '/api/v1/audit')).text.includes(key.slice(21)));
    assert.equal((await withKey(key)).status, 200);
    assert.equal((await asNobody(b)('GET', '/api/v1/callbacks', undefined, { 'x-api-key': key })).status, 200);
    assert.equal((await withKey(key, 'POST', '/api/v1/callbacks/c1/cancel')).status, 403);
    assert.equal((await withKey(key, 'GET', '/api/v1/users')).status, 403);
    assert.equal((await withKey(`${key.slice(0, -1)}${key.endsWith('A') ? 'B' : 'A'}`)).status, 401);
    assert.notEqual((await b.request('GET', `/api/v1/api-keys/${id}`)).json.lastUsedAt, null);
    assert.equal((await b.request('DELETE', `/api/v1/api-keys/${id}`)).status, 204);
    assert.equal((await withKey(key)).status, 401);
  });

  it('end when they should', async () => {
    const expiresAt = new Date(b.now.at + 60_000).toISOString();
    const { json } = await made({ expiresAt });
    b.now.at += 59_999;
    assert.equal((await withKey(json.key)).status, 200);
    b.now.at += 1;
    assert.equal((await withKey(json.key)).status, 401);
    assert.equal((await made({ name: 'late', expiresAt: '2020-01-01T00:00:00Z' })).status, 400);
  });

  it('never may more than their maker, neither then nor later', async () => {
    const developer = await someone(b, 'developer');
    const wide = await developer.ask('POST', '/api/v1/api-keys', {
      name: 'wide',
      scopes: ['callbacks:read', 'users:write'],
    });
    assert.deepEqual([wide.status, wide.json.error.path], [400, 'scopes[1]']);
    const { json } = await developer.ask('POST', '/api/v1/api-keys', {
      name: 'own',
      scopes: ['callbacks:read', 'webhooks:write'],
    });
    assert.equal((await withKey(json.key)).status, 200);
    const owner = { username: json.owner };
    await b.request('PUT', `/api/v1/users/${json.owner}`, {
      ...owner,
      role: 'monitor',
      inboundNumbers: ['+554831210111'],
    });
    const session = (await withKey(json.key, 'GET', '/api/v1/session')).json;
    assert.deepEqual(
      [session.permissions, session.inboundNumbers, session.masked],
      [['callbacks:read'], ['+554831210111'], true],
    );
    await b.request('PUT', `/api/v1/users/${json.owner}`, { ...owner, role: 'developer', enabled: false });
    assert.equal((await withKey(json.key)).status, 401);
  });

  it('make no keys, and need no token against forged requests', async () => {
    const { json } = await made({ scopes: ['keys:write', 'callbacks:write'] });
    assert.equal(
      (await withKey(json.key, 'POST', '/api/v1/api-keys', { name: 'x', scopes: ['keys:write'] })).status,
      403,
    );
    assert.equal((await withKey(json.key, 'POST', '/api/v1/callbacks/c1/cancel', {})).status, 200);
  });
});

describe('HTTP: CORS origins', () => {
  it('let pages in with a key, never with a cookie or Basic', async () => {
    const b = await bench();
    const origin = 'https://app.example';
    const from = { origin, 'sec-fetch-site': 'cross-site' };
    const write = (headers: Record<string, string>) => asNobody(b)('POST', '/api/v1/callbacks/c1/cancel', {}, headers);
    assert.equal((await write({ ...from, 'x-api-key': API_KEY })).json.error.code, 'cross-site');
    assert.equal(
      (await b.request('GET', '/api/v1/callbacks', undefined, from)).headers['access-control-allow-origin'],
      undefined,
    );
    assert.equal((await b.request('POST', '/api/v1/cors-origins', { origin: `${origin}/x` })).status, 400);
    assert.equal((await b.request('POST', '/api/v1/cors-origins', { origin })).status, 201);
    assert.equal((await b.request('POST', '/api/v1/cors-origins', { origin })).status, 409);
    const allowed = await write({ ...from, 'x-api-key': API_KEY });
    assert.deepEqual(
      [allowed.status, allowed.headers['access-control-allow-origin'], allowed.headers['vary']],
      [200, origin, 'origin'],
    );
    assert.equal(allowed.headers['access-control-allow-credentials'], undefined);
    const ana = await someone(b, 'administrator');
    assert.equal((await ana.ask('POST', '/api/v1/callbacks/c1/cancel', {}, from)).json.error.code, 'cross-site');
    const preflight = await asNobody(b)('OPTIONS', '/api/v1/callbacks', undefined, {
      ...from,
      'access-control-request-method': 'POST',
    });
    assert.equal(preflight.status, 204);
    assert.match(String(preflight.headers['access-control-allow-headers']), /x-api-key/);
    const stranger = { origin: 'https://evil.example', 'access-control-request-method': 'POST' };
    assert.equal((await asNobody(b)('OPTIONS', '/api/v1/callbacks', undefined, stranger)).status, 401);
    const url = `/api/v1/cors-origins/${encodeURIComponent(origin)}`;
    assert.equal((await b.request('PUT', url, { origin, note: 'the shop' })).json.note, 'the shop');
    assert.equal((await b.request('DELETE', url)).status, 204);
    assert.equal((await write({ ...from, 'x-api-key': API_KEY })).status, 403);
    await b.http.close();
  });
});
