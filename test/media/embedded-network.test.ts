import assert from 'node:assert/strict';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { createEmbeddedMedia } from '../../lib/media/embedded/engine.ts';
import { ManualTime } from '../support/manual-time.ts';
import { call, closeLater, createEndpoint, createEngine, inBothForms, OURS, openPeer } from '../support/media-calls.ts';
import { silentLog } from '../support/silent-log.ts';

function portOf(sdp: string): number {
  return Number(/m=audio (\d+)/.exec(sdp)![1]);
}

async function occupy(port: number): Promise<void> {
  const socket: Socket = createSocket('udp4').bind(port, OURS);
  closeLater(socket);
  await once(socket, 'listening');
}

/** The same bytes in every run, up to 59 a packet. */
function rubbish(count: number): Buffer[] {
  let state = 12_345;
  const byte = () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return state >>> 24;
  };
  return Array.from({ length: count }, (_, round) => Buffer.from(Array.from({ length: round % 60 }, byte)));
}

inBothForms('Embedded media: whom it listens to', (threads) => {
  it('is the phone behind a NAT, and no stranger afterwards', async () => {
    const engine = createEngine();
    const phone = await call({}, { address: '127.0.13.250', port: 9 });
    const other = await call();
    engine.bridge(phone.endpoint, other.endpoint);
    phone.peer.sendTone(700);
    other.peer.sendTone(1100);
    await other.peer.heardMore(10);
    const stranger = await openPeer({ address: '127.0.13.251' });
    const { endpoint } = phone;
    stranger.aim(endpoint.answer(phone.peer.sdp({ address: '127.0.13.250', port: 9 }))!);
    await other.peer.heardMore(10);
    stranger.sendTone(2000);
    stranger.pressKey('5');
    await Promise.all([other.peer.heardMore(30), phone.peer.heardMore(30)]);
    assert.ok(other.peer.shareOf(700) > 0.9, 'only the phone is heard');
    assert.equal(other.peer.keys().length, 0);
    assert.equal(stranger.received.length, 0, 'and only it hears');
  });

  it('is nobody before there is an SDP, and nothing is sent after the end', async () => {
    createEngine();
    const digits: string[] = [];
    const endpoint = await createEndpoint({ digits });
    const peer = await openPeer();
    peer.aim(endpoint.offer());
    peer.pressKey('1');
    const other = await call();
    other.peer.pressKey('2');
    await other.pressed(1);
    assert.deepEqual(digits, []);
    const closed = await call();
    closed.endpoint.play('tone:hold');
    await closed.peer.heardMore(3);
    closed.endpoint.close();
    closed.endpoint.sendDigit('1');
    assert.equal(closed.endpoint.answer(closed.peer.sdp()), null);
    assert.equal(closed.endpoint.applyAnswer(closed.peer.sdp()), false);
    other.endpoint.play('tone:hold');
    await other.peer.heardMore(3);
    const count = closed.peer.received.length;
    await other.peer.heardMore(10);
    assert.equal(closed.peer.received.length, count);
  });

  it('survives rubbish on both ports, and hears its peer afterwards', async () => {
    createEngine();
    const { endpoint, peer, pressed } = await call();
    const rtcp = await openPeer();
    rtcp.aim(endpoint.offer().replace(/m=audio (\d+)/, (_, port) => `m=audio ${Number(port) + 1}`));
    endpoint.play('tone:hold');
    for (const [round, packet] of rubbish(400).entries()) {
      rtcp.sendRaw(packet);
      peer.sendRaw(packet);
      if (packet.length > 2) {
        packet[0] = 0x80 | (packet[0]! & 0x3f);
        packet[1] = [8, 101, 0x88, 0xe5][round % 4]!;
        peer.sendRaw(packet);
      }
      if (round % 50 === 0) await peer.heardMore(1);
    }
    peer.pressKey('A');
    await pressed((digits) => digits.at(-1) === 'A');
  });

  it('may be at an address that can not be reached, to no harm', async () => {
    const log = silentLog();
    createEngine({ log });
    const unreachable = await call({}, { address: '192.0.2.1' });
    assert.equal(await unreachable.endpoint.play('tone:beep'), 'played');
    assert.ok(log.lines.filter((line) => line.text === 'RTP could not be sent.').length <= 1, 'said once at most');
    unreachable.peer.pressKey('1');
    await unreachable.pressed(1);
  });

  // The time of a thread can not be moved by hand.
  if (threads === 0)
    it('is reported dead after the media timeout, again while it stays so, and not while it holds', async () => {
      const time = new ManualTime();
      createEngine({ time, mediaTimeoutMs: () => 60_000 });
      const { endpoint, peer, deaths, pressed } = await call();
      time.advance(50_000);
      peer.pressKey('1');
      await pressed(1);
      time.advance(50_000);
      assert.deepEqual(deaths, []);
      time.advance(16_000);
      assert.deepEqual(deaths, ['no RTP for 60 s']);
      time.advance(66_000);
      assert.equal(deaths.length, 2);
      for (const direction of ['sendonly', 'recvonly', 'inactive']) {
        assert.ok(endpoint.answer(peer.sdp({ direction })));
        time.advance(600_000);
      }
      assert.equal(deaths.length, 2);
      assert.ok(endpoint.answer(peer.sdp()));
      time.advance(59_000);
      assert.equal(deaths.length, 2);
      time.advance(7000);
      assert.equal(deaths.length, 3);
      endpoint.close();
      assert.equal(time.armed, 0);
    });
});

