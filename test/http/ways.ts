/** For each operation of the API: a request that succeeds, and what makes it collide. */

import { codeAt } from '../../lib/http/access/totp.ts';
import type { ShadowRecords } from '../../lib/ports/shadow-records.ts';
import { addUser, PASSWORD, someone } from './access/people.ts';
import { type Answer, BASE_AT, type Bench, callbackOf, EXPLANATION } from './fakes.ts';

export interface Way {
  /** In place of `{name}`, `{id}`, `{number}`, in their order. */
  parameter?: string | string[];
  query?: string;
  body?: unknown;
  /** Instead of a JSON body. */
  csv?: string;
  /** A recording, instead of a JSON body. */
  wav?: string;
  /** Asked by an administrator with a session, not with a key. */
  bySession?: boolean;
  before?(b: Bench): Promise<unknown>;
  /** What the application behind it says of a thing that is not there. */
  missing?(b: Bench): void;
  /** After which the same request collides; may give it another body. */
  collide?(b: Bench, ask: Ask): Promise<unknown>;
  colliding?: unknown;
}

export type Ask = (method: string, url: string, body?: unknown, headers?: Record<string, string>) => Promise<Answer>;

const API = '/api/v1';
const trunk = { name: 'second', proxy: 'sip:192.0.2.7' };
const outgoingRule = { name: 'second', routes: [{ match: '^1', trunks: ['trunk-80092037'] }] };
const rule = { name: 'second', origin: '+5511*', method: 'caller', trunk: 'trunk-80092037' };
const flow = { name: 'second', start: 'bye', components: { bye: { type: 'hangup' } } };
const calendar = { name: 'second', timezone: 'America/Sao_Paulo', regular: ['Mon-Fri 08:00-18:00'] };

interface Kind {
  path: string;
  key: 'name' | 'number';
  second: Record<string, unknown>;
  /** One that is configured, and in use. */
  first: string;
  /** What makes it be in use. */
  use?: [path: string, body: object];
}

const KINDS: Kind[] = [
  { path: 'trunks', key: 'name', second: trunk, first: 'trunk-80092037' },
  { path: 'outgoing-rules', key: 'name', second: outgoingRule, first: 'Operação' },
  { path: 'extensions', key: 'number', second: { number: '299', password: 's3cret-299' }, first: '200' },
  {
    path: 'inbound-numbers',
    key: 'number',
    second: { number: '+554831210112', flow: 'reception' },
    first: '+554831210110',
    use: ['callback-rules', { ...rule, name: 'user', inboundNumbers: ['+554831210110'] }],
  },
  { path: 'callback-rules', key: 'name', second: rule, first: 'Callback geral' },
  { path: 'flows', key: 'name', second: flow, first: 'reception' },
  {
    path: 'hours',
    key: 'name',
    second: calendar,
    first: 'office',
    use: ['outgoing-rules', { name: 'user', routes: [{ match: '^1', trunks: ['trunk-80092037'], hours: 'office' }] }],
  },
];

function kindWays({ path, key, second, first, use }: Kind): Record<string, Way> {
  const parameter = String(second[key]);
  const add = (b: Bench) => b.request('POST', `${API}/${path}`, second);
  return {
    [`GET ${API}/${path}`]: {},
    [`POST ${API}/${path}`]: { body: second, collide: add },
    [`GET ${API}/${path}/{name}`]: { parameter: first },
    [`PUT ${API}/${path}/{name}`]: {
      parameter,
      body: second,
      before: add,
      collide: async () => undefined,
      colliding: { ...second, [key]: first },
    },
    [`DELETE ${API}/${path}/{name}`]: {
      parameter,
      before: add,
      // what is in use can't go: the one that is configured is asked for instead
      collide: async (b, ask) => {
        if (use !== undefined) await b.request('POST', `${API}/${use[0]}`, use[1]);
        return ask('DELETE', `${API}/${path}/${encodeURIComponent(first)}`);
      },
    },
  };
}

interface Kept {
  path: string;
  parameter: string;
  body: Record<string, unknown>;
  isReplaced: boolean;
}

