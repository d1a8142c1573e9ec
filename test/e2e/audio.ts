/**
 * What the people on a call hear, listened to and not assumed: through the whole server, from the callback over the prompt
 * and the key to the bridge, hold and the end. The same for every media engine that makes audio.
 */

import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { type Pace, paceOf } from '../support/pace.ts';
import type { PhoneCall } from '../support/phone-call.ts';
import { RtpPeer } from '../support/rtp-peer.ts';
import { Server } from '../support/server.ts';
import { SipPhone } from '../support/sip-phone.ts';

export interface AudioEngine {
  /** As `--media` names it. */
  name: string;
  address: string;
  /** What must run beside the server. @returns the flags of `serve`, and how it ends */
  start(): Promise<{ flags: string[]; stop(): Promise<void> | void }>;
}

/** The tones by which they are known. */
const [PROMPT, PERSON, EXTENSION] = [1200, 700, 1900] as const;
/** What is under way when a re-INVITE or a BYE has been answered may still come. */
const UNDER_WAY_MS = 300;
/** Twenty packets would have come. */
const SILENCE_MS = 400;
const STRETCH_PACKETS = 100;
const STRETCHES = 4;

const configurationOf = (address: string) => `
trunks: [{ name: carrier, proxy: 'sip:${address}:5070;transport=udp' }]
extensions: [{ number: '200', contact: 'sip:200@${address}:5071' }]
inboundNumbers: [{ number: '+554831210110', callback: true }]
callbackRules: [{ name: any, trunk: carrier, delaySeconds: 1, next: menu }]
flows:
  - name: menu
    start: menu
    components:
      menu: { type: menu, prompt: 'tone:${PROMPT}/12000', choices: { '1': agent } }
      agent: { type: dial, extension: '200' }
`;

/** Even enough for any jitter buffer. */
function isEven({ lost, rate, p99GapMs, maxGapMs }: Pace): boolean {
  return lost === 0 && Math.abs(rate - 50) < 1 && p99GapMs < 60 && maxGapMs < 120;
}

/**
 * Two seconds of what comes to a phone are even. An engine that sends in bursts does so in any two seconds; a machine that has
 * more to do has a moment for us within eight.
 */
async function comesEvenly(peer: RtpPeer): Promise<void> {
  const paces: Pace[] = [];
  while (paces.length < STRETCHES) {
    const from = peer.received.length;
    await peer.heardMore(STRETCH_PACKETS);
    const pace = paceOf(peer.received.slice(from, from + STRETCH_PACKETS));
    assert.equal(pace.lost, 0);
    if (isEven(pace)) return;
    paces.push(pace);
  }
  assert.fail(JSON.stringify(paces));
}

export function describeAudio(engine: AudioEngine): void {
  describe(`the audio of a call with --media ${engine.name}`, function () {
    this.timeout(60_000);
    const { address } = engine;
    /** So far; each has a number of his own. */
    let callers = 0;
    let beside: Awaited<ReturnType<AudioEngine['start']>>;
    let server: Server;
    let [carrier, phone] = [null as unknown as SipPhone, null as unknown as SipPhone];
    let [person, extension] = [null as unknown as RtpPeer, null as unknown as RtpPeer];

    before(async () => {
      beside = await engine.start();
      [carrier, phone] = [await SipPhone.open({ address, port: 5070 }), await SipPhone.open({ address, port: 5071 })];
      server = await Server.start({ address, configuration: configurationOf(address), flags: beside.flags });
    });
    beforeEach(async () => {
      [person, extension] = [await RtpPeer.open({ address }), await RtpPeer.open({ address, codec: 'PCMA' })];
    });
    afterEach(() => {
      person.close();
      extension.close();
    });
    after(async () => {
      await server.stop('SIGKILL');
      carrier.close();
      phone.close();
      await beside.stop();
    });

    /** A caller is rejected, and rung back; he answers, and says who he is all the while. */
    async function calledBack(): Promise<PhoneCall> {
      callers += 1;
      const from = `<sip:+554899199626${callers}@${address}>`;
      const caller = carrier.call({ to: `sip:+554831210110@${address}:5060`, from });
      assert.equal((await caller.final()).status, 486);
      const call = await carrier.nextCall();
      await call.answer({ sdp: person.sdp() });
      person.aim(call.remoteSdp);
      person.sendTone(PERSON);
      return call;
    }

    /** He presses 1, and the extension answers. */
    async function connected(): Promise<PhoneCall> {
      person.pressKey('1');
      const call = await phone.nextCall();
      await call.answer({ sdp: extension.sdp() });
      extension.aim(call.remoteSdp);
      extension.sendTone(EXTENSION);
      return call;
    }

    const hears = (peer: RtpPeer, frequency: number) =>
      peer.heard((received) => received.length >= 20 && peer.shareOf(frequency) > 0.9);

    /** Nothing more comes to them. */
    async function assertSilence(...peers: RtpPeer[]): Promise<void> {
      await delay(UNDER_WAY_MS);
      const before = peers.map((peer) => peer.received.length);
      await delay(SILENCE_MS);
      assert.deepEqual(
        peers.map((peer) => peer.received.length),
        before,
      );
    }

    it('is the prompt, at its pitch and its pace, from the answer on', async () => {
      const call = await calledBack();
      await comesEvenly(person);
      assert.ok(person.shareOf(PROMPT, 100) > 0.95, `${person.shareOf(PROMPT, 100)}`);
      await call.hangUp();
      await assertSilence(person);
    });

    it('is the other one after the bridge, each way, and nothing during hold and after the end', async () => {
      const call = await calledBack();
      await hears(person, PROMPT);
      const agent = await connected();
      await Promise.all([hears(person, EXTENSION), hears(extension, PERSON)]);
      await Promise.all([comesEvenly(person), comesEvenly(extension)]);
      for (const peer of [person, extension]) assert.ok(peer.shareOf(PROMPT) < 0.05, 'the prompt has ended');

      assert.equal((await agent.reinvite(extension.sdp({ direction: 'sendonly' }))).status, 200);
      extension.silence();
      await assertSilence(person, extension);
      assert.equal((await agent.reinvite(extension.sdp())).status, 200);
      extension.sendTone(EXTENSION);
      await Promise.all([hears(person, EXTENSION), hears(extension, PERSON)]);

      assert.equal((await agent.hangUp()).status, 200);
      await call.waitFor('BYE');
      await assertSilence(person, extension);
    });

    it('has the keys of the other one in it, once each', async () => {
      const call = await calledBack();
      await hears(person, PROMPT);
      const agent = await connected();
      await hears(extension, PERSON);
      for (const key of '5#') person.pressKey(key);
      await extension.heard(() => extension.keys().join('') === '5#');
      assert.equal((await agent.hangUp()).status, 200);
      await call.waitFor('BYE');
    });
  });
}
