import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Server } from '../support/server.ts';
import { SipPhone } from '../support/sip-phone.ts';
import { loopback } from './loopback.ts';
import { Program } from './program.ts';

const address = loopback(57);
const CONFIGURATION = `
trunks:
  - name: carrier
    proxy: 'sip:${address}:5070;transport=udp'
    auth: { username: sapers, password: secret }
    register: { expiresSeconds: 300 }
    health: { optionsSeconds: 1 }
inboundNumbers: [{ number: '+554831210110', callback: true }]
callbackRules: [{ name: any, trunk: carrier, delaySeconds: 1 }]
`;

describe('a trunk and the program as a process', function () {
  this.timeout(60_000);
  let directory: string;
  let provider: SipPhone;
  let server: Server;

  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'callback-trunks-'));
    provider = await SipPhone.open({ address, port: 5070 });
    provider.onOther = (request, respond) =>
      respond(request.method === 'REGISTER' || request.method === 'OPTIONS' ? 200 : 501);
    provider.onCall = (call) => call.reject(486);
    server = await Server.start({ address, configuration: CONFIGURATION, dataDirectory: directory });
  });
  afterEach(async () => {
    await server.stop();
    provider.close();
    rmSync(directory, { recursive: true, force: true });
  });

  const command = (...argv: string[]) => Program.run([...argv, '--data', directory]);

  async function rejectionOf(from: string): Promise<number> {
    const call = provider.call({ to: `sip:+554831210110@${address}:5060`, from: `<sip:${from}@${address}>` });
    const response = await call.final();
    return response.status;
  }

  async function until(what: string, look: () => boolean): Promise<void> {
    for (const end = Date.now() + 5_000; !look(); await delay(20)) assert.ok(Date.now() < end, what);
  }

  it('is pinged and registered at, and told when the program ends', async () => {
    await server.untilTrunk('carrier', { registration: { state: 'registered' }, ping: { answered: true } }, 5_000);
    const { stdout, code } = await command('trunks');
    assert.equal(code, 0);
    assert.match(stdout, /^carrier +up +0 +0 +registered until \S+, OPTIONS 200 in \d+ ms$/m);
    assert.equal(await server.stop('SIGTERM'), 0);
    assert.match(provider.received('REGISTER').at(-1)!.get('contact'), /^<sip:sapers@\S+:5060>;expires=0$/);
  });

  it('is switched by the command line, and stays so over a restart', async () => {
    assert.equal(await rejectionOf('+5548991996260'), 486);
    assert.match((await command('switch', 'accept', 'off')).stdout, /^\(all\) +off +on$/m);
    assert.equal(await rejectionOf('+5548991996261'), 480);
    assert.equal((await command('switch', 'dial', 'off', '--trunk', 'carrier')).code, 0);
    const explained = await command('explain', '--to', '+554831210110', '--from', '+5548991996262');
    assert.match(explained.stdout, /Refused by the gate 'accept'/);
    await server.stop();
    const offline = await command('switch');
    assert.match(offline.stdout, /^\(all\) +off +on$/m);
    assert.match(offline.stdout, /^carrier +on +off$/m);
    assert.equal((await command('switch', 'accept', 'on')).code, 0);
    server = await Server.start({ address, configuration: CONFIGURATION, dataDirectory: directory });
    assert.equal(await rejectionOf('+5548991996263'), 486);
    await server.untilTrunk('carrier', { state: 'switched-off', switches: { dial: false } }, 2_000);
  });

  it('that is silent is down, is dialled again when it answers, and `trunks` says so meanwhile', async () => {
    provider.onOther = () => undefined;
    await server.untilTrunk('carrier', { state: 'down', down: { by: 'options', cause: 'silent' } }, 15_000);
    assert.match((await command('trunks')).stdout, /^carrier +down +0 +0 +down since \S+ \(silent, seen by options\)/m);
    assert.equal(await rejectionOf('+5548991996264'), 486);
    await server.until((all) => all[0]?.state === 'queued', 5_000, 'it waits');
    provider.onOther = (_request, respond) => respond(404);
    await until('it is dialled', () => provider.received('INVITE').length > 0);
    await server.until((all) => all[0]?.outcome === 'busy', 5_000, 'and done');
  });
});
