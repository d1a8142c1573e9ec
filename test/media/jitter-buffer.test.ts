import assert from 'node:assert/strict';
import fc from 'fast-check';
import { HEARD_SAMPLES, JitterBuffer } from '../../lib/media/hearing/jitter-buffer.ts';

/** The delay of the buffer in frames. */
const DELAY = 3;

interface Sent {
  /** Which 20 ms of the stream: its samples all have this value plus one. */
  frame: number;
  sequence?: number;
  ssrc?: number;
  marker?: boolean;
  startsAt?: number;
  length?: number;
}

function send(buffer: JitterBuffer, sent: Sent): void {
  const { frame, sequence = frame, ssrc = 7, marker = false, startsAt = 0, length = HEARD_SAMPLES } = sent;
  const timestamp = (startsAt + frame * HEARD_SAMPLES) >>> 0;
  const samples = Int16Array.from({ length }, (_, index) => frame + 1 + Math.floor(index / HEARD_SAMPLES));
  buffer.push({ ssrc, sequence: sequence & 0xffff, timestamp, marker }, samples);
}

/** @returns the value of each of the next frames; the test fails where one is mixed */
function take(buffer: JitterBuffer, count: number): number[] {
  return Array.from({ length: count }, () => {
    const values = new Set(buffer.take());
    assert.equal(values.size, 1, `a frame of ${[...values]}`);
    return [...values][0]!;
  });
}

const SILENCE = new Array(DELAY).fill(0);

