/** The log, the error book and the audit of a server that has lived through everything: what may stand in none of them. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server as HttpServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { codeAt } from '../../lib/http/access/totp.ts';
import { digestProof } from '../support/digest-proof.ts';
import { API_KEY, Server } from '../support/server.ts';
import { SipPhone } from '../support/sip-phone.ts';
import { type SipHeaders, tagOf } from '../support/sip-text.ts';

const ADDRESS = '127.0.83.10';
const TRUNK = '127.0.83.11';
const HOOK = '127.0.83.12';
const INBOUND = '+554831210110';
const CALLERS = ['+5548991990001', '+5548991990002', '+5511988880003'];

const PLANTED = {
  trunkPassword: 'planted-trunk-password',
  extensionPassword: 'planted-extension-password',
  wrongPassword: 'planted-wrong-password',
  userPassword: 'planted-user-password',
  nextPassword: 'planted-next-password',
  /** So short that it stands whole in what a parser says of its surroundings. */
  malformedPassword: 'pq7Zx',
  webhookSecret: 'planted-webhook-secret-0123',
  apiKey: API_KEY,
};

const configuration = stringify({
  version: 1,
  defaultCountry: 'BR',
  trunks: [
    {
      name: 'carrier',
      proxy: `sip:${TRUNK}:5070`,
      accept: [`${TRUNK}/32`],
      auth: { username: 'account', password: PLANTED.trunkPassword },
    },
  ],
  extensions: [{ number: '201', password: PLANTED.extensionPassword }],
  inboundNumbers: [{ number: INBOUND, callback: true }],
  callbackRules: [{ name: 'any', origin: 'any', trunk: 'carrier', delaySeconds: 0.2, next: 'bye' }],
  flows: [{ name: 'bye', start: 'bye', components: { bye: { type: 'hangup' } } }],
  // the machine of the test may be busy with others
  limits: { blockedNumbers: [CALLERS[2]], overload: false },
});

/** One life of a server, and what it has to keep to itself. */
class Life {
  readonly server: Server;
  readonly trunk: SipPhone;
  readonly secrets = new Set<string>(Object.values(PLANTED));
  #cookie = '';
  #csrf = '';

  constructor(server: Server, trunk: SipPhone) {
    this.server = server;
    this.trunk = trunk;
  }

