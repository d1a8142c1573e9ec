import assert from 'node:assert/strict';
import fc from 'fast-check';
import { drawOrder, type Weighted } from '../../../lib/core/dialplan/draw-order.ts';

const weight = fc.option(fc.integer({ min: 1, max: 1000 }), { nil: null });
const trunks = fc.uniqueArray(fc.record({ name: fc.string({ minLength: 1, maxLength: 8 }), weight }), {
  selector: ({ name }) => name,
  maxLength: 12,
});

/** The names in their places: neighbours with a weight share one. */
function places(all: readonly Weighted[]): string[][] {
  const result: string[][] = [];
  for (const [i, { name, weight }] of all.entries()) {
    if (i > 0 && weight !== null && all[i - 1]!.weight !== null) result.at(-1)!.push(name);
    else result.push([name]);
  }
  return result;
}

describe('the order of the trunks of a route', () => {
  it('has every trunk once, each within its place', () => {
    fc.assert(
      fc.property(trunks, fc.option(fc.string(), { nil: null }), (all, draw) => {
        const order = drawOrder(all, draw);
        let at = 0;
        for (const place of places(all)) {
          assert.deepEqual(order.slice(at, at + place.length).sort(), [...place].sort());
          at += place.length;
        }
        assert.equal(order.length, all.length);
      }),
    );
  });

  it('is the written one without weights', () => {
    const plain = ['c', 'a', 'b'].map((name) => ({ name, weight: null }));
    for (const draw of [null, '1', '2', '3']) assert.deepEqual(drawOrder(plain, draw), ['c', 'a', 'b']);
  });

  it('follows from the draw alone, so that a restart draws the same', () => {
    fc.assert(
      fc.property(trunks, fc.string(), (all, draw) => {
        assert.deepEqual(drawOrder(structuredClone(all), draw), drawOrder(all, draw));
      }),
    );
    const three = ['a', 'b', 'c'].map((name) => ({ name, weight: 1 }));
    assert.deepEqual(drawOrder(three, 'cb-1.1'), drawOrder(three, 'cb-1.1'));
  });

  it('gives the shares of the weights, for the first place and for who follows', () => {
    const all = [
      { name: 'a', weight: 70 },
      { name: 'b', weight: 20 },
      { name: 'c', weight: 10 },
    ];
    const first: Record<string, number> = { a: 0, b: 0, c: 0 };
    let secondOfA = 0;
    const draws = 20_000;
    for (let i = 0; i < draws; i++) {
      const [one, other] = drawOrder(all, `Zk3xq7L2mN.${i}`);
      first[one!]! += 1;
      if (one === 'a' && other === 'b') secondOfA += 1;
    }
    for (const { name, weight } of all)
      assert.ok(Math.abs(first[name]! / draws - weight / 100) < 0.015, `${name}: ${first[name]} of ${draws}`);
    // b before c, 20 to 10, where a is first
    assert.ok(Math.abs(secondOfA / first['a']! - 2 / 3) < 0.02, `${secondOfA} of ${first['a']}`);
  });

  it('draws a second attempt anew', () => {
    const two = [
      { name: 'a', weight: 1 },
      { name: 'b', weight: 1 },
    ];
    const orders = new Set(Array.from({ length: 20 }, (_, i) => drawOrder(two, `cb.${i}`).join()));
    assert.deepEqual([...orders].sort(), ['a,b', 'b,a']);
  });

  it('is the likeliest one without a draw', () => {
    const all = [
      { name: 'first', weight: null },
      { name: 'small', weight: 10 },
      { name: 'large', weight: 90 },
      { name: 'last', weight: null },
    ];
    assert.deepEqual(drawOrder(all, null), ['first', 'large', 'small', 'last']);
  });
});
