/** `serve` as a process: how it starts, waits and ends. */

import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { Server } from '../support/server.ts';
import { SipPhone } from '../support/sip-phone.ts';
import { loopback } from './loopback.ts';

const PHONE = loopback(41);
const CALLER = '+5548991996260';

/** One trunk, one rule, no delay: the person who answers stays on the line with extension 200. */
const configuration = stringify({
  version: 1,
  defaultCountry: 'BR',
  trunks: [{ name: 'trunk', proxy: `sip:${PHONE}:5070` }],
  extensions: [{ number: '200', contact: `sip:200@${PHONE}:5071` }],
  inboundNumbers: [{ number: '+554831210110', callback: true }],
  callbackRules: [{ name: 'any', trunk: 'trunk', delaySeconds: 0, next: 'sales' }],
  flows: [{ name: 'sales', start: 'dial', components: { dial: { type: 'dial', extension: '200' } } }],
});

describe('serve as a process', function () {
  this.timeout(30_000);
  let server: Server | null = null;
  afterEach(() => server?.stop('SIGKILL'));

  const untilOutput = async (pattern: RegExp) => {
    const until = Date.now() + 10_000;
    while (!pattern.test(server!.output)) {
      assert.ok(Date.now() < until && server!.running, `no ${pattern} in:\n${server!.output}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };

  it('says that no drachtio-server answers, is not ready meanwhile, and ends with 0 when told to', async () => {
    const address = loopback(42);
    server = Server.spawn({ address, configuration, flags: ['--drachtio', `${address}:9022`] });
    await untilOutput(/no drachtio-server answers; trying again/);
    assert.equal((await fetch(`http://${address}:8080/readyz`)).status, 503);
    assert.equal(await server.stop('SIGTERM'), 0);
  });

  it('listens once on a socket that is named twice', async () => {
    const address = loopback(43);
    server = await Server.start({ address, configuration, flags: ['--sip', `sip:${address}:5060`] });
    assert.equal(await server.stop('SIGTERM'), 0);
  });

  it('refuses a data directory where nobody can make one, and leaves none behind', async () => {
    const directory = '/proc/drachtio-callback-data';
    server = Server.spawn({ address: loopback(44), flags: ['--data', directory] });
    await untilOutput(/\/proc\/drachtio-callback-data/);
    assert.equal(existsSync(directory), false);
  });

  it('drains once when a signal comes twice at once, and ends at once when it comes again later', async () => {
    const address = loopback(45);
    const [trunk, extension, caller] = await Promise.all([
      SipPhone.open({ address: PHONE, port: 5070 }),
      SipPhone.open({ address: PHONE, port: 5071 }),
      SipPhone.open({ address: PHONE, port: 0 }),
    ]);
    const data = mkdtempSync(join(tmpdir(), 'callback-contract-'));
    try {
      server = await Server.start({ address, configuration, dataDirectory: data });
      await caller.call({ to: `sip:+554831210110@${address}:5060`, from: `<sip:${CALLER}@x>` }).final();
      await (await trunk.nextCall()).answer();
      await (await extension.nextCall()).answer();
      process.kill(server.pid, 'SIGTERM');
      process.kill(server.pid, 'SIGINT');
      await untilOutput(/"draining: /);
      assert.equal((await fetch(`http://${address}:8080/readyz`)).status, 503);
      assert.equal(server.running, true);
      await new Promise((resolve) => setTimeout(resolve, 400));
      assert.equal(await server.stop('SIGTERM'), 0);
      assert.match(server.output, /ending at once/);
    } finally {
      for (const phone of [trunk, extension, caller]) phone.close();
      rmSync(data, { recursive: true, force: true });
    }
  });
});