const KEPT: Kept[] = [
  {
    path: 'users',
    parameter: 'bea',
    body: { username: 'bea', role: 'administrator', password: PASSWORD },
    isReplaced: true,
  },
  { path: 'cors-origins', parameter: 'https://a.example', body: { origin: 'https://a.example' }, isReplaced: true },
  { path: 'webhooks', parameter: 'crm', body: { name: 'crm', url: 'https://a.example/hook' }, isReplaced: true },
  { path: 'holds', parameter: '+5548991996260', body: { number: '+5548991996260', reason: 'x' }, isReplaced: false },
];

/** The last administrator can neither go nor become another. */
const LAST = { colliding: { username: 'bea', role: 'agent' }, collide: async () => undefined };

function keptWays({ path, parameter, body, isReplaced }: Kept): Record<string, Way> {
  const before = (b: Bench) => b.request('POST', `${API}/${path}`, body);
  const isUsers = path === 'users';
  const another = (b: Bench) => b.request('POST', `${API}/users`, { ...body, username: 'carl' });
  const removal = isUsers ? { before: async (b: Bench) => [await before(b), await another(b)] } : { before };
  const lastRemoval = {
    collide: async (b: Bench, ask: Ask) => {
      await b.request('DELETE', `${API}/users/carl`);
      return ask('DELETE', `${API}/users/bea`);
    },
  };
  return {
    [`GET ${API}/${path}`]: {},
    [`POST ${API}/${path}`]: { body, collide: before },
    [`GET ${API}/${path}/{name}`]: { parameter, before },
    ...(isReplaced ? { [`PUT ${API}/${path}/{name}`]: { parameter, body, before, ...(isUsers ? LAST : {}) } } : {}),
    [`DELETE ${API}/${path}/{name}`]: { parameter, ...removal, ...(isUsers ? lastRemoval : {}) },
  };
}

const KEY = { name: 'crm', scopes: ['callbacks:read'] };
const keyWays = (): Record<string, Way> => {
  const add = (b: Bench) => b.request('POST', `${API}/api-keys`, KEY);
  const made: Way = {};
  made.before = async (b) => {
    const [there] = (await b.request('GET', `${API}/api-keys?name=${KEY.name}`)).json.items;
    made.parameter = String((there ?? (await add(b)).json).id);
  };
  return {
    [`GET ${API}/api-keys`]: {},
    [`POST ${API}/api-keys`]: { body: KEY, collide: add },
    [`GET ${API}/api-keys/{id}`]: made,
    [`DELETE ${API}/api-keys/{id}`]: made,
  };
};

const conflict = async (b: Bench) => {
  b.callbacks.changed = { result: 'conflict', message: 'it is over' };
};
const gone = (b: Bench) => {
  b.callbacks.changed = { result: 'not-found' };
};
const CALLBACKS: Record<string, Way> = {
  [`GET ${API}/callbacks`]: {},
  [`POST ${API}/callbacks`]: { body: { rule: 'Callback geral', number: '+5548991996260' } },
  [`GET ${API}/callbacks/{id}`]: { parameter: 'c1' },
  [`GET ${API}/callbacks/{id}/events`]: { parameter: 'c1' },
  [`GET ${API}/callbacks/{id}/ladder`]: { parameter: 'c1' },
  [`GET ${API}/callbacks/{id}/decision`]: { parameter: 'c1' },
  [`GET ${API}/callbacks/{id}/messages`]: { parameter: 'c1' },
  [`POST ${API}/callbacks/bulk`]: { body: { action: 'cancel', ids: ['c1'] } },
  [`POST ${API}/callbacks/{id}/cancel`]: { parameter: 'c1', body: {}, missing: gone, collide: conflict },
  [`POST ${API}/callbacks/{id}/retry`]: { parameter: 'c1', body: {}, missing: gone, collide: conflict },
  [`POST ${API}/callbacks/{id}/reschedule`]: {
    parameter: 'c1',
    body: { dueAt: new Date(BASE_AT + 60_000).toISOString() },
    missing: gone,
    collide: conflict,
  },
  [`GET ${API}/callbacks.csv`]: {},
  [`POST ${API}/callbacks.csv`]: { csv: 'rule,number\nCallback geral,+5548991996260\n' },
};

