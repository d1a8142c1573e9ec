import assert from 'node:assert/strict';
import { codeAt } from '../../../lib/http/access/totp.ts';
import { addUser, asNobody, type Browser, cookieIn, PASSWORD, signIn } from '../access/people.ts';
import { type Bench, bench } from '../fakes.ts';

describe('HTTP: the id of a session', function () {
  this.timeout(30_000);
  let b: Bench;
  beforeEach(async () => {
    b = await bench();
    await addUser(b, 'ana', 'supervisor');
  });
  afterEach(() => b.http.close());

  const alive = async (cookie: string): Promise<boolean> =>
    (await asNobody(b)('GET', '/api/v1/session', undefined, { cookie })).status === 200;
  const enter = (cookie: string) =>
    asNobody(b)('POST', '/api/v1/session', { username: 'ana', password: PASSWORD }, { cookie });

  it('is another one after the sign-in than before, and the former one is dead', async () => {
    const former = (await signIn(b, 'ana')).cookie;
    const next = cookieIn(await enter(former));
    assert.notEqual(next, former);
    assert.deepEqual([await alive(former), await alive(next)], [false, true]);
  });

  it('is never one that was brought along, of whatever form', async () => {
    for (const planted of ['A'.repeat(43), 'x', '', '../../x', 'A'.repeat(4000)]) {
      const cookie = `callback_session=${planted}`;
      const given = cookieIn(await enter(cookie));
      assert.match(given, /^callback_session=[\w-]{43}$/);
      assert.notEqual(given, cookie);
      assert.equal(await alive(cookie), false);
    }
  });

  it('is another one after the password was changed, and those everywhere else are dead', async () => {
    const [mine, phone] = [await signIn(b, 'ana'), await signIn(b, 'ana')];
    const next = 'another fine password';
    const done = await mine.ask('PUT', '/api/v1/session/password', { current: PASSWORD, next });
    const fresh = cookieIn(done);
    assert.notEqual(fresh, mine.cookie);
    assert.deepEqual(await Promise.all([mine.cookie, phone.cookie, fresh].map(alive)), [false, false, true]);
  });

  const changes: Array<[string, object]> = [
    ['his role', { role: 'manager' }],
    ['his role, to none', {}],
    ['his password', { role: 'supervisor', password: 'another fine password' }],
    ['that he may sign in', { role: 'supervisor', enabled: false }],
  ];
  for (const [what, change] of changes)
    it(`is dead once somebody has changed ${what}`, async () => {
      const ana = await signIn(b, 'ana');
      assert.equal((await b.request('PUT', '/api/v1/users/ana', { username: 'ana', ...change })).status, 200);
      assert.equal(await alive(ana.cookie), false);
    });

  it('is dead with its user, and stays so when another one gets his name', async () => {
    const ana = await signIn(b, 'ana');
    assert.equal((await b.request('DELETE', '/api/v1/users/ana')).status, 204);
    assert.equal(await alive(ana.cookie), false);
    await addUser(b, 'ana', 'administrator');
    assert.equal(await alive(ana.cookie), false);
  });

  it('is not the only thing that goes with a user: his keys do too', async () => {
    await addUser(b, 'dev', 'developer');
    const dev = await signIn(b, 'dev');
    const { json } = await dev.ask('POST', '/api/v1/api-keys', { name: 'k', scopes: ['callbacks:read'] });
    await b.request('DELETE', '/api/v1/users/dev');
    await addUser(b, 'dev', 'administrator');
    const byKey = await asNobody(b)('GET', '/api/v1/callbacks', undefined, { 'x-api-key': json.key });
    assert.equal(byKey.status, 401);
    assert.equal((await b.request('GET', '/api/v1/api-keys')).json.total, 0);
  });

  it('lives on where nothing of his was changed, and sees at once what he is limited to', async () => {
    const ana = await signIn(b, 'ana');
    const limited = { username: 'ana', role: 'supervisor', inboundNumbers: ['+554831210111'] };
    await b.request('PUT', '/api/v1/users/ana', limited);
    const answer = await ana.ask('GET', '/api/v1/callbacks');
    assert.deepEqual([answer.status, answer.json.total], [200, 0]);
  });

  it('is kept as a hash, and stands in no answer but its cookie', async () => {
    const ana = await signIn(b, 'ana');
    const token = ana.cookie.split('=')[1]!;
    const texts = [
      JSON.stringify(await b.documents.all('session', b.now.at)),
      (await ana.ask('GET', '/api/v1/session')).text,
      (await b.request('GET', '/api/v1/audit')).text,
    ];
    for (const text of texts) assert.ok(!text.includes(token));
  });

  it('stands in a cookie that is HttpOnly, SameSite=Strict, of the whole site and of no other host; gone when he leaves', async () => {
    const flags = (answer: { headers: Record<string, unknown> }) =>
      String(answer.headers['set-cookie']).split('; ').slice(1);
    const plain = await enter('');
    assert.deepEqual(flags(plain), ['Path=/', 'HttpOnly', 'SameSite=Strict', 'Max-Age=604800']);
    const tls = { 'x-forwarded-proto': 'https' };
    const secure = await asNobody(b)('POST', '/api/v1/session', { username: 'ana', password: PASSWORD }, tls);
    assert.deepEqual(flags(secure), ['Path=/', 'HttpOnly', 'SameSite=Strict', 'Max-Age=604800', 'Secure']);
    assert.match(String(secure.headers['set-cookie']), /^__Host-/);
    const browser: Browser = await signIn(b, 'ana');
    const out = await browser.ask('DELETE', '/api/v1/session');
    assert.match(String(out.headers['set-cookie']), /^callback_session=; .*Max-Age=0$/);
  });

  it('asks for the second factor before there is one', async () => {
    const ana = await signIn(b, 'ana');
    const { secret } = (await ana.ask('POST', '/api/v1/session/totp', { password: PASSWORD })).json;
    await ana.ask('PUT', '/api/v1/session/totp', { code: codeAt(secret, Math.floor(b.now.at / 30_000)) });
    const half = await enter('');
    assert.deepEqual([half.status, half.headers['set-cookie']], [401, undefined]);
  });
});
