import assert from 'node:assert/strict';
import fc from 'fast-check';
import { SourceLatch } from '../../lib/media/embedded/source-latch.ts';

const SIGNALLED = { address: '10.0.0.5', port: 4000 };
const NAT = { address: '198.51.100.7', port: 61_000 };
const STRANGER = { address: '203.0.113.66', port: 6666 };

type Source = typeof NAT;

/** Sends `count` packets in a row. @returns which of them were accepted */
function send(latch: SourceLatch, source: Source, count: number, { from = 100, ssrc = 1 } = {}): boolean[] {
  return Array.from({ length: count }, (_, index) =>
    latch.accepts(source.address, source.port, { ssrc, sequence: (from + index) & 0xffff }),
  );
}

function targetOf(latch: SourceLatch): Source | null {
  const { target } = latch;
  return target === null ? null : { address: target.address, port: target.port };
}

function latched(source: Source): SourceLatch {
  const latch = new SourceLatch();
  latch.signal(SIGNALLED);
  send(latch, source, 10);
  return latch;
}

describe('Where RTP is sent to', () => {
  it("is the SDP's address until packets come", () => {
    const latch = new SourceLatch();
    assert.equal(latch.target, null);
    latch.signal(SIGNALLED);
    assert.deepEqual(targetOf(latch), SIGNALLED);
  });

  it('is where the first packet came from, behind a NAT', () => {
    const latch = new SourceLatch();
    latch.signal(SIGNALLED);
    assert.deepEqual(send(latch, NAT, 1), [true]);
    assert.deepEqual(targetOf(latch), NAT);
    assert.equal(latch.isLocked, false);
  });

  it('is locked after a few packets in a row, across the wrap of the sequence number', () => {
    const latch = new SourceLatch();
    latch.signal(SIGNALLED);
    send(latch, NAT, 5, { from: 65_533 });
    assert.ok(latch.isLocked);
  });

  it('is not locked by packets that do not belong together', () => {
    const latch = new SourceLatch();
    latch.signal(SIGNALLED);
    for (let round = 0; round < 20; round += 1) {
      send(latch, NAT, 1, { from: round, ssrc: round });
      send(latch, STRANGER, 1, { from: round * 1000 });
    }
    assert.equal(latch.isLocked, false);
  });

  it('is not changed by a stranger after the lock, however much he sends', () => {
    const latch = latched(NAT);
    assert.ok(send(latch, STRANGER, 100).every((accepted) => !accepted));
    assert.deepEqual(targetOf(latch), NAT);
    assert.deepEqual(send(latch, NAT, 1, { from: 500, ssrc: 9 }), [true], 'the peer may change its SSRC');
  });

  it('is not kept by a stranger who was first with a packet or two', () => {
    const latch = new SourceLatch();
    latch.signal(SIGNALLED);
    send(latch, STRANGER, 2);
    assert.equal(send(latch, NAT, 5).at(-1), true);
    assert.deepEqual(targetOf(latch), NAT);
    assert.deepEqual(send(latch, STRANGER, 5, { from: 102 }), [false, false, false, false, false]);
  });

  it("is given at once to the SDP's own address while nothing is locked", () => {
    const latch = new SourceLatch();
    latch.signal(SIGNALLED);
    send(latch, STRANGER, 3);
    assert.deepEqual(send(latch, SIGNALLED, 1), [true]);
    assert.deepEqual(targetOf(latch), SIGNALLED);
    assert.deepEqual(send(latch, STRANGER, 1, { from: 103 }), [false]);
  });

  it("returns to the SDP's own address from a stranger who was locked first", () => {
    const latch = latched(STRANGER);
    assert.deepEqual(send(latch, SIGNALLED, 5), [false, false, false, false, true]);
    assert.deepEqual(targetOf(latch), SIGNALLED);
  });

  it('is not won by single packets of many sources', () => {
    const latch = new SourceLatch();
    latch.signal(SIGNALLED);
    for (let port = 1; port <= 50; port += 1) send(latch, { address: STRANGER.address, port }, 1);
    assert.equal(latch.isLocked, false);
    assert.deepEqual(send(latch, SIGNALLED, 5), [true, true, true, true, true]);
  });

  it('is learned anew when a re-INVITE moves the peer', () => {
    const latch = latched(NAT);
    const moved = { address: '10.0.0.6', port: 4002 };
    latch.signal(moved);
    assert.deepEqual(targetOf(latch), moved);
    const newNat = { address: '198.51.100.8', port: 62_000 };
    send(latch, newNat, 5);
    assert.deepEqual(targetOf(latch), newNat);
    assert.deepEqual(send(latch, NAT, 5, { from: 200 }), [false, false, false, false, false]);
  });

  it('stays where it was when a re-INVITE repeats the address, but may be learned anew', () => {
    const latch = latched(NAT);
    latch.signal(SIGNALLED);
    assert.deepEqual(targetOf(latch), NAT, 'not the address behind the NAT');
    const rebound = { ...NAT, port: 61_001 };
    send(latch, rebound, 5);
    assert.deepEqual(targetOf(latch), rebound);
  });

  it('is not taken by a stranger during a re-INVITE that repeats the address, while the peer sends', () => {
    const latch = latched(NAT);
    latch.signal(SIGNALLED);
    for (let round = 0; round < 10; round += 1) {
      send(latch, STRANGER, 1, { from: round });
      send(latch, NAT, 1, { from: 300 + round });
    }
    assert.deepEqual(targetOf(latch), NAT);
  });

  it('stays where it was during hold (no address)', () => {
    const latch = latched(NAT);
    latch.signal(null);
    assert.deepEqual(targetOf(latch), NAT);
  });

  it('is the phone behind a NAT, which its SIP has shown, and not whoever sprays the port before it speaks', () => {
    const latch = new SourceLatch(NAT.address);
    latch.signal(SIGNALLED);
    for (let port = 1; port <= 300; port += 1) send(latch, { address: STRANGER.address, port }, 6, { ssrc: port });
    assert.deepEqual(send(latch, NAT, 5).at(-1), true);
    assert.deepEqual(targetOf(latch), NAT);
    for (let port = 1; port <= 300; port += 1) send(latch, { address: STRANGER.address, port }, 6, { ssrc: port });
    assert.deepEqual(targetOf(latch), NAT);
  });

  describe('whatever strangers spray', () => {
    const stranger = fc.record({
      address: fc.constantFrom('203.0.113.66', '203.0.113.67', '198.51.100.9', '10.0.0.6'),
      port: fc.integer({ min: 1, max: 65_535 }),
      ssrc: fc.constantFrom(1, 2, 3),
      // They may know, or guess, the peer's own SSRC and number.
      ahead: fc.integer({ min: -3, max: 20 }),
      count: fc.integer({ min: 1, max: 12 }),
    });
    const spray = fc.array(fc.array(stranger, { maxLength: 6 }), { minLength: 1, maxLength: 40 });

    for (const [who, source, sipAddress] of [
      ['a peer at the address of its SDP', SIGNALLED, null],
      ['a peer behind a NAT, which its SIP has shown', NAT, NAT.address],
    ] as const) {
      it(`${who} is heard from its fifth packet on, and nobody else after it`, () => {
        fc.assert(
          fc.property(spray, (rounds) => {
            const latch = new SourceLatch(sipAddress);
            latch.signal(SIGNALLED);
            for (const [round, strangers] of rounds.entries()) {
              const accepted = send(latch, source, 1, { from: 1000 + round });
              if (round >= 4) assert.deepEqual([accepted, targetOf(latch)], [[true], source]);
              for (const { ahead, count, ssrc, ...other } of strangers) {
                const heard = send(latch, other, count, { from: 1000 + round + ahead, ssrc });
                if (round >= 4) assert.ok(heard.every((one) => !one));
              }
              if (round >= 4) assert.deepEqual(targetOf(latch), source);
            }
          }),
        );
      });
    }
  });
});
