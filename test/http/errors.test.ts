import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type Answer, API_KEY, type Bench, bench } from './fakes.ts';

function assertError(answer: Answer, status: number, code: string): void {
  assert.deepEqual([answer.status, answer.json?.error?.code], [status, code], answer.text);
  assert.equal(typeof answer.json.error.message, 'string');
  assert.match(answer.json.correlationId, /^[0-9a-f-]{36}$/);
  assert.equal(answer.headers['x-correlation-id'] ?? answer.json.correlationId, answer.json.correlationId);
}

describe('HTTP: errors have one form', () => {
  let b: Bench;
  beforeEach(async () => {
    b = await bench();
  });
  afterEach(() => b.http.close());
  const json = { 'content-type': 'application/json' };

  it('404 for an address that is none, in the API and outside', async () => {
    for (const url of ['/api/v1/nope', '/nope', '/api', '/api/v1/trunks/a/b', '/api/v2/trunks', '/api/v1/trunks/'])
      assertError(await b.request('GET', url), 404, 'not-found');
  });

  it('405 names the methods that there are', async () => {
    for (const [method, url, allow] of [
      ['PATCH', '/api/v1/trunks', 'GET, HEAD, POST'],
      ['PUT', '/api/v1/trunks?x=1', 'GET, HEAD, POST'],
      ['POST', '/api/v1/flows/reception', 'DELETE, GET, HEAD, PUT'],
      ['DELETE', '/api/v1/callbacks/c1', 'GET, HEAD'],
      ['GET', '/api/v1/callbacks/c1/cancel', 'POST'],
      ['HEAD', '/api/v1/events', 'GET'],
      ['OPTIONS', '/readyz', 'GET, HEAD'],
    ] as const) {
      const answer = await b.request(method, url);
      assert.deepEqual([answer.status, answer.headers['allow']], [405, allow], `${method} ${url}`);
      if (method !== 'HEAD') assertError(answer, 405, 'method-not-allowed');
    }
  });

  it('415 for a body that is not JSON', async () => {
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/yaml', 'nonsense'])
      assertError(
        await b.request('POST', '/api/v1/trunks', 'a=b', { 'content-type': type }),
        415,
        'unsupported-media-type',
      );
  });

  it('400 for a body that is broken, or reaches for a prototype', async () => {
    for (const body of ['{"name":', 'nope', '{"__proto__": {"a": 1}}', '{"constructor": {"prototype": {"a": 1}}}'])
      assertError(await b.request('POST', '/api/v1/trunks', body, json), 400, 'malformed-body');
  });

  it('400 for a body of the wrong kind, or none', async () => {
    for (const body of ['[]', '1', '"a"', 'null', ''])
      assertError(await b.request('POST', '/api/v1/trunks', body, json), 400, 'invalid');
  });

  it('413 for a body of more than 1 MiB, 8 MiB for the whole configuration', async () => {
    const big = JSON.stringify({ name: 'x'.repeat(1024 * 1024) });
    assertError(await b.request('POST', '/api/v1/trunks', big, json), 413, 'body-too-large');
    assertError(await b.request('PUT', '/api/v1/configuration', big, json), 400, 'invalid');
    const bigger = JSON.stringify({ name: 'x'.repeat(8 * 1024 * 1024) });
    assertError(await b.request('PUT', '/api/v1/configuration', bigger, json), 413, 'body-too-large');
  });

  it('400 and 414 for addresses that can not be read', async () => {
    assertError(await b.request('GET', '/api/v1/trunks/%ff%fe'), 400, 'malformed-request');
    const long = await b.request('GET', `/api/v1/trunks/${'x'.repeat(2000)}`);
    assert.ok([404, 414].includes(long.status), long.text);
    assert.equal(typeof long.json.error.code, 'string');
  });

  it('500 gives nothing away, and the log knows the request by its correlationId', async () => {
    b.store.failure = new Error('at /home/somebody/secret.ts');
    const answer = await b.request('GET', '/api/v1/callbacks');
    assertError(answer, 500, 'internal');
    assert.ok(!answer.text.includes('secret.ts'));
    const line = b.log.lines.find(({ level }) => level === 'error');
    assert.deepEqual(Object.entries(line?.fields ?? {})[0], ['correlationId', answer.json.correlationId]);
  });

  it('carry the headers that keep browsers out', async () => {
    for (const url of ['/api/v1/trunks', '/readyz', '/nope']) {
      const { headers } = await b.request('GET', url);
      assert.equal(headers['x-content-type-options'], 'nosniff');
      assert.match(String(headers['content-security-policy']), /default-src 'none'/);
      assert.equal(headers['access-control-allow-origin'], undefined);
    }
    assert.equal((await b.request('GET', '/api/v1/trunks')).headers['cache-control'], 'no-store');
  });

  it('survives any body at any route with a coded answer', async () => {
    const routes: Array<[string, string]> = [
      ['POST', '/api/v1/trunks'],
      ['POST', '/api/v1/flows'],
      ['PUT', '/api/v1/callback-rules/Callback%20geral'],
      ['PUT', '/api/v1/configuration'],
      ['POST', '/api/v1/callbacks'],
      ['POST', '/api/v1/callbacks/c1/reschedule'],
      ['POST', '/api/v1/callbacks/c1/cancel'],
    ];
    const keys = fc.constantFrom(
      'name',
      'proxy',
      'rule',
      'dueAt',
      'number',
      'components',
      'start',
      'trunks',
      'type',
      'userData',
    );
    const body = fc.oneof(
      fc.string({ maxLength: 60 }),
      fc.json({ maxDepth: 4 }),
      fc.dictionary(keys, fc.jsonValue({ maxDepth: 3 })).map((value) => JSON.stringify(value)),
    );
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...routes), body, async ([method, url], payload) => {
        const answer = await b.request(method, url, payload, json);
        assert.ok(answer.status < 500, `${answer.status} ${answer.text}`);
        if (answer.status >= 400) assert.equal(typeof answer.json.error.code, 'string');
      }),
      { numRuns: 300 },
    );
  });

  it('survives any address and query with a coded answer', async () => {
    const part = fc.string({ maxLength: 20, unit: 'binary-ascii' }).map((text) => text.replace(/[^\x21-\x7e]/g, '%00'));
    await fc.assert(
      fc.asyncProperty(fc.constantFrom('GET', 'DELETE', 'POST'), part, part, async (method, path, query) => {
        const answer = await b.request(method, `/api/v1/${path}?${query}`);
        assert.ok(answer.status < 500, `${answer.status} ${answer.text}`);
        if (answer.status >= 400) assert.equal(typeof answer.json.error.code, 'string', answer.text);
      }),
      { numRuns: 300 },
    );
  });
});

