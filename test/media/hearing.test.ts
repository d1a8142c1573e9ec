import assert from 'node:assert/strict';
import { createNoMedia } from '../../lib/media/none/engine.ts';
import type { MediaEndpoint } from '../../lib/ports/media.ts';
import { call, closeLater, createEngine, inBothForms, openPeer } from '../support/media-calls.ts';
import { goertzelShare } from '../support/rtp-peer.ts';

/** One who listens, and can wait until he has heard enough. */
class Ear {
  readonly frames: Int16Array[] = [];
  readonly stop: () => void;
  #check = () => {};

  constructor(endpoint: MediaEndpoint) {
    const stop = endpoint.hear((frame) => {
      this.frames.push(frame);
      this.#check();
    });
    assert.ok(stop !== null);
    this.stop = stop;
    closeLater({ close: stop });
  }

  /** Until the newest frames satisfy the condition. */
  heard(condition: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      this.#check = () => {
        if (condition()) resolve();
      };
    });
  }

  more(count: number): Promise<void> {
    const wanted = this.frames.length + count;
    return this.heard(() => this.frames.length >= wanted);
  }

  /** Of the last `count` frames: the share of their power at this frequency. */
  shareOf(frequency: number, count: number): number {
    return goertzelShare(
      this.frames.slice(-count).flatMap((frame) => [...frame]),
      frequency,
    );
  }

  get isSilent(): boolean {
    return this.frames.at(-1)?.every((sample) => sample === 0) ?? false;
  }
}

inBothForms('Embedded media: what the peer says', () => {
  it('is heard in frames of 20 ms, in either law, and silence where nothing comes', async () => {
    createEngine();
    for (const codec of ['PCMA', 'PCMU'] as const) {
      const { endpoint, peer } = await call({ codec });
      const ear = new Ear(endpoint);
      await ear.more(3);
      assert.ok(ear.isSilent, 'nothing came yet');
      peer.sendTone(900);
      await ear.heard(() => ear.frames.length > 20 && ear.shareOf(900, 20) > 0.98);
      assert.ok(ear.frames.every((frame) => frame.length === 160));
      peer.silence();
      await ear.heard(() => ear.isSilent);
      const from = performance.now();
      await ear.more(25);
      const tookMs = performance.now() - from;
      assert.ok(tookMs > 440 && tookMs < 1000, `25 frames in ${tookMs} ms`);
    }
  });

  it('is heard by several at once, until each has had enough', async () => {
    createEngine();
    const { endpoint, peer } = await call();
    peer.sendTone(900);
    const [first, second] = [new Ear(endpoint), new Ear(endpoint)];
    await second.more(10);
    assert.deepEqual(first.frames, second.frames);
    first.stop();
    first.stop();
    const had = first.frames.length;
    await second.more(5);
    assert.equal(first.frames.length, had);
  });

  it('is heard while the two are bridged, with the relay as it was', async () => {
    const engine = createEngine();
    const a = await call();
    const b = await call({ codec: 'PCMU' });
    engine.bridge(a.endpoint, b.endpoint);
    const [earA, earB] = [new Ear(a.endpoint), new Ear(b.endpoint)];
    a.peer.sendTone(700);
    b.peer.sendTone(1100);
    await Promise.all([
      earA.heard(() => earA.frames.length > 25 && earA.shareOf(700, 25) > 0.98),
      earB.heard(() => earB.frames.length > 25 && earB.shareOf(1100, 25) > 0.98),
      a.peer.heard((received) => received.length > 30 && a.peer.shareOf(1100) > 0.9),
      b.peer.heard((received) => received.length > 30 && b.peer.shareOf(700) > 0.9),
    ]);
  });

  it('has no keys in it', async () => {
    createEngine();
    const { endpoint, peer, pressed } = await call();
    const ear = new Ear(endpoint);
    for (const key of '123') peer.pressKey(key);
    await pressed(3);
    await ear.more(8);
    assert.ok(ear.frames.every((frame) => frame.every((sample) => sample === 0)));
  });

  it('is not what a stranger sends', async () => {
    createEngine();
    const { endpoint, peer } = await call();
    peer.sendTone(900);
    const ear = new Ear(endpoint);
    await ear.heard(() => ear.frames.length > 20 && ear.shareOf(900, 10) > 0.98);
    const stranger = await openPeer();
    stranger.aim(endpoint.offer());
    stranger.sendTone(2500);
    await ear.more(30);
    assert.ok(ear.shareOf(900, 25) > 0.98);
  });

  it('ends with the endpoint, and is not heard after it', async () => {
    createEngine();
    const { endpoint, peer } = await call();
    peer.sendTone(900);
    const ear = new Ear(endpoint);
    const other = new Ear((await call()).endpoint);
    await ear.more(3);
    endpoint.close();
    const had = ear.frames.length;
    assert.ok(endpoint.hear(() => assert.fail('heard after the end')) !== null);
    await other.more(5);
    assert.equal(ear.frames.length, had);
  });

  it('can not be heard without media', async () => {
    createEngine();
    const engine = createNoMedia();
    const endpoint = await engine.createEndpoint(
      { endpointId: 'none', address: '127.0.62.1', like: null },
      { digit() {}, dead() {} },
    );
    assert.equal(
      endpoint.hear(() => {}),
      null,
    );
  });
});
