import assert from 'node:assert/strict';
import fc from 'fast-check';
import { linear, logarithmic, powersOf, ticksOf } from '../../load/axis.ts';

const values = fc.array(fc.double({ min: 0.01, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 20 });

describe('the axes of a chart', () => {
  it('has every value between its first and its last tick', () => {
    fc.assert(
      fc.property(values, (some) => {
        const [least, most] = [Math.min(...some), Math.max(...some, Math.min(...some) + 1)];
        for (const ticks of [ticksOf(least, most), powersOf(some)]) {
          assert.ok(ticks[0]! <= least + 1e-6 && ticks.at(-1)! >= Math.max(...some) - 1e-6, `${ticks}`);
        }
      }),
    );
  });

  it('places its ends at the ends of the page, and keeps the order', () => {
    for (const scale of [linear, logarithmic]) {
      const at = scale([1, 1_000], [300, 20]);
      assert.deepEqual([Math.round(at(1)), Math.round(at(1_000))], [300, 20]);
      assert.ok(at(10) > at(20) && at(20) > at(500));
    }
  });

  it('places a value below a logarithmic axis at its foot: zero has no place', () => {
    assert.equal(logarithmic([1, 100], [300, 20])(0), 300);
  });
});
