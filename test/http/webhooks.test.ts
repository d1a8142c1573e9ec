import assert from 'node:assert/strict';
import { type Bench, bench } from './fakes.ts';

describe('HTTP: webhooks', () => {
  let b: Bench;
  beforeEach(async () => {
    b = await bench();
  });
  afterEach(() => b.http.close());
  const hook = { name: 'crm', url: 'https://example.com/hook', events: ['callback.done'] };

  it('are added, read, replaced and removed; the secret is shown once', async () => {
    const added = await b.request('POST', '/api/v1/webhooks', hook);
    assert.equal(added.status, 201);
    assert.match(added.json.secret, /^[\w-]{43}$/);
    const tag = String(added.headers['etag']);
    const read = await b.request('GET', '/api/v1/webhooks/crm');
    assert.equal(read.json.secret, undefined);
    assert.ok(!(await b.request('GET', '/api/v1/audit')).text.includes(added.json.secret));
    const put = () => b.request('PUT', '/api/v1/webhooks/crm', { ...hook, enabled: false }, { 'if-match': tag });
    assert.equal((await put()).json.enabled, false);
    assert.equal((await put()).status, 412);
    const kept = (await b.documents.get('webhook', 'crm', 0))?.body['secret'];
    assert.equal(kept, added.json.secret);
    assert.equal((await b.request('POST', '/api/v1/webhooks', hook)).status, 409);
    assert.equal((await b.request('DELETE', '/api/v1/webhooks/crm')).status, 204);
    assert.equal((await b.request('GET', '/api/v1/webhooks/crm')).status, 404);
    assert.deepEqual(b.webhooks.calls, ['begin crm', 'changed', 'changed']);
  });

  it('go to no address that gives machines their credentials, and to nothing but HTTP', async () => {
    for (const url of [
      'http://169.254.169.254/latest',
      'http://[fe80::1]/',
      'file:///etc/passwd',
      'https://u:p@x.example',
      'x',
    ])
      assert.equal((await b.request('POST', '/api/v1/webhooks', { ...hook, url })).status, 400, url);
  });

  it('are tested, and what was delivered is listed and sent again', async () => {
    await b.request('POST', '/api/v1/webhooks', hook);
    assert.deepEqual((await b.request('POST', '/api/v1/webhooks/crm/test')).json.ok, true);
    const body = {
      ok: false,
      status: 500,
      failure: 'status 500',
      durationMs: 1,
      events: 2,
      first: 7,
      last: 9,
      attempt: 1,
    };
    const entry = { kind: 'delivery', at: 1, actor: null, correlationId: null } as const;
    await b.journal.append([
      { ...entry, subject: 'crm', body },
      { ...entry, subject: 'other', body },
    ]);
    const { json } = await b.request('GET', '/api/v1/webhooks/crm/deliveries');
    assert.deepEqual([json.total, json.items[0].status, json.items[0].first], [1, 500, 7]);
    const [{ id }] = json.items;
    assert.equal((await b.request('POST', `/api/v1/webhooks/crm/deliveries/${id}/resend`)).status, 200);
    assert.equal(b.webhooks.calls.at(-1), 'resend crm 7-9');
    const others = Number(id) + 1;
    assert.equal((await b.request('POST', `/api/v1/webhooks/crm/deliveries/${others}/resend`)).status, 404);
    assert.equal((await b.request('POST', '/api/v1/webhooks/none/test')).status, 200, 'the service knows');
    b.webhooks.delivery = null;
    assert.equal((await b.request('POST', '/api/v1/webhooks/none/test')).status, 404);
  });

  it('show since when their receiver has been away, and when it is tried next', async () => {
    await b.request('POST', '/api/v1/webhooks', hook);
    const progress = async () => {
      const { failures, failingSince, nextTryAt } = (await b.request('GET', '/api/v1/webhooks/crm')).json;
      return [failures, failingSince, nextTryAt];
    };
    assert.deepEqual(await progress(), [0, null, null]);
    const [failingSince, retryAt] = [b.now.at - 60_000, b.now.at + 4_000];
    const body = { sequence: 7, failures: 3, retryAt, failingSince, owner: null, ownedUntil: 0 };
    const write = {
      kind: 'webhook-cursor',
      name: 'crm',
      body,
      expiresAt: null,
      now: b.now.at,
      expected: null,
    } as const;
    await b.documents.put(write);
    const wanted = [3, new Date(failingSince).toISOString(), new Date(retryAt).toISOString()];
    assert.deepEqual(await progress(), wanted);
    const [listed] = (await b.request('GET', '/api/v1/webhooks')).json.items;
    assert.deepEqual([listed.failures, listed.failingSince, listed.nextTryAt], wanted);
    const { text } = await b.request('GET', '/api/v1/audit');
    assert.ok(!text.includes('nextTryAt'), 'how it goes is no change of anybody');
  });
});
