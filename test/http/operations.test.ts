import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { get, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openApi } from '../../lib/http/openapi.ts';
import type { HttpOptions } from '../../lib/http/server.ts';
import { addUser, asNobody, type Browser, PASSWORD, signIn } from './access/people.ts';
import { type Answer, API_KEY, type Bench, bench } from './fakes.ts';
import { type Ask, OTHER_WAYS, SHADOW, type Way, WAYS } from './ways.ts';

const HOST = '127.0.83.1';
const API = '/api/v1';
const TOO_LARGE = 'x'.repeat(9 * 1024 * 1024);
const ABSENT = 'there-is-none';

interface Operation {
  name: string;
  method: string;
  path: string;
  statuses: number[];
  asks: boolean;
}

const operations: Operation[] = Object.entries(
  openApi('0')['paths'] as Record<string, Record<string, { responses: object; parameters?: Array<{ in: string }> }>>,
).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, { responses, parameters = [] }]) => ({
    name: `${method.toUpperCase()} ${path}`,
    method: method.toUpperCase(),
    path,
    statuses: Object.keys(responses)
      .filter((status) => status !== 'default')
      .map(Number),
    asks: parameters.some((one) => one.in === 'query'),
  })),
);

function urlOf({ path }: Operation, parameter: Way['parameter'], query?: string): string {
  const values = [parameter ?? []].flat();
  const filled = path.replace(/\{\w+\}/g, () => encodeURIComponent(values.shift() ?? ABSENT));
  return query === undefined ? filled : `${filled}?${query}`;
}

/** A query that is wrong, for those that have no pages. */
const WRONG_QUERIES: Record<string, string> = {
  [`GET ${API}/explain`]: 'to=',
  [`GET ${API}/route`]: 'rule=',
  [`GET ${API}/statistics`]: 'from=yesterday',
  [`GET ${API}/callbacks.csv`]: 'state=asleep',
  [`GET ${API}/events`]: 'lastEventId=x',
};

/** What is looked for and is not there, where the address does not name it. */
const ABSENT_THINGS: Record<string, { query?: string; body?: object }> = {
  [`GET ${API}/route`]: { query: 'rule=none&number=48991996260' },
  [`PATCH ${API}/switches`]: { body: { dial: false, trunk: 'none' } },
};

/** One operation, asked in the ways that bring its statuses. */
class Trial {
  readonly #operation: Operation;
  readonly #way: Way;
  readonly #b: Bench;
  readonly #ask: Ask;

  constructor(operation: Operation, b: Bench, ask: Ask) {
    this.#operation = operation;
    this.#way = WAYS[operation.name] ?? assert.fail(`${operation.name}: how is it asked? test/http/ways.ts`);
    this.#b = b;
    this.#ask = ask;
  }

