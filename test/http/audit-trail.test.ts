import assert from 'node:assert/strict';
import { fieldChanges } from '../../lib/http/audit-trail.ts';
import { addUser, asNobody, signIn } from './access/people.ts';
import { type Bench, bench } from './fakes.ts';

const RULE = '/api/v1/callback-rules/Callback%20geral';

describe('what differs between two states of a thing', () => {
  it('is told field by field, down to the innermost', () => {
    const before = { a: 1, b: { c: 'x', d: [1, 2] }, gone: true, same: { e: null } };
    const after = { a: 2, b: { c: 'x', d: [1, 3] }, same: { e: null }, come: 'y' };
    assert.deepEqual(fieldChanges(before, after), [
      { field: 'a', before: 1, after: 2 },
      { field: 'b.d', before: [1, 2], after: [1, 3] },
      { field: 'gone', before: true, after: null },
      { field: 'come', before: null, after: 'y' },
    ]);
  });

  it('is the whole thing where there was none, or is none any more; nothing where nothing changed', () => {
    assert.deepEqual(fieldChanges(undefined, { a: 1 }), [{ field: '', before: null, after: { a: 1 } }]);
    assert.deepEqual(fieldChanges({ a: 1 }, undefined), [{ field: '', before: { a: 1 }, after: null }]);
    assert.deepEqual(fieldChanges({ a: [{ b: 1 }] }, { a: [{ b: 1 }] }), []);
  });

  it('is cut where it is long', () => {
    const [change] = fieldChanges({ text: 'x'.repeat(5_000) }, { text: 'y' });
    assert.match(String(change!.before), /^"x{1999}…$/);
    assert.equal(change!.after, 'y');
  });
});

describe('HTTP: the audit log', () => {
  let b: Bench;
  beforeEach(async () => {
    b = await bench();
  });
  afterEach(() => b.http.close());
  const entries = async (query = '') => (await b.request('GET', `/api/v1/audit?${query}`)).json.items;

  it('has a changed rule before and after, by the id of the answer that said that it was changed', async () => {
    const { json: rule } = await b.request('GET', RULE);
    const answer = await b.request('PUT', RULE, { ...rule, delaySeconds: 45 });
    assert.equal(answer.status, 200);
    const [entry, ...more] = await entries(`correlationId=${answer.headers['x-correlation-id']}`);
    assert.deepEqual(more, []);
    assert.deepEqual(
      [entry.actor, entry.action, entry.subject],
      ['configured', 'replaced', 'callback-rules/Callback geral'],
    );
    assert.deepEqual(entry.changes, [{ field: 'delaySeconds', before: 5, after: 45 }]);
    assert.deepEqual((await b.request('GET', `/api/v1/audit/${entry.id}`)).json, entry);
  });

  it('says what was done to a thing that is called as a deed is', async () => {
    const flow = { name: 'test', start: 'bye', components: { bye: { type: 'hangup' } } };
    assert.equal((await b.request('POST', '/api/v1/flows', flow)).status, 201);
    const components = { bye: { type: 'hangup', reason: 'over' } };
    assert.equal((await b.request('PUT', '/api/v1/flows/test', { ...flow, components })).status, 200);
    assert.equal((await b.request('DELETE', '/api/v1/flows/test')).status, 204);
    const actions = (await entries()).map((entry: { action: string }) => entry.action);
    assert.deepEqual(actions.toSorted(), ['created', 'removed', 'replaced']);
  });

  const PASSWORD = 'correct horse battery';
  for (const [method, path, before, after, change] of [
    [
      'PUT',
      'users/bea',
      { username: 'bea', role: 'agent', password: PASSWORD },
      { username: 'bea', role: 'manager' },
      ['role', 'agent', 'manager'],
    ],
    [
      'PUT',
      'webhooks/crm',
      { name: 'crm', url: 'https://a.example/hook' },
      { name: 'crm', url: 'https://b.example/hook' },
      ['url', 'https://a.example/hook', 'https://b.example/hook'],
    ],
    [
      'PUT',
      'cors-origins/https%3A%2F%2Fa.example',
      { origin: 'https://a.example', note: 'ours' },
      { origin: 'https://a.example', note: 'theirs' },
      ['note', 'ours', 'theirs'],
    ],
    ['PUT', 'retention', null, { callbacksDays: 90 }, ['callbacksDays', 0, 90]],
    ['PATCH', 'switches', null, { dial: false }, ['dial', true, false]],
  ] as const)
    it(`has ${path} before and after`, async () => {
      if (before !== null) assert.equal((await b.request('POST', `/api/v1/${path.split('/')[0]}`, before)).status, 201);
      const answer = await b.request(method, `/api/v1/${path}`, after);
      assert.equal(answer.status, 200, answer.text);
      const [entry] = await entries(`correlationId=${answer.headers['x-correlation-id']}`);
      const [field, from, to] = change;
      const found = entry.changes.find((one: { field: string }) => one.field === field);
      assert.deepEqual(found, { field, before: from, after: to });
    });

  it('has what was removed as it was', async () => {
    const { json: rule } = await b.request('GET', RULE);
    const answer = await b.request('DELETE', RULE);
    assert.equal(answer.status, 204);
    const [entry] = await entries(`correlationId=${answer.headers['x-correlation-id']}`);
    assert.equal(entry.action, 'removed');
    assert.deepEqual(entry.changes[0].before.delaySeconds, rule.delaySeconds);
    assert.equal(entry.changes[0].after, null);
  });

  it('names the person who is signed in, and no secret of what he changed', async () => {
    await addUser(b, 'ana', 'administrator');
    const ana = await signIn(b, 'ana');
    const { json: trunk } = await b.request('GET', '/api/v1/trunks/trunk-80092037');
    const auth = { username: 'account', password: 'a-password-of-a-trunk' };
    const answer = await ana.ask('PUT', '/api/v1/trunks/trunk-80092037', { ...trunk, auth });
    assert.equal(answer.status, 200, answer.text);
    const [entry] = await entries('subject=trunks');
    assert.equal(entry.actor, 'ana');
    assert.match(JSON.stringify(entry.changes), /auth/);
    assert.doesNotMatch(JSON.stringify(await entries()), /a-password-of-a-trunk/);
  });

  it('has nothing of what was refused, but the sign-ins', async () => {
    await addUser(b, 'ana', 'agent');
    const before = (await entries()).length;
    assert.equal((await b.request('PUT', RULE, { delaySeconds: -1 })).status, 400);
    assert.equal((await b.request('PUT', RULE, {}, { 'if-match': '"another"' })).status >= 400, true);
    assert.equal((await b.request('DELETE', '/api/v1/trunks/none')).status, 404);
    assert.equal((await asNobody(b)('DELETE', RULE)).status, 401);
    assert.equal((await entries()).length, before);
    const wrong = { username: 'ana', password: 'not the password' };
    assert.equal((await asNobody(b)('POST', '/api/v1/session', wrong)).status, 401);
    const [entry] = await entries();
    assert.deepEqual([entry.subject, entry.action], ['users/ana', 'sign-in refused']);
  });

  it('that can not be written keeps nobody from what he did, and is told in the log with the id', async () => {
    const { json: rule } = await b.request('GET', RULE);
    b.journal.append = async () => {
      throw new Error('the disk is full');
    };
    const answer = await b.request('PUT', RULE, { ...rule, delaySeconds: 45 });
    assert.equal(answer.status, 200);
    const line = b.log.lines.find(({ text }) => text === 'a change is missing in the audit');
    const fields = line?.fields as { correlationId: string } | undefined;
    assert.equal(fields?.correlationId, answer.headers['x-correlation-id']);
  });
});
