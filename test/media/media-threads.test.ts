import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { writeRtcp } from '../../lib/media/embedded/rtcp-packet.ts';
import type { StartThread } from '../../lib/media/embedded/threads/media-thread.ts';
import { type Call, call, closeAll, createEndpoint, createEngine } from '../support/media-calls.ts';
import { goertzelShare } from '../support/rtp-peer.ts';
import { silentLog } from '../support/silent-log.ts';

/** Threads as they were started, so that a test can end one. */
function watched(): { started: Worker[]; startThread: StartThread } {
  const started: Worker[] = [];
  const startThread: StartThread = (entry, options) => {
    const worker = new Worker(entry, options);
    started.push(worker);
    return worker;
  };
  return { started, startThread };
}

/** This thread does nothing for so long. */
function blockMs(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 5));
}

async function hearEachOther(a: Call, b: Call): Promise<void> {
  a.peer.sendTone(700);
  b.peer.sendTone(1100);
  await Promise.all([
    a.peer.heard(() => a.peer.received.length > 25 && a.peer.shareOf(1100, 15) > 0.9),
    b.peer.heard(() => b.peer.received.length > 25 && b.peer.shareOf(700, 15) > 0.9),
  ]);
}

describe('Embedded media: threads', () => {
  afterEach(closeAll);

  it('play on evenly while the main thread is held up', async () => {
    createEngine({ threads: 1 });
    const { endpoint, peer } = await call();
    endpoint.play('tone:hold');
    await peer.heardMore(5);
    blockMs(400);
    await peer.heardMore(20);
    for (const [index, packet] of peer.received.slice(1).entries())
      assert.equal(packet.timestamp, (peer.received[index]!.timestamp + 160) >>> 0, 'no time was skipped');
  });

  it('have both legs of a call in one, and calls where there are the fewest', async () => {
    const { started, startThread } = watched();
    const log = silentLog();
    const engine = createEngine({ threads: 2, startThread, log });
    const one = await call();
    const other = await call();
    const [likeOne, likeOther] = [await call({}, {}, one.endpoint), await call({}, {}, other.endpoint)];
    const playing = one.endpoint.play('tone:hold');
    await one.peer.heardMore(3);
    engine.bridge(other.endpoint, likeOther.endpoint);
    await started[0]!.terminate();
    await until(() => likeOne.deaths.length > 0);
    assert.deepEqual(
      [one, likeOne, other, likeOther].map(({ deaths }) => deaths),
      [['the media thread has ended for good'], ['the media thread has ended for good'], [], []],
    );
    assert.equal(await playing, 'failed');
    assert.ok(log.lines.some(({ level, text }) => level === 'error' && text.startsWith('A media thread has ended')));
    await hearEachOther(other, likeOther);
  });

  it('that end by themselves are started anew, and what was in them does no harm', async () => {
    const { started, startThread } = watched();
    const engine = createEngine({ threads: 1, startThread, portRange: { from: 14_400, to: 14_403 } });
    await engine.start();
    const lost = await call();
    lost.peer.sendTone(700);
    await until(() => lost.endpoint.quality!().received > 3);
    await started[0]!.terminate();
    await until(() => lost.deaths.length > 0);
    assert.equal(await lost.endpoint.play('tone:beep'), 'failed');
    assert.ok(lost.endpoint.answer(lost.peer.sdp()));
    lost.endpoint.sendDigit('1');
    lost.endpoint.hear(() => assert.fail('nothing is heard'))!();
    assert.ok(lost.endpoint.quality!().received > 3, 'how it was is still known');
    assert.deepEqual(engine.stats(), { endpoints: 1, portsInUse: 1, portsInQuarantine: 0, capacity: 2 });
    await until(() => started.length === 2);
    const next = await call();
    engine.bridge(lost.endpoint, next.endpoint);
    engine.unbridge(lost.endpoint);
    lost.endpoint.close();
    assert.deepEqual(engine.stats(), { endpoints: 1, portsInUse: 1, portsInQuarantine: 1, capacity: 1 });
    next.endpoint.play('tone:hold');
    await next.peer.heardMore(3);
    assert.deepEqual(lost.deaths.length, 1, 'once');
  });

  it('that end as soon as they begin refuse calls, in words that say that it passes, and keep no core busy', async () => {
    const startedAt: number[] = [];
    const engine = createEngine({
      threads: 1,
      startThread: (_entry, options) => {
        startedAt.push(performance.now());
        return new Worker('', { ...options, eval: true });
      },
    });
    await assert.rejects(createEndpoint(), { code: 'MEDIA_FULL', message: /has ended/ });
    await until(() => startedAt.length === 2);
    assert.ok(startedAt[1]! - startedAt[0]! > 950, `${startedAt[1]! - startedAt[0]!} ms`);
    await assert.rejects(createEndpoint(), { code: 'MEDIA_FULL' });
    assert.equal(engine.stats().portsInUse, 0);
  });

  it('are all ended with the engine', async () => {
    const { started, startThread } = watched();
    const engine = createEngine({ threads: 2, startThread });
    await engine.start();
    assert.deepEqual(Object.keys(engine.busyMs!()), ['media-1', 'media-2']);
    await call();
    const exits = Promise.all(started.map((worker) => once(worker, 'exit')));
    await engine.stop();
    assert.deepEqual(await exits, [[0], [0]]);
  });

  it('that can not be started are an error of the start, and nothing stays open', async () => {
    const exits: Promise<unknown>[] = [];
    const engine = createEngine({
      threads: 2,
      startThread: (_entry, options) => {
        const worker = new Worker("throw new Error('no room for a thread')", { ...options, eval: true });
        exits.push(new Promise((resolve) => worker.once('exit', resolve)));
        return worker;
      },
    });
    await assert.rejects(engine.start(), /^Error: a media thread did not start: no room for a thread$/);
    await Promise.all(exits);
    assert.equal(exits.length, 2);
  });

  it('that the system does not give are an error of the start, too', async () => {
    const startThread: StartThread = () => {
      throw new Error('ERR_WORKER_INIT_FAILED');
    };
    await assert.rejects(createEngine({ threads: 1, startThread }).start(), /media-1 can not be started/);
  });

  it('say that a peer is silent, and how it was to the end', async () => {
    createEngine({ threads: 1, mediaTimeoutMs: () => 600 });
    const { endpoint, peer, deaths } = await call();
    peer.sendTone(700);
    endpoint.play('tone:hold');
    await peer.heardMore(15);
    assert.deepEqual(deaths, []);
    const ssrc = peer.received[0]!.ssrc;
    const block = { ssrc, fractionLost: 0, lost: 4, highest: 1, jitter: 16, lastReport: 0, delay: 0 };
    assert.ok(endpoint.answer(peer.sdp().replace('a=sendrecv', 'a=rtcp-mux\r\na=sendrecv')));
    // Its thread has heard of it then.
    await endpoint.play('tone:1200/20');
    peer.sendRaw(writeRtcp({ ssrc: peer.ssrc, sender: null, block, cname: 'x', isLast: false }));
    await until(() => endpoint.quality!().peerLost === 4);
    peer.silence();
    await until(() => deaths.length === 2);
    assert.deepEqual(deaths, ['no RTP for 0.6 s', 'no RTP for 0.6 s']);
    endpoint.close();
    const { received, lost, sent, peerJitterMs } = endpoint.quality!();
    assert.ok(received >= 10 && lost === 0 && sent >= 15 && peerJitterMs === 2);
  });
});