const registered = (b: Bench) =>
  b.store.registrations.update('201', {
    put: [
      {
        extension: '201',
        contact: 'sip:201@192.0.2.9',
        reachedAt: 'sip:192.0.2.9:5060;transport=udp',
        path: [],
        q: 1000,
        callId: 'x',
        cseq: 1,
        registeredAt: 0,
        expiresAt: 8_000_000_000_000,
        userAgent: null,
      },
    ],
    remove: [],
    now: 0,
  });

/** What a server in the shadow has seen. */
export const SHADOW: ShadowRecords = {
  add: () => undefined,
  all: () => [
    { id: 's1', at: BASE_AT, callId: 'a@b', peer: '192.0.2.1', source: null, joins: null, explanation: EXPLANATION },
  ],
};

const suppress = (b: Bench) => b.request('POST', `${API}/suppressions`, { number: '+5548991996260' });
const entry = async (b: Bench, kind: 'audit' | 'error' | 'delivery', body: Record<string, unknown>, subject = 'x') => {
  await b.journal.append([{ kind, at: BASE_AT, actor: null, subject, correlationId: null, body }]);
  return (await b.journal.list({ kind, page: 1, pageSize: 1 })).items[0]!.sequence;
};
const DELIVERY = { ok: true, status: 200, failure: null, durationMs: 1, events: 1, first: 1, last: 1, attempt: 1 };
const FAULT = { status: 500, code: 'internal', message: 'x', path: null, method: 'GET', cause: null };
const DEED = { action: 'changed', address: '192.0.2.1', changes: [] };

function journalWays(): Record<string, Way> {
  const audit: Way = {};
  audit.before = async (b) => {
    audit.parameter = String(await entry(b, 'audit', DEED));
  };
  const error: Way = {};
  error.before = async (b) => {
    error.parameter = String(await entry(b, 'error', FAULT));
  };
  return {
    [`GET ${API}/audit`]: {},
    [`GET ${API}/audit/{id}`]: audit,
    [`GET ${API}/errors`]: {},
    [`GET ${API}/errors/{id}`]: error,
  };
}

function webhookWays(): Record<string, Way> {
  const hook = (b: Bench) => b.request('POST', `${API}/webhooks`, { name: 'crm', url: 'https://a.example/hook' });
  const resend: Way = {};
  resend.before = async (b) => {
    await hook(b);
    resend.parameter = ['crm', String(await entry(b, 'delivery', DELIVERY, 'crm'))];
  };
  return {
    [`POST ${API}/webhooks/{name}/test`]: {
      parameter: 'crm',
      before: hook,
      missing: (b) => {
        b.webhooks.delivery = null;
      },
    },
    [`GET ${API}/webhooks/{name}/deliveries`]: { parameter: 'crm', before: hook },
    [`POST ${API}/webhooks/{name}/deliveries/{id}/resend`]: resend,
  };
}

const accountWays = (): Record<string, Way> => {
  const confirm: Way = { bySession: true };
  const nothing = async () => undefined;
  return {
    [`POST ${API}/session`]: {
      body: { username: 'bea', password: PASSWORD },
      before: (b) => addUser(b, 'bea', 'agent'),
    },
    [`GET ${API}/session`]: {},
    [`DELETE ${API}/session`]: { bySession: true },
    [`PUT ${API}/session/password`]: {
      bySession: true,
      body: { current: PASSWORD, next: 'another fine password' },
    },
    [`POST ${API}/session/totp`]: {
      bySession: true,
      body: { password: PASSWORD },
      collide: async (b, ask) => {
        const { secret } = (await ask('POST', `${API}/session/totp`, { password: PASSWORD })).json;
        await ask('PUT', `${API}/session/totp`, { code: codeAt(secret, Math.floor(b.now.at / 30_000)) });
      },
    },
    [`PUT ${API}/session/totp`]: { ...confirm, body: { code: '000000' }, collide: nothing },
    [`DELETE ${API}/session/totp`]: { bySession: true, body: { password: PASSWORD } },
    [`GET ${API}/sessions`]: { bySession: true },
    [`DELETE ${API}/sessions`]: { bySession: true },
    [`GET ${API}/session/preferences`]: {},
    [`PUT ${API}/session/preferences`]: { bySession: true, body: { preferences: { columns: ['state'] } } },
    [`POST ${API}/users/{name}/unlock`]: { parameter: 'zoe', before: (b) => addUser(b, 'zoe', 'agent') },
    [`GET ${API}/roles`]: {},
    [`GET ${API}/openapi.json`]: {},
  };
};

