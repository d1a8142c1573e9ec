import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import type { PhoneCall } from '../support/phone-call.ts';
import { goertzelShare, RtpPeer } from '../support/rtp-peer.ts';
import { type CallbackView, Server } from '../support/server.ts';
import { SipPhone } from '../support/sip-phone.ts';
import { BaresipPhone } from './baresip-phone.ts';
import { loopback } from './loopback.ts';

const APPLICATION = loopback(11);
const NETWORK = loopback(12);
const PHONE = loopback(13);
const IMPOSTOR = loopback(14);

const PASSWORD = 'b4-7wPz-Extension-Secret';
const WRONG_PASSWORD = 'b4-Wrong-Extension-Secret';
const DIALLED = '+554831210110';
const DIALLED_BY_PHONE = '+554831210111';
const PERSON_TONE_HZ = 500;
const PHONE_TONE_HZ = 440;
/** Said by the flow `beep`. */
const BEEP_HZ = 1000;

const configuration = `
version: 1
defaultCountry: BR
trunks:
  - { name: trunk, proxy: 'sip:${NETWORK}:5070;transport=udp', accept: [${NETWORK}/32] }
extensions:
  - { number: '201', password: ${PASSWORD} }
  - { number: '202', password: ${PASSWORD} }
inboundNumbers:
  - { number: '${DIALLED}', callback: true }
  - { number: '${DIALLED_BY_PHONE}', callback: true }
  - { number: '+554831210112', callback: true }
  - { number: '+554831210113', callback: true }
callbackRules:
  - { name: caller, inboundNumbers: ['${DIALLED}'], trunk: trunk, delaySeconds: 1, ringTimeoutSeconds: 10, next: reception }
  - { name: phone, inboundNumbers: ['${DIALLED_BY_PHONE}'], trunk: trunk, delaySeconds: 1, ringTimeoutSeconds: 10, next: beep }
  - { name: to-201, inboundNumbers: ['+554831210112'], method: extension, extension: '201', delaySeconds: 0, next: reception }
  - { name: to-202, inboundNumbers: ['+554831210113'], method: extension, extension: '202', delaySeconds: 0, next: reception }
flows:
  - name: reception
    start: menu
    components:
      menu: { type: menu, prompt: 'tone:beep', choices: { '2': second }, otherwise: bye }
      second: { type: dial, extension: '201', otherwise: bye }
      bye: { type: hangup }
  - name: beep
    start: beep
    components: { beep: { type: announce, prompt: 'tone:1000/800', next: bye }, bye: { type: hangup } }
`;