  async ask(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
    const answer = await fetch(`http://${ADDRESS}:8080/api/v1${path}`, {
      method,
      headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await answer.text();
    for (const cookie of answer.headers.getSetCookie()) this.#cookie = cookie.split(';')[0]!;
    return { status: answer.status, json: text.startsWith('{') ? JSON.parse(text) : null };
  }

  as(): Record<string, string> {
    return { cookie: this.#cookie, 'x-csrf-token': this.#csrf };
  }

  async signIn(body: object): Promise<number> {
    const { status, json } = await this.ask('POST', '/session', body);
    if (status !== 201) return status;
    this.#csrf = json.csrfToken;
    this.secrets.add(this.#csrf).add(this.#cookie.split('=')[1]!);
    return status;
  }

  /** Users, wrong and right passwords, a second factor, keys, bodies that are none. */
  async people(): Promise<void> {
    const user = { username: 'ana', role: 'administrator', password: PLANTED.userPassword };
    assert.equal((await this.server.api('/api/v1/users', { method: 'POST', body: user })).status, 201);
    assert.equal(await this.signIn({ username: 'ana', password: PLANTED.wrongPassword }), 401);
    assert.equal(await this.signIn({ username: 'ana', password: PLANTED.userPassword }), 201);
    const begun = await this.ask('POST', '/session/totp', { password: PLANTED.userPassword }, this.as());
    const code = codeAt(begun.json.secret, Math.floor(Date.now() / 30_000));
    const set = await this.ask('PUT', '/session/totp', { code }, this.as());
    assert.equal(set.status, 200);
    for (const secret of [begun.json.secret, ...set.json.recoveryCodes]) this.secrets.add(secret);
    const next = { current: PLANTED.userPassword, next: PLANTED.nextPassword };
    const malformed = `{"current":"x","next": ${PLANTED.malformedPassword}}`;
    assert.equal((await this.ask('PUT', '/session/password', malformed, this.as())).status, 400);
    assert.equal(
      (await this.ask('PUT', '/session/password', { ...next, extra: PLANTED.wrongPassword }, this.as())).status,
      400,
    );
    assert.equal((await this.ask('PUT', '/session/password', next, this.as())).status, 204);
    const recovery = set.json.recoveryCodes[0];
    assert.equal(await this.signIn({ username: 'ana', password: PLANTED.nextPassword, totp: recovery }), 201);
    const key = await this.ask('POST', '/api-keys', { name: 'crm', scopes: ['callbacks:read'] }, this.as());
    this.secrets.add(key.json.key.slice('cbk_'.length + 17));
    assert.equal((await this.ask('GET', '/callbacks', undefined, { 'x-api-key': key.json.key })).status, 200);
    assert.equal((await this.ask('GET', '/users', undefined, { authorization: `Bearer ${key.json.key}` })).status, 403);
    assert.equal((await this.ask('GET', '/callbacks', undefined, { 'x-api-key': PLANTED.wrongPassword })).status, 401);
    const basic = Buffer.from(`ana:${PLANTED.wrongPassword}`).toString('base64');
    this.secrets.add(basic);
    assert.equal((await this.ask('GET', '/callbacks', undefined, { authorization: `Basic ${basic}` })).status, 401);
  }

  /** A configuration that is refused, one that is taken, a password of a trunk. */
  async changes(): Promise<void> {
    const extension = { number: '202', password: PLANTED.wrongPassword };
    for (const body of [{ ...extension, nonsense: 1 }, extension, extension])
      await this.ask('POST', '/extensions', body, this.as());
    const { json } = await this.ask('GET', '/configuration', undefined, this.as());
    json.extensions[1].password = PLANTED.nextPassword;
    assert.equal((await this.ask('PUT', '/configuration', json, this.as())).status, 200);
    await this.ask('POST', '/suppressions', { number: CALLERS[1], reason: 'he asked' }, this.as());
    await this.ask('DELETE', `/suppressions/${encodeURIComponent(CALLERS[1]!)}`, undefined, this.as());
  }

  async hooks(url: string): Promise<void> {
    const hook = { name: 'crm', url, secret: PLANTED.webhookSecret, timeoutSeconds: 1 };
    assert.equal((await this.ask('POST', '/webhooks', hook, this.as())).status, 201);
    await this.ask('POST', '/webhooks/crm/test', undefined, this.as());
  }

  /** Registers with a wrong and with the right password. */
  async registers(): Promise<void> {
    const aor = `<sip:201@${ADDRESS}>`;
    for (const password of [PLANTED.wrongPassword, PLANTED.extensionPassword]) {
      const send = (cseq: number, more: SipHeaders) =>
        this.trunk.requestOnce('REGISTER', `sip:${ADDRESS}:5060`, {
          headers: [
            ['From', `${aor};tag=a${cseq}`],
            ['To', aor],
            ['Call-ID', `registers-${password.length}`],
            ['CSeq', `${cseq} REGISTER`],
            ['Contact', `<${this.trunk.uri}>`],
            ...more,
          ],
        });
      const challenge = await send(1, []);
      const proof = digestProof(challenge, { method: 'REGISTER', uri: `sip:${ADDRESS}`, user: '201', password });
      this.secrets.add(/response="([^"]+)"/.exec(proof[1])![1]!);
      const { status } = await send(2, [proof]);
      assert.equal(status, password === PLANTED.wrongPassword ? 403 : 200);
    }
  }

  /** Calls that are promised, called back with a digest, answered or busy; one that is refused. */
  async calls(): Promise<void> {
    const from = (number: string) => `"Caller ${number}" <sip:${number}@${TRUNK}>`;
    const to = `sip:${INBOUND}@${ADDRESS}:5060`;
    const refused = await this.trunk.call({ to, from: from(CALLERS[2]!) }).final();
    assert.equal(refused.status, 403);
    for (const number of CALLERS.slice(0, 2)) {
      const promise = await this.trunk.call({ to, from: from(number) }).final();
      assert.equal(promise.status, 486, promise.raw);
      const first = await this.trunk.nextCall();
      first.reject(407, { headers: [['Proxy-Authenticate', 'Digest realm="carrier", nonce="n", qop="auth"']] });
      const second = await this.trunk.nextCall();
      const proof = second.invite.get('proxy-authorization');
      this.secrets.add(/response="([^"]+)"/.exec(proof)![1]!);
      assert.equal(tagOf(second.invite.get('to')), '');
      if (number === CALLERS[0]) await second.answer();
      else second.reject(486);
    }
    await this.server.until(
      (all) => all.length === 2 && all.every(({ state }) => state === 'done'),
      10_000,
      'all done',
    );
  }
}

/** Answers 500, then 200, to whatever comes. */
async function receiver(): Promise<{ url: string; close: () => Promise<void> }> {
  let count = 0;
  const http: HttpServer = createServer((request, response) => {
    request.resume();
    response.writeHead(count++ === 0 ? 500 : 200).end();
  });
  http.listen(0, HOOK);
  await once(http, 'listening');
  const { port } = http.address() as { port: number };
  const close = async () => {
    http.closeAllConnections();
    http.close();
    await once(http, 'close');
  };
  return { url: `http://${HOOK}:${port}/hook`, close };
}

describe('what a server writes down', function () {
  this.timeout(60_000);

  for (const logLevel of ['trace', 'debug', 'info', 'warn'])
    it(`holds no secret, and from info on no number of a caller, at the level ${logLevel}`, async () => {
      const directory = mkdtempSync(join(tmpdir(), 'callback-secrets-'));
      const outputFile = join(directory, 'output');
      const trunk = await SipPhone.open({ address: TRUNK, port: 5070 });
      const hook = await receiver();
      const server = await Server.start({ address: ADDRESS, configuration, logLevel, outputFile });
      try {
        const life = new Life(server, trunk);
        await life.people();
        await life.hooks(hook.url);
        await life.changes();
        await life.registers();
        await life.calls();
        const kept = JSON.stringify([
          (await server.api('/api/v1/errors?pageSize=1000')).body,
          (await server.api('/api/v1/audit?pageSize=1000')).body,
        ]);
        for (const sign of ['sign-in refused', 'malformed-body', 'webhooks/crm', 'extensions/202', 'api-keys/'])
          assert.ok(kept.includes(sign), `the books have nothing of ${sign}`);
        await server.stop();
        const first = /password (\S{20})/.exec(readFileSync(outputFile, 'utf8'))![1]!;
        // the one line that is meant to show it
        const lines = readFileSync(outputFile, 'utf8')
          .split('\n')
          .filter((line) => !line.startsWith('The administrator is'));
        for (const secret of [...life.secrets, first]) {
          assert.ok(!kept.includes(secret), `the books have ${secret}`);
          assert.deepEqual(
            lines.filter((line) => line.includes(secret)),
            [],
            secret,
          );
        }
        const logged = lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line));
        assert.ok(logMinimum[logLevel]! <= logged.length, `${logged.length} lines`);
        const digits = CALLERS.map((number) => number.slice(-9));
        const shown = logged.filter(({ level }) => level >= 30).map((line) => JSON.stringify(line));
        assert.deepEqual(
          shown.filter((line) => digits.some((one) => line.includes(one))),
          [],
        );
      } finally {
        await server.stop('SIGKILL');
        await hook.close();
        trunk.close();
        rmSync(directory, { recursive: true, force: true });
      }
    });
});

/** Fewer lines, and the test has become blind. */
const logMinimum: Record<string, number> = { trace: 10, debug: 10, info: 3, warn: 1 };