  async run(headers: Record<string, string> = {}, change: { ask?: Ask; body?: unknown } = {}): Promise<Answer> {
    const { parameter, query, csv } = this.#way;
    const body = change.body ?? csv ?? this.#way.body;
    const type: Record<string, string> = csv === undefined ? {} : { 'content-type': 'text/csv' };
    const ask = change.ask ?? this.#ask;
    return ask(this.#operation.method, urlOf(this.#operation, parameter, query), body, { ...type, ...headers });
  }

  async prepare(): Promise<void> {
    await this.#way.before?.(this.#b);
  }

  async absent(): Promise<Answer> {
    const { method, name } = this.#operation;
    const { query, body = this.#way.body } = ABSENT_THINGS[name] ?? {};
    return this.#ask(method, urlOf(this.#operation, undefined, query), body);
  }

  async wrong(): Promise<Answer> {
    const { method, name, asks } = this.#operation;
    const { parameter, csv } = this.#way;
    if (csv !== undefined) return this.run({}, { body: 'a,a\n1,2\n' });
    const query = WRONG_QUERIES[name] ?? 'page=0';
    if (method === 'GET' && asks) return this.#ask(method, urlOf(this.#operation, parameter, query));
    return this.#ask(method, urlOf(this.#operation, parameter), '{', { 'content-type': 'application/json' });
  }

  async large(): Promise<Answer> {
    const type = this.#way.csv === undefined ? 'application/json' : 'text/csv';
    return this.run({ 'content-type': type }, { body: TOO_LARGE });
  }

  async collided(): Promise<Answer> {
    const answer = await this.#way.collide?.(this.#b, this.#ask);
    if (typeof answer === 'object' && answer !== null && (answer as Answer).status === 409) return answer as Answer;
    const { colliding } = this.#way;
    return this.run({}, colliding === undefined ? {} : { body: colliding });
  }
}

function brokenStore(b: Bench): void {
  b.documents.get = async () => {
    throw Object.assign(new Error('it is gone'), { code: 'STORE_UNAVAILABLE' });
  };
}

async function drained(b: Bench): Promise<Browser> {
  await addUser(b, 'hasty', 'administrator');
  const hasty = await signIn(b, 'hasty');
  for (let i = 0; i < 400; i++) if ((await hasty.ask('GET', `${API}/session`)).status === 429) return hasty;
  return assert.fail('nobody is ever too fast');
}

/** Streams have no end: the head is all that is read. */
async function streamed(b: Bench): Promise<number> {
  const { port } = await b.http.listen(HOST, 0);
  const sent = get({ host: HOST, port, path: `${API}/events`, headers: { 'x-api-key': API_KEY }, agent: false });
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  response.destroy();
  return response.statusCode ?? 0;
}

describe('HTTP: every operation that is described', function () {
  this.timeout(20_000);
  let b: Bench;
  let directory: string;
  let console: HttpOptions['consoleDirectory'];
  const open = (change: Partial<HttpOptions> = {}) => bench({ consoleDirectory: console!, ...change });

  before(() => {
    directory = mkdtempSync(join(tmpdir(), 'callback-operations-'));
    console = join(directory, 'console');
    mkdirSync(join(console, 'assets'), { recursive: true });
    writeFileSync(join(console, 'index.html'), '<p>');
    writeFileSync(join(console, 'favicon.svg'), '<svg/>');
    writeFileSync(join(console, 'assets/a.js'), '1');
  });
  after(() => rmSync(directory, { recursive: true, force: true }));
  beforeEach(async () => {
    b = await open({ shadow: SHADOW });
  });
  afterEach(() => b.http.close());

  /** Another server, for what changes it as a whole. */
  async function fresh<T>(work: (other: Bench) => Promise<T>, change: Partial<HttpOptions> = {}): Promise<T> {
    const other = await open(change);
    return work(other).finally(() => other.http.close());
  }

  async function refusals(operation: Operation): Promise<Array<() => Promise<Answer>>> {
    const trial = (other: Bench, ask: Ask = other.request) => new Trial(operation, other, ask);
    const isSignIn = operation.name === `POST ${API}/session`;
    const asNothing = async (headers: (nothing: Browser) => Record<string, string>) => {
      await addUser(b, 'nothing', null);
      const nothing = await signIn(b, 'nothing');
      return trial(b, asNobody(b)).run({ cookie: nothing.cookie, ...headers(nothing) });
    };
    const trials: Array<[number, () => Promise<Answer>]> = [
      [400, () => trial(b).wrong()],
      [401, () => trial(b, asNobody(b)).run()],
      [403, () => (isSignIn ? trial(b).run({ 'sec-fetch-site': 'cross-site' }) : asNothing(({ csrf }) => ({ 'x-csrf-token': csrf })))],
      // without the token against forged requests
      [403, () => (isSignIn ? trial(b).run({ origin: 'https://evil.example' }) : asNothing(() => ({})))],
      [404, () => (operation.name === `GET ${API}/explain` ? limitedExplains(b) : trial(b).absent())],
      [404, () => fresh((other) => trial(other).run())],
      [409, async () => ((await prepared(trial(b), operation)), trial(b, await asking(operation, b)).collided())],
      [412, async () => (await trial(b).prepare(), trial(b).run({ 'if-match': '"another"' }))],
      [413, () => trial(b).large()],
      [415, () => trial(b).run({ 'content-type': 'text/plain' }, { body: 'a=b' })],
      [429, () => fresh(async (other) => (isSignIn ? guessed(other) : trial(other, (await drained(other)).ask).run()))],
      [503, () => fresh((other) => unavailable(other, trial, isSignIn))],
    ];
    const shown = new Set(operation.statuses);
    return trials.filter(([status]) => shown.has(status)).map(([, work]) => work);
  }

  const prepared = async (trial: Trial, { name }: Operation) => {
    if (!name.startsWith('POST')) await trial.prepare();
  };

  async function asking({ name }: Operation, on: Bench): Promise<Ask> {
    if (WAYS[name]?.bySession !== true) return on.request;
    await addUser(on, 'ana', 'administrator');
    return (await signIn(on, 'ana')).ask;
  }

  async function unavailable(other: Bench, trial: (other: Bench, ask?: Ask) => Trial, isSignIn: boolean) {
    const { json } = await other.request('POST', `${API}/api-keys`, { name: 'k', scopes: ['callbacks:read'] });
    brokenStore(other);
    const byKey: Ask = (method, url, body, headers) =>
      asNobody(other)(method, url, body, { ...headers, 'x-api-key': json.key });
    return trial(other, isSignIn ? asNobody(other) : byKey).run();
  }

  const limitedExplains = async (on: Bench) => {
    await addUser(on, 'ana', 'supervisor', { inboundNumbers: ['+554831210110'] });
    return (await signIn(on, 'ana')).ask('GET', `${API}/explain?from=48991996260&to=%2B554831210111`);
  };
  const guessed = async (on: Bench) => {
    const guess = () => asNobody(on)('POST', `${API}/session`, { username: 'x', password: 'y' });
    for (let i = 0; i < 10; i++) await guess();
    return guess();
  };

  async function successes(operation: Operation): Promise<number[]> {
    const { name } = operation;
    if (name === `GET ${API}/events`) return [await streamed(b)];
    const seen: number[] = [];
    const others = Object.entries(OTHER_WAYS).filter(([key]) => key.slice(0, key.lastIndexOf(' ')) === name);
    for (const [, work] of others) seen.push(await fresh(async (other) => (await work(other)).status));
    if (name === 'GET /') seen.push(await fresh(async (other) => (await other.request('GET', '/')).status, { consoleDirectory: '/nowhere' }));
    const trial = new Trial(operation, b, await asking(operation, b));
    await trial.prepare();
    seen.push((await trial.run()).status);
    return seen;
  }

  it('is one that these tests know how to ask, and there is no other', () => {
    assert.deepEqual(Object.keys(WAYS).toSorted(), [...operations.map(({ name }) => name), ].filter((name) => name !== `GET ${API}/events`).concat(`POST ${API}/session`).filter((name, index, all) => all.indexOf(name) === index).toSorted());
  });

  for (const operation of operations)
    it(`${operation.name} answers ${operation.statuses.join(', ')}, each as it is described`, async () => {
      const seen = new Set(await successes(operation));
      for (const refused of await refusals(operation)) seen.add((await refused()).status);
      const missing = operation.statuses.filter((status) => !seen.has(status));
      assert.deepEqual(missing, [], `seen: ${[...seen].join(', ')}`);
      const surprising = [...seen].filter((status) => !operation.statuses.includes(status));
      assert.deepEqual(surprising, [], 'these are not described');
    });

  it('is the only one at its address: other methods are 405, and Allow says which there are', async () => {
    const paths = Map.groupBy(operations, ({ path }) => path);
    for (const [path, known] of paths)
      for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']) {
        if (known.some((one) => one.method === method)) continue;
        const answer = await b.request(method, urlOf(known[0]!, undefined), method === 'GET' ? undefined : {});
        assert.deepEqual([answer.status, answer.json?.error.code], [405, 'method-not-allowed'], `${method} ${path}`);
        const allowed = String(answer.headers['allow']).split(', ');
        assert.deepEqual(known.map((one) => one.method).filter((one) => !allowed.includes(one)), [], path);
      }
  });
});