describe('Embedded media: a bridge between two threads', () => {
  afterEach(closeAll);

  it('lets each side hear the other one, in its own codec and as one stream', async () => {
    const engine = createEngine({ threads: 2 });
    const a = await call();
    const b = await call({ codec: 'PCMU', payload: 98, eventPayload: 97 });
    const music = a.endpoint.play('tone:hold');
    await a.peer.heardMore(3);
    engine.bridge(a.endpoint, b.endpoint);
    assert.equal(await music, 'stopped');
    await hearEachOther(a, b);
    for (const { received } of [a.peer, b.peer]) {
      for (const [index, packet] of received.slice(1).entries()) {
        assert.equal(packet.sequence, (received[index]!.sequence + 1) & 0xffff);
        assert.equal(packet.ssrc, received[0]!.ssrc);
      }
    }
    b.peer.pressKey('7');
    await a.peer.heard(() => a.peer.keys().includes('7'));
    assert.deepEqual(b.digits, []);
    assert.equal(a.endpoint.quality!().lost + b.endpoint.quality!().lost, 0);
  });

  it('is listened to on both sides', async () => {
    const engine = createEngine({ threads: 2 });
    const [a, b] = [await call(), await call()];
    engine.bridge(a.endpoint, b.endpoint);
    const frames: Record<'a' | 'b', Int16Array[]> = { a: [], b: [] };
    a.endpoint.hear((frame) => frames.a.push(frame));
    b.endpoint.hear((frame) => frames.b.push(frame));
    const isHeard = (side: 'a' | 'b', frequency: number) =>
      frames[side].length > 20 &&
      goertzelShare(
        frames[side].slice(-15).flatMap((frame) => [...frame]),
        frequency,
      ) > 0.98;
    await hearEachOther(a, b);
    await until(() => isHeard('a', 700) && isHeard('b', 1100));
  });

  it('ends, moves and begins again like any other', async () => {
    const engine = createEngine({ threads: 2 });
    const [a, b, c] = [await call(), await call(), await call()];
    engine.bridge(a.endpoint, b.endpoint);
    await hearEachOther(a, b);
    engine.unbridge(b.endpoint);
    // Its thread has heard of it then.
    await a.endpoint.play('tone:1200/20');
    a.peer.pressKey('8');
    await a.pressed(1);
    assert.ok(!b.peer.keys().includes('8'));
    engine.bridge(b.endpoint, c.endpoint);
    a.peer.sendTone(1500);
    await hearEachOther(b, c);
    engine.bridge(a.endpoint, b.endpoint);
    await hearEachOther(a, b);
    b.endpoint.close();
    engine.bridge(a.endpoint, c.endpoint);
    await hearEachOther(a, c);
  });

  it('leaves a side whose partner was lost with its thread as it was', async () => {
    const { started, startThread } = watched();
    const engine = createEngine({ threads: 2, startThread });
    const [a, b] = [await call(), await call()];
    engine.bridge(a.endpoint, b.endpoint);
    await hearEachOther(a, b);
    await started[1]!.terminate();
    await until(() => b.deaths.length > 0);
    engine.unbridge(b.endpoint);
    b.endpoint.close();
    const count = a.peer.received.length;
    assert.equal(await a.endpoint.play('tone:1200/200'), 'played');
    await a.peer.heard(({ length }) => length >= count + 10);
    a.peer.pressKey('9');
    await a.pressed(1);
    assert.deepEqual(a.deaths, []);
  });
});
