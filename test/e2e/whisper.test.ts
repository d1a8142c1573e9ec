/** What is heard, and by whom, from a target's answer to the end of the talk, with real RTP. */

import assert from 'node:assert/strict';
import { stringify } from 'yaml';
import type { PhoneCall } from '../support/phone-call.ts';
import { RtpPeer } from '../support/rtp-peer.ts';
import { Server } from '../support/server.ts';
import { SipPhone } from '../support/sip-phone.ts';
import { loopback } from './loopback.ts';

const APPLICATION = loopback(167);
const NETWORK = loopback(168);
const OFFICE = loopback(169);
const DIALLED = '+554831210110';
const RELEASED = '+554831210111';
const [PERSON_HZ, CLERK_HZ, WHISPER_HZ, QUESTION_HZ, RATING_HZ, RINGBACK_HZ] = [500, 1000, 1500, 900, 700, 425];

const configuration = stringify({
  version: 1,
  defaultCountry: 'BR',
  trunks: [{ name: 'network', proxy: `sip:${NETWORK}:5070;transport=udp` }],
  extensions: [{ number: '200', contact: `sip:200@${OFFICE}:5070` }],
  inboundNumbers: [
    { number: DIALLED, callback: true },
    { number: RELEASED, callback: true },
  ],
  callbackRules: [
    { name: 'asked', inboundNumbers: [DIALLED], trunk: 'network', delaySeconds: 0, next: 'reception' },
    { name: 'released', inboundNumbers: [RELEASED], trunk: 'network', delaySeconds: 0, next: 'released' },
  ],
  flows: [
    {
      name: 'released',
      start: 'sales',
      components: {
        sales: { type: 'dial', extension: '200', releaseMedia: true, next: 'rating' },
        rating: { type: 'announce', prompt: `tone:${RATING_HZ}/1000` },
      },
    },
    {
      name: 'reception',
      start: 'sales',
      components: {
        sales: {
          type: 'dial',
          extension: '200',
          whisper: `tone:${WHISPER_HZ}/1500`,
          confirm: { prompt: `tone:${QUESTION_HZ}/4000`, key: '1' },
          next: 'rating',
        },
        rating: { type: 'menu', prompt: `tone:${RATING_HZ}/4000`, choices: { '5': 'thanks' } },
        thanks: { type: 'hangup', reason: 'Thank you' },
      },
    },
  ],
});

describe('a target that is told, asked, talks and goes', function () {
  this.timeout(40_000);
  let server: Server;
  let network: SipPhone;
  let office: SipPhone;
  let person: RtpPeer;
  let clerk: RtpPeer;

  before(async () => {
    network = await SipPhone.open({ address: NETWORK, port: 5070, user: 'network' });
    office = await SipPhone.open({ address: OFFICE, port: 5070, user: '200' });
    person = await RtpPeer.open({ address: NETWORK });
    clerk = await RtpPeer.open({ address: OFFICE });
    server = await Server.start({ address: APPLICATION, configuration });
  });
  after(async () => {
    await server?.stop('SIGKILL');
    for (const peer of [network, office, person, clerk]) peer?.close();
  });

  /** Soon after now it hears nearly nothing but this. */
  const hears = (peer: RtpPeer, hertz: number) =>
    peer.heard((packets) => packets.length > 15 && peer.shareOf(hertz, 15) > 0.9);

  it('the whisper and the question are for the target, the ringing is for the person, and the talk for both', async () => {
    const asked = network.call({ to: `sip:${DIALLED}@${APPLICATION}:5060`, from: `<sip:+554891234567@${NETWORK}>` });
    const id = (await asked.final()).get('x-callback-id');
    const call = await network.nextCall();
    person.aim(call.remoteSdp);
    await call.answer({ sdp: person.sdp() });
    person.sendTone(PERSON_HZ);
    const target = await office.nextCall();
    clerk.aim(target.remoteSdp);
    await target.answer({ sdp: clerk.sdp() });
    clerk.sendTone(CLERK_HZ);

    await Promise.all([hears(clerk, WHISPER_HZ), hears(person, RINGBACK_HZ)]);
    await hears(clerk, QUESTION_HZ);
    const before = { person: person.received.length, clerk: clerk.received.length };
    assert.ok(clerk.shareOf(PERSON_HZ, before.clerk) < 0.01, 'the person is not heard yet');
    for (const hertz of [CLERK_HZ, WHISPER_HZ, QUESTION_HZ])
      assert.ok(person.shareOf(hertz, before.person) < 0.01, `the person hears nothing of ${hertz} Hz`);

    clerk.pressKey('1');
    await Promise.all([hears(clerk, PERSON_HZ), hears(person, CLERK_HZ)]);
    assert.equal((await server.callback(id!)).state, 'connected');

    await target.hangUp();
    await hears(person, RATING_HZ);
    person.pressKey('5');
    const bye = await call.waitFor('BYE');
    assert.match(bye.get('reason') ?? '', /Thank you/);
    await server.until((all) => all.some((one) => one.id === id && one.state === 'done'), 5_000, 'it is done');
    assert.equal((await server.callback(id!)).outcome, 'connected');
  });

  it('media that went past us in the talk comes back when the target is gone: the person hears what follows', async () => {
    const asked = network.call({ to: `sip:${RELEASED}@${APPLICATION}:5060`, from: `<sip:+554891234568@${NETWORK}>` });
    await asked.final();
    const call = await network.nextCall();
    const target = office.nextCall();
    /** Where the phone is told to send its media in the middle of the call, by an offer or in an ACK, it does. */
    const follows = (one: PhoneCall, peer: RtpPeer) => {
      one.onRequest = ({ body }) => {
        if (body !== '') peer.aim(body);
        return { status: 200, headers: [['Contact', `<${one.phone.uri}>`]], body: peer.sdp() };
      };
      const note = one.note.bind(one);
      one.note = (message) => {
        if (message.method === 'ACK' && message.body !== '') peer.aim(message.body);
        note(message);
      };
    };
    follows(call, person);
    person.aim(call.remoteSdp);
    await call.answer({ sdp: person.sdp() });
    const clerks = await target;
    follows(clerks, clerk);
    clerk.aim(clerks.remoteSdp);
    await clerks.answer({ sdp: clerk.sdp() });
    await person.heard((packets) => packets.at(-1)?.from === `${OFFICE}:${clerk.port}`);
    await clerk.heard((packets) => packets.at(-1)?.from === `${NETWORK}:${person.port}`);
    await clerks.hangUp();
    clerk.silence();
    await hears(person, RATING_HZ);
    assert.ok(person.received.at(-1)?.from.startsWith(`${APPLICATION}:`));
    await call.waitFor('BYE');
  });
});
