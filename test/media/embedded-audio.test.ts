import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import type { MediaEndpoint } from '../../lib/ports/media.ts';
import { ManualTime } from '../support/manual-time.ts';
import { call, createEndpoint, createEngine, inBothForms, openPeer } from '../support/media-calls.ts';

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

inBothForms('Embedded media: prompts', () => {
  it('reach the peer as a clean stream of the right tone at the right pace', async () => {
    createEngine();
    const { endpoint, peer } = await call();
    assert.equal(await endpoint.play('tone:1200/600'), 'played');
    await peer.heard((received) => received.length >= 30);
    const { received } = peer;
    assert.equal(received.length, 30);
    assert.ok(peer.shareOf(1200, 28) > 0.9);
    assert.ok(received[0]!.marker);
    for (const [index, packet] of received.entries()) {
      assert.equal(packet.sequence, (received[0]!.sequence + index) & 0xffff);
      assert.equal(packet.ssrc, received[0]!.ssrc);
    }
    const gap = median(peer.gapsMs());
    assert.ok(gap > 12 && gap < 28, `${gap} ms between packets`);
  });

  it('of several parts are one stream, without a packet too many', async () => {
    createEngine();
    const { endpoint, peer } = await call();
    assert.equal(await endpoint.play('tone:1200/50&tone:1200/70&goodbye', 'en'), 'played');
    const length = 0.12 * 50 + statSync('prompts/en/goodbye.wav').size / 320;
    assert.ok(Math.abs(peer.received.length - length) <= 1, `${peer.received.length} packets`);
    for (const [index, packet] of peer.received.entries()) {
      assert.equal(packet.timestamp, (peer.received[0]!.timestamp + index * 160) >>> 0);
      assert.equal(packet.marker, index === 0);
    }
  });

  it('in words are played to their end, and found by name', async () => {
    const engine = createEngine();
    const { endpoint, peer } = await call({ codec: 'PCMU' });
    assert.ok(engine.hasPrompt('goodbye') && !engine.hasPrompt('nothing') && !engine.hasPrompt('../goodbye'));
    const played = endpoint.play('goodbye');
    await peer.heard((received) => received.length >= 20);
    assert.ok(peer.received.every((packet) => packet.payloadType === 0 && packet.payload.length === 160));
    endpoint.stop();
    assert.equal(await played, 'stopped');
  });

  it('that are replaced, stopped or closed away say so, also while they are being loaded', async () => {
    createEngine();
    const { endpoint } = await call();
    const loading = endpoint.play('goodbye');
    const playing = endpoint.play('tone:hold');
    assert.equal(await loading, 'stopped');
    endpoint.stop();
    assert.equal(await playing, 'stopped');
    const last = endpoint.play('goodbye');
    endpoint.close();
    assert.equal(await last, 'stopped');
  });

  it('that are unknown, or played before there is an SDP or after the end, fail', async () => {
    createEngine();
    const { endpoint } = await call();
    assert.equal(await endpoint.play('nothing'), 'failed');
    assert.equal(await (await createEndpoint()).play('tone:beep'), 'failed');
    endpoint.close();
    assert.equal(await endpoint.play('tone:beep'), 'failed');
  });

  it('are not sent to a peer that holds, and are again after the hold', async () => {
    createEngine();
    const { endpoint, peer } = await call();
    const other = await call();
    assert.ok(endpoint.answer(peer.sdp({ direction: 'sendonly' })));
    endpoint.play('tone:hold');
    other.endpoint.play('tone:hold');
    await other.peer.heardMore(10);
    assert.equal(peer.received.length, 0);
    assert.ok(endpoint.answer(peer.sdp()));
    await peer.heardMore(5);
  });

  it('reach a peer on IPv6', async () => {
    const engine = createEngine();
    const peer = await openPeer({ address: '::1' });
    const endpoint = await engine.createEndpoint(
      { endpointId: 'six', address: '::1', like: null },
      { digit() {}, dead() {} },
    );
    assert.match(endpoint.answer(peer.sdp()) ?? '', /c=IN IP6 ::1/);
    endpoint.play('tone:hold');
    await peer.heardMore(5);
  });
});

