import assert from 'node:assert/strict';
import { hiddenIn, isNoTrace, theirs, traceOf, withoutNumber } from '../../../lib/core/policy/number-trace.ts';
import { readNumber } from '../../../lib/core/policy/read-number.ts';
import { traceSeal } from '../../../lib/system/trace-seal.ts';

const ANA = readNumber('+5548991996260', 'BR');

describe('the trace of a number', () => {
  const trace = traceOf([ANA]);
  const hidden = (text: string) => hiddenIn(text, theirs(trace));

  it('is found however the number is written', () => {
    for (const text of [
      '+5548991996260',
      '48991996260',
      '(48) 99199-6260',
      '0 21 48 99199.6260',
      '00 55 48 99199 6260',
      '+55\u00a048\u00a099199\u20116260',
      'suppressions/+5548991996260',
      'sip:5548991996260@192.0.2.1',
      '%2B5548991996260',
      'call-48991996260x',
    ])
      assert.equal(
        hidden(text)
          .replace(/55|%2B|192\.0\.2\.1/g, '')
          .replace(/\D/g, ''),
        '',
        hidden(text),
      );
  });

  it('leaves everything else as it is, and every text as long as it was', () => {
    for (const text of [
      '+5548991996261',
      '(48) 99199-626',
      '2026-11-26T06:40:01.123Z',
      'c0ffee48-9919-9826-0000-1',
      'menu 2',
    ])
      assert.equal(hidden(text), text);
    assert.equal(hidden('from (48) 99199-6260 to 200'), 'from (**) *****-**** to 200');
  });

  it('has the forms in which the number came, also those that nobody can read', () => {
    const odd = { received: '9#0991996260', e164: null };
    assert.equal(hiddenIn('90991996260', theirs(traceOf([odd]))), '***********');
  });

  it('of a short number is found where it stands alone; of an extension there is none', () => {
    const short = theirs(traceOf([{ received: '123456', e164: null }]));
    assert.equal(hiddenIn('holds/123456, 1234567, x123456', short), 'holds/******, 1234567, x123456');
    assert.ok(isNoTrace(traceOf([{ received: '201', e164: null }])));
  });

  it('is taken out of whatever holds it: keys, lists, numbers', () => {
    const value = { at: 1, to: ['+5548991996260', 5548991996260], deep: { '48991996260': null }, same: { a: 'b' } };
    const without = withoutNumber(value, theirs(trace));
    assert.deepEqual(without, {
      at: 1,
      to: ['+*************', null],
      deep: { '***********': null },
      same: { a: 'b' },
    });
    assert.equal(withoutNumber(value.same, theirs(trace)), value.same);
  });

  it('is found by who has its seal, and can not be read there', () => {
    const sealed = traceSeal.seal(traceOf([ANA, { received: '123456', e164: null }]));
    assert.doesNotMatch(JSON.stringify(sealed), /6260|99199|123456/);
    const isTheirs = traceSeal.open(JSON.parse(JSON.stringify(sealed)));
    for (const digits of ['5548991996260', '021489919962600', '123456']) assert.ok(isTheirs(digits), digits);
    for (const digits of ['5548991996261', '1234567', '']) assert.ok(!isTheirs(digits), digits);
    assert.notDeepEqual(traceSeal.seal(traceOf([ANA])), traceSeal.seal(traceOf([ANA])));
  });
});