describe('HTTP: health and metrics', () => {
  it('need no key', async () => {
    const b = await bench();
    const open = { authorization: '' };
    const ready = await b.request('GET', '/readyz', undefined, open);
    assert.deepEqual([ready.status, ready.json.status], [200, 'ready']);
    b.health.ready = false;
    const notReady = await b.request('GET', '/readyz', undefined, open);
    assert.deepEqual([notReady.status, notReady.json.checks.sip.ok], [503, false]);
    assert.equal((await b.request('GET', '/healthz', undefined, open)).status, 200);
    const metrics = await b.request('GET', '/metrics', undefined, open);
    assert.deepEqual([metrics.status, metrics.text], [200, 'callbacks_total 1\n']);
    assert.match(String(metrics.headers['content-type']), /^text\/plain; version=0\.0\.4/);
    await b.http.close();
  });
});

describe('HTTP: OpenAPI', () => {
  it('describes nothing that is not there, and every reference in it leads somewhere', async () => {
    const b = await bench({ version: '1.2.3' });
    const { status, json, text } = await b.request('GET', '/api/v1/openapi.json');
    assert.equal(status, 200);
    assert.deepEqual([json.openapi, json.info.version], ['3.1.0', '1.2.3']);
    for (const [, name] of text.matchAll(/"#\/components\/schemas\/(\w+)"/g))
      assert.ok(json.components.schemas[name!], `no schema ${name}`);
    for (const [path, operations] of Object.entries<Record<string, unknown>>(json.paths)) {
      const url = path.replace('{name}', 'nobody').replace('{id}', 'nobody');
      const answer = await b.request('TRACE', url);
      assert.equal(answer.status, 405, `${path} is not there`);
      // `callbacks/bulk` may be an id too; that no route is left out, the table of access sees to
      const allowed = String(answer.headers['allow']).split(', ');
      for (const method of Object.keys(operations))
        assert.ok(allowed.includes(method.toUpperCase()), `${method} ${path}`);
    }
    assert.ok(text.includes('maxCallsPerSecond') && text.includes('intervalSeconds'));
    await b.http.close();
  });

  it('is behind the key like the rest', async () => {
    const b = await bench();
    const answer = await b.request('GET', '/api/v1/openapi.json', undefined, {
      authorization: '',
      'x-api-key': API_KEY,
    });
    assert.equal(answer.status, 200);
    assert.equal((await b.request('GET', '/api/v1/openapi.json', undefined, { authorization: '' })).status, 401);
    await b.http.close();
  });
});
