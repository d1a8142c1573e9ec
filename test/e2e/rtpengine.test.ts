/** `serve --media rtpengine`: a person is called back and talks, the rtpengine dies under the call, and comes back. */

import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { stringify } from 'yaml';
import type { PhoneCall } from '../support/phone-call.ts';
import { RtpPeer } from '../support/rtp-peer.ts';
import { Rtpengine } from '../support/rtpengine.ts';
import { Server } from '../support/server.ts';
import { SipPhone } from '../support/sip-phone.ts';
import { Program } from './program.ts';

const APPLICATION = '127.0.61.71';
const NETWORK = '127.0.61.72';
const OFFICE = '127.0.61.73';
const MEDIA = '127.0.61.74';
const DTMF = `${APPLICATION}:22333`;
const DIALLED = '+554831210110';

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
        menu: { type: 'menu', prompt: 'tone:1700/3000', choices: { '2': 'office' } },
        office: { type: 'dial', number: '+554831210199', trunk: 'office' },
      },
    },
  ],
});
const FLAGS = ['--media', 'rtpengine', '--rtpengine', MEDIA, '--rtpengine-dtmf', DTMF];

describe('the application with rtpengine', function () {
  this.timeout(60_000);
  let rtpengine: Rtpengine;
  let server: Server;
  let network: SipPhone;
  let office: SipPhone;
  let person: RtpPeer;
  let clerk: RtpPeer;

  before(async () => {
    rtpengine = await Rtpengine.start({ address: MEDIA, dtmfLog: DTMF });
    network = await SipPhone.open({ address: NETWORK, port: 5070, user: 'network' });
    office = await SipPhone.open({ address: OFFICE, port: 5070, user: 'office' });
    person = await RtpPeer.open({ address: NETWORK });
    clerk = await RtpPeer.open({ address: OFFICE, codec: 'PCMU', eventPayload: 96 });
    server = await Server.start({ address: APPLICATION, configuration, flags: FLAGS });
  });
  after(async () => {
    await server?.stop('SIGKILL');
    for (const peer of [network, office, person, clerk]) peer?.close();
    await rtpengine?.stop();
  });

  const metric = async (name: string): Promise<string> => {
    const { body } = await server.api('/metrics');
    return new RegExp(`^${name}\\{server="${MEDIA}:22222"\\} (.*)$`, 'm').exec(String(body))?.[1] ?? 'none';
  };
  async function becomes(name: string, value: string): Promise<void> {
    for (let tries = 0; (await metric(name)) !== value; tries += 1) {
      assert.ok(tries < 300, `${name} is ${await metric(name)}, not ${value}`);
      await delay(50);
    }
  }

  /** All of them, when it is done. */
  async function eventsOf(id: string): Promise<string> {
    for (let tries = 0; ; tries += 1) {
      const { body } = await server.api(`/api/v1/callbacks/${id}/events?pageSize=100`);
      const text = JSON.stringify(body);
      if (text.includes('"type":"done"')) return text;
      assert.ok(tries < 200, text);
      await delay(50);
    }
  }

  /** Called back, in the menu, connected to the office; both hear each other. */
  async function talk(number: string): Promise<{ id: string; call: PhoneCall; target: PhoneCall }> {
    const asked = network.call({ to: `sip:${DIALLED}@${APPLICATION}:5060`, from: `<sip:${number}@${NETWORK}>` });
    const id = (await asked.final()).get('x-callback-id');
    const call = await network.nextCall();
    assert.match(call.remoteSdp, new RegExp(`c=IN IP4 ${MEDIA}`));
    person.received.length = 0;
    clerk.received.length = 0;
    person.aim(call.remoteSdp);
    await call.answer({ sdp: person.sdp() });
    await person.heard((received) => received.length > 30 && person.shareOf(1700, 25) > 0.9);
    person.pressKey('2');
    const target = await office.nextCall();
    clerk.aim(target.remoteSdp);
    person.sendTone(700);
    clerk.sendTone(1100);
    await target.answer({ sdp: clerk.sdp() });
    await person.heard(() => person.shareOf(1100, 25) > 0.9);
    await clerk.heard((received) => received.length > 30 && clerk.shareOf(700, 25) > 0.9);
    return { id, call, target };
  }

  it('a person hears the menu, presses a key, and talks; the doctor and the metrics see the rtpengine', async () => {
    const { call, target } = await talk('+554891234567');
    assert.equal(await metric('callback_media_server_up'), '1');
    assert.equal(await metric('callback_media_server_endpoints'), '2');
    const doctor = await Program.run(['doctor', '--http', `${APPLICATION}:8080`, ...FLAGS]);
    assert.match(doctor.stdout, new RegExp(`^ok {5}rtpengine +${MEDIA}:22222 answers; it has 2 calls$`, 'm'));
    await call.hangUp();
    await target.waitFor('BYE');
    await becomes('callback_media_server_endpoints', '0');
    assert.equal(await rtpengine.calls(), 0);
  });

  it('calls whose rtpengine was killed and started again end with the reason, and new calls go on', async () => {
    const { id, call, target } = await talk('+554891234568');
    await rtpengine.stop('SIGKILL');
    await rtpengine.start();
    await Promise.all([call.waitFor('BYE', 15_000), target.waitFor('BYE', 15_000)]);
    const events = await eventsOf(id);
    assert.match(events, /rtpengine 127\.0\.61\.74:22222 (?:has|does)/);
    await becomes('callback_media_server_restarts', '1');
    assert.equal((await fetch(`http://${APPLICATION}:8080/readyz`)).status, 200);
    const again = await talk('+554891234569');
    await again.call.hangUp();
    await again.target.waitFor('BYE');
  });

  it('without its rtpengine it stays ready, and the doctor and the metrics say what is missing', async () => {
    await rtpengine.stop('SIGKILL');
    await becomes('callback_media_server_up', '0');
    assert.equal((await fetch(`http://${APPLICATION}:8080/readyz`)).status, 200);
    const doctor = await Program.run(['doctor', '--http', `${APPLICATION}:8080`, ...FLAGS]);
    assert.match(doctor.stdout, /^FAULT {2}rtpengine +rtpengine 127\.0\.61\.74:22222 does not answer/m);
    await rtpengine.start();
    await becomes('callback_media_server_up', '1');
  });
});
