import assert from 'node:assert/strict';
import { codeAt } from '../../../lib/http/access/totp.ts';
import { processorMs } from '../../support/processor-time.ts';
import { addUser, asNobody, PASSWORD, signIn } from '../access/people.ts';
import { type Bench, bench } from '../fakes.ts';

const MINUTE_MS = 60_000;

describe('HTTP: who guesses', function () {
  this.timeout(60_000);
  let b: Bench;
  beforeEach(async () => {
    b = await bench();
    await addUser(b, 'ana', 'administrator');
  });
  afterEach(() => b.http.close());

  const guess = (username: string, password: string, more: { from?: string; totp?: string } = {}) =>
    b.http.inject({
      method: 'POST',
      url: '/api/v1/session',
      remoteAddress: more.from ?? '192.0.2.1',
      payload: { username, password, ...(more.totp === undefined ? {} : { totp: more.totp }) },
    });
  const codeNow = (secret: string) => codeAt(secret, Math.floor(b.now.at / 30_000));

  async function withFactor(): Promise<string> {
    const ana = await signIn(b, 'ana');
    const { secret } = (await ana.ask('POST', '/api/v1/session/totp', { password: PASSWORD })).json;
    assert.equal((await ana.ask('PUT', '/api/v1/session/totp', { code: codeNow(secret) })).status, 200);
    b.now.at += MINUTE_MS;
    return secret;
  }

  it('a password from many addresses is kept out after ten, for fifteen minutes to the second', async () => {
    for (let i = 0; i < 10; i++) assert.equal((await guess('ana', 'wrong', { from: `192.0.2.${i}` })).statusCode, 401);
    const locked = await guess('ana', PASSWORD, { from: '192.0.2.200' });
    assert.deepEqual([locked.statusCode, locked.headers['retry-after']], [429, '900']);
    b.now.at += 15 * MINUTE_MS - 1;
    assert.equal((await guess('ana', PASSWORD, { from: '192.0.2.201' })).statusCode, 429);
    b.now.at += 1;
    assert.equal((await guess('ana', PASSWORD, { from: '192.0.2.202' })).statusCode, 201);
  });

  it('many names from one address, or one network of IPv6, is kept out after twenty, for a minute', async () => {
    for (const from of ['192.0.2.9', '2001:db8:1:2::']) {
      for (let i = 0; i < 20; i++)
        assert.equal(
          (await guess(`x${from}${i}`, 'y', { from: from.endsWith(':') ? `${from}${i}` : from })).statusCode,
          401,
        );
      const again = from.endsWith(':') ? `${from}ffff` : from;
      assert.equal((await guess('ana', PASSWORD, { from: again })).statusCode, 429);
      b.now.at += MINUTE_MS;
      assert.equal((await guess('ana', PASSWORD, { from: again })).statusCode, 201);
    }
  });

  it('by Basic, by the session’s form and by the password of one’s own account counts together', async () => {
    const ana = await signIn(b, 'ana');
    const basic = { authorization: `Basic ${Buffer.from('ana:wrong').toString('base64')}` };
    for (let i = 0; i < 4; i++) await asNobody(b)('GET', '/api/v1/callbacks', undefined, basic);
    for (let i = 0; i < 3; i++) await guess('ANA', 'wrong', { from: `192.0.2.${i}` });
    for (let i = 0; i < 3; i++) await ana.ask('PUT', '/api/v1/session/password', { current: 'wrong', next: PASSWORD });
    assert.equal((await guess('ana', PASSWORD, { from: '192.0.2.77' })).statusCode, 429);
    // who is signed in goes on
    assert.equal((await ana.ask('GET', '/api/v1/callbacks')).status, 200);
  });

  it('learns nothing of names: neither by what is said, nor by when one is locked', async () => {
    await addUser(b, 'off', 'agent', { enabled: false });
    const heard = async (name: string) => {
      const answers = [];
      for (let i = 0; i < 11; i++) {
        const { statusCode, body, headers } = await guess(name, 'wrong', { from: `192.0.${name.length}.${i}` });
        const { error } = JSON.parse(body);
        answers.push([
          statusCode,
          error,
          headers['retry-after'],
          headers['www-authenticate'],
          headers['content-length'],
        ]);
      }
      return answers;
    };
    const ana = await heard('ana');
    assert.deepEqual(await heard('nobody'), ana);
    assert.deepEqual(await heard('off'), ana);
    assert.equal(ana.at(-1)?.[0], 429);
  });

  it('learns nothing of names by the clock: half of the answers about each take as much work, give or take a third', async () => {
    const median = (times: number[]) => times.toSorted((a, b) => a - b)[times.length >> 1]!;
    const times: Record<string, number[]> = { ana: [], nobody: [] };
    await guess('warm', 'up');
    for (let round = 0; round < 30; round++)
      for (const name of ['ana', 'nobody']) {
        b.now.at += 16 * MINUTE_MS;
        const before = processorMs();
        assert.equal((await guess(name, `wrong ${round}`)).statusCode, 401);
        times[name]!.push(processorMs() - before);
      }
    const [known, unknown] = [median(times['ana']!), median(times['nobody']!)];
    assert.ok(Math.abs(known - unknown) < Math.max(known, unknown) / 3, `${known} ms and ${unknown} ms`);
    assert.ok(unknown > 3, `nothing was computed: ${unknown} ms`);
  });

  /** A store that answers nobody before so many have asked: all of them are past the door then. */
  function heldBack(count: number): void {
    const { promise: open, resolve } = Promise.withResolvers<void>();
    const get = b.documents.get.bind(b.documents);
    let asked = 0;
    b.documents.get = async (kind, name, now) => {
      const found = await get(kind, name, now);
      if (kind === 'user' && ++asked === count) resolve();
      if (kind === 'user') await open;
      return found;
    };
  }

  it('codes of a second factor has ten, also where they come all at once', async () => {
    const secret = await withFactor();
    const right = codeNow(secret);
    const wrong = Array.from({ length: 300 }, (_, index) => String(index).padStart(6, '0')).filter(
      (code) => code !== right,
    );
    heldBack(wrong.length);
    const answers = await Promise.all(
      wrong.map((totp, index) => guess('ana', PASSWORD, { totp, from: `198.51.${index >> 8}.${index & 255}` })),
    );
    const codes = answers.map(({ body }) => JSON.parse(body).error.code);
    assert.equal(codes.filter((code) => code === 'totp-wrong').length, 10);
    assert.equal(codes.filter((code) => code === 'too-many-attempts').length, wrong.length - 10);
    assert.equal((await guess('ana', PASSWORD, { totp: right, from: '203.0.113.1' })).statusCode, 429);
  });

  it('finds that of two with one code at once one is let in', async () => {
    const secret = await withFactor();
    const totp = codeNow(secret);
    const answers = await Promise.all(
      Array.from({ length: 5 }, (_, index) => guess('ana', PASSWORD, { totp, from: `192.0.2.${index}` })),
    );
    assert.deepEqual(answers.map(({ statusCode }) => statusCode).toSorted(), [201, 401, 401, 401, 401]);
    b.now.at += 30_000;
    assert.equal((await guess('ana', PASSWORD, { totp })).statusCode, 401, 'used already, and its time not over');
  });

  it('a recovery code has the same ten', async () => {
    await withFactor();
    for (let i = 0; i < 10; i++)
      await guess('ana', PASSWORD, { totp: `AAAA-BBBB-CCCC-DDD${i % 8}`, from: `192.0.2.${i}` });
    assert.equal((await guess('ana', PASSWORD, { from: '192.0.2.99' })).statusCode, 429);
  });

  it('counts no more against one who was given a new password', async () => {
    for (let i = 0; i < 10; i++) await guess('ana', 'wrong', { from: `192.0.2.${i}` });
    b.now.at += 1;
    const next = 'a new fine password';
    const put = { username: 'ana', role: 'administrator', password: next };
    assert.equal((await b.request('PUT', '/api/v1/users/ana', put)).status, 200);
    assert.equal((await guess('ana', next, { from: '192.0.2.50' })).statusCode, 201);
  });

  it('keys is kept out as well, and does not lock out who has one', async () => {
    const { json } = await b.request('POST', '/api/v1/api-keys', { name: 'k', scopes: ['callbacks:read'] });
    const ask = (key: string) => asNobody(b)('GET', '/api/v1/callbacks', undefined, { 'x-api-key': key });
    const almost = `${json.key.slice(0, -2)}AA`;
    for (let i = 0; i < 20; i++) assert.equal((await ask(almost)).status, 401);
    assert.equal((await ask(almost)).status, 429);
    assert.equal((await ask(json.key)).status, 200);
  });
});
