import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeControlFile } from '../../lib/cli/control-file.ts';
import { ensureAdministrator } from '../../lib/http/access/administrator.ts';
import { codeAt } from '../../lib/http/access/totp.ts';
import { openSqliteStore } from '../../lib/store/sqlite/sqlite-store.ts';
import { addUser, asNobody, type Browser, signIn } from '../http/access/people.ts';
import { API_KEY, type Bench, bench, MemoryLog } from '../http/fakes.ts';
import { Cli } from './fakes.ts';

const HOST = '127.0.83.4';

describe('a forgotten password', function () {
  this.timeout(30_000);
  let data: string;
  let b: Bench | null = null;
  beforeEach(() => {
    data = mkdtempSync(join(tmpdir(), 'callback-password-'));
  });
  afterEach(async () => {
    await b?.http.close();
    b = null;
    rmSync(data, { recursive: true, force: true });
  });

  const open = () => openSqliteStore({ directory: data, log: new MemoryLog() });
  /** Where no server runs: on the store itself. */
  async function run(...argv: string[]) {
    const cli = new Cli();
    cli.dependencies.openStore = open;
    const code = await cli.run('password', ...argv, '--data', data);
    return { code, output: cli.output, complaints: cli.complaints };
  }
  const shownIn = (output: string) =>
    /^(\S+) has the password ([A-Za-z2-9]{20}) until/.exec(output)?.[2] ?? assert.fail(output);

  /** A server that owns the store, as the command finds it. */
  async function serving(): Promise<Bench> {
    b = await bench({ now: Date.now });
    const { port } = await b.http.listen(HOST, 0);
    writeControlFile(data, { http: `http://${HOST}:${port}`, key: API_KEY });
    return b;
  }
  async function runBeside(...argv: string[]) {
    const cli = new Cli();
    cli.failure = Object.assign(new Error('in use'), { code: 'STORE_IN_USE' });
    const code = await cli.run('password', ...argv, '--data', data);
    return { code, output: cli.output, complaints: cli.complaints };
  }
  const enter = (on: Bench, username: string, password: string, more: object = {}) =>
    asNobody(on)('POST', '/api/v1/session', { username, password, ...more });

  /** On a store that nobody serves any more. */
  async function withBench<T>(work: (on: Bench) => Promise<T>): Promise<T> {
    const store = await open();
    const on = await bench({ store, now: Date.now });
    try {
      return await work(on);
    } finally {
      await on.http.close();
      await store.close();
    }
  }

  it('of the first administrator is replaced where no server runs, for one sign-in, and the audit has it', async () => {
    const store = await open();
    const made = await ensureAdministrator(store.settings);
    await store.close();
    assert.ok(made.created);
    const { code, output, complaints } = await run('admin');
    assert.deepEqual([code, complaints], [0, '']);
    const password = shownIn(output);
    await withBench(async (on) => {
      assert.equal((await enter(on, 'admin', made.password)).status, 401);
      const answer = await enter(on, 'admin', password);
      assert.deepEqual([answer.status, answer.json.role, answer.json.mustChangePassword], [201, 'administrator', true]);
      const { json, text } = await on.request('GET', '/api/v1/audit?subject=users/admin');
      const entry = json.items.find(({ action }: { action: string }) => action === 'reset the password');
      assert.deepEqual([entry.actor, entry.changes[0].field], ['command line', 'password']);
      assert.ok(!text.includes(password) && !output.includes(made.password));
    });
  });

  it('ends the sessions that its user has, and leaves those of others', async () => {
    let ana: Browser | null = null;
    let bea: Browser | null = null;
    await withBench(async (on) => {
      await addUser(on, 'ana', 'supervisor', { inboundNumbers: ['+554831210110'] });
      await addUser(on, 'bea', 'agent');
      [ana, bea] = [await signIn(on, 'ana'), await signIn(on, 'bea')];
    });
    shownIn((await run('ANA')).output);
    await withBench(async (on) => {
      const ask = async ({ cookie }: Browser) =>
        (await asNobody(on)('GET', '/api/v1/session', undefined, { cookie })).status;
      assert.deepEqual([await ask(ana!), await ask(bea!)], [401, 200]);
      const { json } = await on.request('GET', '/api/v1/users/ana');
      assert.deepEqual([json.role, json.inboundNumbers], ['supervisor', ['+554831210110']]);
    });
  });

  it('is replaced beside the server that runs, which locks him out no more', async () => {
    const on = await serving();
    await addUser(on, 'ana', 'administrator');
    const ana = await signIn(on, 'ana');
    for (let i = 0; i < 11; i++) await enter(on, 'ana', 'forgotten');
    assert.equal((await enter(on, 'ana', 'forgotten')).status, 429);
    const { code, output } = await runBeside('ana');
    assert.equal(code, 0);
    const answer = await enter(on, 'ana', shownIn(output));
    assert.deepEqual([answer.status, answer.json.mustChangePassword], [201, true]);
    assert.equal((await ana.ask('GET', '/api/v1/session')).status, 401);
    const { text } = await on.request('GET', '/api/v1/audit?subject=users/ana');
    assert.ok(text.includes('"password":"changed"') || text.includes('"field":"password"'), text);
    assert.ok(!text.includes(shownIn(output)));
  });

  for (const where of ['where no server runs', 'beside a server'])
    it(`keeps the second factor and says so, or takes it off, ${where}`, async () => {
      const isBeside = where === 'beside a server';
      const withFactor = async (on: Bench) => {
        await addUser(on, 'ana', 'administrator');
        const ana = await signIn(on, 'ana');
        const { secret } = (await ana.ask('POST', '/api/v1/session/totp', { password: 'correct horse battery' })).json;
        const code = codeAt(secret, Math.floor(Date.now() / 30_000));
        assert.equal((await ana.ask('PUT', '/api/v1/session/totp', { code })).status, 200);
      };
      if (isBeside) await withFactor(await serving());
      else await withBench(withFactor);
      const command = isBeside ? runBeside : run;
      const kept = await command('ana');
      assert.match(kept.complaints, /second factor is still asked for: --no-totp/);
      const off = await command('ana', '--no-totp');
      assert.deepEqual([off.code, off.complaints], [0, '']);
      const check = async (on: Bench) => {
        assert.equal((await enter(on, 'ana', shownIn(kept.output))).status, 401);
        assert.equal((await enter(on, 'ana', shownIn(off.output))).status, 201);
      };
      if (isBeside) await check(b!);
      else await withBench(check);
    });

  it('is refused with one clear line for nobody, and where nothing is stored', async () => {
    await (await open()).close();
    const { code, output, complaints } = await run('nobody');
    assert.deepEqual([code, output], [2, '']);
    assert.match(complaints, /^there is no user named nobody; nothing was changed$/);
    assert.equal((await run()).code, 2);
    const cli = new Cli();
    assert.equal(await cli.run('password', 'admin', '--data', join(data, 'none')), 2);
    await serving();
    assert.match((await runBeside('nobody')).complaints, /^there is no user named nobody/);
  });

  it('tells of one who is switched off', async () => {
    await withBench((on) => addUser(on, 'ana', 'agent', { enabled: false }));
    assert.match((await run('ana')).complaints, /switched off/);
  });
});
