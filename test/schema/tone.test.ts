import assert from 'node:assert/strict';
import fc from 'fast-check';
import { flaw, flawText } from '../../lib/core/mistake.ts';
import { toneOf } from '../../lib/media/prompts/tone.ts';
import { TONE_NAMES, toneMistake } from '../../lib/schema/tone.ts';

describe('tones in the configuration', () => {
  it('are accepted exactly where the media can play them', () => {
    const near = fc.constantFrom(0, 19, 20, 425, 3800, 3801, 60_000, 60_001, 99_999);
    const name = fc.oneof(
      fc.constantFrom<string>(...TONE_NAMES, 'beeps', '', 'silence/', 'silence/0', '/400', '1000/400/1'),
      fc.tuple(fc.oneof(near, fc.nat(9999)), fc.oneof(near, fc.nat(99_999))).map(([hz, ms]) => `${hz}/${ms}`),
      fc.oneof(near, fc.nat(99_999)).map((ms) => `silence/${ms}`),
      fc.string({ maxLength: 12 }),
    );
    fc.assert(
      fc.property(name, (text) => assert.equal(toneMistake(text) === null, toneOf(text) !== null, text)),
      { numRuns: 2_000 },
    );
  });

  it('with a misspelt name are refused with the nearest one', () => {
    assert.match(flawText(toneMistake('beeb') ?? flaw('missing')), /`beeb` is not a tone; did you mean `beep`/);
  });
});