function promptWays(): Record<string, Way> {
  const query = 'language=pt-BR&name=hello';
  const upload = (b: Bench) => b.request('POST', `${API}/prompts?${query}`, 'RIFF', { 'content-type': 'audio/wav' });
  const one = { parameter: ['pt-BR', 'hello'], before: upload };
  return {
    [`GET ${API}/prompts`]: {},
    [`POST ${API}/prompts`]: { query, wav: 'RIFF', collide: upload },
    [`GET ${API}/prompts/{language}/{name}`]: one,
    [`DELETE ${API}/prompts/{language}/{name}`]: {
      ...one,
      // what came with the program stays
      collide: async (_b, ask) => ask('DELETE', `${API}/prompts/en/goodbye`),
    },
  };
}
const heard = (b: Bench, range = 'bytes=0-'): Promise<Answer> => {
  b.recordings.put();
  return b.request('GET', `${API}/recordings/r1/audio`, undefined, { range });
};
const recorded = async (b: Bench) => b.recordings.put();
const RECORDINGS: Record<string, Way> = {
  [`GET ${API}/recordings`]: { before: recorded },
  [`GET ${API}/recordings/{id}`]: { parameter: 'r1', before: recorded },
  [`GET ${API}/recordings/{id}/audio`]: { parameter: 'r1', before: recorded },
  [`DELETE ${API}/recordings/{id}`]: {
    parameter: 'r1',
    before: recorded,
    collide: async (b) => {
      b.recordings.put();
      b.recordings.busy = true;
    },
  },
};

const OTHERS: Record<string, Way> = {
  ...RECORDINGS,
  'GET /healthz': {},
  'GET /readyz': {},
  'GET /metrics': {},
  'GET /': {},
  'GET /favicon.svg': {},
  'GET /assets/{name}': { parameter: 'a.js' },
  [`GET ${API}/events`]: {},
  [`GET ${API}/trunk-status`]: {},
  [`GET ${API}/trunks/{name}/status`]: { parameter: 'trunk-80092037' },
  [`POST ${API}/trunks/{name}/test-call`]: {
    parameter: 'trunk-80092037',
    body: { number: '+5548991996260' },
    missing: (b) => {
      b.callbacks.created = { result: 'refused', code: 'unknown-trunk', message: 'there is no trunk of this name' };
    },
  },
  [`POST ${API}/extensions/{name}/provisioning`]: { parameter: '201', body: { server: 'pbx.example.com' } },
  'GET /provisioning/{token}': {},
  [`GET ${API}/switches`]: {},
  [`PATCH ${API}/switches`]: { body: { dial: false } },
  [`GET ${API}/statistics`]: {},
  [`GET ${API}/registrations`]: { before: registered },
  [`GET ${API}/extensions/{name}/registrations`]: { parameter: '201', before: registered },
  [`DELETE ${API}/extensions/{name}/registrations`]: { parameter: '201', before: registered },
  [`GET ${API}/configuration`]: {},
  [`PUT ${API}/configuration`]: {
    body: { version: 1, defaultCountry: 'BR' },
    collide: async (b) => {
      b.configuration.scripted = Array.from({ length: 5 }, () => ({ result: 'stale' as const }));
    },
  },
  [`GET ${API}/explain`]: { query: 'to=%2B554831210110&from=48991996260' },
  [`POST ${API}/flows/validate`]: { body: { flow } },
  [`POST ${API}/flows/simulate`]: {
    body: { flow },
    collide: async (b) => {
      await b.request('PUT', `${API}/inbound-numbers/%2B554831210110`, { number: '+554831210110', flow: 'reception' });
    },
  },
  [`GET ${API}/flows/{name}/versions`]: { parameter: 'second', before: (b) => b.request('POST', `${API}/flows`, flow) },
  [`GET ${API}/flows/{name}/versions/{version}`]: {
    parameter: ['second', '1'],
    before: (b) => b.request('POST', `${API}/flows`, flow),
  },
  [`GET ${API}/route`]: { query: 'rule=Opera%C3%A7%C3%A3o&number=48991996260' },
  [`GET ${API}/shadow`]: {},
  [`GET ${API}/shadow/{id}`]: { parameter: 's1' },
  [`GET ${API}/inbound-numbers.csv`]: {},
  [`GET ${API}/callback-rules.csv`]: {},
  [`POST ${API}/inbound-numbers.csv`]: { csv: 'number,flow\n+554831210113,reception\n' },
  [`POST ${API}/callback-rules.csv`]: { csv: 'name,origin,method,trunk\nR,+5511*,caller,trunk-80092037\n' },
  [`GET ${API}/suppressions`]: {},
  [`POST ${API}/suppressions`]: { body: { number: '+5548991996260' } },
  [`GET ${API}/suppressions/{number}`]: { parameter: '+5548991996260', before: suppress },
  [`DELETE ${API}/suppressions/{number}`]: { parameter: '+5548991996260', before: suppress },
  [`GET ${API}/suppressions.csv`]: {},
  [`POST ${API}/suppressions.csv`]: { csv: 'number\n+5548991996260\n' },
  [`GET ${API}/retention`]: {},
  [`PUT ${API}/retention`]: { body: { callbacksDays: 30 } },
  [`POST ${API}/erasures`]: {
    body: { number: '+5548991996260', reason: 'he asked' },
    collide: (b) => b.request('POST', `${API}/holds`, { number: '+5548991996260', reason: 'a complaint' }),
  },
};

