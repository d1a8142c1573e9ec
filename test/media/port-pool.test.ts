import assert from 'node:assert/strict';
import { PortPool } from '../../lib/media/embedded/port-pool.ts';
import { ManualTime } from '../support/manual-time.ts';

function pool(from: number, to: number): { ports: PortPool; time: ManualTime } {
  const time = new ManualTime();
  return { ports: new PortPool({ from, to }, 5000, time), time };
}

describe('RTP ports', () => {
  it('are the even ones whose odd neighbour is in the range too, each given once', () => {
    const { ports } = pool(20_001, 20_008);
    const taken = [ports.take(), ports.take(), ports.take()];
    assert.deepEqual(taken.sort(), [20_002, 20_004, 20_006]);
    assert.equal(ports.take(), null);
    assert.equal(ports.inUse, 3);
  });

  it('rest for the quarantine before they are given out again', () => {
    const { ports, time } = pool(20_000, 20_001);
    ports.give(ports.take()!);
    assert.deepEqual([ports.inUse, ports.inQuarantine], [0, 1]);
    time.advance(4999);
    assert.equal(ports.take(), null);
    time.advance(1);
    assert.equal(ports.inQuarantine, 0);
    assert.equal(ports.take(), 20_000);
  });

  it('come back once, however often they are given back', () => {
    const { ports, time } = pool(20_000, 20_001);
    ports.take();
    ports.give(20_000);
    ports.give(20_000);
    ports.give(30_000);
    time.advance(5000);
    assert.equal(ports.take(), 20_000);
    assert.equal(ports.take(), null);
  });

  it('need a range that has a pair', () => {
    for (const [from, to] of [
      [20_001, 20_002],
      [20_010, 20_000],
      [0.5, 9],
      [60_000, 70_000],
      [Number.NaN, 4],
    ] as const) {
      assert.throws(() => pool(from, to), /RTP port range .* has no even port/);
    }
  });
});
