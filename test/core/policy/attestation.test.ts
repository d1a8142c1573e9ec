import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Trunk } from '../../../lib/core/configuration.ts';
import { attestationOf, isAttested } from '../../../lib/core/policy/attestation.ts';
import { aCall, aTrunk } from '../rules/configuration-fixture.ts';

function read(headers: Record<string, string>, trunk: Partial<Trunk> = {}): string {
  const { level, failed } = attestationOf(aCall({ headers }), aTrunk({ trustIdentity: true, ...trunk }));
  return failed ? 'failed' : (level ?? 'none');
}

describe('the attestation of a caller', () => {
  const PASSED = '<sip:+5548991996260;verstat=TN-Validation-Passed@x;user=phone>';

  it('is what verstat says in P-Asserted-Identity, else in From', () => {
    assert.equal(read({ from: PASSED }), 'C');
    assert.equal(read({ from: `"Ana" ${PASSED};tag=1` }), 'C');
    assert.equal(read({ from: '<tel:+5548991996260;verstat=TN-Validation-Passed-A>' }), 'A');
    assert.equal(read({ from: '<sip:1@x>;verstat=TN-Validation-Passed-B;tag=1' }), 'B');
    assert.equal(read({ 'p-asserted-identity': '<sip:1;verstat=TN-Validation-Failed@x>', from: PASSED }), 'failed');
    assert.equal(read({ from: '<sip:1;verstat=No-TN-Validation@x>' }), 'none');
    assert.equal(read({ from: '<sip:1@x>' }), 'none');
    assert.equal(read({}), 'none');
  });

  it('is the level in a header of the trunk, unless the signature was wrong', () => {
    assert.equal(read({ from: PASSED, 'p-attestation-indicator': 'A' }), 'A');
    assert.equal(read({ 'attestation-info': 'b' }), 'B');
    assert.equal(read({ 'x-own': 'A', 'p-attestation-indicator': 'C' }, { attestationHeader: 'X-Own' }), 'A');
    assert.equal(read({ 'p-attestation-indicator': 'A' }, { attestationHeader: 'X-Own' }), 'none');
    assert.equal(read({ 'p-attestation-indicator': 'AB' }), 'none');
    assert.equal(read({ from: '<sip:1;verstat=TN-Validation-Failed-A@x>', 'attestation-info': 'A' }), 'failed');
    assert.equal(read({ from: '<sip:1;verstat=No-TN-Validation@x>', 'attestation-info': 'A' }), 'none');
  });

  it('is none from a trunk that is not trusted', () => {
    assert.equal(read({ from: PASSED, 'p-attestation-indicator': 'A' }, { trustIdentity: false }), 'none');
  });

  it('cannot be written by the caller into his display name', () => {
    const names = [
      '";verstat=TN-Validation-Passed-A" <sip:1@x>',
      '"a\\";verstat=TN-Validation-Passed-A" <sip:1@x>',
      ';verstat=TN-Validation-Passed-A <sip:1@x>',
      '"open;verstat=TN-Validation-Passed-A <sip:1@x>',
    ];
    for (const from of names) assert.equal(read({ from }), 'none', from);
    fc.assert(
      fc.property(fc.string(), fc.string(), (before, after) => {
        const inner = `${before};verstat=TN-Validation-Passed-A${after}`
          .replace(/["\\]/g, '\\$&')
          .replace(/[\r\n]/g, '');
        assert.equal(read({ from: `"${inner}" <sip:1@x>` }), 'none');
      }),
    );
  });

  it('is enough from the level that is asked for on', () => {
    const passes = (level: 'A' | 'B' | 'C' | null, minimum: 'A' | 'B' | 'C') =>
      isAttested({ level, failed: false }, minimum);
    assert.deepEqual(
      (['A', 'B', 'C', null] as const).map((level) =>
        (['A', 'B', 'C'] as const).map((minimum) => passes(level, minimum)),
      ),
      [
        [true, true, true],
        [false, true, true],
        [false, false, true],
        [false, false, false],
      ],
    );
  });
});
