/** `serve --media none`: two people talk, and not one packet of it passes the application. */

import assert from 'node:assert/strict';
import { stringify } from 'yaml';
import { RtpPeer } from '../support/rtp-peer.ts';
import { Server } from '../support/server.ts';
import { SipPhone } from '../support/sip-phone.ts';
import { loopback } from './loopback.ts';

const APPLICATION = loopback(61);
const NETWORK = loopback(62);
const OFFICE = loopback(63);
const DIALLED = '+554831210110';
const PERSON_TONE_HZ = 500;
const OFFICE_TONE_HZ = 1000;

const configuration = stringify({
  version: 1,
  defaultCountry: 'BR',
  trunks: [
    { name: 'network', proxy: `sip:${NETWORK}:5070;transport=udp` },
    { name: 'office', proxy: `sip:${OFFICE}:5070;transport=udp` },
  ],
  inboundNumbers: [{ number: DIALLED, callback: true }],
  callbackRules: [{ name: 'any', trunk: 'network', delaySeconds: 0, next: 'reception' }],
  flows: [
    {
      name: 'reception',
      start: 'menu',
      components: {
        menu: { type: 'menu', choices: { '2': 'office' } },
        office: { type: 'dial', number: '+554831210199', trunk: 'office' },
      },
    },
  ],
});

describe('the application without media: RTP goes from phone to phone', function () {
  this.timeout(30_000);
  let server: Server;
  let network: SipPhone;
  let office: SipPhone;
  let person: RtpPeer;
  let clerk: RtpPeer;

  before(async () => {
    network = await SipPhone.open({ address: NETWORK, port: 5070, user: 'network' });
    office = await SipPhone.open({ address: OFFICE, port: 5070, user: 'office' });
    person = await RtpPeer.open({ address: NETWORK });
    clerk = await RtpPeer.open({ address: OFFICE, eventPayload: 96 });
    server = await Server.start({ address: APPLICATION, configuration, flags: ['--media', 'none'] });
  });
  after(async () => {
    await server?.stop('SIGKILL');
    for (const peer of [network, office, person, clerk]) peer?.close();
  });

  it('a person is called back, chooses by INFO, and each hears the other’s tone and keys, holds and resumes', async () => {
    const asked = network.call({ to: `sip:${DIALLED}@${APPLICATION}:5060`, from: `<sip:+554891234567@${NETWORK}>` });
    const id = (await asked.final()).get('x-callback-id');
    const call = await network.nextCall();
    assert.match(call.remoteSdp, /m=audio 9 [\s\S]*a=inactive/);
    call.onRequest = ({ body }) => {
      if (body !== '') person.aim(body);
      return { status: 200, headers: [['Contact', `<${network.uri}>`]], body: person.sdp() };
    };
    await call.answer({ sdp: person.sdp({ direction: 'inactive' }) });
    await call.info('application/dtmf-relay', 'Signal=2\r\nDuration=100\r\n');

    const target = await office.nextCall();
    target.onRequest = ({ body }) => {
      if (body !== '') clerk.aim(body);
      return { status: 200, headers: [['Contact', `<${office.uri}>`]], body: clerk.sdp() };
    };
    await target.answer({ sdp: clerk.sdp({ direction: 'inactive' }) });
    clerk.aim((await target.waitFor((message) => message.method === 'ACK' && message.body !== '')).body);

    person.sendTone(PERSON_TONE_HZ);
    clerk.sendTone(OFFICE_TONE_HZ);
    await person.heard((packets) => packets.length > 20 && person.shareOf(OFFICE_TONE_HZ) > 0.9);
    await clerk.heard((packets) => packets.length > 20 && clerk.shareOf(PERSON_TONE_HZ) > 0.9);
    assert.ok(person.received.every(({ from }) => from === `${OFFICE}:${clerk.port}`));
    assert.ok(clerk.received.every(({ from }) => from === `${NETWORK}:${person.port}`));

    const held = await call.reinvite(person.sdp({ direction: 'sendonly' }));
    assert.match(held.body, new RegExp(`m=audio ${clerk.port} RTP/AVP 8 96`));
    assert.equal((await call.reinvite(person.sdp())).status, 200);

    await target.hangUp();
    await call.waitFor('BYE');
    const done = (all: { id: string; state: string }[]) => all.some((one) => one.id === id && one.state === 'done');
    await server.until(done, 5_000, 'the callback is done');
    assert.equal((await server.callback(id)).outcome, 'connected');
  });
});
