import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { HookRequest } from '../../lib/core/flow/hook.ts';
import { FlowHooks } from '../../lib/records/flow-hooks.ts';
import { createSystemClock } from '../../lib/system/clock.ts';
import { MemoryLog } from '../support/outside-world.ts';

const HOST = '127.0.68.10';
const NEVER = new AbortController().signal;

interface Asked {
  headers: IncomingMessage['headers'];
  body: string;
}

describe('webhooks of flows over HTTP', () => {
  let server: Server;
  let url: string;
  let asked: Asked[];
  let log: MemoryLog;
  let answer: (response: ServerResponse, tries: number) => void;

  beforeEach(async () => {
    asked = [];
    log = new MemoryLog();
    answer = (response) => json(response, { exit: 'known' });
    server = createServer((request, response) => {
      let body = '';
      request.on('data', (piece) => {
        body += piece;
      });
      request.on('end', () => {
        asked.push({ headers: request.headers, body });
        answer(response, asked.length);
      });
    });
    server.listen(0, HOST);
    await once(server, 'listening');
    url = `http://${HOST}:${(server.address() as AddressInfo).port}/next`;
  });
  afterEach(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });

  function json(response: ServerResponse, given: unknown, status = 200): void {
    response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' }).end(JSON.stringify(given));
  }

  const hooks = () =>
    new FlowHooks({
      secretOf: (secret) => (typeof secret === 'string' ? secret : ''),
      clock: createSystemClock(),
      fetch: (...request) => fetch(...request),
      log,
    });

  const request = (changes: Partial<HookRequest> = {}): HookRequest => ({
    url,
    secret: null,
    timeoutSeconds: 5,
    retries: 1,
    body: {
      requestId: 'a1.fetch1',
      callbackId: 'c1',
      attempt: { id: 'a1', number: 1 },
      flow: 'f',
      component: 'hook',
      caller: { received: '48991996260', e164: '+5548991996260', name: null },
      inboundNumber: '+554831210110',
      digits: '12',
      variables: { pin: '4711' },
      language: 'pt-BR',
    },
    ...changes,
  });

  it('take a timeout of whatever fraction', async () => {
    const result = await hooks().ask(request({ timeoutSeconds: 1.001 }), NEVER);
    assert.equal(result.type, 'answered');
  });

  it('post what they ask as JSON, signed as our other webhooks are, under a name that every try has', async () => {
    answer = (response, tries) => (tries === 1 ? json(response, {}, 503) : json(response, { exit: 'known' }));
    const given = request({ secret: 'shared' });
    const result = await hooks().ask(given, NEVER);
    assert.deepEqual(result, { type: 'answered', answer: { exit: 'known' }, tries: 2 });
    assert.deepEqual(JSON.parse(asked[0]!.body), given.body);
    assert.equal(asked[1]!.body, asked[0]!.body);
    for (const { headers, body } of asked) {
      assert.equal(headers['idempotency-key'], 'a1.fetch1');
      assert.equal(headers['content-type'], 'application/json');
      const [, seconds, mark] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(headers['x-callback-signature']))!;
      assert.equal(mark, createHmac('sha256', 'shared').update(`${seconds}.${body}`).digest('hex'));
    }
  });

  it('are not signed without a secret, and not sent without the one that they should be signed with', async () => {
    await hooks().ask(request(), NEVER);
    assert.equal(asked[0]?.headers['x-callback-signature'], undefined);
    const result = await hooks().ask(request({ secret: { env: 'NOT_SET' } }), NEVER);
    assert.deepEqual(result, { type: 'failed', why: 'no-secret', tries: 1 });
    assert.equal(asked.length, 1);
  });

  for (const [what, why, tries, give] of [
    ['a server that is out of order is asked again', 'status-500', 3, (r: ServerResponse) => json(r, {}, 500)],
    ['one that is asked too often is asked again', 'status-429', 3, (r: ServerResponse) => json(r, {}, 429)],
    ['one that refuses is not asked again', 'status-404', 1, (r: ServerResponse) => json(r, {}, 404)],
    [
      'one that sends us elsewhere is not followed',
      'status-302',
      1,
      (r: ServerResponse) => r.writeHead(302, { location: '/other' }).end(),
    ],
    [
      'one that answers with something else than JSON is not believed',
      'no-json',
      1,
      (r: ServerResponse) => r.writeHead(200, { 'content-type': 'text/html' }).end('{"exit":"known"}'),
    ],
    [
      'one that answers with half of it is not believed',
      'no-json',
      1,
      (r: ServerResponse) => r.writeHead(200, { 'content-type': 'application/json' }).end('{"exit":'),
    ],
    [
      'one that answers with more than 64 kB is not read to its end',
      'too-long',
      1,
      (r: ServerResponse) => json(r, { exit: 'known', more: 'x'.repeat(70_000) }),
    ],
  ] as const)
    it(what, async () => {
      answer = give;
      const result = await hooks().ask(request({ retries: 2 }), NEVER);
      assert.deepEqual(result, { type: 'failed', why, tries });
      assert.equal(asked.length, tries);
    });

  it('give up one that does not answer in time, each try for itself', async () => {
    answer = () => undefined;
    const startedAt = performance.now();
    const result = await hooks().ask(request({ timeoutSeconds: 0.2, retries: 1 }), NEVER);
    const tookMs = performance.now() - startedAt;
    assert.deepEqual(result, { type: 'failed', why: 'timeout', tries: 2 });
    assert.ok(tookMs >= 640 && tookMs < 2500, `${tookMs} ms`);
  });

  it('give up one whose answer never comes to an end', async () => {
    answer = (response) => void response.writeHead(200, { 'content-type': 'application/json' }).write('{');
    const result = await hooks().ask(request({ timeoutSeconds: 0.2, retries: 0 }), NEVER);
    assert.deepEqual(result, { type: 'failed', why: 'timeout', tries: 1 });
  });

  it('find nobody where nobody listens', async () => {
    const { port } = server.address() as AddressInfo;
    const result = await hooks().ask(request({ url: `http://127.0.68.11:${port}/`, retries: 0 }), NEVER);
    assert.deepEqual(result, { type: 'failed', why: 'unreachable', tries: 1 });
  });

  it('are given up at once when nobody waits any more, also between two tries', async () => {
    const ending = new AbortController();
    const arrived = Promise.withResolvers<void>();
    answer = () => arrived.resolve();
    const given = hooks().ask(request({ retries: 5 }), ending.signal);
    await arrived.promise;
    ending.abort();
    assert.equal((await given).type, 'failed');
    assert.equal(asked.length, 1);
  });

  it('tell the log neither numbers nor keys nor where exactly they asked', async () => {
    answer = (response) => json(response, {}, 500);
    const secret = 'do-not-show';
    await hooks().ask(request({ url: `${url}?token=abc`, secret, retries: 0 }), NEVER);
    const text = JSON.stringify(log);
    assert.match(text, /a webhook of a flow has failed/);
    for (const hidden of ['48991996260', '4711', secret, 'token', '+554831210110'])
      assert.ok(!text.includes(hidden), hidden);
  });
});
