import assert from 'node:assert/strict';
import { PERMISSION_NAMES, ROLES } from '../../../lib/core/access/role.ts';
import { ROUTE_ACCESS } from '../../../lib/http/access/route-access.ts';
import { type Answer, API_KEY, type Bench, bench } from '../fakes.ts';
import { EXPECTED, type Expected, LETTERS } from './expectation.ts';
import { addUser, asNobody, PASSWORD, signIn } from './people.ts';

const NUMBER = '+554831210110';

/** Somebody who asks: what he has in hand, and what the table says that he gets. */
interface Asking {
  who: string;
  /** He has just signed out. */
  left?(): void;
  headers(method: string): Promise<Record<string, string>>;
  status(expected: Expected): number;
}

/** A stream of events does not end: one that is asked for wrongly shows as well who gets that far. */
const urlOf = (path: string): string =>
  `${path.replace(/:\w+/g, 'there-is-none')}${path === '/api/v1/events' ? '?lastEventId=x' : ''}`;

const unknown = ({ scope, status }: Expected): number => (scope === 'open' ? status : 401);
const NEEDS_NO_PERMISSION = new Set(['open', 'known', 'session']);
const withoutAny = ({ scope, status }: Expected): number => (NEEDS_NO_PERMISSION.has(scope) ? status : 403);
/** A key is no person. */
const byKey = (status: (one: Expected) => number) => (one: Expected) => (one.scope === 'session' ? 403 : status(one));

/** People sign in anew where the one before has signed out. */
async function person(b: Bench, username: string, status: Asking['status']): Promise<Asking> {
  let cookie: string | null = null;
  let csrf = '';
  const headers = async (method: string) => {
    if (cookie === null) ({ cookie, csrf } = await signIn(b, username));
    return { cookie, ...(method === 'GET' ? {} : { 'x-csrf-token': csrf }) };
  };
  const left = () => {
    cookie = null;
  };
  // one after the other: to compute hashes for many at once is refused
  await headers('GET');
  return { who: username, headers, status, left };
}

const holder = (who: string, key: string, status: Asking['status']): Asking => ({
  who,
  headers: async () => ({ 'x-api-key': key }),
  status,
});

async function newKey(b: Bench, name: string, more: object = {}): Promise<{ id: string; key: string }> {
  const body = { name, scopes: PERMISSION_NAMES, ...more };
  const answer = await b.request('POST', '/api/v1/api-keys', body);
  assert.equal(answer.status, 201, answer.text);
  return answer.json;
}

async function people(b: Bench): Promise<Asking[]> {
  const all: Asking[] = [];
  for (const role of ROLES) {
    await addUser(b, role, role);
    const may = ({ roles }: Expected) => roles.includes(LETTERS[role]);
    all.push(await person(b, role, (one) => (may(one) ? one.status : withoutAny(one))));
  }
  await addUser(b, 'nothing', null);
  await addUser(b, 'fresh', 'administrator', { mustChangePassword: true });
  for (const name of ['nothing', 'fresh']) all.push(await person(b, name, withoutAny));
  await addUser(b, 'limited', 'administrator', { inboundNumbers: [NUMBER] });
  all.push(await person(b, 'limited', (one) => (one.limited ? one.status : 403)));
  return all;
}

async function keys(b: Bench): Promise<Asking[]> {
  const all: Asking[] = [
    holder(
      'the key of the configuration',
      API_KEY,
      byKey(({ status }) => status),
    ),
  ];
  for (const scope of PERMISSION_NAMES) {
    const { key } = await newKey(b, `only ${scope}`, { scopes: [scope] });
    const status = byKey((one) => (one.scope === scope ? one.status : withoutAny(one)));
    all.push(holder(`a key for ${scope}`, key, status));
  }
  const limited = await newKey(b, 'limited', { inboundNumbers: [NUMBER] });
  all.push(
    holder(
      'a limited key',
      limited.key,
      byKey((one) => (one.limited ? one.status : 403)),
    ),
  );
  return all;
}

/** Who has nothing, or nothing that is good any more. */
async function strangers(b: Bench): Promise<Asking[]> {
  const expired = await newKey(b, 'expired', { expiresAt: new Date(b.now.at + 1000).toISOString() });
  const revoked = await newKey(b, 'revoked');
  await b.request('DELETE', `/api/v1/api-keys/${revoked.id}`);
  await addUser(b, 'gone', 'administrator');
  const { ask, cookie } = await signIn(b, 'gone');
  const { json } = await ask('POST', '/api/v1/api-keys', { name: 'of one who is off', scopes: ['callbacks:read'] });
  await b.request('PUT', '/api/v1/users/gone', { username: 'gone', role: 'administrator', enabled: false });
  b.now.at += 1000;
  const basic = Buffer.from(`gone:${PASSWORD}`).toString('base64');
  return [
    { who: 'nobody', headers: async () => ({}), status: unknown },
    holder('an expired key', expired.key, unknown),
    holder('a revoked key', revoked.key, unknown),
    holder('the key of one who is switched off', json.key, unknown),
    holder('a key that is none', 'cbk_aaaaaaaaaaaaaaaa_'.padEnd(64, 'A'), unknown),
    { who: 'a session that is over', headers: async () => ({ cookie, 'x-csrf-token': 'x' }), status: unknown },
    {
      who: 'one who is switched off, by Basic',
      headers: async () => ({ authorization: `Basic ${basic}` }),
      status: unknown,
    },
  ];
}

describe('HTTP: every address and everybody', function () {
  this.timeout(60_000);
  let b: Bench;
  let everybody: Asking[];
  before(async () => {
    b = await bench();
    // it knows every webhook otherwise
    b.webhooks.delivery = null;
    everybody = [...(await people(b)), ...(await keys(b)), ...(await strangers(b))];
  });
  after(() => b.http.close());

  const ask = async ({ method, path }: Expected, { headers }: Asking): Promise<Answer> => {
    const body = method === 'GET' ? undefined : { nonsense: 1 };
    return asNobody(b)(method, urlOf(path), body, await headers(method));
  };

  it('are in the table: no route without a line, no line without a route', () => {
    const lines = EXPECTED.map(({ method, path }) => `${method} ${path}`);
    assert.equal(new Set(lines).size, lines.length);
    assert.deepEqual(lines.toSorted(), [...ROUTE_ACCESS.keys()].toSorted());
    const scopes = new Set(EXPECTED.map(({ scope }) => scope));
    assert.deepEqual([...scopes].filter((scope) => !NEEDS_NO_PERMISSION.has(scope)).toSorted(), [
      ...PERMISSION_NAMES.toSorted(),
    ]);
  });

  for (const expected of EXPECTED)
    it(`${expected.method} ${expected.path} answers everybody as the table says`, async () => {
      // nobody asks too fast, and wrong keys and passwords are forgotten
      b.now.at += 16 * 60_000;
      const wrong = everybody.map(async (asking) => {
        const { status, text } = await ask(expected, asking);
        if (status === 204) asking.left?.();
        const wanted = asking.status(expected);
        return status === wanted ? [] : [`${asking.who}: ${status} instead of ${wanted}: ${text.slice(0, 200)}`];
      });
      assert.deepEqual((await Promise.all(wrong)).flat(), []);
    });

  it('are more than thirty who ask', () => assert.ok(everybody.length > 30));
});
