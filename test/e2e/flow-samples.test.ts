/** The samples of the console, as they are shipped, each walked through by a call. */

import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import type { PhoneCall } from '../support/phone-call.ts';
import { Server } from '../support/server.ts';
import { SipPhone } from '../support/sip-phone.ts';

const ADDRESS = '127.0.66.30';
const PHONE = '127.0.66.31';
const CALLER = '+5548991996260';
const OTHER = '+5548991996261';

const sample = (name: string) =>
  parse(readFileSync(join(import.meta.dirname, `../../console/src/flows/samples/${name}.yaml`), 'utf8'));

const configuration = stringify({
  version: 1,
  defaultCountry: 'BR',
  trunks: [{ name: 'trunk', proxy: `sip:${PHONE}:5070`, maxCallsPerSecond: 100 }],
  outgoingRules: [{ name: 'all', routes: [{ match: '.', trunks: ['trunk'] }] }],
  defaultOutgoingRule: 'all',
  extensions: ['200', '201'].map((number) => ({ number, contact: `sip:${number}@${PHONE}:5071` })),
  inboundNumbers: [
    { number: '+554831210110', callback: true },
    { number: '+554831210111', callback: true },
  ],
  callbackRules: [
    { name: 'person', inboundNumbers: ['+554831210110'], trunk: 'trunk', delaySeconds: 0, next: 'snooze' },
    {
      name: 'agent',
      inboundNumbers: ['+554831210111'],
      method: 'extension',
      extension: '200',
      delaySeconds: 0,
      next: 'connect-me',
    },
  ],
  flows: ['snooze', 'connect-me', 'demo-menu'].map(sample),
});

describe('the samples of flows', function () {
  this.timeout(60_000);
  let directory: string;
  let server: Server;
  let trunk: SipPhone;
  let extension: SipPhone;

  before(async () => {
    directory = mkdtempSync(join(tmpdir(), 'callback-samples-'));
    mkdirSync(join(directory, 'data'));
    trunk = await SipPhone.open({ address: PHONE, port: 5070 });
    extension = await SipPhone.open({ address: PHONE, port: 5071 });
    server = await Server.start({ address: ADDRESS, configuration, dataDirectory: join(directory, 'data') });
  });

  after(async () => {
    await server?.stop('SIGKILL');
    trunk?.close();
    extension?.close();
    rmSync(directory, { recursive: true, force: true });
  });

  const press = async (person: PhoneCall, key: string) => {
    const answer = await person.press(key);
    assert.equal(answer.status, 200);
  };
  const promise = (from: string, to: string) =>
    trunk.call({ to: `sip:${to}@${ADDRESS}:5060`, from: `<sip:${from}@${PHONE}>` }).final();

  it('snooze: 2 ends the call, and it comes again in 15 minutes; the phone rings once until then', async () => {
    await promise(CALLER, '+554831210110');
    const person = await trunk.nextCall();
    await person.answer();
    await press(person, '2');
    await person.waitFor('BYE');
    const endedAt = Date.now();
    const all = await server.until(
      (some) => some.filter(({ state }) => state === 'scheduled').length === 1,
      5_000,
      'another callback',
    );
    const later = all.find(({ state }) => state === 'scheduled')!;
    const inSeconds = (Date.parse(String(later.dueAt)) - endedAt) / 1000;
    assert.ok(inSeconds > 895 && inSeconds < 905, `due in ${inSeconds} s`);
    assert.equal(trunk.received('INVITE').length, 1);
  });

  it('snooze: 3 says goodbye, and nobody calls again', async () => {
    const before = trunk.received('INVITE').length;
    await promise(OTHER, '+554831210110');
    const person = await trunk.nextCall();
    await person.answer();
    await press(person, '3');
    await person.waitFor('BYE', 15_000);
    const all = await server.until(
      (some) => some.some(({ number, state }) => number === OTHER && state === 'done'),
      5_000,
      'the end of the callback',
    );
    assert.equal(all.filter(({ number }) => number === OTHER).length, 1);
    assert.equal(trunk.received('INVITE').length, before + 1);
  });

  it('connect me: the extension is rung, and 1 rings who asked', async () => {
    await promise('+5548991996262', '+554831210111');
    const agent = await extension.nextCall();
    await agent.answer();
    await press(agent, '1');
    const person = await trunk.nextCall();
    assert.match(trunk.received('INVITE').at(-1)!.raw, /^INVITE sip:\+5548991996262@/);
    await person.answer();
    await server.until((some) => some.some(({ state }) => state === 'connected'), 5_000, 'the two connected');
    await person.hangUp();
    await agent.waitFor('BYE');
  });
});
