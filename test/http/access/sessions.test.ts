import assert from 'node:assert/strict';
import { ensureAdministrator } from '../../../lib/http/access/administrator.ts';
import { passwordHash } from '../../../lib/http/access/password.ts';
import { codeAt } from '../../../lib/http/access/totp.ts';
import { type Bench, bench } from '../fakes.ts';
import { addUser, asNobody, cookieIn, PASSWORD, signIn } from './people.ts';

const HOUR_MS = 3_600_000;

describe('HTTP: sessions', function () {
  this.timeout(60_000);
  let b: Bench;
  beforeEach(async () => {
    b = await bench();
    await addUser(b, 'ana', 'administrator');
  });
  afterEach(() => b.http.close());
  const nobody: ReturnType<typeof asNobody> = (...asked) => asNobody(b)(...asked);
  const credentials = (more: object = {}) => ({ username: 'ana', password: PASSWORD, ...more });

  it('let in with name and password, by a cookie that no script can read', async () => {
    const answer = await nobody('POST', '/api/v1/session', credentials());
    assert.equal(answer.status, 201);
    const cookie = String(answer.headers['set-cookie']);
    assert.match(cookie, /^callback_session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict; Max-Age=\d+$/);
    const { csrfToken, role, permissions } = answer.json;
    assert.equal(role, 'administrator');
    assert.ok(permissions.includes('users:write'));
    const again = await nobody('GET', '/api/v1/session', undefined, { cookie: cookieIn(answer) });
    assert.deepEqual([again.status, again.json.kind, again.json.csrfToken], [200, 'session', csrfToken]);
    assert.equal(again.headers['set-cookie'], undefined);
  });

  it('are secure behind TLS: another name, Secure, and HSTS', async () => {
    const tls = { 'x-forwarded-proto': 'https' };
    const answer = await nobody('POST', '/api/v1/session', credentials(), tls);
    assert.match(String(answer.headers['set-cookie']), /^__Host-callback_session=.*; Secure$/);
    assert.equal(answer.headers['strict-transport-security'], 'max-age=31536000');
    const cookie = cookieIn(answer);
    assert.equal((await nobody('GET', '/api/v1/session', undefined, { cookie, ...tls })).status, 200);
    assert.equal((await nobody('GET', '/api/v1/session', undefined, { cookie })).status, 401);
  });

  it('keep neither the token nor the password in the store', async () => {
    const { cookie } = await signIn(b, 'ana');
    const token = cookie.split('=')[1]!;
    const kept = JSON.stringify([await b.documents.all('session', b.now.at), await b.documents.all('user', b.now.at)]);
    assert.ok(!kept.includes(token) && !kept.includes(PASSWORD));
    assert.match(kept, /\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  });

  it('are refused the same way for a wrong password, an unknown name and a user who is switched off', async () => {
    await addUser(b, 'off', 'agent', { enabled: false });
    const texts = [];
    for (const given of [{ password: 'wrong' }, { username: 'nobody' }, { username: 'off' }]) {
      const answer = await nobody('POST', '/api/v1/session', credentials(given));
      texts.push([answer.status, answer.json.error, answer.headers['set-cookie']]);
    }
    assert.deepEqual(texts[0], texts[1]);
    assert.deepEqual(texts[0], texts[2]);
    assert.equal(texts[0]?.[0], 401);
  });

  it('change nothing without their own token in a header', async () => {
    const mine = await signIn(b, 'ana');
    const other = await signIn(b, 'ana');
    const write = (headers: Record<string, string>) =>
      nobody('POST', '/api/v1/callbacks/c1/cancel', undefined, { cookie: mine.cookie, ...headers });
    for (const headers of [
      {},
      { 'x-csrf-token': '' },
      { 'x-csrf-token': other.csrf },
      { 'x-csrf-token': 'é'.repeat(43) },
    ]) {
      const answer = await write(headers as Record<string, string>);
      assert.deepEqual([answer.status, answer.json.error.code], [403, 'csrf']);
    }
    assert.deepEqual(b.callbacks.changes, []);
    assert.equal((await write({ 'x-csrf-token': mine.csrf })).status, 200);
    const cross = await write({ 'x-csrf-token': mine.csrf, 'sec-fetch-site': 'cross-site' });
    assert.equal(cross.json.error.code, 'cross-site');
    const signInFromElsewhere = await nobody('POST', '/api/v1/session', credentials(), {
      'sec-fetch-site': 'cross-site',
    });
    assert.equal(signInFromElsewhere.status, 403);
  });

  it('can not be fixed: a token that is brought along never becomes one, and the former one ends', async () => {
    const planted = `callback_session=${'A'.repeat(43)}`;
    const answer = await nobody('POST', '/api/v1/session', credentials(), { cookie: planted });
    assert.notEqual(cookieIn(answer), planted);
    assert.equal((await nobody('GET', '/api/v1/session', undefined, { cookie: planted })).status, 401);
    const former = cookieIn(answer);
    const next = await nobody('POST', '/api/v1/session', credentials(), { cookie: former });
    assert.equal((await nobody('GET', '/api/v1/session', undefined, { cookie: former })).status, 401);
    // of two, one was planted; the right one alone is none then
    for (const twice of [`${former}; ${cookieIn(next)}`, `${cookieIn(next)}; ${former}`])
      assert.equal((await nobody('GET', '/api/v1/session', undefined, { cookie: twice })).status, 401);
    assert.equal((await nobody('GET', '/api/v1/session', undefined, { cookie: cookieIn(next) })).status, 200);
  });

  it('end when they are signed out, unused for 12 hours, or 7 days old', async () => {
    const first = await signIn(b, 'ana');
    const out = await first.ask('DELETE', '/api/v1/session');
    assert.equal(out.status, 204);
    assert.match(String(out.headers['set-cookie']), /^callback_session=; .*Max-Age=0/);
    assert.equal((await first.ask('GET', '/api/v1/session')).status, 401);
    const idle = await signIn(b, 'ana');
    b.now.at += 12 * HOUR_MS - 1;
    assert.equal((await idle.ask('GET', '/api/v1/session')).status, 200);
    b.now.at += 12 * HOUR_MS;
    assert.equal((await idle.ask('GET', '/api/v1/session')).status, 401);
    const old = await signIn(b, 'ana');
    for (let hours = 0; hours < 7 * 24 - 8; hours += 8) {
      b.now.at += 8 * HOUR_MS;
      assert.equal((await old.ask('GET', '/api/v1/session')).status, 200, String(hours));
    }
    b.now.at += 8 * HOUR_MS;
    assert.equal((await old.ask('GET', '/api/v1/session')).status, 401);
  });

  it('end for all others when the password changes, and when the user is switched off, demoted or removed', async () => {
    const [mine, other] = [await signIn(b, 'ana'), await signIn(b, 'ana')];
    const next = 'another fine password';
    const wrong = await mine.ask('PUT', '/api/v1/session/password', { current: 'x', next });
    assert.deepEqual([wrong.status, wrong.json.error.path], [400, 'current']);
    const done = await mine.ask('PUT', '/api/v1/session/password', { current: PASSWORD, next });
    assert.equal(done.status, 204);
    assert.equal((await other.ask('GET', '/api/v1/session')).status, 401);
    assert.equal((await mine.ask('GET', '/api/v1/session')).status, 401);
    assert.equal((await nobody('GET', '/api/v1/session', undefined, { cookie: cookieIn(done) })).status, 200);
    assert.equal((await nobody('POST', '/api/v1/session', credentials())).status, 401);
    for (const change of [{ enabled: false }, { role: 'monitor' }, null]) {
      const username = `bea${String(change === null)}${Object.keys(change ?? {})}`;
      await addUser(b, username, 'agent');
      const bea = await signIn(b, username);
      assert.equal((await bea.ask('GET', '/api/v1/callbacks')).status, 200);
      const url = `/api/v1/users/${username}`;
      const body = { username, role: 'agent', ...change };
      const { status } = change === null ? await b.request('DELETE', url) : await b.request('PUT', url, body);
      assert.ok(status < 300);
      assert.equal((await bea.ask('GET', '/api/v1/callbacks')).status, 401, username);
    }
  });

  it('lock a user for a while after ten wrong passwords from anywhere, and an address after twenty', async () => {
    const guess = (username: string, remoteAddress: string) =>
      b.http.inject({
        method: 'POST',
        url: '/api/v1/session',
        remoteAddress,
        payload: { username, password: 'wrong' },
      });
    for (let i = 0; i < 10; i++) assert.equal((await guess('ana', `192.0.2.${i}`)).statusCode, 401);
    const locked = await nobody('POST', '/api/v1/session', credentials());
    assert.deepEqual([locked.status, locked.headers['retry-after']], [429, '900']);
    b.now.at += 900_000;
    assert.equal((await nobody('POST', '/api/v1/session', credentials())).status, 201);
    for (let i = 0; i < 20; i++) assert.equal((await guess(`nobody${i}`, '192.0.2.99')).statusCode, 401);
    assert.equal((await guess('ana', '192.0.2.99')).statusCode, 429);
  });

  it('ask for a fresh password first where that is wanted', async () => {
    await addUser(b, 'new', 'supervisor', { mustChangePassword: true });
    const fresh = await signIn(b, 'new');
    assert.equal((await fresh.ask('GET', '/api/v1/callbacks')).json.error.code, 'forbidden');
    const next = 'my very own password';
    const done = await fresh.ask('PUT', '/api/v1/session/password', { current: PASSWORD, next });
    const cookie = cookieIn(done);
    assert.equal((await nobody('GET', '/api/v1/callbacks', undefined, { cookie })).status, 200);
  });

  it('open no window of the browser for a script, and are written down, refused ones too', async () => {
    const script = { 'sec-fetch-dest': 'empty' };
    const answer = await nobody('GET', '/api/v1/callbacks', undefined, script);
    assert.match(String(answer.headers['www-authenticate']), /^Session /);
    await nobody('POST', '/api/v1/session', credentials({ password: 'wrong' }));
    await signIn(b, 'ana');
    const { json } = await b.request('GET', '/api/v1/audit?subject=users/ana');
    const actions = json.items.map(({ action, actor }: { action: string; actor: string | null }) => [action, actor]);
    assert.deepEqual(actions.slice(0, 2), [
      ['signed in', 'ana'],
      ['sign-in refused', null],
    ]);
  });

  it('serve the administrator of the first start, whose former scrypt hash is still understood', async () => {
    const made = await ensureAdministrator(b.store.settings);
    assert.ok(made.created);
    const { username, password } = made;
    assert.equal((await nobody('POST', '/api/v1/session', { username, password })).status, 201);
    // of the password `former`, as versions before argon2id wrote it
    b.store.values.set('administrator', `scrypt$AAAAAAAAAAAAAAAAAAAAAA==$${SCRYPT_OF_FORMER}`);
    assert.equal((await nobody('POST', '/api/v1/session', { username, password: 'former' })).status, 201);
    assert.notEqual(await passwordHash('a'), await passwordHash('a'));
  });
});

const SCRYPT_OF_FORMER = 'hnKYuJjdRi8PlmINkUve2Mch0S3hYFAN4Rbvx18Fvo0=';

describe('HTTP: the second factor', () => {
  let b: Bench;
  beforeEach(async () => {
    b = await bench();
    await addUser(b, 'ana', 'agent');
  });
  afterEach(() => b.http.close());
  const codeNow = (secret: string) => codeAt(secret, Math.floor(b.now.at / 30_000));
  const attempt = (more: object) =>
    asNobody(b)('POST', '/api/v1/session', { username: 'ana', password: PASSWORD, ...more });

  async function withFactor(): Promise<{ secret: string; recoveryCodes: string[] }> {
    const ana = await signIn(b, 'ana');
    const begun = await ana.ask('POST', '/api/v1/session/totp', { password: PASSWORD });
    assert.equal(begun.status, 201);
    const { secret, uri } = begun.json;
    assert.match(uri, /^otpauth:\/\/totp\/drachtio-callback:ana\?secret=[A-Z2-7]{32}&issuer=drachtio-callback/);
    assert.equal((await attempt({})).status, 201, 'not in force before a code was right');
    assert.equal((await ana.ask('PUT', '/api/v1/session/totp', { code: '000000' })).status, 400);
    const set = await ana.ask('PUT', '/api/v1/session/totp', { code: codeNow(secret) });
    assert.equal(set.status, 200);
    return { secret, recoveryCodes: set.json.recoveryCodes };
  }

  it('gives the codes of RFC 6238', () => {
    const secret = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';
    const codes = [59, 1111111109, 1111111111, 1234567890, 2000000000].map((at) => codeAt(secret, Math.floor(at / 30)));
    assert.deepEqual(codes, ['287082', '081804', '050471', '005924', '279037']);
  });

  it('is asked for, takes each code once, and no old one', async () => {
    const { secret } = await withFactor();
    assert.equal((await attempt({})).json.error.code, 'totp-required');
    assert.equal((await attempt({ totp: codeNow(secret) })).json.error.code, 'totp-wrong', 'used to set it up');
    b.now.at += 30_000;
    const code = codeNow(secret);
    assert.equal((await attempt({ totp: code })).status, 201);
    assert.equal((await attempt({ totp: code })).json.error.code, 'totp-wrong');
    b.now.at += 300_000;
    assert.equal((await attempt({ totp: code })).json.error.code, 'totp-wrong');
    assert.equal((await attempt({ password: 'wrong', totp: codeNow(secret) })).json.error.code, 'unauthorized');
  });

  it('takes each recovery code once, and no password by Basic', async () => {
    const { recoveryCodes } = await withFactor();
    assert.equal(recoveryCodes.length, 10);
    assert.equal((await attempt({ totp: recoveryCodes[3] })).status, 201);
    assert.equal((await attempt({ totp: recoveryCodes[3] })).status, 401);
    const basic = { authorization: `Basic ${Buffer.from(`ana:${PASSWORD}`).toString('base64')}` };
    assert.equal((await b.request('GET', '/api/v1/callbacks', undefined, basic)).status, 401);
  });

  it('can be taken off by its owner with his password, and by who administers users', async () => {
    const { secret } = await withFactor();
    b.now.at += 60_000;
    const ana = await signIn(b, 'ana', { totp: codeNow(secret) });
    assert.equal((await ana.ask('DELETE', '/api/v1/session/totp', { password: 'x' })).status, 400);
    assert.equal((await ana.ask('DELETE', '/api/v1/session/totp', { password: PASSWORD })).status, 204);
    assert.equal((await attempt({})).status, 201);
    await withFactor();
    assert.equal((await attempt({})).status, 401);
    const put = await b.request('PUT', '/api/v1/users/ana', { username: 'ana', role: 'agent', totp: false });
    assert.deepEqual([put.status, put.json.totp], [200, false]);
    assert.equal((await attempt({})).status, 201);
  });

  it('locks after ten wrong codes', async () => {
    await withFactor();
    for (let i = 0; i < 10; i++) assert.equal((await attempt({ totp: '123' })).status, 401);
    assert.equal((await attempt({ totp: '123' })).status, 429);
  });
});
