import assert from 'node:assert/strict';
import { FUZZ_CASES } from './fuzz/cases.ts';

describe('Media, whatever comes', function () {
  this.timeout(60_000);
  for (const { name, check } of FUZZ_CASES) {
    it(name, () => {
      const { failed, report } = check(300, null);
      assert.ok(!failed, report);
    });
  }
});
