import assert from 'node:assert/strict';
import { readNumber } from '../../../lib/core/policy/read-number.ts';
import { isAllowedNowhere, mayBeCalled, specialKindOf } from '../../../lib/core/policy/special-kinds.ts';
import { limits } from '../rules/configuration-fixture.ts';

const kind = (text: string, country = 'BR') => specialKindOf(readNumber(text, country));

describe('special numbers', () => {
  const table: Array<[string, string, string | null]> = [
    ['a mobile', '+5548991996260', null],
    ['a fixed line', '+554831210110', null],
    ['premium rate of the United States', '+19005551234', 'premiumRate'],
    ['premium rate of Germany', '+499001234567', 'premiumRate'],
    ['premium rate of the United Kingdom', '+449098790000', 'premiumRate'],
    ['premium rate of Brazil', '+559001234567', 'premiumRate'],
    ['shared cost of Brazil', '+553001234567', 'sharedCost'],
    ['4004 of Brazil', '+5540041234', 'sharedCost'],
    ['a range that nobody was given', '+5530012345678', 'unallocated'],
    ['personal number of the United Kingdom', '+447012345678', 'personal'],
    ['pager of the United Kingdom', '+447640123456', 'pager'],
    ['universal number of Switzerland', '+41581234567', 'universal'],
    ['freephone', '+558001234567', 'tollFree'],
    ['universal freephone', '+80012345678', 'tollFree'],
    ['international shared cost', '+80812345678', 'sharedCost'],
    ['international premium rate', '+979123456789', 'premiumRate'],
    ['Inmarsat', '+870773123456', 'satellite'],
    ['Iridium', '+881612345678', 'satellite'],
    ['international network', '+883510012345678', 'internationalNetwork'],
    ['a private number', '1001', null],
  ];
  for (const [what, text, expected] of table) {
    it(`${what} (${text}): ${expected ?? 'not special'}`, () => assert.equal(kind(text), expected));
  }

  it('are off or on by a switch, premium rate and satellites being off', () => {
    const off = limits({});
    assert.deepEqual(
      [mayBeCalled('premiumRate', off), mayBeCalled('satellite', off), mayBeCalled('tollFree', off)],
      [false, false, true],
    );
    const on = limits({ specialNumbers: { premiumRate: true, tollFree: false, satellite: true } });
    assert.deepEqual([mayBeCalled('premiumRate', on), mayBeCalled('tollFree', on)], [true, false]);
    const iridium = readNumber('+881612345678', 'BR');
    assert.deepEqual([isAllowedNowhere(iridium, off), isAllowedNowhere(iridium, on)], [false, true]);
    // Freephone of no country is on, but no list of countries has it.
    assert.equal(isAllowedNowhere(readNumber('+80012345678', 'BR'), on), false);
  });
});