export const WAYS: Readonly<Record<string, Way>> = Object.assign(
  {},
  OTHERS,
  CALLBACKS,
  accountWays(),
  keyWays(),
  journalWays(),
  webhookWays(),
  promptWays(),
  ...KINDS.map(kindWays),
  ...KEPT.map(keptWays),
);

/** Statuses that another request than the usual one brings, or another state of the server. */
export const OTHER_WAYS: Record<string, (b: Bench) => Promise<Answer>> = {
  [`POST ${API}/callbacks 200`]: (b) => {
    b.callbacks.created = { result: 'merged', callback: callbackOf('c1') };
    return b.request('POST', `${API}/callbacks`, { rule: 'Callback geral', number: '+5548991996260' });
  },
  [`POST ${API}/trunks/{name}/test-call 200`]: (b) => {
    b.callbacks.created = { result: 'merged', callback: callbackOf('c1') };
    return b.request('POST', `${API}/trunks/trunk-80092037/test-call`, { number: '+5548991996260' });
  },
  [`POST ${API}/extensions/{name}/provisioning 409`]: (b) =>
    b.request('POST', `${API}/extensions/200/provisioning`, { server: 'pbx.example.com' }),
  [`GET ${API}/recordings/{id}/audio 206`]: async (b) => heard(b, 'bytes=0-9'),
  [`GET ${API}/recordings/{id}/audio 416`]: async (b) => heard(b, 'bytes=5000-'),
  [`GET ${API}/recordings/{id}/audio 409`]: async (b) => {
    b.recordings.broken = 'damaged';
    return heard(b);
  },
  [`GET ${API}/sessions 403`]: (b) => b.request('GET', `${API}/sessions`),
  'GET /provisioning/{token} 200': async (b) => {
    const { json } = await b.request('POST', `${API}/extensions/201/provisioning`, { server: 'pbx.example.com' });
    return b.request('GET', json.path);
  },
  'GET /readyz 503': (b) => {
    b.health.ready = false;
    return b.request('GET', '/readyz');
  },
  [`PUT ${API}/session/totp 200`]: async (b) => {
    const ana = await someone(b, 'agent', { name: 'Ana' });
    const { secret } = (await ana.ask('POST', `${API}/session/totp`, { password: PASSWORD })).json;
    return ana.ask('PUT', `${API}/session/totp`, { code: codeAt(secret, Math.floor(b.now.at / 30_000)) });
  },
};
