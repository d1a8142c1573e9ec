import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Configuration } from '../../../lib/core/configuration.ts';
import { assumedCost, type CallCost, chargesByTrunk, costAt, settledCost } from '../../../lib/core/policy/charges.ts';
import { MICROS } from '../../../lib/core/policy/price-list.ts';
import { readNumber } from '../../../lib/core/policy/read-number.ts';
import { aConfiguration, aTrunk, limits } from '../rules/configuration-fixture.ts';

const NUMBER = readNumber('+5511991996260', 'BR');
const RULE = { origin: 'rule:r', perDay: 50 };

function priced(perMinute: number, assumedMinutes: number, perDay: number | null = 100): Configuration {
  const prices = `prefix,class,perMinute\n55,low,${perMinute}\n`;
  return aConfiguration({
    trunks: [aTrunk({ name: 'capped', spendPerDay: 20 }), aTrunk({ name: 'open' })],
    limits: limits({ spend: { prices, classes: ['low'], maxPriceClass: null, assumedMinutes, perDay } }),
  });
}

const cost = (more: Partial<CallCost> = {}): CallCost => ({ number: NUMBER, rule: RULE, isAttempt: false, ...more });
const countersOf = (given: ReturnType<typeof assumedCost>) =>
  given?.charges.map(({ key, max }) => `${key.split('|')[1]} ${max / MICROS}`) ?? null;

describe('what a call through a trunk is counted with', () => {
  it('is all calls, its rule and its trunk, as far as each has a cap; the trunk last', () => {
    const configuration = priced(2, 5);
    assert.deepEqual(countersOf(assumedCost(configuration, cost(), 'capped')), [
      'total 100',
      'rule:r 50',
      'trunk:capped 20',
    ]);
    assert.deepEqual(countersOf(assumedCost(configuration, cost({ rule: null }), 'open')), ['total 100']);
    assert.equal(assumedCost(priced(2, 5, null), cost({ rule: null }), 'open'), null);
  });

  it("is the trunk alone for a callback's own attempt, which was counted with the others when it fell due", () => {
    const configuration = priced(2, 5);
    assert.deepEqual(countersOf(assumedCost(configuration, cost({ isAttempt: true }), 'capped')), ['trunk:capped 20']);
    assert.equal(assumedCost(configuration, cost({ isAttempt: true }), 'open'), null);
  });

  it('is nothing where there is no price list', () => {
    const configuration = aConfiguration({ trunks: [aTrunk({ spendPerDay: 1 })] });
    assert.equal(assumedCost(configuration, cost(), configuration.trunks[0]!.name), null);
    assert.deepEqual(chargesByTrunk(configuration, NUMBER, [configuration.trunks[0]!.name]), [null]);
  });

  it('names the trunk and its cap', () => {
    const [capped, open] = chargesByTrunk(priced(2, 5), NUMBER, ['capped', 'open']);
    assert.deepEqual([capped?.text, open], ['at most 20 may be spent through the trunk "capped" in 24 hours', null]);
    assert.deepEqual([capped?.amount, capped?.isOfTrunk], [10 * MICROS, true]);
  });

  it('is asked of the store for every second leg, and for an attempt only where the trunk has a cap', () => {
    const [capped, open] = priced(2, 5).trunks;
    const attempt = cost({ isAttempt: true });
    assert.deepEqual([costAt(attempt, capped!), costAt(attempt, open!), costAt(null, capped!)], [attempt, null, null]);
    assert.deepEqual(costAt(cost(), open!), cost());
  });

  it('comes to the real minutes once it is over, whatever was assumed; a begun minute is a whole one', () => {
    const cents = fc.integer({ min: 0, max: 100_000 });
    const talk = fc.option(fc.integer({ min: 0, max: 7_200_000 }));
    fc.assert(
      fc.property(cents, fc.nat(60), talk, (price, minutes, talkMs) => {
        const assumed = assumedCost(priced(price / 100, minutes), cost(), 'capped')!;
        const settled = settledCost(assumed, talkMs);
        const real = talkMs === null ? 0 : Math.max(1, Math.ceil(talkMs / 60_000));
        for (const [index, { amount, key }] of assumed.charges.entries()) {
          const after = settled.length === 0 ? 0 : settled[index]!.amount;
          assert.equal(amount + after, Math.round((price * MICROS) / 100) * real, key);
        }
      }),
    );
  });
});
