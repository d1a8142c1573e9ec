import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { Server } from '../support/server.ts';
import { SipPhone } from '../support/sip-phone.ts';
import { loopback } from './loopback.ts';
import { Program } from './program.ts';

const address = loopback(59);
const CONFIGURATION = `
trunks: [{ name: carrier, proxy: 'sip:${address}:5070;transport=udp' }]
inboundNumbers: [{ number: '+554831210110', callback: true }]
callbackRules: [{ name: any, trunk: carrier, delaySeconds: 1 }]
`;
const FAULT = pathToFileURL(join(import.meta.dirname, 'main-loop-fault.mjs')).href;

describe('a server whose main loop is late', function () {
  this.timeout(60_000);
  let directory: string;
  let carrier: SipPhone;
  let server: Server;
  const rung: string[] = [];
  let callers = 0;

  before(async () => {
    directory = mkdtempSync(join(tmpdir(), 'callback-overload-'));
    carrier = await SipPhone.open({ address, port: 5070 });
    carrier.onCall = (call) => {
      rung.push(call.invite.uri);
      call.reject(603);
    };
    const env = { NODE_OPTIONS: `--import ${FAULT}` };
    server = await Server.start({ address, configuration: CONFIGURATION, dataDirectory: directory, env });
  });
  after(async () => {
    // Held up, it would drain for long.
    await server.stop('SIGKILL');
    carrier.close();
    rmSync(directory, { recursive: true, force: true });
  });

  /** An INVITE of a number of its own. */
  async function rejection() {
    callers += 1;
    const from = `<sip:+55489919900${String(callers).padStart(2, '0')}@${address}>`;
    const response = await carrier.call({ to: `sip:+554831210110@${address}:5060`, from }).final(15_000);
    return { response, number: `+55489919900${String(callers).padStart(2, '0')}` };
  }

  /** Calls until a call gets this. */
  async function untilRejectedWith(status: number) {
    for (const end = Date.now() + 20_000; ; await delay(100)) {
      const last = await rejection();
      if (last.response.status === status) return last;
      assert.ok(Date.now() < end, `${last.response.status} instead of ${status}\n${server.output}`);
    }
  }

  const metric = async (name: string) => {
    const { body } = await server.api('/metrics');
    return new RegExp(`^${name} (\\S+)$`, 'm').exec(String(body))?.[1];
  };

  it('refuses new calls with 503 and Retry-After until it is punctual again, and keeps what it promised', async () => {
    const promised = await untilRejectedWith(486);
    assert.notEqual(promised.response.get('x-callback-id'), '');
    process.kill(server.pid, 'SIGUSR2');
    const refused = await untilRejectedWith(503);
    const retryAfter = Number(refused.response.get('retry-after'));
    assert.ok(retryAfter >= 5 && retryAfter <= 10, refused.response.get('retry-after'));
    assert.equal(refused.response.get('reason'), 'Q.850;cause=42;text="Overloaded, try again"');
    assert.equal(refused.response.get('x-callback-id'), '');

    assert.equal(await metric('callback_overloaded'), '1');
    assert.match(String(await metric('callback_main_loop_late_seconds')), /^0\.[1-9]/);
    assert.match(server.output, /overloaded: new calls get 503 with Retry-After/);
    const { status, body } = await server.api('/readyz');
    assert.equal(status, 200);
    const { load } = (body as { checks: { load: { ok: boolean; detail: string } } }).checks;
    assert.equal(load.ok, false);

    const flags = ['--data', directory];
    const explained = await Program.run(['explain', '--to', '+554831210110', '--from', '+5548991996260', ...flags]);
    assert.match(explained.stdout, /503/);
    assert.match(explained.stdout, /refused +overload +overloaded: the main loop is \d+ ms late/);
    const doctor = await Program.run(['doctor', '--offline', ...flags]);
    assert.match(doctor.stdout, /overloaded: the main loop is \d+ ms late/);

    process.kill(server.pid, 'SIGUSR2');
    await untilRejectedWith(486);
    assert.equal(await metric('callback_overloaded'), '0');
    assert.ok(
      rung.some((uri) => uri.includes(promised.number.slice(-8))),
      `${promised.number}: ${rung}`,
    );
    assert.ok(!rung.some((uri) => uri.includes(refused.number.slice(-8))), 'who was refused is not rung');
  });
});
