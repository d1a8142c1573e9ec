import assert from 'node:assert/strict';
import { PERMISSIONS_OF_ROLE, ROLES, type Role } from '../../../lib/core/access/role.ts';
import { ROUTE_ACCESS } from '../../../lib/http/access/route-access.ts';
import { type Bench, bench, callbackOf } from '../fakes.ts';
import { addUser, asNobody, type Browser, signIn, someone } from './people.ts';

/** Never the thing itself: what is not there, or a body that is refused, is enough to see who gets that far. */
const urlOf = (path: string) => path.replace(/:\w+/g, 'there-is-none');
/** An event stream does not end. */
const isStream = (route: string) => route === 'GET /api/v1/events';

describe('HTTP: roles', () => {
  let b: Bench;
  let people: Map<Role | null, Browser>;
  before(async function () {
    this.timeout(60_000);
    b = await bench();
    people = new Map();
    for (const role of [...ROLES, null]) people.set(role, await someone(b, role));
  });
  after(() => b.http.close());

  for (const [route, { needs }] of ROUTE_ACCESS) {
    const [method = '', path = ''] = route.split(' ');
    it(`${route} is for ${needs}`, async () => {
      for (const [role, browser] of people) {
        if (isStream(route)) continue;
        // who signs out is signed in again by the next test
        if (route === 'DELETE /api/v1/session') continue;
        const mayRole = role !== null && (PERMISSIONS_OF_ROLE[role] as readonly string[]).includes(needs);
        const may = needs === 'open' || needs === 'known' || mayRole;
        const { status, json, text } = await browser.ask(
          method,
          urlOf(path),
          method === 'GET' ? undefined : { nonsense: 1 },
        );
        const isForbidden = status === 403 && json?.error.code === 'forbidden' && /permission/.test(text);
        assert.equal(isForbidden, !may, `${role}: ${status} ${text.slice(0, 200)}`);
        assert.notEqual(status, 500, text);
      }
      const stranger = await asNobody(b)(method, urlOf(path), method === 'GET' ? undefined : {});
      assert.equal(stranger.status === 401, needs !== 'open' || false, `a stranger: ${stranger.status}`);
    });
  }

  /** Said once more, apart from the table: by the first word of the address, who may write there. */
  const WRITERS: Record<string, Role[]> = {
    session: [...ROLES],
    sessions: [...ROLES],
    callbacks: ['administrator', 'supervisor', 'manager', 'agent'],
    'callbacks.csv': ['administrator', 'supervisor', 'manager'],
    'callback-rules': ['administrator', 'supervisor'],
    'callback-rules.csv': ['administrator', 'supervisor'],
    'inbound-numbers': ['administrator', 'supervisor'],
    'inbound-numbers.csv': ['administrator', 'supervisor'],
    suppressions: ['administrator', 'supervisor'],
    'suppressions.csv': ['administrator', 'supervisor'],
    switches: ['administrator', 'supervisor'],
    'api-keys': ['administrator', 'developer'],
    'cors-origins': ['administrator', 'developer'],
    webhooks: ['administrator', 'developer'],
  };
  /** Deleting an extension's registrations is turning it off. */
  const REGISTRATIONS = 'DELETE /api/v1/extensions/:name/registrations';
  /** It changes nothing. */
  const SIMULATION = 'POST /api/v1/flows/simulate';

  it('write where they should, and all else is for administrators', () => {
    for (const [route, { needs }] of ROUTE_ACCESS) {
      if (route.startsWith('GET ') || route === REGISTRATIONS || route === SIMULATION) continue;
      const word = route.split('/')[3]!;
      const may = ROLES.filter((role) => {
        if (needs === 'open' || needs === 'known') return true;
        return (PERMISSIONS_OF_ROLE[role] as readonly string[]).includes(needs);
      });
      assert.deepEqual(may, WRITERS[word] ?? ['administrator'], route);
    }
    const secret = ['users', 'api-keys', 'audit', 'errors', 'webhooks', 'retention', 'holds', 'configuration'];
    for (const [route, { reach }] of ROUTE_ACCESS)
      if (secret.includes(route.split('/')[3]!)) assert.equal(reach, 'system', route);
  });

  it('are checked on a stream of events too', async () => {
    const { ask } = people.get(null)!;
    assert.equal((await ask('GET', '/api/v1/events')).status, 403);
  });

  it('come with a table that holds every route that there is, and no other', async () => {
    const document = (await b.request('GET', '/api/v1/openapi.json')).json;
    const described = Object.entries(document.paths as Record<string, object>).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path.replace(/\{(\w+)\}/g, ':$1')}`),
    );
    assert.deepEqual([...ROUTE_ACCESS.keys()].sort(), described.sort());
  });
});

const MINE = '+554831210110';
const OTHERS = '+554831210111';

describe('HTTP: who is limited to inbound numbers', () => {
  let b: Bench;
  let ana: Browser;
  beforeEach(async () => {
    b = await bench();
    b.store.items = [
      callbackOf('mine'),
      callbackOf('other', { inboundNumber: OTHERS }),
      callbackOf('api', { inboundNumber: null }),
    ];
    await addUser(b, 'ana', 'administrator', { inboundNumbers: [MINE] });
    ana = await signIn(b, 'ana');
  });
  afterEach(() => b.http.close());

  for (const [route, { reach, needs }] of ROUTE_ACCESS) {
    const [method = '', path = ''] = route.split(' ');
    if (reach !== 'system' || needs === 'open') continue;
    it(`may not ${route}, even as an administrator`, async () => {
      const { status, json } = await ana.ask(method, urlOf(path), method === 'GET' ? undefined : {});
      assert.deepEqual([status, json.error.code], [403, 'forbidden']);
    });
  }

  it('sees and changes callbacks of these numbers, and of the others not even that they are there', async () => {
    const { json } = await ana.ask('GET', '/api/v1/callbacks');
    assert.deepEqual(
      json.items.map(({ id }: { id: string }) => id),
      ['mine'],
    );
    const asked = await ana.ask('GET', `/api/v1/callbacks?inboundNumber=${encodeURIComponent(OTHERS)}`);
    assert.equal(asked.json.total, 0);
    for (const what of ['', '/events', '/ladder', '/decision']) {
      assert.equal((await ana.ask('GET', `/api/v1/callbacks/mine${what}`)).status, 200, what);
      for (const id of ['other', 'api', 'none']) {
        const { status, json: body } = await ana.ask('GET', `/api/v1/callbacks/${id}${what}`);
        assert.deepEqual([status, body.error.message], [404, 'there is no callback with this id'], `${id}${what}`);
      }
    }
    for (const [what, body] of [
      ['cancel', {}],
      ['retry', {}],
      ['reschedule', { dueAt: '2026-11-21T00:00:00Z' }],
    ] as const)
      for (const id of ['other', 'api'])
        assert.equal((await ana.ask('POST', `/api/v1/callbacks/${id}/${what}`, body)).status, 404);
    assert.deepEqual(b.callbacks.changes, []);
    const bulk = await ana.ask('POST', '/api/v1/callbacks/bulk', { action: 'cancel', ids: ['other', 'mine', 'api'] });
    assert.deepEqual(
      bulk.json.results.map(({ result }: { result: string }) => result),
      ['not-found', 'changed', 'not-found'],
    );
    assert.deepEqual(b.callbacks.changes, [{ what: 'cancel', id: 'mine' }]);
    await ana.ask('POST', '/api/v1/callbacks/bulk', { action: 'retry', filter: {} });
    assert.deepEqual(b.callbacks.changes.slice(1), [{ what: 'retry', id: 'mine' }]);
  });

  it('sees and changes these numbers and their rules alone', async () => {
    const numbers = await ana.ask('GET', '/api/v1/inbound-numbers');
    assert.deepEqual(
      numbers.json.items.map(({ number }: { number: string }) => number),
      [MINE],
    );
    const path = (number: string) => `/api/v1/inbound-numbers/${encodeURIComponent(number)}`;
    assert.equal((await ana.ask('GET', path(OTHERS))).status, 404);
    const put = (number: string, body: object) => ana.ask('PUT', path(number), body);
    assert.equal((await put(OTHERS, { number: OTHERS, flow: 'reception' })).status, 403);
    assert.equal((await put(MINE, { number: OTHERS, flow: 'reception' })).status, 403);
    assert.equal((await put(MINE, { number: MINE, callback: false, flow: 'reception' })).status, 200);
    const rule = (name: string, inboundNumbers: string[]) => ({
      name,
      origin: '+5511*',
      inboundNumbers,
      method: 'caller',
      trunk: 'trunk-80092037',
    });
    const post = (name: string, numbers: string[]) => ana.ask('POST', '/api/v1/callback-rules', rule(name, numbers));
    assert.equal((await post('a', [])).status, 403);
    assert.equal((await post('a', [MINE, OTHERS])).status, 403);
    assert.equal((await post('mine', [MINE])).status, 201);
    await b.request('POST', '/api/v1/callback-rules', rule('theirs', [OTHERS]));
    assert.equal((await ana.ask('GET', '/api/v1/callback-rules/theirs')).status, 404);
    assert.equal((await ana.ask('DELETE', '/api/v1/callback-rules/theirs')).status, 404);
    assert.equal((await ana.ask('PUT', '/api/v1/callback-rules/theirs', rule('theirs', [MINE]))).status, 404);
    assert.equal((await ana.ask('GET', '/api/v1/callback-rules/Callback%20geral')).status, 200);
    assert.equal((await ana.ask('DELETE', '/api/v1/callback-rules/Callback%20geral')).status, 403);
    assert.equal((await ana.ask('DELETE', '/api/v1/callback-rules/mine')).status, 204);
  });

  it('asks for callbacks of these numbers, and tries out calls to them', async () => {
    await b.request('POST', '/api/v1/callback-rules', {
      name: 'theirs',
      origin: '+5511*',
      inboundNumbers: [OTHERS],
      method: 'caller',
      trunk: 'trunk-80092037',
    });
    const create = (rule: string) => ana.ask('POST', '/api/v1/callbacks', { rule, number: '+5548991996260' });
    const refused = await create('theirs');
    assert.deepEqual([refused.status, refused.json.error.code], [400, 'unknown-rule']);
    assert.deepEqual(b.callbacks.requests, []);
    assert.equal((await create('Callback geral')).status, 201);
    const explain = (to: string) => ana.ask('GET', `/api/v1/explain?from=48991996260&to=${encodeURIComponent(to)}`);
    assert.equal((await explain(MINE)).status, 200);
    assert.equal((await explain(OTHERS)).status, 404);
  });
});

describe('HTTP: a monitor', () => {
  it('sees no number of a caller, and can not find one by searching', async () => {
    const b = await bench();
    b.store.entries.push({
      at: 1,
      type: 'sip',
      attemptId: 'a1',
      detail: { direction: 'sent', summary: 'INVITE', peer: 'udp/127.0.0.1:5070', legId: 'l' },
    });
    const monitor = await someone(b, 'monitor');
    for (const url of ['', '/c1', '/c1/events', '/c1/ladder', '/c1/decision']) {
      const { status, text } = await monitor.ask('GET', `/api/v1/callbacks${url}`);
      assert.equal(status, 200);
      assert.ok(!/991996260|96260|Ana/.test(text), text);
    }
    const { json } = await monitor.ask('GET', '/api/v1/callbacks/c1');
    assert.equal(json.e164, '+5548*******60');
    assert.equal(json.inboundNumber, '+554831210110');
    assert.equal(json.attempts[0].via, 'trunk-80092037');
    for (const query of ['number=%2B5548991996260', 'q=996260'])
      assert.equal((await monitor.ask('GET', `/api/v1/callbacks?${query}`)).status, 403, query);
    assert.equal((await monitor.ask('GET', '/api/v1/callbacks?q=geral')).status, 200);
    await b.http.close();
  });
});
