import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { type RtpengineCall, RtpengineRig } from '../support/rtpengine-calls.ts';

/** Resolves when it holds; looked at every 20 ms. */
async function until(condition: () => boolean, timeoutMs = 8000): Promise<void> {
  const end = performance.now() + timeoutMs;
  while (!condition()) {
    assert.ok(performance.now() < end, `not within ${timeoutMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

describe('rtpengines that fail', function () {
  this.timeout(40_000);
  let rig: RtpengineRig;
  beforeEach(() => {
    rig = new RtpengineRig('127.0.61');
  });
  afterEach(() => rig.stop());

  it('a peer without RTP is dead after the media timeout, again and again, unless it holds', async () => {
    await rig.rtpengine();
    await rig.start({ mediaTimeoutMs: () => 600 });
    const silent = await rig.called();
    const talking = await rig.called();
    talking.peer.sendTone(700);
    const holding = await rig.called();
    const held = holding.peer.sdp({ direction: 'sendonly' });
    await holding.endpoint.prepareAnswer!(held);
    assert.ok(holding.endpoint.answer(held));
    const startedAt = performance.now();
    await silent.reported(() => silent.deaths.length === 1);
    assert.ok(performance.now() - startedAt > 400);
    await silent.reported(() => silent.deaths.length === 2);
    assert.deepEqual(
      silent.deaths.map(({ isFinal }) => isFinal),
      [false, false],
    );
    assert.match(silent.deaths[0]!.reason, /no RTP for 0.6 s/);
    assert.deepEqual([talking.deaths, holding.deaths], [[], []]);
  });

  it('killed and started again under calls: they end with a reason, and new calls go on', async () => {
    const rtpengine = await rig.rtpengine();
    await rig.start();
    const before = [await rig.called(), await rig.dialled()];
    rig.engine.bridge(before[0]!.endpoint, before[1]!.endpoint);
    const prompt = before[0]!.endpoint.play('tone:hold');
    await rtpengine.stop('SIGKILL');
    await rtpengine.start();
    for (const { reported, deaths, endpoint } of before) {
      await reported(() => deaths.length > 0);
      assert.equal(deaths.length, 1);
      assert.ok(deaths[0]!.isFinal && deaths[0]!.reason.includes(rtpengine.server.name), deaths[0]!.reason);
      endpoint.close();
    }
    assert.equal(await prompt, 'failed');
    assert.equal(rig.engine.stats().endpoints, 0);
    const after = await rig.called();
    void after.endpoint.play('tone:hold');
    await after.peer.heardMore(10);
    assert.deepEqual(after.deaths, []);
  });

  it('with two of them, calls are spread evenly, and those of the dead one alone end; none is lost at the other', async () => {
    const [one, two] = [await rig.rtpengine(), await rig.rtpengine()];
    await rig.start();
    const calls = [];
    for (let number = 0; number < 6; number += 1) calls.push(await rig.called());
    const load = () => rig.engine.servers().map(({ endpoints }) => endpoints);
    assert.deepEqual(load(), [3, 3]);
    const like = await rig.dialled({}, { like: calls[0]!.endpoint });
    const near = load();
    assert.equal(near[0]! + near[1]!, 7);
    await one.stop();
    const lost = [...calls, like].filter(({ endpoint }) => serverOf(endpoint) === one.server.name);
    const kept = [...calls, like].filter(({ endpoint }) => serverOf(endpoint) === two.server.name);
    assert.equal(serverOf(like.endpoint), serverOf(calls[0]!.endpoint), 'beside whom it will talk to');
    // At once, before anybody has found out: it takes the one that answers
    const next = await rig.called();
    assert.equal(serverOf(next.endpoint), two.server.name);
    for (const { deaths, reported } of lost) {
      await reported(() => deaths.length > 0);
      assert.match(deaths[0]!.reason, /127\.0\.61\.1:22222 does not answer/);
    }
    assert.deepEqual(
      kept.flatMap(({ deaths }) => deaths),
      [],
    );
    void kept[0]!.endpoint.play('tone:hold');
    await kept[0]!.peer.heardMore(10);
    assert.deepEqual(
      rig.engine.servers().map(({ isUp }) => isUp),
      [false, true],
    );
    await one.start();
    await until(() => rig.engine.servers()[0]!.isUp);
    assert.equal(serverOf((await rig.called()).endpoint), one.server.name, 'who carries less gets the next call');
  });

  it('two legs on two of them talk to each other', async () => {
    const one = await rig.rtpengine();
    await rig.rtpengine();
    await rig.start();
    const [a, b] = [await rig.called(), await rig.called({ codec: 'PCMU' })];
    assert.notEqual(serverOf(a.endpoint), serverOf(b.endpoint));
    assert.ok(one);
    rig.engine.bridge(a.endpoint, b.endpoint);
    a.peer.sendTone(700);
    b.peer.sendTone(1100);
    await a.peer.heard(() => a.peer.received.length > 30 && a.peer.shareOf(1100, 25) > 0.9);
    await b.peer.heard(() => b.peer.received.length > 30 && b.peer.shareOf(700, 25) > 0.9);
  });

  it('without any that answers there is no endpoint, and it says that it is full', async () => {
    const rtpengine = await rig.rtpengine();
    await rig.start();
    await rtpengine.stop();
    const refused = { code: 'MEDIA_FULL', message: /No rtpengine answers \(127\.0\.61\.1:22222\)/ };
    const startedAt = performance.now();
    await assert.rejects(rig.called(), refused);
    assert.ok(performance.now() - startedAt < 3000);
    await assert.rejects(rig.called(), refused);
    assert.equal(rig.engine.stats().endpoints, 0);
  });

  it('without ports it says so, and has one again when a call has ended', async () => {
    await rig.rtpengine({ ports: { first: 21_000, last: 21_007 } });
    await rig.start();
    const calls: RtpengineCall[] = [];
    const refusal = await (async () => {
      for (let number = 0; number < 10; number += 1) calls.push(await rig.called());
    })().catch((error: unknown) => error as { code: string; message: string });
    assert.ok(refusal, 'ten calls on eight ports');
    assert.equal(refusal.code, 'NO_PORTS', refusal.message);
    assert.ok(calls.length > 0);
    calls[0]!.endpoint.close();
    await until(() => rig.engine.stats().endpoints === calls.length - 1);
    await rig.called();
  });

  it('frozen for a moment it loses nothing: what was asked is done once it goes on', async () => {
    const rtpengine = await rig.rtpengine();
    await rig.start();
    const { endpoint, peer, deaths } = await rig.called();
    rtpengine.signal('SIGSTOP');
    const asked = rig.engine.servers()[0]!.resent;
    void endpoint.play('tone:hold');
    await until(() => rig.engine.servers()[0]!.resent > asked);
    rtpengine.signal('SIGCONT');
    await peer.heardMore(10);
    assert.deepEqual(deaths, []);
  });

  it('frozen for too long it loses its calls, and is left without them once it goes on', async () => {
    const rtpengine = await rig.rtpengine();
    await rig.start();
    const { endpoint, deaths, reported } = await rig.called();
    const other = await rig.called();
    rtpengine.signal('SIGSTOP');
    await reported(() => deaths.length > 0, 10_000);
    assert.ok(deaths[0]!.isFinal);
    endpoint.close();
    other.endpoint.close();
    rtpengine.signal('SIGCONT');
    await until(() => rig.engine.servers()[0]!.isUp);
    const end = performance.now() + 5000;
    while ((await rtpengine.calls()) > 0) assert.ok(performance.now() < end, 'they are left');
  });

  it('is left without calls of ours when they end, and when we do', async () => {
    const rtpengine = await rig.rtpengine();
    const engine = await rig.start();
    const calls = [await rig.called(), await rig.dialled(), await rig.called()];
    assert.equal(await rtpengine.calls(), 3);
    calls[0]!.endpoint.close();
    await calls[1]!.endpoint.play('tone:beep');
    assert.equal(await rtpengine.calls(), 2);
    await engine.stop();
    assert.equal(await rtpengine.calls(), 0);
  });

  it('garbage on the sockets of control and keys changes nothing', async () => {
    await rig.rtpengine();
    await rig.start();
    const { peer, digits, reported } = await rig.called();
    const stranger = createSocket('udp4');
    stranger.bind(0, '127.0.61.250');
    await once(stranger, 'listening');
    rig.closeLater(stranger);
    const key = { callid: 'nobody', source_tag: 'peer', tags: [], type: 'DTMF', event: 1 };
    const garbage = ['', '{', 'null', '[]', '{"callid":5}', JSON.stringify(key), 'x'.repeat(60_000)];
    for (const text of garbage) stranger.send(Buffer.from(text), rig.dtmf.port, rig.dtmf.host);
    peer.pressKey('5');
    await reported(() => digits.length > 0);
    assert.deepEqual(digits, ['5']);
  });
});

function serverOf(endpoint: object): string {
  return (endpoint as { server: { name: string } }).server.name;
}
