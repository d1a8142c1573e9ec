/** A server in the shadow of another one: it answers, writes down and shows; nothing leaves. */

import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { stringify } from 'yaml';
import { until } from '../records/cdr-sample.ts';
import { Server } from '../support/server.ts';
import { SipPhone } from '../support/sip-phone.ts';

const ADDRESS = '127.0.54.40';
const PHONE = '127.0.54.41';

const rule = (changes: object) => ({
  trunk: 'trunk',
  delaySeconds: 0,
  retry: { attempts: 5, intervalSeconds: 1 },
  ...changes,
});
const configuration = stringify({
  version: 1,
  defaultCountry: 'BR',
  trunks: [{ name: 'trunk', proxy: `sip:${PHONE}:5070`, auth: { username: 'u', password: 'p' } }],
  extensions: [{ number: '200', contact: `sip:200@${PHONE}:5071` }],
  inboundNumbers: [
    { number: '+554831210110', callback: true, anonymous: { flow: 'sales' } },
    { number: '+554831210111', callback: false, flow: 'sales' },
    { number: '+554831210112', callback: true },
    { number: '+554831210113', callback: true },
  ],
  callbackRules: [
    rule({ name: 'now', inboundNumbers: ['+554831210110'] }),
    rule({ name: 'missed', inboundNumbers: ['+554831210112'], mode: 'missedCall', ringSeconds: 1 }),
    rule({ name: 'later', inboundNumbers: ['+554831210113'], delaySeconds: 3 }),
  ],
  flows: [{ name: 'sales', start: 'dial', components: { dial: { type: 'dial', extension: '200' } } }],
});

interface Shown {
  outcome: string;
  gate: string | null;
  rule: string | null;
  flow: string | null;
  callId: string;
  status: number | null;
  candidates: unknown[];
}

describe('serve --shadow', function () {
  this.timeout(40_000);
  let directory: string;
  let server: Server | null = null;
  let phones: SipPhone[] = [];
  let caller: SipPhone;

  const start = async (...flags: string[]) => {
    server = await Server.start({ address: ADDRESS, configuration, dataDirectory: directory, flags });
    return server;
  };
  const call = (to: string, from = '+5548991996260') =>
    caller.call({ to: `sip:${to}@${ADDRESS}:5060`, from: `<sip:${from}@${PHONE}>` });
  /** Requests of ours that any phone heard of. */
  const heard = () =>
    phones.flatMap((phone) => ['INVITE', 'REGISTER', 'OPTIONS'].flatMap((method) => phone.received(method)));
  const shown = async (query = ''): Promise<Shown[]> => {
    const { status, body } = await server!.api(`/api/v1/shadow${query}`);
    assert.equal(status, 200, JSON.stringify(body));
    return (body as { items: Shown[] }).items;
  };

  before(async () => {
    directory = mkdtempSync(join(tmpdir(), 'callback-shadow-'));
    mkdirSync(directory, { recursive: true });
    phones = [await SipPhone.open({ address: PHONE, port: 5070 }), await SipPhone.open({ address: PHONE, port: 5071 })];
    caller = await SipPhone.open({ address: PHONE, port: 0 });
  });
  after(async () => {
    await server?.stop('SIGKILL');
    for (const phone of [...phones, caller]) phone.close();
    rmSync(directory, { recursive: true, force: true });
  });

  it('sends no request to anybody, though its store is full of promises that are due', async () => {
    await start();
    const promise = await call('+554831210113').final();
    const callbackId = promise.get('x-callback-id');
    assert.notEqual(callbackId, '');
    await server!.stop('SIGKILL');

    await start('--shadow');
    const answers = [];
    for (const to of ['+554831210110', '+554831210111', '+554831210112', '+554831210113']) {
      const one = call(to);
      answers.push(await one.final());
      assert.deepEqual(
        one.received.filter(({ status }) => status > 100 && status < 200),
        [],
        'nothing rings',
      );
    }
    answers.push(await call('+554831210110', 'anonymous').final());
    for (const answer of answers) {
      assert.deepEqual([answer.status, answer.get('x-callback-id')], [500, ''], answer.raw);
      assert.match(answer.get('reason'), /^Q\.850;cause=41/);
    }
    for (const path of [`/api/v1/callbacks/${callbackId}/retry`, `/api/v1/callbacks/${callbackId}/cancel`]) {
      const { status, body } = await server!.api(path, { method: 'POST', body: {} });
      assert.deepEqual([status, (body as { error: { code: string } }).error.code], [403, 'shadow']);
    }
    const asked = await server!.api('/api/v1/callbacks', {
      method: 'POST',
      body: { rule: 'now', number: '+5548991996261' },
    });
    assert.equal(asked.status, 403);
    // The promise of the former process was due after 3 s; a server that kept it would have rung by now.
    await delay(5_000);
    assert.deepEqual(
      heard().map(({ raw }) => raw),
      [],
    );
    assert.equal((await server!.callback(callbackId)).state, 'scheduled');
  });

  it('shows each decision, counts it, and keeps it over a restart', async () => {
    const records = await shown('?pageSize=10');
    assert.deepEqual(
      records.map(({ outcome, rule, flow, gate }) => [outcome, rule, flow, gate]),
      [
        ['flow', null, 'sales', null],
        ['callback', 'later', null, null],
        ['callback', 'missed', null, null],
        ['flow', null, 'sales', null],
        ['callback', 'now', null, null],
      ],
    );
    assert.deepEqual(records.at(-1)?.candidates, [{ kind: 'trunk', trunk: 'trunk', user: '+5548991996260' }]);
    const { body } = await server!.api('/metrics');
    assert.match(String(body), /^callback_shadow_calls_total\{outcome="callback",gate=""\} 3$/m);
    assert.doesNotMatch(String(body), /^callback_inbound_calls_total\{/m);
    await until('they are in the file', () => {
      const [file] = readdirSync(join(directory, 'shadow'));
      return file !== undefined && readFileSync(join(directory, 'shadow', file), 'utf8').split('\n').length === 6;
    });
    await server!.stop('SIGKILL');
    await start('--shadow', '--shadow-answer', `sip:${PHONE}:5099`);
    assert.deepEqual(await shown('?pageSize=10'), records);
  });

  it('sends calls on to the system that takes them', async () => {
    const answer = await call('+554831210110').final();
    assert.deepEqual(
      [answer.status, answer.get('contact'), answer.get('reason')],
      [302, `<sip:+554831210110@${PHONE}:5099>`, ''],
    );
  });

  it('goes on with the promises when it is no shadow any more', async () => {
    await server!.stop('SIGTERM');
    const before = heard().length;
    await start();
    assert.equal((await server!.api('/api/v1/shadow')).status, 404);
    await until('the promise is kept', () => heard().length > before, 10_000);
  });
});
