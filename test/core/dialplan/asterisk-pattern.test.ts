import assert from 'node:assert/strict';
import fc from 'fast-check';
import { translatePattern } from '../../../lib/core/dialplan/asterisk-pattern.ts';
import { dialStringOf, matchRoute } from '../../../lib/core/dialplan/match-route.ts';

/** What the translated route makes of what was dialled; null: no match. */
function dialled(pattern: string, received: string): string | null {
  const translated = translatePattern(pattern);
  assert.ok(translated.ok, translated.ok ? '' : translated.message);
  const route = { ...translated.route, trunks: ['t'] };
  const { groups } = matchRoute(route, { received, e164: null });
  return groups === null ? null : dialStringOf(route, groups);
}

/** Asterisk's own way of looking, character by character, written down once more without a regular expression. */
function asteriskMatches(pattern: string, number: string): boolean {
  const sets: Record<string, string> = { X: '0123456789', Z: '123456789', N: '23456789' };
  let at = 0;
  for (const character of pattern) {
    if (character === '.') return number.length > at;
    if (character === '!') return true;
    const digit = number[at];
    if (digit === undefined) return false;
    const set = sets[character] ?? character;
    if (!set.includes(digit)) return false;
    at += 1;
  }
  return at === number.length;
}

describe('patterns of Asterisk and FreePBX as routes', () => {
  const cases: Array<[pattern: string, received: string, expected: string | null]> = [
    ['_NXXNXXXXXX', '2125551234', '2125551234'],
    ['_NXXNXXXXXX', '1125551234', null],
    ['_NXXNXXXXXX', '21255512345', null],
    ['_1NXXNXXXXXX', '12125551234', '12125551234'],
    ['_X.', '5', null],
    ['_X.', '548', '548'],
    ['_X!', '5', '5'],
    ['_0[1-9]X.', '048991996260', '048991996260'],
    ['_0[1-9]X.', '000', null],
    ['_[235-7]XX', '612', '612'],
    ['_[235-7]XX', '412', null],
    ['_011.', '01155483121', '01155483121'],
    ['_+X.', '+5548991996260', '+5548991996260'],
    ['_*98', '*98', '*98'],
    ['_NXX-NXXX', '3219876', '3219876'],
    ['200', '200', '200'],
    ['200', '2000', null],
    // FreePBX: prepend+prefix|pattern
    ['9|NXXXXXX', '92345678', '2345678'],
    ['9|NXXXXXX', '2345678', null],
    ['1+NXXNXXXXXX', '2125551234', '12125551234'],
    ['0+9|NXXXXXX', '92345678', '02345678'],
    ['0041+0|Z.', '0441234567', '0041441234567'],
    ['+1+NXXNXXXXXX', '2125551234', '+12125551234'],
    ['NXXNXXXXXX', '2125551234', '2125551234'],
    ['*67|X.', '*67548', '548'],
    // Lines of extensions.conf
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a variable of Asterisk's
    ['exten => _9X.,1,Dial(PJSIP/${EXTEN:1}@carrier)', '9548991', '548991'],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a variable of Asterisk's
    ['exten => _9X.,1,Dial(PJSIP/0${EXTEN:1}@carrier,30)', '9548991', '0548991'],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a variable of Asterisk's
    ['exten = _0XXXXXXXXXX,n,Dial(SIP/carrier/55${EXTEN:1})', '04831210110', '554831210110'],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a variable of Asterisk's
    ['exten => _00X.,1,Dial(IAX2/carrier/${EXTEN:2})', '005548991', '5548991'],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a variable of Asterisk's
    ['exten => _XXXXXX,1,Dial(SIP/${EXTEN:1:3}@carrier)', '123456', '234'],
  ];
  for (const [pattern, received, expected] of cases) {
    it(`${pattern}: ${received} ${expected === null ? 'is not its' : `is dialled as ${expected}`}`, () => {
      assert.equal(dialled(pattern, received), expected);
    });
  }

  it('match exactly what Asterisk matches', () => {
    const pattern = fc
      .tuple(
        fc.array(fc.constantFrom(...'XZN0123456789*'), { minLength: 1, maxLength: 8 }),
        fc.constantFrom('', '.', '!'),
      )
      .map(([letters, tail]) => letters.join('') + tail);
    const number = fc
      .array(fc.constantFrom(...'0123456789*'), { minLength: 1, maxLength: 10 })
      .map((all) => all.join(''));
    const near = pattern.chain((text) =>
      fc.tuple(
        fc.constant(text),
        fc.oneof(
          number,
          // Likely ones, or hardly any would match
          fc
            .tuple(
              ...[...text.replace(/[.!]$/, '')].map((one) =>
                fc.constantFrom(...(/[XZN]/.test(one) ? '123456789' : one)),
              ),
              fc.constantFrom('', '1', '12'),
            )
            .map((parts) => parts.join('')),
        ),
      ),
    );
    let matching = 0;
    fc.assert(
      fc.property(near, ([text, digits]) => {
        const expected = asteriskMatches(text, digits);
        if (expected) matching += 1;
        assert.equal(dialled(`_${text}`, digits), expected ? digits : null);
      }),
      { numRuns: 500 },
    );
    assert.ok(matching > 50, `only ${matching} matched: the property says little`);
  });

  for (const [pattern, message] of [
    ['_X.X', /only stand at the end/],
    ['_9[12', /is not closed/],
    ['_9[]X', /is not closed/],
    ['_9Q', /stands for nothing/],
    ['NXX/5551234', /caller ID/],
    ['9|', /no pattern/],
    ['exten => _9X.,1,Queue(sales)', /stands for nothing|not understood/],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a variable of Asterisk's
    ['exten => _9X.,1,Dial(PJSIP/${DIALLED}@carrier)', /Dial is not understood/],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a variable of Asterisk's
    ['exten => _9X.,1,Dial(PJSIP/${EXTEN:5}@carrier)', /strips or keeps more/],
    ['w0+9|NXX', /can not be put before/],
  ] as const) {
    it(`${pattern} is refused, and the reason named`, () => {
      const translated = translatePattern(pattern);
      assert.ok(!translated.ok);
      assert.match(translated.message, message);
    });
  }

  it('never throw, whatever the text is', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.string({ unit: 'binary', maxLength: 400 })), (text) => {
        const translated = translatePattern(text);
        if (translated.ok) assert.doesNotThrow(() => dialled(text, '123'));
      }),
    );
  });
});
