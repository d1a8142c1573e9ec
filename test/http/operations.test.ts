import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { get, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Role } from '../../lib/core/access/role.ts';
import type { HttpOptions } from '../../lib/http/server.ts';
import { addUser, asNobody, type Browser, signIn } from './access/people.ts';
import { type Answer, API_KEY, type Bench, bench } from './fakes.ts';
import { API, OPERATIONS, type Operation, Trial, urlOf } from './trial.ts';
import { type Ask, OTHER_WAYS, SHADOW, WAYS } from './ways.ts';

const HOST = '127.0.83.1';
const SIGN_IN = `POST ${API}/session`;

const known = new WeakMap<Bench, Map<string, Browser>>();

/** Signed in once per server. */
async function person(b: Bench, username: string, role: Role | null, more: object = {}): Promise<Browser> {
  const people = known.get(b) ?? new Map<string, Browser>();
  known.set(b, people);
  const there = people.get(username);
  if (there !== undefined) return there;
  await addUser(b, username, role, more);
  const browser = await signIn(b, username);
  people.set(username, browser);
  return browser;
}

const byWhom = async ({ name }: Operation, b: Bench): Promise<Ask> =>
  WAYS[name]?.bySession === true ? (await person(b, 'ana', 'administrator')).ask : b.request;

/** Streams have no end: the head is all that is read. */
async function streamed(b: Bench): Promise<number> {
  const { port } = await b.http.listen(HOST, 0);
  const sent = get({ host: HOST, port, path: `${API}/events`, headers: { 'x-api-key': API_KEY }, agent: false });
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  response.destroy();
  return response.statusCode ?? 0;
}

async function guessed(b: Bench): Promise<Answer> {
  const guess = () => asNobody(b)('POST', `${API}/session`, { username: 'x', password: 'y' });
  for (let i = 0; i < 10; i++) await guess();
  return guess();
}

/** Without a permission, and without the token against forged requests. */
function forbidden(operation: Operation, b: Bench): Array<() => Promise<Answer>> {
  if (operation.name === SIGN_IN)
    return [{ 'sec-fetch-site': 'cross-site' }, { origin: 'https://evil.example' }].map(
      (headers) => () => new Trial(operation, b, asNobody(b)).run(headers as Record<string, string>),
    );
  // who is let in with one signs out, or gets another session
  return [false, true].map((hasToken) => async () => {
    const { cookie, csrf } = await person(b, 'nothing', null);
    return new Trial(operation, b, asNobody(b)).run({ cookie, ...(hasToken ? { 'x-csrf-token': csrf } : {}) });
  });
}

const limitedExplains = async (b: Bench): Promise<Answer> => {
  const { ask } = await person(b, 'limited', 'supervisor', { inboundNumbers: ['+554831210110'] });
  return ask('GET', `${API}/explain?from=48991996260&to=%2B554831210111`);
};

/** What every operation is asked on that has no store, or by somebody who asks too fast: nothing of it is done. */
interface Unwell {
  broken: Bench;
  key: string;
  dry: Bench;
  hasty: Browser;
}

async function unwell(): Promise<Unwell> {
  const [broken, dry] = [await bench(), await bench()];
  const { json } = await broken.request('POST', `${API}/api-keys`, { name: 'k', scopes: ['callbacks:read'] });
  broken.documents.get = async () => {
    throw Object.assign(new Error('it is gone'), { code: 'STORE_UNAVAILABLE' });
  };
  const hasty = await person(dry, 'hasty', 'administrator');
  let status = 0;
  for (let i = 0; i < 400 && status !== 429; i++) ({ status } = await hasty.ask('GET', `${API}/session`));
  await guessed(dry);
  return { broken, key: json.key, dry, hasty };
}

/** Asked as writes are, since a draft is too long for an address. */
const DRY_RUNS = [`POST ${API}/flows/validate`, `POST ${API}/flows/simulate`];

/** Who changed what: one entry of each write that went through, found by the id of its answer, and none of what only reads. */
async function assertWrittenDown({ name, method }: Operation, b: Bench, { status, headers }: Answer): Promise<void> {
  if (status >= 400) return;
  const correlationId = String(headers['x-correlation-id']);
  const { items } = await b.journal.list({ kind: 'audit', correlationId, page: 1, pageSize: 10 });
  // Of reading, to listen alone is written down.
  const isEntry = (method !== 'GET' && !DRY_RUNS.includes(name)) || name === `GET ${API}/recordings/{id}/audio`;
  assert.equal(items.length, isEntry ? 1 : 0, `${name} ${status}: entries in the audit log`);
  for (const { actor, subject, body } of items) {
    assert.ok(actor !== null && subject !== '', name);
    assert.match(String(body['action']), /^[a-z]/, `${name}: no word for what was done`);
  }
}

/** `/callbacks/bulk` is the callback of this id for who reads it. */
const fitting = (path: string) => new RegExp(`^${path.replaceAll('.', '\\.').replace(/\{\w+\}/g, '[^/]+')}$`);

