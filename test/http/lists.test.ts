/** Lists of what is administered: filtered by any plain field, sorted, searched. */

import assert from 'node:assert/strict';
import { addUser, PASSWORD, signIn } from './access/people.ts';
import { BASE_AT, type Bench, bench } from './fakes.ts';
import { OPERATIONS } from './trial.ts';

const API = '/api/v1';
/** Less than a session lasts. */
const HOUR = 3_600_000;
const isoAt = (at: number) => encodeURIComponent(new Date(at).toISOString());

describe('HTTP: lists of what is administered', function () {
  this.timeout(20_000);
  let b: Bench;
  beforeEach(async () => {
    b = await bench();
  });
  afterEach(() => b.http.close());

  const asked = async (path: string, field: string): Promise<unknown[]> => {
    const { status, json, text } = await b.request('GET', `${API}/${path}`);
    assert.equal(status, 200, text);
    return json.items.map((item: Record<string, unknown>) => item[field]);
  };
  const add = async (path: string, ...bodies: object[]) => {
    for (const body of bodies) {
      const { status, text } = await b.request('POST', `${API}/${path}`, body);
      assert.equal(status, 201, text);
    }
  };

  it('are filtered by any plain field, alone and together with a search and an order', async () => {
    const person = (username: string, role: string, more = {}) => ({ username, role, password: PASSWORD, ...more });
    await add('users', person('bea', 'agent'), person('carl', 'agent', { inboundNumbers: ['+554831210110'] }));
    await add('users', person('dora', 'monitor', { enabled: false }));
    assert.deepEqual(await asked('users?role=agent&sort=-username', 'username'), ['carl', 'bea']);
    assert.deepEqual(await asked('users?role=agent&q=BE', 'username'), ['bea']);
    assert.deepEqual(await asked('users?enabled=false', 'username'), ['dora']);
    assert.deepEqual(await asked('users?inboundNumbers=%2B554831210110', 'username'), ['carl']);
    assert.deepEqual(await asked('users?role=agent&enabled=false', 'username'), []);

    await add('api-keys', { name: 'crm', scopes: ['callbacks:read'] });
    await add('api-keys', { name: 'wall', scopes: ['status:read'] });
    assert.deepEqual(await asked('api-keys?scopes=status:read', 'name'), ['wall']);
    assert.deepEqual(await asked('api-keys?name=crm', 'name'), ['crm']);

    const hook = (name: string, enabled: boolean) => ({ name, enabled, url: `https://${name}.example/hook` });
    await add('webhooks', hook('crm', true), hook('erp', false));
    assert.deepEqual(await asked('webhooks?enabled=false', 'name'), ['erp']);
    assert.deepEqual(await asked('webhooks?failures=0&url=https://crm.example/hook', 'name'), ['crm']);

    await add('cors-origins', { origin: 'https://a.example', note: 'shop' }, { origin: 'https://b.example' });
    assert.deepEqual(await asked('cors-origins?note=shop', 'origin'), ['https://a.example']);

    await add('holds', { number: '+5548991996260', reason: 'a court' }, { number: '+5548991996261', reason: 'tax' });
    assert.deepEqual(await asked('holds?reason=tax', 'number'), ['+5548991996261']);
    assert.deepEqual(await asked('trunk-status?state=up', 'name'), await asked('trunk-status', 'name'));
    assert.deepEqual(await asked('trunk-status?usable=false', 'name'), []);
  });

  it('say which field there is not, and show a password by no filter', async () => {
    for (const path of ['users?passwordHash=x', 'api-keys?hash=x', 'webhooks?secret=x', 'holds?numbr=1', 'audit?by=x'])
      assert.deepEqual(
        [(await b.request('GET', `${API}/${path}`)).status, path.split(/[?=]/)[1]],
        [400, (await b.request('GET', `${API}/${path}`)).json.error.path],
      );
  });

  it('are described with the fields that they are filtered by', async () => {
    const { paths } = (await b.request('GET', `${API}/openapi.json`)).json;
    const parametersOf = (path: string): string[] =>
      paths[`${API}/${path}`].get.parameters.map(({ name }: { name: string }) => name);
    for (const [path, names] of Object.entries({
      users: ['role', 'enabled', 'inboundNumbers'],
      'api-keys': ['scopes', 'owner'],
      webhooks: ['url', 'events', 'enabled'],
      'cors-origins': ['origin', 'note'],
      holds: ['number', 'reason', 'by'],
      trunks: ['proxy', 'domain', 'maxConcurrentCalls'],
      'trunk-status': ['state', 'usable'],
      suppressions: ['q', 'sort', 'number'],
      audit: ['actor', 'from', 'to', 'sort'],
    }))
      for (const name of names) assert.ok(parametersOf(path).includes(name), `${path}: ${name}`);
    for (const { method, path } of OPERATIONS.filter((one) => one.method === 'GET' && one.asks)) {
      const described = paths[path][method.toLowerCase()].parameters as Array<{ name: string; in: string }>;
      const names = described.filter((one) => one.in === 'query').map(({ name }) => name);
      assert.deepEqual(names, [...new Set(names)], path);
    }
  });

  it('of suppressed numbers are searched by a piece of number or reason, and sorted', async () => {
    const numbers = async (query: string) => asked(`suppressions?${query}`, 'number');
    await add('suppressions', { number: '(48) 99199-6262', reason: 'asked us by letter' });
    b.now.at += 1000;
    await add('suppressions', { number: '(48) 99199-6261' });
    b.now.at += 1000;
    await add('suppressions', { number: '(11) 98888-0000', reason: 'a court' });
    assert.deepEqual(await numbers('q=Letter'), ['+5548991996262']);
    assert.deepEqual(await numbers('q=48+99199'), ['+5548991996261', '+5548991996262']);
    assert.deepEqual(await numbers('q=%2B5511'), ['+5511988880000']);
    assert.deepEqual(await numbers('sort=createdAt'), ['+5548991996262', '+5548991996261', '+5511988880000']);
    assert.deepEqual(await numbers('sort=-number'), ['+5548991996262', '+5548991996261', '+5511988880000']);
    assert.deepEqual(await numbers('sort=number&pageSize=1&page=2'), ['+5548991996261']);
    assert.deepEqual(await numbers('number=48991996261&q=letter'), []);
    assert.equal((await b.request('GET', `${API}/suppressions?sort=reason`)).json.error.path, 'sort');
  });

  it('of changes, errors and deliveries are read from either end, by person and by span of time', async () => {
    for (const name of ['ana', 'bob']) await addUser(b, name, 'administrator');
    const [ana, bob] = [await signIn(b, 'ana'), await signIn(b, 'bob')];
    const start = b.now.at;
    b.now.at = start + HOUR;
    await ana.ask('PATCH', `${API}/switches`, { dial: false });
    await bob.ask('PATCH', `${API}/switches`, { dial: true });
    b.now.at = start + 2 * HOUR;
    await ana.ask('PATCH', `${API}/switches`, { accept: false });
    const actions = async (query: string) =>
      (await b.request('GET', `${API}/audit?subject=switches&${query}`)).json.items.map(
        ({ actor, changes }: { actor: string; changes: Array<{ field: string; after: boolean }> }) =>
          `${actor} ${changes[0]!.field} ${changes[0]!.after}`,
      );
    const [off, on, none] = ['ana dial false', 'bob dial true', 'ana accept false'];
    assert.deepEqual(await actions(''), [none, on, off]);
    assert.deepEqual(await actions('sort=at'), [off, on, none]);
    assert.deepEqual(await actions('actor=ana'), [none, off]);
    const hour = `from=${isoAt(start + HOUR)}&to=${isoAt(start + 2 * HOUR)}`;
    assert.deepEqual(await actions(`${hour}&sort=at`), [off, on]);
    assert.deepEqual(await actions(`${hour}&actor=bob`), [on]);

    const entry = (at: number, subject: string) => ({ at, actor: null, subject, correlationId: null, body: {} });
    const delivery = { ok: true, status: 200, failure: null, durationMs: 1, events: 1, first: 1, last: 1, attempt: 1 };
    await add('webhooks', { name: 'crm', url: 'https://crm.example/hook' });
    for (const at of [1, 2])
      await b.journal.append([{ kind: 'delivery', ...entry(BASE_AT + at, 'crm'), body: delivery }]);
    const times = async (query: string) =>
      (await asked(`webhooks/crm/deliveries?${query}`, 'at')).map((at) => Date.parse(String(at)) - BASE_AT);
    assert.deepEqual(
      [await times(''), await times('sort=at')],
      [
        [2, 1],
        [1, 2],
      ],
    );
    assert.equal((await b.request('GET', `${API}/errors?sort=code`)).status, 400);
  });
});
