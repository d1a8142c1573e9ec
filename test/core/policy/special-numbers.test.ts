import assert from 'node:assert/strict';
import fc from 'fast-check';
import examples from 'libphonenumber-js/examples.mobile.json';
import { getCountries, getExampleNumber } from 'libphonenumber-js/max';
import { emergencyNumbersOf } from '../../../lib/core/policy/emergency-numbers.ts';
import { callingCodeOf, isEmergencyOrShort } from '../../../lib/core/policy/special-numbers.ts';

describe('emergency and short numbers', () => {
  const never: Array<[dialString: string, country: string]> = [
    ['190', 'BR'],
    ['192', 'BR'],
    ['193', 'BR'],
    ['112', 'BR'],
    ['911', 'US'],
    ['999', 'GB'],
    ['000', 'AU'],
    ['0190', 'BR'],
    ['00190', 'BR'],
    ['+55190', 'BR'],
    ['55190', 'BR'],
    ['0055190', 'BR'],
    ['00554148190', 'BR'],
    ['+550190', 'BR'],
    ['+5500190', 'BR'],
    ['000055190', 'BR'],
    ['015190', 'BR'],
    ['04148190', 'BR'],
    ['+5548190', 'BR'],
    ['*31#190', 'BR'],
    ['*31#48991996260#190', 'BR'],
    ['190#', 'BR'],
    ['1-9-0', 'BR'],
    ['+1911', 'US'],
    ['9911', 'US'],
    ['0011911', 'BR'],
    ['+44999', 'BR'],
    ['0044999', 'GB'],
    ['+49112', 'DE'],
    ['131114', 'AU'],
    ['+61131114', 'AU'],
    ['116117', 'DE'],
    ['+49116117', 'DE'],
    ['103', 'BR'],
    ['27300', 'BR'],
    ['123456', 'BR'],
    ['', 'BR'],
    ['+', 'BR'],
    ['alice', 'BR'],
  ];
  for (const [dialString, country] of never) {
    it(`never dials '${dialString}' (${country})`, () => {
      assert.equal(isEmergencyOrShort(dialString, country), true);
    });
  }

  const ordinary: Array<[dialString: string, country: string]> = [
    ['+5548991996260', 'BR'],
    ['048991996260', 'BR'],
    ['04148991996260', 'BR'],
    ['005548991996260', 'BR'],
    ['*31#48991996260', 'BR'],
    ['(48) 99199-6260', 'BR'],
    ['4831210190', 'BR'],
    ['+554831210112', 'BR'],
    ['+12125550911', 'US'],
    ['12125550911', 'BR'],
    ['40041190', 'BR'],
    ['+2901234', 'SH'],
    ['+4930112', 'DE'],
    ['1234567', 'BR'],
    ['99999999999999', 'BR'],
    ['31210110', 'BR'],
    ['08001234567', 'BR'],
  ];
  for (const [dialString, country] of ordinary) {
    it(`lets '${dialString}' pass (${country})`, () => {
      assert.equal(isEmergencyOrShort(dialString, country), false);
    });
  }

  it('stands on the digits: no separator, plus sign or star around a short number helps', () => {
    const separator = fc.constantFrom('', '-', '.', ' ', '*', '#', '+');
    fc.assert(
      fc.property(
        fc.constantFrom('190', '112', '911', '193'),
        fc.array(separator, { minLength: 4, maxLength: 4 }),
        (number, around) => {
          const dressed = around.map((text, index) => text + (number[index] ?? '')).join('');
          assert.equal(isEmergencyOrShort(dressed, 'BR'), true);
        },
      ),
    );
  });

  it('is bounded and total for hostile text and countries', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 300 }), fc.string(), (text, country) => {
        assert.equal(typeof isEmergencyOrShort(text, country), 'boolean');
      }),
    );
    assert.equal(isEmergencyOrShort('190', '__proto__'), true);
    assert.equal(isEmergencyOrShort('constructor', 'constructor'), true);
  });
});

describe('emergency numbers by country', () => {
  it('are digits, each once, and known for most countries', () => {
    const own = getCountries().filter((country) => {
      const table = emergencyNumbersOf(country);
      assert.ok(
        table.every((number) => /^\d{2,6}$/.test(number)),
        country,
      );
      assert.equal(new Set(table).size, table.length, country);
      return table.length > emergencyNumbersOf('ZZ').length;
    });
    assert.ok(own.length > 140, `${own.length}`);
  });

  it('are never dialled behind a prefix of their country', () => {
    for (const country of getCountries()) {
      const code = callingCodeOf(country);
      for (const number of emergencyNumbersOf(country)) {
        for (const dressed of [number, `+${code}${number}`, `00${code}${number}`, `0${number}`]) {
          assert.ok(isEmergencyOrShort(dressed, country), `${country} ${dressed}`);
        }
      }
    }
  });

  it('leave the example numbers of every country alone', () => {
    for (const country of getCountries()) {
      const example = getExampleNumber(country, examples)?.number;
      if (example !== undefined)
        assert.equal(isEmergencyOrShort(example, country), example.length <= 7, `${country} ${example}`);
    }
  });
});