describe('The jitter buffer', () => {
  it('is silent until something comes, and then a fixed delay behind it', () => {
    const buffer = new JitterBuffer();
    assert.deepEqual(take(buffer, 2), [0, 0]);
    const heard: number[] = [];
    for (let frame = 0; frame < 10; frame += 1) {
      send(buffer, { frame });
      heard.push(...take(buffer, 1));
    }
    assert.deepEqual(heard, [...SILENCE, 1, 2, 3, 4, 5, 6, 7]);
  });

  it('puts into order what comes in another one, once, across the wraps of both numbers', () => {
    const order = fc.shuffledSubarray([0, 1, 2, 3, 4, 5, 6, 7, 8, 9], { minLength: 10 });
    fc.assert(
      fc.property(order, fc.nat(3), fc.constantFrom(0, 0xffff_ff00), (frames, copies, startsAt) => {
        const buffer = new JitterBuffer();
        // The first one says where the stream begins.
        const sent = [0, ...frames.filter((frame) => frame !== 0)];
        for (const frame of sent) {
          for (let copy = 0; copy <= copies; copy += 1)
            send(buffer, { frame, startsAt, sequence: 65_530 + frame, marker: frame === 0 && copy === 0 });
        }
        assert.deepEqual(take(buffer, 14), [...SILENCE, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 0]);
      }),
    );
  });

  it('leaves silence where a packet was lost or came too late', () => {
    const buffer = new JitterBuffer();
    for (const frame of [0, 1, 3, 4]) send(buffer, { frame });
    assert.deepEqual(take(buffer, 6), [...SILENCE, 1, 2, 0]);
    send(buffer, { frame: 2 });
    send(buffer, { frame: 5 });
    assert.deepEqual(take(buffer, 4), [4, 5, 6, 0]);
  });

  it('keeps pauses as long as they were', () => {
    const buffer = new JitterBuffer();
    const heard: number[] = [];
    for (let frame = 0; frame < 40; frame += 1) {
      // A peer with silence suppression: the timestamps go on, the sequence numbers do not.
      if (frame < 5) send(buffer, { frame });
      if (frame >= 30) send(buffer, { frame, sequence: frame - 25, marker: frame === 30 });
      heard.push(...take(buffer, 1));
    }
    assert.deepEqual(heard.slice(DELAY, DELAY + 5), [1, 2, 3, 4, 5]);
    assert.deepEqual(heard.slice(DELAY + 5, DELAY + 30), new Array(25).fill(0));
    assert.deepEqual(heard.slice(DELAY + 30), [31, 32, 33, 34, 35, 36, 37]);
  });

  it('takes packets of any length', () => {
    const buffer = new JitterBuffer();
    send(buffer, { frame: 0, length: 480, sequence: 0 });
    send(buffer, { frame: 3, length: 480, sequence: 1 });
    assert.deepEqual(take(buffer, 9), [...SILENCE, 1, 2, 3, 4, 5, 6]);
  });

  it('goes on at once where a talkspurt begins with timestamps that have stood still', () => {
    const buffer = new JitterBuffer();
    for (let frame = 0; frame < 3; frame += 1) send(buffer, { frame });
    take(buffer, 50);
    for (let frame = 3; frame < 6; frame += 1) send(buffer, { frame, marker: frame === 3 });
    assert.deepEqual(take(buffer, 6), [...SILENCE, 4, 5, 6]);
  });

  it('finds the stream again when its timestamps have jumped, either way, and no single packet moves it', () => {
    for (const jump of [1_000_000, -1_000_000]) {
      const buffer = new JitterBuffer();
      for (let frame = 0; frame < 3; frame += 1) send(buffer, { frame });
      send(buffer, { frame: 3, startsAt: jump });
      send(buffer, { frame: 4 });
      assert.deepEqual(take(buffer, 8), [...SILENCE, 1, 2, 3, 0, 5]);
      for (let frame = 5; frame < 10; frame += 1) send(buffer, { frame, startsAt: jump });
      assert.deepEqual(take(buffer, 6), [...SILENCE, 8, 9, 10]);
    }
  });

  it('finds it again where its numbers begin anew below the former ones, too', () => {
    const buffer = new JitterBuffer();
    for (let frame = 0; frame < 3; frame += 1) send(buffer, { frame, sequence: 20_000 + frame, startsAt: 5_000_000 });
    assert.deepEqual(take(buffer, 6), [...SILENCE, 1, 2, 3]);
    // A duplicate and one that comes late are no new beginning
    for (let copy = 0; copy < 3; copy += 1) send(buffer, { frame: 1, sequence: 20_001, startsAt: 5_000_000 });
    for (let frame = 0; frame < 5; frame += 1) send(buffer, { frame, sequence: 100 + frame });
    assert.deepEqual(take(buffer, 6), [...SILENCE, 3, 4, 5]);
  });

  it('changes over to a new source at its second packet, and not to a stray one', () => {
    const buffer = new JitterBuffer();
    send(buffer, { frame: 0 });
    send(buffer, { frame: 90, ssrc: 8 });
    send(buffer, { frame: 1 });
    assert.deepEqual(take(buffer, 5), [...SILENCE, 1, 2]);
    send(buffer, { frame: 200, ssrc: 9 });
    send(buffer, { frame: 201, ssrc: 9 });
    send(buffer, { frame: 202, ssrc: 9 });
    assert.deepEqual(take(buffer, 5), [...SILENCE, 202, 203]);
  });

  it('stays with a peer whose clock is slower, and says so by waiting when it is faster', () => {
    const slow = new JitterBuffer();
    let [sent, voiced] = [0, 0];
    for (let turn = 0; turn < 20_000; turn += 1) {
      // One packet in a hundred fails to come in its 20 ms.
      if (turn % 100 !== 99) {
        sent += 1;
        send(slow, { frame: sent });
      }
      if (take(slow, 1)[0] !== 0) voiced += 1;
    }
    assert.ok(voiced > 0.98 * sent, `${voiced} of ${sent} heard`);
    const fast = new JitterBuffer();
    for (let frame = 0; frame < 6; frame += 1) send(fast, { frame });
    assert.equal(fast.isBehind, true);
    take(fast, 3);
    assert.equal(fast.isBehind, false);
  });
});
