/** Call detail records of a running server: one per leg, also of those that a kill -9 cut. */

import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { until } from '../records/cdr-sample.ts';
import { Server } from '../support/server.ts';
import { SipPhone } from '../support/sip-phone.ts';

const ADDRESS = '127.0.54.30';
const PHONE = '127.0.54.31';
const CALLER = '+5548991996260';

const configuration = stringify({
  version: 1,
  defaultCountry: 'BR',
  trunks: [{ name: 'trunk', proxy: `sip:${PHONE}:5070` }],
  extensions: [{ number: '200', contact: `sip:200@${PHONE}:5071` }],
  inboundNumbers: [{ number: '+554831210110', callback: true }],
  callbackRules: [{ name: 'any', trunk: 'trunk', delaySeconds: 0, next: 'sales' }],
  flows: [{ name: 'sales', start: 'dial', components: { dial: { type: 'dial', extension: '200' } } }],
});

type Row = Record<string, string | number | boolean | null>;

describe('call detail records of a server', function () {
  this.timeout(30_000);
  let directory: string;
  let server: Server;
  let phones: { trunk: SipPhone; extension: SipPhone; caller: SipPhone };

  const start = async () => {
    const flags = ['--cdr', join(directory, 'cdr')];
    server = await Server.start({ address: ADDRESS, configuration, dataDirectory: join(directory, 'data'), flags });
  };
  before(async () => {
    directory = mkdtempSync(join(tmpdir(), 'callback-records-'));
    const [trunk, extension, caller] = await Promise.all([
      SipPhone.open({ address: PHONE, port: 5070 }),
      SipPhone.open({ address: PHONE, port: 5071 }),
      SipPhone.open({ address: PHONE, port: 0 }),
    ]);
    phones = { trunk, extension, caller };
    mkdirSync(join(directory, 'data'));
    await start();
  });
  after(async () => {
    await server.stop('SIGKILL');
    for (const phone of Object.values(phones)) phone.close();
    rmSync(directory, { recursive: true, force: true });
  });

  const textOf = (extension: string) => {
    const folder = join(directory, 'cdr');
    const names = readdirSync(folder).filter((name) => name.startsWith('cdr-') && name.endsWith(extension));
    return names
      .sort()
      .map((name) => readFileSync(join(folder, name), 'utf8'))
      .join('');
  };
  const rows = (): Row[] =>
    textOf('.ndjson')
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line));

  /** A caller is called back and talks with extension 200. */
  const talk = async () => {
    const call = phones.caller.call({ to: `sip:+554831210110@${ADDRESS}:5060`, from: `<sip:${CALLER}@x>` });
    const rejection = await call.final();
    const person = await phones.trunk.nextCall();
    person.ring();
    await person.answer();
    const target = await phones.extension.nextCall();
    await target.answer();
    return { inbound: call.callId, callbackId: rejection.get('x-callback-id'), person, target };
  };

  it('are one per leg, with the names and numbers of the wire', async () => {
    const { inbound, callbackId, person, target } = await talk();
    await person.hangUp([['Reason', 'Q.850;cause=16;text="Normal"']]);
    await until('all have their records', () => rows().length === 3);
    const [caller, , other] = rows();
    const me = rows().find(({ role }) => role === 'person')!;
    assert.deepEqual(
      [caller!['callId'], caller!['disposition'], caller!['status'], caller!['q850Cause'], caller!['callbackId']],
      [inbound, 'callback', 486, 17, callbackId],
    );
    assert.deepEqual(
      [me['callId'], me['disposition'], me['endedBy'], me['q850Cause'], me['callee'], me['trunk'], me['attemptId']],
      [person.callId, 'answered', 'remote', 16, CALLER, 'trunk', `${callbackId}.1`],
    );
    const he = rows().find(({ role }) => role === 'target')!;
    assert.deepEqual(
      [he['callId'], he['trunk'], he['callbackId'], he['bridgedLegId'], he['endedBy']],
      [target.callId, 'extension:200', callbackId, me['legId'], 'local'],
    );
    assert.ok(me['ringingAt'] !== null && other !== undefined);
    assert.equal(textOf('.csv').split('\r\n').length, 1 + 3 + 1);
    const { body } = await server.api('/metrics');
    assert.match(String(body), /^callback_cdr_written_total\{place="ndjson"\} 3$/m);
  });

  it('are written at the next start for calls that a kill -9 cut', async () => {
    const { callbackId, person, target } = await talk();
    const before = rows().length;
    await until('the legs are in the journal', () => {
      const journal = readFileSync(join(directory, 'cdr/open-legs.ndjson'), 'utf8');
      return [person, target].every(({ callId }) =>
        journal.split('\n').some((line) => line.includes(callId) && !line.includes('"answeredAt":null')),
      );
    });
    await server.stop('SIGKILL');
    await start();
    await until('they are written', () => rows().length === before + 2);
    const cut = rows().slice(before);
    assert.deepEqual(new Set(cut.map(({ callId }) => callId)), new Set([person.callId, target.callId]));
    for (const row of cut) {
      assert.deepEqual(
        [row['disposition'], row['endedBy'], row['reason'], row['isEndEstimated'], row['callbackId']],
        ['answered', 'system', 'restart', true, callbackId],
      );
    }
    await server.stop('SIGTERM');
    await start();
    assert.equal(rows().length, before + 2, 'once');
  });
});
