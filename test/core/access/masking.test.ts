import assert from 'node:assert/strict';
import fc from 'fast-check';
import { masked } from '../../../lib/core/access/masking.ts';

describe('masking', () => {
  it('takes the middle of numbers, in whatever field and text, and names of callers', () => {
    const answer = {
      number: '+5548991996260',
      message: 'dials (48) 99199-6260 now',
      callerName: 'Ana',
      inner: [{ to: '48991996260' }],
    };
    assert.deepEqual(masked(answer), {
      number: '+5548*******60',
      message: 'dials (48) 99***-**60 now',
      callerName: null,
      inner: [{ to: '4899*****60' }],
    });
  });

  it('leaves every instant as it is, whatever its field is called: pages reckon with them', () => {
    fc.assert(
      fc.property(fc.date({ noInvalidDate: true, min: new Date(0), max: new Date('9999-12-31') }), (date) => {
        const at = date.toISOString();
        assert.deepEqual(masked({ knownSince: at, from: at, anything: [at] }), {
          knownSince: at,
          from: at,
          anything: [at],
        });
      }),
    );
  });

  it('is not got around by a number beside an instant', () => {
    const at = '2026-11-27T10:00:00.000Z';
    assert.ok(!JSON.stringify(masked({ text: `${at} +5548991996260` })).includes('991996260'));
    assert.ok(!JSON.stringify(masked({ text: '5548991996260T' })).includes('991996260'));
  });
});
