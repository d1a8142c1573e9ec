import assert from 'node:assert/strict';
import { Strangers } from '../../lib/app/strangers.ts';

const NOW = 1_000_000;

describe('Strangers', () => {
  it('answers the first few requests of an address, then asks for a minute of silence, per address', () => {
    const strangers = new Strangers();
    const verdicts = Array.from({ length: 6 }, (_, index) => strangers.refused('10.0.0.1', NOW + index));
    assert.deepEqual(verdicts, [null, null, null, null, NOW + 4 + 60_000, NOW + 5 + 60_000]);
    assert.equal(strangers.refused('10.0.0.2', NOW), null);
  });

  it('starts anew with an address that was quiet for a minute', () => {
    const strangers = new Strangers();
    for (let count = 0; count < 4; count += 1) strangers.refused('10.0.0.1', NOW);
    assert.equal(strangers.refused('10.0.0.1', NOW + 60_000), null);
  });

  it('starts anew with everybody when the configuration changed', () => {
    const strangers = new Strangers();
    for (let count = 0; count < 4; count += 1) strangers.refused('10.0.0.1', NOW);
    strangers.forget();
    assert.equal(strangers.refused('10.0.0.1', NOW), null);
  });

  it('remembers a bounded number of addresses, the latest ones', () => {
    const strangers = new Strangers();
    for (let count = 0; count < 4; count += 1) strangers.refused('early', NOW);
    for (let count = 0; count < 4; count += 1) strangers.refused('late', NOW);
    for (let index = 0; index < 9_999; index += 1) strangers.refused(`10.1.${index >> 8}.${index & 255}`, NOW);
    assert.notEqual(strangers.refused('late', NOW), null);
    assert.equal(strangers.refused('early', NOW), null);
  });
});
