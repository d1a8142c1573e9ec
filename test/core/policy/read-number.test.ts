import assert from 'node:assert/strict';
import fc from 'fast-check';
import { countryOf, nationalOf, readNumber } from '../../../lib/core/policy/read-number.ts';

const PERSON = '+5548991996260';

describe('reading a number', () => {
  const sameInBrazil = [
    '+5548991996260',
    '5548991996260',
    '005548991996260',
    '48991996260',
    '048991996260',
    '04148991996260',
    '0014 55 48 99199-6260',
    '(48) 99199-6260',
    '(48) 99199\u20116260',
    '48.99199.6260',
    '+55 (48) 99199-6260',
    '+55 (0)48 99199-6260',
    '48/99199-6260',
    '48991996260;phone-context=+55',
    '+5548991996260;user=phone',
    '%2B5548991996260',
  ];
  for (const text of sameInBrazil) {
    it(`reads ${JSON.stringify(text)} as the same person`, () => {
      assert.equal(readNumber(text, 'BR').e164, PERSON);
    });
  }

  const read: Array<[text: string, country: string, e164: string | null, why: string]> = [
    ['12125551234', 'US', '+12125551234', 'national prefix 1'],
    ['2125551234', 'US', '+12125551234', 'national'],
    ['011442079460000', 'US', '+442079460000', 'international prefix 011'],
    ['020 7946 0000', 'GB', '+442079460000', 'trunk prefix'],
    ['12125551234', 'BR', '+12125551234', 'valid abroad, not valid as (12) 12555-1234'],
    ['48601234567', 'BR', '+48601234567', 'a Polish mobile cannot pass as Brazilian'],
    ['4915112345678', 'BR', '+4915112345678', 'too long for Brazil'],
    ['0044 20 7946 0000', 'BR', '+442079460000', '00 and a country code'],
    ['48991996260;phone-context=+44', 'BR', null, 'the context of RFC 3966 wins over the default country'],
    ['48991996260;phone-context=example.com', 'BR', PERSON, 'a domain as context says nothing'],
    ['+80012345678', 'BR', '+80012345678', 'no country, but a number'],
    ['190', 'BR', null, 'short'],
    ['+55190', 'BR', null, 'too short for its country'],
    ['+5548', 'BR', null, 'too short'],
    ['+554899199626012', 'BR', null, 'too long for its country'],
    ['+1911', 'US', null, 'too short'],
    ['1234567', 'BR', null, 'no Brazilian length'],
    ['00000000000000', 'BR', null, 'zeros'],
    ['48991996260x12', 'BR', null, 'letters'],
    ['alice', 'BR', null, 'a name'],
    ['1800FLOWERS', 'US', null, 'letters are not digits'],
    ['٤٨٩٩١٩٩٦٢٦٠', 'BR', null, 'only ASCII digits stand in SIP'],
    ['48991996260\r\n', 'BR', null, 'line ends are no separators'],
    ['4899199\t6260', 'BR', null, 'tabs neither'],
    ['48991996260@evil', 'BR', null, 'more than a number'],
    ['++5548991996260', 'BR', null, 'two plus signs'],
    ['*48991996260', 'BR', null, 'a service code'],
    ['', 'BR', null, 'nothing'],
    ['+12065550100', 'ZZ', '+12065550100', 'an unknown default country does not matter here'],
    ['991996260', 'ZZ', null, 'nor can it read national numbers'],
  ];
  for (const [text, country, e164, why] of read) {
    it(`reads ${JSON.stringify(text)} in ${country} as ${e164}: ${why}`, () => {
      assert.equal(readNumber(text, country).e164, e164);
    });
  }

  it('keeps what was received octet for octet, without URI parameters', () => {
    for (const text of ['(48) 99199-6260', '048991996260', 'alice', ' 4 8', '*31#']) {
      assert.equal(readNumber(text, 'BR').received, text);
    }
    assert.equal(readNumber('048991996260;phone-context=+55', 'BR').received, '048991996260');
  });

  it('takes no text of more than 64 characters for a number', () => {
    const long = readNumber(`+5548991996260${' '.repeat(60)}`, 'BR');
    assert.equal(long.e164, null);
    assert.equal(long.received.length, 64);
    assert.equal(readNumber('9'.repeat(1_000_000), 'BR').e164, null);
  });

  it('gives the same answer twice, from its memory or not', () => {
    for (let index = 0; index < 9000; index += 1) readNumber(`48991${String(index).padStart(6, '0')}`, 'BR');
    assert.equal(readNumber('48991000000', 'BR').e164, '+5548991000000');
    assert.equal(readNumber('48991008999', 'BR').e164, '+5548991008999');
    assert.notEqual(readNumber('2125551234', 'US').e164, readNumber('2125551234', 'BR').e164);
  });

  it('never throws, and yields E.164 or null, whatever the text and the country', () => {
    const digits = fc.string({ unit: fc.constantFrom(...'0123456789+*#-() ;='), maxLength: 80 });
    fc.assert(
      fc.property(
        fc.oneof(fc.string({ maxLength: 200 }), digits),
        fc.oneof(fc.constantFrom('BR', 'US'), fc.string()),
        (text, country) => {
          const { e164 } = readNumber(text, country);
          assert.ok(e164 === null || /^\+[1-9]\d{1,14}$/.test(e164), String(e164));
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('reads every E.164 that it gives as itself, in every country', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: 1n, max: 999_999_999_999_999n }),
        fc.constantFrom('BR', 'US', 'DE', 'ZZ'),
        (value, country) => {
          const { e164 } = readNumber(value.toString(), country);
          if (e164 !== null) assert.equal(readNumber(e164, 'JP').e164, e164);
        },
      ),
      { numRuns: 3000 },
    );
  });
});

describe('the country and the national form of a number', () => {
  const cases: Array<[e164: string, country: string | null, national: string]> = [
    ['+5548991996260', 'BR', '48991996260'],
    ['+442079460000', 'GB', '02079460000'],
    ['+4915112345678', 'DE', '015112345678'],
    ['+12125551234', 'US', '2125551234'],
    ['+14165551234', 'CA', '4165551234'],
    ['+18765551234', 'JM', '8765551234'],
    ['+15551234567', 'US', '5551234567'],
    ['+80012345678', null, '12345678'],
  ];
  for (const [e164, country, national] of cases) {
    it(`${e164}: ${country}, ${national}`, () => {
      const number = { received: 'anything', e164 };
      assert.equal(countryOf(number), country);
      assert.equal(nationalOf(number), national);
    });
  }

  it('are null for a number that could not be read', () => {
    assert.equal(countryOf({ received: '48991996260', e164: null }), null);
    assert.equal(nationalOf({ received: '48991996260', e164: null }), null);
  });
});
