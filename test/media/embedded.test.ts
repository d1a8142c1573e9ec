import assert from 'node:assert/strict';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { join } from 'node:path';
import { createEmbeddedMedia, type EmbeddedMediaOptions } from '../../lib/media/embedded/engine.ts';
import type { MediaEndpoint, MediaEngine } from '../../lib/ports/media.ts';
import { ManualTime } from '../support/manual-time.ts';
import { RtpPeer, type RtpPeerOptions } from '../support/rtp-peer.ts';
import { silentLog } from '../support/silent-log.ts';

const OURS = '127.0.13.1';

interface Call {
  endpoint: MediaEndpoint;
  peer: RtpPeer;
  digits: string[];
  deaths: string[];
  /** Resolves when so many digits were reported, or such ones. */
  pressed(wanted: number | ((digits: readonly string[]) => boolean)): Promise<void>;
}

let engine: MediaEngine;
let open: { close(): void }[] = [];
let lastAddress = 1;

function createEngine(options: Partial<EmbeddedMediaOptions> = {}): MediaEngine {
  engine = createEmbeddedMedia({
    portRange: { from: 14_000, to: 14_199 },
    promptDirectories: [join(import.meta.dirname, '../../prompts')],
    log: silentLog(),
    ...options,
  });
  return engine;
}

async function openPeer(options: Partial<RtpPeerOptions> = {}): Promise<RtpPeer> {
  lastAddress = (lastAddress % 200) + 2;
  const peer = await RtpPeer.open({ address: `127.0.13.${lastAddress}`, ...options });
  open.push(peer);
  return peer;
}

function createEndpoint(listener: Partial<Call> = {}, like: MediaEndpoint | null = null): Promise<MediaEndpoint> {
  return engine.createEndpoint(
    { endpointId: `endpoint-${lastAddress}`, address: OURS, like },
    { digit: (digit) => listener.digits?.push(digit), dead: (reason) => listener.deaths?.push(reason) },
  );
}

/** A phone that called us and was answered. */
async function call(
  options: Partial<RtpPeerOptions> = {},
  sdpChanges: Parameters<RtpPeer['sdp']>[0] = {},
): Promise<Call> {
  const digits: string[] = [];
  const deaths: string[] = [];
  let check = () => {};
  const peer = await openPeer(options);
  const endpoint = await engine.createEndpoint(
    { endpointId: `endpoint-${peer.port}`, address: OURS, like: null },
    {
      digit: (digit) => {
        digits.push(digit);
        check();
      },
      dead: (reason) => deaths.push(reason),
    },
  );
  const answer = endpoint.answer(peer.sdp(sdpChanges));
  assert.ok(answer);
  peer.aim(answer);
  const pressed: Call['pressed'] = (wanted) =>
    new Promise((resolve) => {
      check = () => {
        if (typeof wanted === 'number' ? digits.length >= wanted : wanted(digits)) resolve();
      };
      check();
    });
  return { endpoint, peer, digits, deaths, pressed };
}

function portOf(sdp: string): number {
  return Number(/m=audio (\d+)/.exec(sdp)![1]);
}