describe('an ordinary softphone as extension 201: baresip', function () {
  this.timeout(15_000);
  let server: Server;
  let phone: BaresipPhone;
  let network: SipPhone;
  let person: RtpPeer;

  before(async () => {
    network = await SipPhone.open({ address: NETWORK, port: 5070, user: 'network' });
    server = await Server.start({ address: APPLICATION, configuration, logLevel: 'debug' });
    phone = await BaresipPhone.start({
      address: PHONE,
      number: '201',
      password: PASSWORD,
      registrar: `${APPLICATION}:5060`,
      tone: PHONE_TONE_HZ,
    });
  });
  after(async () => {
    await phone?.stop();
    await server?.stop('SIGKILL');
    network?.close();
  });
  beforeEach(async () => {
    person = await RtpPeer.open({ address: NETWORK });
  });
  afterEach(() => person.close());

  async function done(id: string): Promise<CallbackView> {
    const isDone = (all: CallbackView[]) => all.some((one) => one.id === id && one.state === 'done');
    await server.until(isDone, 5_000, `callback ${id} is done`);
    return server.callback(id);
  }

  /** A person is called back, presses 2, and baresip answers as 201; each hears the other. */
  async function bridged(from: string): Promise<{ call: PhoneCall; id: string }> {
    const asked = network.call({ to: `sip:${DIALLED}@${APPLICATION}:5060`, from: `<sip:${from}@${NETWORK}>` });
    const id = (await asked.final()).get('x-callback-id');
    const call = await network.nextCall();
    person.aim(call.remoteSdp);
    await call.answer({ sdp: person.sdp() });
    await person.heard((packets) => packets.length >= 15);
    const since = phone.events.length;
    person.pressKey('2');
    await phone.event('CALL_ESTABLISHED', { direction: 'incoming', since });
    person.sendTone(PERSON_TONE_HZ);
    await person.heard(() => person.shareOf(PHONE_TONE_HZ) > 0.8);
    // What it hears is written to a file, which is there when the call is over: one second of it
    await person.heardMore(50);
    return { call, id };
  }

  /** After the call's end. */
  async function expectHeard(frequency: number): Promise<void> {
    const until = Date.now() + 3_000;
    const share = () => goertzelShare([...phone.heard().slice(-4_000)], frequency);
    while (share() < 0.7 && Date.now() < until) await delay(20);
    assert.ok(
      share() >= 0.7,
      `baresip heard ${frequency} Hz at its end: ${share()} of ${phone.heard().length} samples`,
    );
  }

  /** Asks the API for a callback to an extension. */
  async function ring(rule: string): Promise<string> {
    const { status, body } = await server.api('/api/v1/callbacks', { method: 'POST', body: { rule, number: '201' } });
    assert.equal(status, 201, JSON.stringify(body));
    return (body as { id: string }).id;
  }

  it('registers with digest: the challenge is answered once, and there is one binding', async () => {
    assert.match(await phone.registration(), /200 OK .*\[1 binding\]/);
    assert.equal(phone.output.match(/^REGISTER sip:/gm)?.length, 2, phone.output);
  });

  it('with a wrong password gets 403, is not stored, and is not rung', async () => {
    const impostor = await BaresipPhone.start({
      address: IMPOSTOR,
      number: '202',
      password: WRONG_PASSWORD,
      registrar: `${APPLICATION}:5060`,
      tone: PHONE_TONE_HZ,
    });
    try {
      assert.match(await impostor.registration(), /403/);
      const callback = await done(await ring('to-202'));
      assert.equal(callback.outcome, 'unreachable');
      assert.equal(callback.reason, 'not-registered');
      assert.doesNotMatch(impostor.output, /^INVITE /m);
    } finally {
      await impostor.stop();
    }
  });

  it('is rung when a called-back person presses 2, answers, and both hear each other until the person hangs up', async () => {
    const { call, id } = await bridged('+5548991996261');
    const since = phone.events.length;
    assert.equal((await call.hangUp()).status, 200);
    await phone.event('CALL_CLOSED', { since });
    await expectHeard(PERSON_TONE_HZ);
    assert.equal((await done(id)).outcome, 'connected');
  });

  it('ends both legs when it hangs up', async () => {
    const { call, id } = await bridged('+5548991996262');
    phone.hangUp();
    assert.match((await call.waitFor('BYE')).get('reason'), /^Q\.850;cause=16/);
    assert.equal((await done(id)).outcome, 'connected');
  });

  it('dials the inbound number, is rejected with 486 and a callback id, and is called back where it registered', async () => {
    const since = phone.events.length;
    phone.dial(`sip:${DIALLED_BY_PHONE}@${APPLICATION}:5060`);
    const closed = await phone.event('CALL_CLOSED', { direction: 'outgoing', since });
    assert.match(closed.param ?? '', /^486/);
    const [callback] = await server.until(
      (all) => all.some(({ number }) => number === '201'),
      3_000,
      'a callback for 201',
    );
    const rejection = /^SIP\/2\.0 486 [\s\S]*?\r?\n\r?\n/m.exec(phone.output)?.[0] ?? '';
    assert.match(rejection, new RegExp(`^X-Callback-ID: ${callback!.id}\\r?$`, 'm'));
    assert.match(rejection, /^Reason: Q\.850;cause=17;text="Callback scheduled"\r?$/m);

    await phone.event('CALL_ESTABLISHED', { direction: 'incoming', since });
    await phone.event('CALL_CLOSED', { direction: 'incoming', since });
    await expectHeard(BEEP_HZ);
    assert.equal((await done(callback!.id)).outcome, 'connected');
  });

  it('is not rung any more once it has unregistered', async () => {
    await phone.stop();
    const callback = await done(await ring('to-201'));
    assert.equal(callback.reason, 'not-registered');
  });

  it('no password is in the log', () => {
    assert.match(server.output, /ready/);
    for (const secret of [PASSWORD, WRONG_PASSWORD]) assert.ok(!server.output.includes(secret), 'a password is logged');
  });
});
