import assert from 'node:assert/strict';
import { readdirSync, statSync } from 'node:fs';
import type { MediaEndpoint } from '../../lib/ports/media.ts';
import { goertzelShare } from '../support/rtp-peer.ts';
import { RtpengineRig } from '../support/rtpengine-calls.ts';

/** The share (0-1) of `values` that is not above. */
function quantile(values: readonly number[], share: number): number {
  return [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))]!;
}

describe('Media by rtpengine', function () {
  this.timeout(30_000);
  let rig: RtpengineRig;
  before(async () => {
    rig = new RtpengineRig('127.0.61');
    await rig.rtpengine();
    await rig.start();
  });
  after(() => rig.stop());

  describe('prompts', () => {
    it('reach the peer as a clean stream of the right tone at an even pace', async () => {
      const { endpoint, peer } = await rig.called();
      const startedAt = performance.now();
      assert.equal(await endpoint.play('tone:1200/2000'), 'played');
      const tookMs = performance.now() - startedAt;
      assert.ok(tookMs > 1950 && tookMs < 2150, `${tookMs} ms for two seconds`);
      assert.ok(Math.abs(peer.received.length - 100) <= 2, `${peer.received.length} packets`);
      assert.ok(peer.shareOf(1200, 90) > 0.9);
      for (const [index, packet] of peer.received.entries()) {
        assert.equal(packet.sequence, (peer.received[0]!.sequence + index) & 0xffff);
        assert.equal(packet.ssrc, peer.received[0]!.ssrc);
      }
      const gaps = peer.gapsMs();
      assert.ok(quantile(gaps, 0.5) > 12 && quantile(gaps, 0.5) < 28, `median gap ${quantile(gaps, 0.5)} ms`);
      // 8 kHz has 116 ms and more
      assert.ok(quantile(gaps, 0.99) < 80, `p99 gap ${quantile(gaps, 0.99)} ms, max ${Math.max(...gaps)} ms`);
    });

    it('in words are played in the codec of the peer, and end when they are stopped', async () => {
      const { endpoint, peer } = await rig.dialled({ codec: 'PCMU' });
      assert.ok(rig.engine.hasPrompt('goodbye') && !rig.engine.hasPrompt('nothing'));
      const played = endpoint.play('goodbye');
      await peer.heard((received) => received.length >= 20);
      assert.ok(peer.received.every((packet) => packet.payloadType === 0 && packet.payload.length === 160));
      endpoint.stop();
      assert.equal(await played, 'stopped');
      await isSilent(peer);
    });

    it('are in the language that is asked for, and several are one', async () => {
      const { endpoint, peer } = await rig.called();
      const packetsOf = (language: string) =>
        ['goodbye', 'digits/1'].reduce((sum, name) => sum + statSync(`prompts/${language}/${name}.wav`).size / 320, 0);
      assert.ok(Math.abs(packetsOf('es') - packetsOf('en')) > 5);
      assert.equal(await endpoint.play('goodbye&digits:1', 'es'), 'played');
      const packets = peer.received.length;
      assert.ok(Math.abs(packets - packetsOf('es')) <= 3, `${packets} packets for ${packetsOf('es')}`);
    });

    it('that speak keys leave no file: neither heard to their end, nor stopped, nor replaced while they are loaded', async () => {
      const { endpoint, peer } = await rig.called();
      const spoken = () => readdirSync(rig.playDirectory).filter((name) => name.endsWith('.keys.wav'));
      const heard = endpoint.play('digits:47');
      await peer.heardMore(10);
      assert.equal(spoken().length, 1);
      assert.equal(await heard, 'played');
      const stopped = endpoint.play('digits:4711');
      await peer.heardMore(10);
      endpoint.stop();
      assert.equal(await stopped, 'stopped');
      const replaced = endpoint.play('digits:12');
      assert.equal(await endpoint.play('tone:beep'), 'played');
      assert.equal(await replaced, 'stopped');
      assert.deepEqual(spoken(), []);
    });

    it('that are replaced, stopped or closed away say so, also while they are being loaded', async () => {
      const { endpoint, peer } = await rig.called();
      const loading = endpoint.play('goodbye');
      const playing = endpoint.play('tone:hold');
      assert.equal(await loading, 'stopped');
      await peer.heardMore(10);
      endpoint.stop();
      assert.equal(await playing, 'stopped');
      const last = endpoint.play('goodbye');
      endpoint.close();
      assert.equal(await last, 'stopped');
    });

    it('that are unknown, or played before there is an SDP or after the end, fail', async () => {
      const { endpoint } = await rig.called();
      assert.equal(await endpoint.play('nothing'), 'failed');
      const early = await rig.engine.createEndpoint(
        { endpointId: 'early', address: '127.0.61.1', like: null },
        { digit() {}, dead() {} },
      );
      assert.equal(await early.play('tone:beep'), 'failed');
      endpoint.close();
      assert.equal(await endpoint.play('tone:beep'), 'failed');
      early.close();
    });

    it('are not sent to a peer that holds, and are again after the hold', async () => {
      const { endpoint, peer } = await rig.called();
      void endpoint.play('tone:hold');
      await peer.heardMore(10);
      const held = peer.sdp({ direction: 'sendonly' });
      await endpoint.prepareAnswer!(held);
      assert.match(endpoint.answer(held) ?? '', /a=recvonly/);
      await isSilent(peer);
      await endpoint.prepareAnswer!(peer.sdp());
      assert.match(endpoint.answer(peer.sdp()) ?? '', /a=sendrecv/);
      await peer.heardMore(10);
    });
  });

  /** Everything that was asked for has been done when a prompt of another peer is heard. */
  async function isSilent(peer: { received: readonly unknown[] }): Promise<void> {
    const other = await rig.called();
    void other.endpoint.play('tone:busy');
    await other.peer.heardMore(8);
    const heard = peer.received.length;
    await other.peer.heardMore(15);
    assert.equal(peer.received.length, heard, 'it still hears something');
    other.endpoint.close();
  }

  describe('keys', () => {
    it('are reported once per press, in their order', async () => {
      const { peer, digits, reported } = await rig.called({ eventPayload: 96 });
      for (const [index, key] of [...'112*#D'].entries()) {
        peer.pressKey(key, { copies: index % 2 === 0 ? 1 : 3 });
        await reported(() => digits.length > index);
      }
      assert.equal(digits.join(''), '112*#D');
    });

    it('are sent to a peer that hears nothing else, with the number that it gave', async () => {
      const { endpoint, peer, digits } = await rig.called({ eventPayload: 99 });
      for (const digit of '15#') endpoint.sendDigit(digit);
      endpoint.sendDigit('no key');
      await peer.heard(() => peer.keys().length === 3);
      assert.deepEqual(peer.keys(), ['1', '5', '#']);
      assert.deepEqual(digits, [], 'our own keys are not those of the peer');
    });
  });

  describe('the bridge', () => {
    it('lets each side hear the other one, in its own codec and numbers', async () => {
      const a = await rig.called();
      const b = await rig.dialled({ codec: 'PCMU', eventPayload: 97 }, { like: a.endpoint });
      const music = a.endpoint.play('tone:hold');
      await a.peer.heardMore(3);
      rig.engine.bridge(a.endpoint, b.endpoint);
      assert.equal(await music, 'stopped');
      a.peer.sendTone(700);
      b.peer.sendTone(1100);
      await a.peer.heard(() => a.peer.received.length > 40 && a.peer.shareOf(1100, 30) > 0.9);
      await b.peer.heard(() => b.peer.received.length > 40 && b.peer.shareOf(700, 30) > 0.9);
      assert.ok(a.peer.shareOf(700, 30) < 0.01, 'nobody hears himself');
    });

    for (const [what, eventPayload] of [
      ['the same number', 101],
      ['other numbers', 97],
    ] as const) {
      it(`passes keys on without reporting them, and reports them again after it (${what})`, async () => {
        const a = await rig.called();
        const b = await rig.called({ eventPayload });
        rig.engine.bridge(a.endpoint, b.endpoint);
        a.peer.sendTone(700);
        b.peer.sendTone(1100);
        await b.peer.heardMore(10);
        await a.peer.heardMore(10);
        a.peer.pressKey('7');
        await b.peer.heard(() => b.peer.keys().includes('7'));
        b.peer.pressKey('9');
        await a.peer.heard(() => a.peer.keys().includes('9'));
        assert.deepEqual([a.digits, b.digits], [[], []]);
        rig.engine.unbridge(b.endpoint);
        // A key takes its 100 ms: one that is told now was pressed within the bridge
        await a.endpoint.play('tone:silence/150');
        a.peer.pressKey('8');
        await a.reported(() => a.digits.length === 1);
        assert.deepEqual([a.digits, b.peer.keys(), a.peer.keys()], [['8'], ['7'], ['9']]);
      });
    }

    it('is not heard beneath a prompt, while the other side still hears', async () => {
      const a = await rig.called();
      const b = await rig.called();
      rig.engine.bridge(a.endpoint, b.endpoint);
      a.peer.sendTone(700);
      b.peer.sendTone(1100);
      await a.peer.heardMore(10);
      void a.endpoint.play('tone:1700/5000');
      await a.peer.heard(() => a.peer.shareOf(1700, 25) > 0.9);
      assert.ok(a.peer.shareOf(1100, 25) < 0.01);
      await b.peer.heardMore(10);
      assert.ok(b.peer.shareOf(700) > 0.9);
      a.endpoint.stop();
      await a.peer.heard(() => a.peer.shareOf(1100, 25) > 0.9);
    });

    it('is silent for who holds, and heard again after it', async () => {
      const a = await rig.called();
      const b = await rig.called();
      rig.engine.bridge(a.endpoint, b.endpoint);
      b.peer.sendTone(1100);
      a.peer.sendTone(700);
      await a.peer.heardMore(10);
      const held = a.peer.sdp({ direction: 'sendonly' });
      await a.endpoint.prepareAnswer!(held);
      assert.match(a.endpoint.answer(held) ?? '', /a=recvonly/);
      await isSilent(a.peer);
      await a.endpoint.prepareAnswer!(a.peer.sdp());
      assert.match(a.endpoint.answer(a.peer.sdp()) ?? '', /a=sendrecv/);
      await a.peer.heard(() => a.peer.shareOf(1100, 25) > 0.9);
      await b.peer.heard(() => b.peer.shareOf(700, 25) > 0.9);
    });

    it('ends with either side, and the other one can be bridged again', async () => {
      const [a, b, c] = [await rig.called(), await rig.called(), await rig.dialled()];
      rig.engine.bridge(a.endpoint, b.endpoint);
      a.peer.sendTone(700);
      await b.peer.heardMore(3);
      rig.engine.bridge(c.endpoint, a.endpoint);
      b.peer.sendTone(1500);
      c.peer.sendTone(1100);
      await a.peer.heard(() => a.peer.received.length > 30 && a.peer.shareOf(1100, 25) > 0.9);
      await isSilent(b.peer);
      b.endpoint.close();
      rig.engine.bridge(a.endpoint, b.endpoint);
      await c.peer.heardMore(3);
      c.endpoint.close();
      await isSilent(a.peer);
      void a.endpoint.play('tone:beep');
      await a.peer.heardMore(3);
    });

    it('stays as it is where keys of ours go into it from its first moment on', async () => {
      const a = await rig.called();
      const b = await rig.called();
      rig.engine.bridge(a.endpoint, b.endpoint);
      for (const { endpoint } of [a, b]) for (const digit of '123456') endpoint.sendDigit(digit);
      a.peer.sendTone(700);
      for (const { peer } of [a, b]) await peer.heard(() => peer.keys().length === 6);
      b.peer.sendTone(1100);
      await a.peer.heard(() => a.peer.received.length > 40 && a.peer.shareOf(1100, 25) > 0.9);
      await b.peer.heard(() => b.peer.received.length > 40 && b.peer.shareOf(700, 25) > 0.9);
      assert.deepEqual([a.peer.keys().join(''), b.peer.keys().join('')], ['123456', '123456']);
    });

    it('keeps the ports that the peers were told', async () => {
      const a = await rig.called();
      const b = await rig.dialled();
      const [portA, portB] = [a, b].map(({ endpoint }) => /m=audio (\d+)/.exec(endpoint.offer())![1]);
      rig.engine.bridge(a.endpoint, b.endpoint);
      a.peer.sendTone(700);
      await b.peer.heardMore(10);
      assert.deepEqual([...new Set(b.peer.received.map(({ from }) => from))], [`127.0.61.1:${portB}`]);
      assert.match(a.endpoint.offer(), new RegExp(`m=audio ${portA} `));
    });

    it('works where rtpengine shows the world another address than its own', async () => {
      const hidden = new RtpengineRig('127.0.61', 40);
      try {
        await hidden.rtpengine({ flags: ['--interface=outside/127.0.61.41!192.0.2.41'], isOutside: true });
        await hidden.start();
        const [a, b] = [await hidden.called(), await hidden.dialled({ codec: 'PCMU' })];
        for (const { peer, endpoint } of [a, b]) {
          assert.match(endpoint.offer(), /c=IN IP4 192\.0\.2\.41/);
          peer.aim(endpoint.offer().replaceAll('192.0.2.41', '127.0.61.41'));
        }
        hidden.engine.bridge(a.endpoint, b.endpoint);
        a.peer.sendTone(700);
        b.peer.sendTone(1100);
        await a.peer.heard(() => a.peer.received.length > 30 && a.peer.shareOf(1100, 25) > 0.9);
        await b.peer.heard(() => b.peer.received.length > 30 && b.peer.shareOf(700, 25) > 0.9);
        b.endpoint.sendDigit('5');
        await b.peer.heard(() => b.peer.keys().includes('5'));
      } finally {
        await hidden.stop();
      }
    });

    it('refuses an endpoint of another engine', async () => {
      const a = await rig.called();
      assert.throws(() => rig.engine.bridge(a.endpoint, {} as MediaEndpoint), /another engine/);
    });
  });

  describe('hearing', () => {
    /** The last second, and how it is told that more has come. */
    function listenTo(endpoint: MediaEndpoint) {
      const frames: Int16Array[] = [];
      let came = () => {};
      const stop = endpoint.hear((frame) => {
        frames.push(frame);
        came();
      });
      assert.ok(stop);
      const until = (condition: () => boolean) =>
        new Promise<void>((resolve, reject) => {
          const timer = setTimeout(() => reject(new Error('not heard within 5 s')), 5000);
          came = () => {
            if (!condition()) return;
            clearTimeout(timer);
            resolve();
          };
        });
      const share = (frequency: number) =>
        frames.length < 25
          ? 0
          : goertzelShare(
              frames.slice(-25).flatMap((frame) => [...frame]),
              frequency,
            );
      return { frames, stop, until, share };
    }

    it('gives what the peer says, also in a bridge, to several at once, and no more after it was stopped', async () => {
      const a = await rig.called();
      const b = await rig.called({ codec: 'PCMU' });
      a.peer.sendTone(700);
      b.peer.sendTone(1100);
      const [one, two] = [listenTo(a.endpoint), listenTo(a.endpoint)];
      await one.until(() => one.share(700) > 0.9);
      rig.engine.bridge(a.endpoint, b.endpoint);
      const other = listenTo(b.endpoint);
      await other.until(() => other.share(1100) > 0.9);
      assert.ok(one.share(700) > 0.9 && two.share(700) > 0.9);
      two.stop();
      const heard = two.frames.length;
      await one.until(() => one.frames.length > 30 && one.share(700) > 0.9);
      assert.equal(two.frames.length, heard);
      one.stop();
      const again = listenTo(a.endpoint);
      await again.until(() => again.share(700) > 0.9);
      a.endpoint.close();
    });

    it('is silence where the peer says nothing, a frame every 20 ms', async () => {
      const { endpoint } = await rig.called();
      const silent = listenTo(endpoint);
      const startedAt = performance.now();
      await silent.until(() => silent.frames.length >= 50);
      const tookMs = performance.now() - startedAt;
      assert.ok(tookMs > 900 && tookMs < 1300, `${tookMs} ms for 50 frames`);
      assert.ok(silent.frames.every((frame) => frame.length === 160 && frame.every((sample) => sample === 0)));
    });
  });
});