describe('HTTP: every operation that is described', function () {
  this.timeout(30_000);
  let b: Bench;
  let ill: Unwell;
  let directory: string;
  let consoleDirectory: string;
  const open = (change: Partial<HttpOptions> = {}) => bench({ consoleDirectory, ...change });

  before(async () => {
    directory = mkdtempSync(join(tmpdir(), 'callback-operations-'));
    consoleDirectory = join(directory, 'console');
    mkdirSync(join(consoleDirectory, 'assets'), { recursive: true });
    writeFileSync(join(consoleDirectory, 'index.html'), '<p>');
    writeFileSync(join(consoleDirectory, 'favicon.svg'), '<svg/>');
    writeFileSync(join(consoleDirectory, 'assets/a.js'), '1');
    ill = await unwell();
  });
  after(async () => {
    rmSync(directory, { recursive: true, force: true });
    await Promise.all([ill.broken.http.close(), ill.dry.http.close()]);
  });
  beforeEach(async () => {
    b = await open({ shadow: SHADOW });
  });
  afterEach(() => b.http.close());

  async function fresh<T>(work: (other: Bench) => Promise<T>, change: Partial<HttpOptions> = {}): Promise<T> {
    const other = await open(change);
    return work(other).finally(() => other.http.close());
  }

  function refusals(operation: Operation): Array<[number, () => Promise<Answer>]> {
    const trial = (other: Bench, ask?: Ask) => new Trial(operation, other, ask);
    const byKey: Ask = (method, url, body, headers) =>
      asNobody(ill.broken)(method, url, body, { ...headers, 'x-api-key': ill.key });
    const isExplain = operation.name === `GET ${API}/explain`;
    const isSignIn = operation.name === SIGN_IN;
    const isHearing = operation.name === `GET ${API}/recordings/{id}/audio`;
    const tooFast = () => (isSignIn ? guessed(ill.dry) : trial(ill.dry, ill.hasty.ask).run());
    return [
      [400, () => trial(b).wrong()],
      [401, () => (isSignIn ? trial(b).run({}, { username: 'bea', password: 'wrong' }) : trial(b, asNobody(b)).run())],
      ...forbidden(operation, b).map((work): [number, () => Promise<Answer>] => [403, work]),
      [404, () => (isExplain ? limitedExplains(b) : trial(b).absent())],
      // a server that is in no shadow
      [404, () => fresh((other) => trial(other).run())],
      [
        409,
        async () =>
          isHearing ? OTHER_WAYS[`${operation.name} 409`]!(b) : trial(b, await byWhom(operation, b)).collided(),
      ],
      [412, async () => trial(b, await byWhom(operation, b)).changed()],
      [413, () => trial(b).large()],
      [415, () => trial(b).other()],
      [429, tooFast],
      [503, () => trial(ill.broken, isSignIn ? asNobody(ill.broken) : byKey).run()],
    ];
  }

  async function successes(operation: Operation): Promise<number[]> {
    const { name } = operation;
    if (name === `GET ${API}/events`) return [await streamed(b)];
    const seen: number[] = [];
    const written = async (other: Bench, asked: Promise<Answer>) => {
      const answer = await asked;
      await assertWrittenDown(operation, other, answer);
      return answer.status;
    };
    for (const [key, work] of Object.entries(OTHER_WAYS))
      if (key.slice(0, key.lastIndexOf(' ')) === name) seen.push(await fresh((other) => written(other, work(other))));
    if (name === 'GET /') {
      const bare = await fresh((other) => other.request('GET', '/'), { consoleDirectory: join(directory, 'none') });
      seen.push(bare.status);
    }
    const usual = async (other: Bench) => {
      const trial = new Trial(operation, other, await byWhom(operation, other));
      await trial.prepare();
      return trial.run();
    };
    seen.push(await fresh((other) => written(other, usual(other)), { shadow: SHADOW }));
    return seen;
  }

  it('is one that these tests know how to ask', () => {
    assert.deepEqual(Object.keys(WAYS).toSorted(), OPERATIONS.map(({ name }) => name).toSorted());
  });

  for (const operation of OPERATIONS)
    it(`${operation.name} answers ${operation.statuses.join(', ')}, each as it is described`, async () => {
      const seen = new Set(await successes(operation));
      for (const [status, refused] of refusals(operation))
        if (operation.statuses.includes(status)) seen.add((await refused()).status);
      const described = new Set(operation.statuses);
      assert.deepEqual(
        [...described].filter((one) => !seen.has(one)),
        [],
        `seen: ${[...seen].join(', ')}`,
      );
      assert.deepEqual(
        [...seen].filter((one) => !described.has(one)),
        [],
        'these are not described',
      );
    });

  it('is the only one at its address: other methods are 405, and Allow says which there are', async () => {
    for (const [path, here] of Map.groupBy(OPERATIONS, (one) => one.path))
      for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']) {
        const isThere = OPERATIONS.some((one) => one.method === method && fitting(one.path).test(path));
        if (isThere) continue;
        const answer = await b.request(method, urlOf(path, undefined), method === 'GET' ? undefined : {});
        assert.deepEqual([answer.status, answer.json?.error.code], [405, 'method-not-allowed'], `${method} ${path}`);
        const allowed = String(answer.headers['allow']).split(', ');
        assert.deepEqual(
          here.map((one) => one.method).filter((one) => !allowed.includes(one)),
          [],
          path,
        );
      }
  });
});