inBothForms('Embedded media: keys', (threads) => {
  it('are reported once per press, whatever is lost or repeated', async () => {
    createEngine();
    const { peer, digits, pressed } = await call({ eventPayload: 96 });
    peer.pressKey('1');
    peer.pressKey('1', { copies: 3 });
    peer.pressKey('2', { withoutEnds: true });
    peer.pressKey('*', { onlyEnds: true });
    peer.pressKey('#', { withoutMarker: true });
    await pressed(5);
    peer.pressKey('D');
    await pressed(6);
    assert.equal(digits.join(''), '112*#D');
  });

  // The time of a thread can not be moved by hand.
  if (threads === 0)
    it('are not reported faster than they can be pressed', async () => {
      const time = new ManualTime();
      createEngine({ time });
      const { peer, digits, pressed } = await call();
      for (let press = 0; press < 60; press += 1) peer.pressKey('1');
      // Each press of another phone lets the engine read on what the first one sent.
      const other = await call();
      for (let press = 1; press <= 25; press += 1) {
        other.peer.pressKey('2');
        await other.pressed(press);
      }
      assert.equal(digits.length, 25);
      time.advance(1000);
      peer.pressKey('3');
      await pressed((reported) => reported.at(-1) === '3');
    });

  it('are sent to the peer, with the number that it gave', async () => {
    createEngine();
    const { endpoint, peer } = await call({ eventPayload: 99 });
    for (const digit of '15#') endpoint.sendDigit(digit);
    endpoint.sendDigit('no key');
    await peer.heard((received) => received.length >= 33);
    assert.deepEqual(peer.keys(), ['1', '5', '#']);
  });
});

inBothForms('Embedded media: the bridge', () => {
  it('lets each side hear the other one, in its own codec and numbers', async () => {
    const engine = createEngine();
    const a = await call();
    const b = await call({ codec: 'PCMU', payload: 98, eventPayload: 97 });
    const music = a.endpoint.play('tone:hold');
    await a.peer.heardMore(3);
    engine.bridge(a.endpoint, b.endpoint);
    assert.equal(await music, 'stopped');
    a.peer.sendTone(700);
    b.peer.sendTone(1100);
    await Promise.all([a.peer.heardMore(35), b.peer.heardMore(35)]);
    assert.ok(a.peer.shareOf(1100) > 0.9, 'a hears b');
    assert.ok(b.peer.shareOf(700) > 0.9, 'b hears a');
    for (const { received } of [a.peer, b.peer]) {
      for (const [index, packet] of received.slice(1).entries()) {
        assert.equal(packet.sequence, (received[index]!.sequence + 1) & 0xffff);
        assert.equal(packet.ssrc, received[0]!.ssrc);
      }
    }
    assert.ok(
      b.peer.received.every((packet) => packet.ssrc !== a.peer.ssrc),
      'a stream of our own',
    );
  });

  it('passes keys on without reporting them, and reports them again after it', async () => {
    const engine = createEngine();
    const a = await call();
    const b = await call({ eventPayload: 97 });
    engine.bridge(a.endpoint, b.endpoint);
    a.peer.pressKey('7');
    await b.peer.heard(() => b.peer.keys().includes('7'));
    assert.deepEqual(a.digits, []);
    engine.unbridge(b.endpoint);
    // Another thread has heard of it then.
    await a.endpoint.play('tone:1200/20');
    a.peer.pressKey('8');
    await a.pressed(1);
    assert.deepEqual([a.digits, b.peer.keys()], [['8'], ['7']]);
  });

  it('ends with either side, and the other one can be bridged again', async () => {
    const engine = createEngine();
    const [a, b, c] = [await call(), await call(), await call()];
    engine.bridge(a.endpoint, b.endpoint);
    a.peer.sendTone(700);
    await b.peer.heardMore(3);
    engine.bridge(c.endpoint, a.endpoint);
    b.peer.sendTone(1500);
    c.peer.sendTone(1100);
    await a.peer.heardMore(30);
    assert.ok(a.peer.shareOf(1100) > 0.9, 'the former side is not heard');
    b.endpoint.close();
    engine.bridge(a.endpoint, b.endpoint);
    await c.peer.heardMore(3);
    c.endpoint.close();
    a.endpoint.play('tone:beep');
    await a.peer.heardMore(3);
  });

  it("offers the second leg the first one's codec alone", async () => {
    createEngine();
    const a = await call({ codec: 'PCMU', payload: 98 });
    const endpoint = await createEndpoint({}, a.endpoint);
    assert.match(endpoint.offer(), /m=audio \d+ RTP\/AVP 0 101\r\n/);
  });

  it('refuses an endpoint of another engine', async () => {
    const engine = createEngine();
    const a = await call();
    assert.throws(() => engine.bridge(a.endpoint, {} as MediaEndpoint), /another engine/);
  });
});
