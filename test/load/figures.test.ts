import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Histogram } from '../../load/histogram.ts';
import { NumberSet } from '../../load/number-set.ts';
import { Timeline } from '../../load/timeline.ts';

describe('a set of telephone numbers', () => {
  const number = fc.oneof(
    fc.integer({ min: 0, max: 200 }).map((last) => `+55489910${String(last).padStart(5, '0')}`),
    fc.integer({ min: 0, max: 200 }).map((last) => `55489910${String(last).padStart(5, '0')}`),
    fc.constantFrom('', '0', '007', 'anonymous', '+', '1234567890123456789', '+999999999999999'),
  );

  it('holds what a set of strings would hold', () => {
    const change = fc.tuple(fc.boolean(), number);
    fc.assert(
      fc.property(fc.array(change, { maxLength: 200 }), (changes) => {
        const [ours, plain] = [new NumberSet(), new Set<string>()];
        for (const [isAdded, one] of changes) {
          if (isAdded) ours.add(one);
          else assert.equal(ours.delete(one), plain.has(one));
          if (isAdded) plain.add(one);
          else plain.delete(one);
          assert.equal(ours.size, plain.size);
        }
        for (const [, one] of changes) assert.equal(ours.has(one), plain.has(one));
      }),
    );
  });
});

describe('a histogram of milliseconds', () => {
  const values = fc.array(fc.double({ min: -20_000, max: 3_000_000, noNaN: true }), { minLength: 1, maxLength: 200 });
  const binOf = (ms: number) => (Math.abs(ms) <= 101 ? 0.1 : Math.abs(ms) <= 10_100 ? 1 : 100);

  it('gives quantiles that are never better than the true ones, and worse by one bin at most', () => {
    fc.assert(
      fc.property(values, fc.constantFrom(0.01, 0.5, 0.9, 0.99, 1), (all, share) => {
        const histogram = new Histogram();
        for (const value of all) histogram.add(value);
        const exact = all.toSorted((a, b) => a - b)[Math.max(0, Math.ceil(share * all.length) - 1)]!;
        const found = histogram.quantile(share)!;
        assert.ok(found >= exact - 1e-6 && found <= exact + binOf(exact) + 1e-6, `${found} for ${exact}`);
        assert.equal(histogram.max, Math.max(...all));
        assert.equal(histogram.min, Math.min(...all));
        assert.equal(histogram.count, all.length);
      }),
    );
  });

  it('says nothing of nothing', () => {
    const { max, min, mean } = new Histogram();
    assert.deepEqual([max, min, mean, new Histogram().quantile(0.99)], [null, null, null, null]);
  });
});

describe('the course of a run by the second', () => {
  it('puts each event into its second, those that come late too, and keeps seconds without any', () => {
    const timeline = new Timeline(10_000);
    timeline.count('offered', 10_000);
    timeline.count('offered', 13_999.9);
    timeline.measure('lateness', 13_500, 4);
    timeline.measure('lateness', 13_600, 8);
    timeline.count('offered', 10_999);
    const seconds = timeline.seconds();
    assert.deepEqual(
      seconds.map(({ offered }) => offered),
      [2, 0, 0, 1],
    );
    assert.deepEqual(seconds[3]!.lateness, { p50: 4, p99: 8, max: 8 });
    assert.equal(seconds[1]!.lateness, null);
  });

  it('loses nothing over an hour, and keeps the values of its last minute only', () => {
    const timeline = new Timeline(0);
    for (let at = 0; at < 3_600_000; at += 100) timeline.count('calledBack', at);
    const seconds = timeline.seconds();
    assert.equal(seconds.length, 3_600);
    assert.ok(seconds.every(({ calledBack }) => calledBack === 10));
    timeline.count('calledBack', 0);
    const total = timeline.seconds().reduce((sum, { calledBack }) => sum + calledBack, 0);
    assert.equal(total, 36_001);
    assert.equal(timeline.latest(3).length, 3);
  });
});
