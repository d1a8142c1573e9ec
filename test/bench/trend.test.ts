import assert from 'node:assert/strict';
import { median, type Point, type Tolerance, trendOf } from '../../bench/trend.ts';

const TOLERANCE: Tolerance = { sharePerHour: 0.05, leastPerHour: 5, leastInAll: 5 };

/** mulberry32: the same noise for the same seed. */
function noise(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296 - 0.5;
  };
}

function series(seconds: number, valueAt: (at: number) => number, every = 10): Point[] {
  return Array.from({ length: Math.floor(seconds / every) }, (_, index) => ({
    at: index * every,
    value: valueAt(index * every),
  }));
}

/** A heap that is collected every two minutes. */
const sawTooth = (at: number) => 20 * ((at % 120) / 120);

describe('the trend of a series', () => {
  it('is flat for a constant, and for noise without direction, whatever the seed', () => {
    assert.equal(
      trendOf(
        series(3_600, () => 100),
        TOLERANCE,
      ).grows,
      false,
    );
    for (let seed = 1; seed <= 200; seed += 1) {
      const random = noise(seed);
      const trend = trendOf(
        series(3_600, () => 100 + 40 * random()),
        TOLERANCE,
      );
      assert.equal(trend.grows, false, `seed ${seed}: ${JSON.stringify(trend)}`);
    }
  });

  it('is flat for a short series of much noise, whose slope is steep by chance', () => {
    let steep = 0;
    let wrong = 0;
    for (let seed = 1; seed <= 400; seed += 1) {
      const random = noise(seed);
      const trend = trendOf(
        series(60, () => 100 + 40 * random(), 2),
        TOLERANCE,
      );
      if (trend.slopePerHour > trend.allowedPerHour) steep += 1;
      if (trend.grows) wrong += 1;
    }
    assert.ok(steep > 100, `the slope alone would have said so ${steep} times`);
    assert.ok(wrong <= 8, `said to grow ${wrong} times of 400`);
  });

  it('is flat for a heap that fills and is collected, seen after its warm-up', () => {
    const random = noise(3);
    assert.equal(
      trendOf(
        series(3_600, (at) => 150 + sawTooth(at) + 2 * random()),
        TOLERANCE,
      ).grows,
      false,
    );
  });

  it('grows for a leak below the noise of a sample', () => {
    for (let seed = 1; seed <= 50; seed += 1) {
      const random = noise(seed);
      const leaking = series(3_600, (at) => 150 + (at / 3_600) * 25 + sawTooth(at) + 10 * random());
      const trend = trendOf(leaking, TOLERANCE);
      assert.equal(trend.grows, true, `seed ${seed}: ${JSON.stringify(trend)}`);
      assert.ok(Math.abs(trend.slopePerHour - 25) < 8, `${trend.slopePerHour}`);
    }
  });

  it('grows for one descriptor that is lost every few minutes', () => {
    const trend = trendOf(
      series(3_600, (at) => 60 + Math.floor(at / 300)),
      TOLERANCE,
    );
    assert.equal(trend.grows, true, JSON.stringify(trend));
  });

  it('grows for a queue that runs away within a minute', () => {
    const random = noise(5);
    const trend = trendOf(
      series(60, (at) => 3 * at + 4 * random(), 2),
      { ...TOLERANCE, leastInAll: 50 },
    );
    assert.equal(trend.grows, true, JSON.stringify(trend));
  });

  it('is not moved by outliers, up or down', () => {
    const spiked = series(3_600, (at) => (at % 400 === 0 && at > 1_800 ? 5_000 : 100));
    assert.equal(trendOf(spiked, TOLERANCE).grows, false);
    const dipped = series(3_600, (at) => (at % 400 === 0 ? 0 : 100 + at / 60));
    assert.equal(trendOf(dipped, TOLERANCE).grows, true);
  });

  it('is flat for what falls, and for what grows by less than is allowed', () => {
    assert.equal(
      trendOf(
        series(3_600, (at) => 100 - at / 60),
        TOLERANCE,
      ).grows,
      false,
    );
    assert.equal(
      trendOf(
        series(3_600, (at) => 1_000 + (at / 3_600) * 49),
        TOLERANCE,
      ).grows,
      false,
    );
    assert.equal(
      trendOf(
        series(3_600, (at) => 1_000 + (at / 3_600) * 60),
        TOLERANCE,
      ).grows,
      true,
    );
  });

  it('says nothing of a handful of points', () => {
    assert.equal(
      trendOf(
        series(60, (at) => at * 100),
        TOLERANCE,
      ).grows,
      false,
    );
    assert.equal(trendOf([], TOLERANCE).median, 0);
  });

  it('has the median in the middle', () => {
    assert.deepEqual([median([3, 1, 2]), median([4, 1, 2, 3]), median([])], [2, 2.5, 0]);
  });
});
