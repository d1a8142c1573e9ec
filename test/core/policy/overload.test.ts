import assert from 'node:assert/strict';
import fc from 'fast-check';
import { AT_EASE, type Load, loadSaid, looked, type OverloadSettings } from '../../../lib/core/policy/overload.ts';

const SETTINGS: OverloadSettings = { lateMs: 100, retryAfterSeconds: 5 };

/** Looks four times a second. @returns whether it was overloaded after each */
function looks(lateness: readonly number[], from: Load = AT_EASE, settings: OverloadSettings | false = SETTINGS) {
  let load = from;
  const overloaded = lateness.map((lateMs) => {
    load = looked(load, { spanMs: 250, lateMs }, settings);
    return load.isOverloaded;
  });
  return { load, overloaded };
}
const OVERLOADED = looks([150, 150, 150, 150]).load;

describe('an overload', () => {
  it('is what was late for a second, not a pause or two', () => {
    assert.deepEqual(looks([99, 150, 99, 3_000, 0]).overloaded, [false, false, false, false, false]);
    assert.deepEqual(looks([150, 3_000, 150, 99, 150]).overloaded.includes(true), false);
    assert.deepEqual(looks([100, 100, 100, 100]).overloaded, [false, false, false, true]);
  });

  it('that holds up the looks themselves is seen at the first of them', () => {
    assert.ok(looked(AT_EASE, { spanMs: 4_000, lateMs: 900 }, SETTINGS).isOverloaded);
  });

  it('is over when it was less than half as late for two seconds', () => {
    const punctual = Array.from({ length: 8 }, () => 49);
    assert.deepEqual(looks(punctual, OVERLOADED).overloaded.indexOf(false), 7);
    assert.ok(!looks([...punctual.with(7, 50), ...punctual.slice(1)], OVERLOADED).overloaded.includes(false));
  });

  it('does not go to and fro: between the limits nothing changes, whatever the order', () => {
    const between = fc.array(fc.integer({ min: 50, max: 99 }), { maxLength: 50 });
    fc.assert(
      fc.property(between, fc.boolean(), (lateness, isOverloaded) => {
        const { overloaded } = looks(lateness, isOverloaded ? OVERLOADED : AT_EASE);
        return overloaded.every((one) => one === isOverloaded);
      }),
    );
  });

  it('is none where no limit is set, and ends when the limit is taken away', () => {
    assert.deepEqual(looks([9_000, 9_000, 9_000], AT_EASE, false).overloaded, [false, false, false]);
    assert.deepEqual(looks([9_000], OVERLOADED, false).overloaded, [false]);
  });

  it('says how late it is, and where its end is', () => {
    assert.equal(
      loadSaid(looks([3]).load, SETTINGS).text,
      'the main loop is 3 ms late; new calls are taken below 100 ms',
    );
    const text = 'overloaded: the main loop is 150 ms late; new calls are taken again below 50 ms';
    assert.equal(loadSaid(OVERLOADED, SETTINGS).text, text);
    assert.equal(loadSaid(looks([3]).load, false).text, 'the main loop is 3 ms late; no limit is set');
  });
});
