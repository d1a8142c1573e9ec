import assert from 'node:assert/strict';
import fc from 'fast-check';
import { isEmergencyOrShort } from '../../../lib/core/policy/special-numbers.ts';

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