inBothForms('Embedded media: ports', () => {
  it('of somebody else are skipped, RTP and RTCP alike', async () => {
    await Promise.all([occupy(14_300), occupy(14_303)]);
    createEngine({ portRange: { from: 14_300, to: 14_305 } });
    assert.equal(portOf((await createEndpoint()).offer()), 14_304);
    await assert.rejects(createEndpoint(), { code: 'NO_PORTS', message: /14300-14305: widen --rtp-ports/ });
  });

  it('rest after a call, and serve again when the quarantine is over', async () => {
    const time = new ManualTime();
    const engine = createEngine({ time, portRange: { from: 14_310, to: 14_311 } });
    const endpoint = await createEndpoint();
    assert.deepEqual(engine.stats(), { endpoints: 1, portsInUse: 1, portsInQuarantine: 0, capacity: 1 });
    endpoint.close();
    endpoint.close();
    assert.deepEqual(engine.stats(), { endpoints: 0, portsInUse: 0, portsInQuarantine: 1, capacity: 0 });
    await assert.rejects(createEndpoint(), { code: 'NO_PORTS' });
    time.advance(5000);
    assert.equal(portOf((await createEndpoint()).offer()), 14_310);
    assert.equal(engine.stats().portsInQuarantine, 0);
  });

  it('are the only limit where no other is given: more than four hundred endpoints can be open', async () => {
    const engine = createEngine({ portRange: { from: 14_000, to: 15_199 } });
    await Promise.all(Array.from({ length: 600 }, () => createEndpoint()));
    assert.deepEqual(engine.stats(), { endpoints: 600, portsInUse: 600, portsInQuarantine: 0, capacity: 600 });
    await assert.rejects(createEndpoint(), { code: 'NO_PORTS' });
  });

  it('go to no more endpoints than allowed, also when they are asked for at once', async () => {
    createEngine({ maxEndpoints: 3 });
    const results = await Promise.allSettled(Array.from({ length: 5 }, () => createEndpoint()));
    const reasons = results.map((result) => (result.status === 'rejected' ? result.reason.code : 'ok'));
    assert.deepEqual(reasons, ['ok', 'ok', 'ok', 'MEDIA_FULL', 'MEDIA_FULL']);
  });

  it('have room for no more while so many have RTP as they may; those without do not count', async () => {
    const time = new ManualTime();
    const engine = createEngine({ time, maxTalking: 4 });
    const calls = [await call(), await call(), await call()];
    time.advance(500);
    assert.equal(engine.stats().capacity, 3 + 4);
    for (const { peer } of calls) peer.pressKey('1');
    await Promise.all(calls.map(({ pressed }) => pressed(1)));
    time.advance(500);
    assert.equal(engine.stats().capacity, 3 + 1);
    const more = [await call(), await call()];
    for (const { peer } of [...calls, ...more]) peer.pressKey('2');
    await Promise.all([...calls.map(({ pressed }) => pressed(2)), ...more.map(({ pressed }) => pressed(1))]);
    time.advance(500);
    assert.equal(engine.stats().capacity, 5, 'nothing more');
    more[0]!.endpoint.close();
    assert.equal(engine.stats().capacity, 4);
    more[1]!.endpoint.close();
    assert.equal(engine.stats().capacity, 3 + 1);
    time.advance(500);
    assert.equal(engine.stats().capacity, 3 + 4, 'they are silent');
  });

  it('on an address that is not here are an error that names it, not a crash', async () => {
    const engine = createEngine({ bindAddress: () => '192.0.2.77' });
    await assert.rejects(createEndpoint(), { code: 'NO_PORTS', message: /192\.0\.2\.77: EADDRNOTAVAIL/ });
    assert.equal(engine.stats().portsInUse, 0);
  });

  it('are bound on every address when the advertised one is not here', async () => {
    const engine = createEngine();
    const peer = await openPeer();
    const options = { endpointId: 'nat', address: '192.0.2.77', like: null };
    const endpoint = await engine.createEndpoint(options, { digit() {}, dead() {} });
    const answer = endpoint.answer(peer.sdp())!;
    assert.match(answer, /c=IN IP4 192\.0\.2\.77/);
    endpoint.play('tone:hold');
    await peer.heardMore(3);
  });

  it('are all free after the stop, and nothing can be opened any more', async () => {
    const engine = createEngine();
    await engine.start();
    const calls = [await call(), await call()];
    const playing = calls[0]!.endpoint.play('tone:hold');
    const refused = assert.rejects(createEndpoint(), { code: 'MEDIA_FULL' });
    await engine.stop();
    await refused;
    assert.equal(await playing, 'stopped');
    assert.deepEqual(engine.stats(), { endpoints: 0, portsInUse: 0, portsInQuarantine: 3, capacity: 97 });
    await assert.rejects(createEndpoint(), { code: 'MEDIA_FULL', message: /stopped/ });
  });

  it('need a usable range', () => {
    assert.throws(
      () => createEmbeddedMedia({ portRange: { from: 9, to: 5 }, promptDirectories: [], log: silentLog() }),
      RangeError,
    );
  });
});
