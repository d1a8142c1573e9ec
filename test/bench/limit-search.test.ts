import assert from 'node:assert/strict';
import { nextRate, type Tried } from '../../bench/limit-search.ts';

/** Tries what the search asks for, against a server with this limit. @returns the rates in the order in which it asked */
function ratesTried(limit: number, known: readonly number[], step: number): number[] {
  const tried: Tried[] = [];
  for (const rate of known) {
    tried.push({ rate, passes: rate <= limit });
    if (rate > limit) break;
  }
  const asked: number[] = [];
  for (let rate = nextRate(tried, step); rate !== null; rate = nextRate(tried, step)) {
    asked.push(rate);
    tried.push({ rate, passes: rate <= limit });
    assert.ok(asked.length < 20, `no end: ${asked}`);
  }
  return asked;
}

describe('the search for the limit', () => {
  const table = [10, 100, 200, 300, 400];

  it('halves the gap between the last rate that passed and the first that failed', () => {
    assert.deepEqual(ratesTried(330, table, 25), [350, 325]);
    assert.deepEqual(ratesTried(390, table, 25), [350, 375]);
  });

  it('goes up where every rate of the table passed', () => {
    assert.deepEqual(ratesTried(560, table, 50), [500, 600, 550]);
    assert.equal(ratesTried(5_000, table, 25).at(-1), 1_000);
  });

  it('finds the limit to its step, wherever it is', () => {
    for (let limit = 10; limit < 1_000; limit += 7) {
      const all = [...table.filter((rate) => rate <= limit), ...ratesTried(limit, table, 25)];
      const found = Math.max(...all.filter((rate) => rate <= limit));
      assert.ok(limit - found <= 100 && (limit < 100 || limit - found <= 25), `limit ${limit}, found ${found}`);
    }
  });

  it('takes a rate that passed above one that failed for luck', () => {
    const tried = [
      { rate: 100, passes: true },
      { rate: 200, passes: false },
      { rate: 300, passes: true },
    ];
    assert.equal(nextRate(tried, 25), 150);
  });

  it('has nothing to try where nothing was tried, or the first rate failed within a step', () => {
    assert.equal(nextRate([], 25), null);
    assert.equal(nextRate([{ rate: 10, passes: false }], 25), null);
  });
});
