import assert from 'node:assert/strict';
import { type Bench, bench } from '../fakes.ts';
import { addUser, asNobody, PASSWORD, signIn, someone } from './people.ts';

describe('HTTP: who is locked out', () => {
  let b: Bench;
  beforeEach(async () => {
    b = await bench();
    await addUser(b, 'ana', 'agent');
  });
  afterEach(() => b.http.close());

  const guess = async (times: number) => {
    for (let i = 0; i < times; i++)
      await b.http.inject({
        method: 'POST',
        url: '/api/v1/session',
        remoteAddress: `192.0.2.${i}`,
        payload: { username: 'ana', password: 'wrong' },
      });
  };
  const tries = async (password = PASSWORD) =>
    (await asNobody(b)('POST', '/api/v1/session', { username: 'ana', password })).status;
  const lockedUntil = async () => (await b.request('GET', '/api/v1/users/ana')).json.lockedUntil;

  it('is shown as such until the time is over', async () => {
    await guess(9);
    assert.equal(await lockedUntil(), null);
    await guess(1);
    assert.equal(await lockedUntil(), new Date(b.now.at + 900_000).toISOString());
    assert.equal(await tries(), 429);
    b.now.at += 900_000;
    assert.equal(await lockedUntil(), null);
    assert.equal(await tries(), 201);
  });

  it('may try again as soon as an administrator says so, and is locked by ten more wrong ones', async () => {
    await guess(10);
    assert.equal(await tries(), 429);
    b.now.at += 1;
    const unlocked = await b.request('POST', '/api/v1/users/ana/unlock');
    assert.deepEqual([unlocked.status, unlocked.json.lockedUntil], [200, null]);
    assert.equal(await tries(), 201);
    b.now.at += 1;
    await guess(10);
    assert.equal(await tries(), 429);
    const { json } = await b.request('GET', '/api/v1/audit?subject=users/ana&pageSize=100');
    assert.equal(json.items.filter(({ action }: { action: string }) => action === 'unlocked').length, 1);
  });

  it('may try with the new password that an administrator has set', async () => {
    await guess(10);
    b.now.at += 1;
    const password = 'another fine password';
    const { status } = await b.request('PUT', '/api/v1/users/ana', { username: 'ana', role: 'agent', password });
    assert.equal(status, 200);
    assert.equal(await tries(PASSWORD), 401);
    assert.equal(await tries(password), 201);
  });

  it('is let in by nobody but who may change users; who is not there is 404', async () => {
    const supervisor = await someone(b, 'supervisor');
    assert.equal((await supervisor.ask('POST', '/api/v1/users/ana/unlock')).status, 403);
    assert.equal((await b.request('POST', '/api/v1/users/nobody/unlock')).status, 404);
  });
});

describe("HTTP: one's sessions", () => {
  let b: Bench;
  beforeEach(async () => {
    b = await bench();
    await addUser(b, 'ana', 'agent');
    await addUser(b, 'bea', 'agent');
  });
  afterEach(() => b.http.close());

  it('are listed with the one that asks marked, and hold nothing that lets anybody in', async () => {
    const first = await signIn(b, 'ana');
    await signIn(b, 'bea');
    b.now.at += 60_000;
    const second = await signIn(b, 'ana');
    const { json, text } = await second.ask('GET', '/api/v1/sessions');
    const marks = json.items.map(({ current, address }: { current: boolean; address: string }) => [current, address]);
    assert.deepEqual(marks, [
      [true, '127.0.0.1'],
      [false, '127.0.0.1'],
    ]);
    for (const { cookie } of [first, second]) assert.ok(!text.includes(cookie.split('=')[1]!));
  });

  it('end at once but for the one that asks, and nobody else loses his', async () => {
    const [mine, other, bea] = [await signIn(b, 'ana'), await signIn(b, 'ana'), await signIn(b, 'bea')];
    const answer = await mine.ask('DELETE', '/api/v1/sessions');
    assert.deepEqual([answer.status, answer.json], [200, { ended: 1 }]);
    const alive = async ({ ask }: typeof mine) => (await ask('GET', '/api/v1/session')).status;
    assert.deepEqual([await alive(mine), await alive(other), await alive(bea)], [200, 401, 200]);
  });

  it('are for people with a session: a key has none', async () => {
    assert.equal((await b.request('GET', '/api/v1/sessions')).status, 403);
    assert.equal((await b.request('DELETE', '/api/v1/sessions')).status, 403);
  });
});
