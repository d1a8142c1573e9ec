import assert from 'node:assert/strict';
import { Server } from '../support/server.ts';
import { SipPhone } from '../support/sip-phone.ts';
import { loopback } from './loopback.ts';

const address = loopback(62);
const CONFIGURATION = `
trunks: [{ name: carrier, proxy: 'sip:${address}:5070;transport=udp', maxCallsPerSecond: 50 }]
inboundNumbers:
  - { number: '+554831210110', callback: true }
  - { number: '+554831210111', flow: menu }
callbackRules: [{ name: any, trunk: carrier, delaySeconds: 1, next: menu }]
flows:
  - name: menu
    start: menu
    components:
      menu: { type: menu, prompt: 'tone:beep', firstDigitTimeoutSeconds: 30, choices: { '1': bye } }
      bye: { type: hangup }
`;

describe('a server that takes two calls at once', function () {
  this.timeout(60_000);
  let carrier: SipPhone;
  let server: Server;
  /** Numbers that were rung, in order. */
  const rung: string[] = [];

  before(async () => {
    carrier = await SipPhone.open({ address, port: 5070 });
    carrier.onCall = (call) => {
      rung.push(/^sip:(.*)@/.exec(call.invite.uri)![1]!);
      call.answer({ sdp: carrier.sdp() });
    };
    server = await Server.start({ address, configuration: CONFIGURATION, flags: ['--max-calls', '2'] });
  });
  after(async () => {
    await server.stop('SIGKILL');
    carrier.close();
  });

  const call = (number: string, caller: number) =>
    carrier.call({
      to: `sip:${number}@${address}:5060`,
      from: `<sip:+5548991990${String(caller).padStart(3, '0')}@${address}>`,
      sdp: carrier.sdp(),
    });
  const gauge = async (name: string) => {
    const { body } = await server.api('/metrics');
    return Number(new RegExp(`^${name.replace(/[{}]/g, '\\$&')} (\\S+)$`, 'm').exec(String(body))?.[1]);
  };

  it('answers two, tells the third to come again, promises callbacks, and calls back when one has ended', async () => {
    const talking = [call('+554831210111', 1), call('+554831210111', 2)];
    for (const one of talking) assert.equal((await one.final()).status, 200);
    const refused = await call('+554831210111', 3).final();
    assert.equal(refused.status, 503);
    assert.equal(refused.get('reason'), 'Q.850;cause=34;text="All lines are busy, try again"');
    assert.ok(Number(refused.get('retry-after')) >= 5);
    assert.equal((await call('+554831210110', 4).final()).status, 486);
    assert.equal((await call('+554831210110', 5).final()).status, 486);
    await server.until((all) => all.filter(({ state }) => state === 'queued').length === 2, 5_000, 'two are queued');
    assert.deepEqual(rung, []);
    assert.equal(await gauge('callback_calls{state="active"}'), 2);
    assert.equal(await gauge('callback_calls{state="waiting"}'), 2);
    assert.equal(await gauge('callback_calls_max'), 2);
    talking[0]!.hangUp();
    await server.until((all) => all.some(({ state }) => state === 'answered' || state === 'connecting'), 5_000, 'one');
    assert.equal(rung.length, 1);
    assert.equal((await call('+554831210111', 6).final()).status, 503, 'who waits for his callback is first');
    talking[1]!.hangUp();
    // Dialled is one whose INVITE is about to leave
    const isDialled = ({ state }: { state: string }) => state !== 'queued' && state !== 'dialing';
    await server.until((all) => all.every(isDialled), 5_000, 'nobody waits');
    assert.equal(rung.length, 2);
    assert.equal(await gauge('callback_inbound_calls_total{decision="refused",gate="capacity"}'), 2);
  });
});
