import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { TrunkCallerIds } from '../../../lib/core/configuration.ts';
import {
  callerIdFor,
  defaultNumberOf,
  isAllowedCallerId,
  showsCallerId,
} from '../../../lib/core/dialplan/caller-id.ts';
import { anIdentity } from '../rules/configuration-fixture.ts';

const OURS = '+554831210110';
const FOREIGN = '+551140001234';

function shown(callerIds: Partial<TrunkCallerIds>, number: string, isRefused = false) {
  const trunk = { callerIds: { allow: [], default: null, ...callerIds } };
  const { callerId, change } = callerIdFor(trunk, { number, name: 'Sapers' }, { country: 'BR', isRefused });
  return [callerId.number, callerId.name, change];
}

describe('the caller ID that a trunk is shown', () => {
  it('is the wanted one where nothing is said', () => {
    assert.deepEqual(shown({}, FOREIGN), [FOREIGN, 'Sapers', null]);
  });

  for (const allow of [[OURS], ['+5548*'], ['48 3121-0110'], ['(48) 3121-0110'], ['+1*', '+55483121*']]) {
    it(`is the wanted one, ${OURS}, where ${JSON.stringify(allow)} is allowed`, () => {
      assert.deepEqual(shown({ allow }, OURS), [OURS, 'Sapers', null]);
    });
  }

  it('is the default instead of one that is not allowed, without the name of the other one', () => {
    assert.deepEqual(shown({ allow: ['+5548*'], default: OURS }, FOREIGN), [OURS, null, 'not-allowed']);
  });

  it('is the first whole number that is allowed, where there is no default', () => {
    assert.deepEqual(shown({ allow: ['+1*', OURS, FOREIGN] }, '+4930123456'), [OURS, null, 'not-allowed']);
  });

  it('is the wanted one, where the trunk has nothing to show instead', () => {
    assert.deepEqual(shown({ allow: ['+5548*'] }, FOREIGN), [FOREIGN, 'Sapers', null]);
  });

  it('is the default where there is none at all: a callback of the API', () => {
    assert.deepEqual(shown({ default: OURS }, ''), [OURS, null, 'missing']);
    assert.deepEqual(shown({}, ''), ['', 'Sapers', null]);
  });

  it('is the default after a 403, and no change where it was shown already', () => {
    assert.deepEqual(shown({ default: OURS }, FOREIGN, true), [OURS, null, 'refused']);
    assert.deepEqual(shown({ default: OURS }, OURS, true), [OURS, 'Sapers', null]);
  });

  it('is always one that the trunk allows, where it has one', () => {
    const number = fc.stringMatching(/^\+[1-9][0-9]{3,13}$/);
    fc.assert(
      fc.property(fc.array(number, { minLength: 1, maxLength: 4 }), number, (allow, wanted) => {
        const trunk = { callerIds: { allow, default: null } };
        const { callerId } = callerIdFor(trunk, { number: wanted, name: null }, { country: 'BR', isRefused: false });
        assert.ok(isAllowedCallerId(trunk, callerId.number, 'BR'), `${callerId.number} of ${allow}`);
      }),
    );
  });

  it('holds nothing that could leave the user part of a URI', () => {
    const trunk = { callerIds: { allow: [], default: '(48) 3121-0110>;x="' } };
    assert.equal(defaultNumberOf(trunk), '4831210110x');
  });

  it('may be what a trunk refuses, only where it can be read in what is sent', () => {
    assert.equal(showsCallerId(anIdentity()), true);
    assert.equal(showsCallerId(anIdentity({ from: 'username' })), false);
    assert.equal(showsCallerId(anIdentity({ privacy: true })), false);
    assert.equal(showsCallerId(anIdentity({ privacy: true, pai: true })), true);
    assert.equal(showsCallerId(anIdentity({ from: 'username', rpid: true })), true);
  });
});