async function occupy(port: number): Promise<void> {
  const socket: Socket = createSocket('udp4').bind(port, OURS);
  open.push(socket);
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

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

afterEach(async () => {
  for (const one of open) one.close();
  open = [];
  await engine.stop();
});

describe('Embedded media: prompts', () => {
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

  it('in words are played to their end, and found by name', async () => {
    createEngine();
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
    createEngine();
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

describe('Embedded media: keys', () => {
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

  it('are sent to the peer, with the number that it gave', async () => {
    createEngine();
    const { endpoint, peer } = await call({ eventPayload: 99 });
    for (const digit of '15#') endpoint.sendDigit(digit);
    endpoint.sendDigit('no key');
    await peer.heard((received) => received.length >= 33);
    assert.deepEqual(peer.keys(), ['1', '5', '#']);
  });
});

describe('Embedded media: the bridge', () => {
  it('lets each side hear the other one, in its own codec and numbers', async () => {
    createEngine();
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
    createEngine();
    const a = await call();
    const b = await call({ eventPayload: 97 });
    engine.bridge(a.endpoint, b.endpoint);
    a.peer.pressKey('7');
    await b.peer.heard(() => b.peer.keys().includes('7'));
    assert.deepEqual(a.digits, []);
    engine.unbridge(b.endpoint);
    a.peer.pressKey('8');
    await a.pressed(1);
    assert.deepEqual([a.digits, b.peer.keys()], [['8'], ['7']]);
  });

  it('ends with either side, and the other one can be bridged again', async () => {
    createEngine();
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
    createEngine();
    const a = await call();
    assert.throws(() => engine.bridge(a.endpoint, {} as MediaEndpoint), /another engine/);
  });
});

describe('Embedded media: whom it listens to', () => {
  it('is the phone behind a NAT, and no stranger afterwards', async () => {
    createEngine();
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

  it('is reported dead after the media timeout, again while it stays so, and not while it holds', async () => {
    const time = new ManualTime();
    createEngine({ time, mediaTimeoutMs: 60_000 });
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

describe('Embedded media: ports', () => {
  it('of somebody else are skipped, RTP and RTCP alike', async () => {
    await Promise.all([occupy(14_300), occupy(14_303)]);
    createEngine({ portRange: { from: 14_300, to: 14_305 } });
    assert.equal(portOf((await createEndpoint()).offer()), 14_304);
    await assert.rejects(createEndpoint(), { code: 'NO_PORTS', message: /14300-14305: widen --rtp-ports/ });
  });

  it('rest after a call, and serve again when the quarantine is over', async () => {
    const time = new ManualTime();
    createEngine({ time, portRange: { from: 14_310, to: 14_311 } });
    const endpoint = await createEndpoint();
    assert.deepEqual(engine.stats(), { endpoints: 1, portsInUse: 1, portsInQuarantine: 0 });
    endpoint.close();
    endpoint.close();
    assert.deepEqual(engine.stats(), { endpoints: 0, portsInUse: 0, portsInQuarantine: 1 });
    await assert.rejects(createEndpoint(), { code: 'NO_PORTS' });
    time.advance(5000);
    assert.equal(portOf((await createEndpoint()).offer()), 14_310);
    assert.equal(engine.stats().portsInQuarantine, 0);
  });

  it('go to no more endpoints than allowed, also when they are asked for at once', async () => {
    createEngine({ maxEndpoints: 3 });
    const results = await Promise.allSettled(Array.from({ length: 5 }, () => createEndpoint()));
    const reasons = results.map((result) => (result.status === 'rejected' ? result.reason.code : 'ok'));
    assert.deepEqual(reasons, ['ok', 'ok', 'ok', 'MEDIA_FULL', 'MEDIA_FULL']);
  });

  it('on an address that is not here are an error that names it, not a crash', async () => {
    createEngine({ bindAddress: () => '192.0.2.77' });
    await assert.rejects(createEndpoint(), { code: 'NO_PORTS', message: /192\.0\.2\.77: EADDRNOTAVAIL/ });
    assert.equal(engine.stats().portsInUse, 0);
  });

  it('are bound on every address when the advertised one is not here', async () => {
    createEngine();
    const peer = await openPeer();
    const options = { endpointId: 'nat', address: '192.0.2.77', like: null };
    const endpoint = await engine.createEndpoint(options, { digit() {}, dead() {} });
    const answer = endpoint.answer(peer.sdp())!;
    assert.match(answer, /c=IN IP4 192\.0\.2\.77/);
    endpoint.play('tone:hold');
    await peer.heardMore(3);
  });

  it('are all free after the stop, and nothing can be opened any more', async () => {
    createEngine();
    await engine.start();
    const calls = [await call(), await call()];
    const playing = calls[0]!.endpoint.play('tone:hold');
    const opening = createEndpoint();
    await engine.stop();
    await assert.rejects(opening, { code: 'MEDIA_FULL' });
    assert.equal(await playing, 'stopped');
    assert.deepEqual(engine.stats(), { endpoints: 0, portsInUse: 0, portsInQuarantine: 3 });
    await assert.rejects(createEndpoint(), { code: 'MEDIA_FULL', message: /stopped/ });
  });

  it('need a usable range', () => {
    assert.throws(
      () => createEmbeddedMedia({ portRange: { from: 9, to: 5 }, promptDirectories: [], log: silentLog() }),
      RangeError,
    );
  });
});
