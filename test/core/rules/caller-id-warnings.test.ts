import assert from 'node:assert/strict';
import type { Configuration } from '../../../lib/core/configuration.ts';
import { callerIdWarnings } from '../../../lib/core/rules/caller-id-warnings.ts';
import { component } from '../../support/flow-components.ts';
import { aConfiguration, anInboundNumber, aRule, aTrunk, DID, TRUNK, terms } from './configuration-fixture.ts';

const FOREIGN = '+551140001234';
const strict = aTrunk({ callerIds: { allow: ['+5548*'], default: DID } });

function warned(changes: Partial<Configuration>): string[] {
  return callerIdWarnings(aConfiguration({ trunks: [strict], ...changes })).map(
    ({ path, message }) => `${path}: ${message}`,
  );
}

describe('a caller ID that a trunk does not allow', () => {
  it('is warned of at its rule, with what goes out instead', () => {
    const rule = aRule({ callerId: { number: FOREIGN, name: null } });
    assert.deepEqual(warned({ callbackRules: [rule] }), [
      `callbackRules[0].callerId: \`${FOREIGN}\` is not among the \`callerIds.allow\` of trunk \`${TRUNK}\`: \`${DID}\` goes out instead`,
    ]);
  });

  it('may be the inbound number that is shown where a rule names none', () => {
    const inboundNumbers = [anInboundNumber(), anInboundNumber({ number: FOREIGN })];
    assert.match(warned({ inboundNumbers })[0] ?? '', /the inbound number `\+551140001234` is not among/);
    assert.deepEqual(warned({ inboundNumbers, callbackRules: [aRule({ inboundNumbers: [DID] })] }), []);
  });

  it('is looked for on every trunk that the outgoing rule may take', () => {
    const outgoingRules = [
      {
        name: 'rule',
        routes: [{ match: '.', matchOn: 'e164' as const, rewrite: null, trunks: ['open', { name: TRUNK, weight: 1 }] }],
      },
    ];
    const trunks = [aTrunk({ name: 'open' }), strict];
    const rule = aRule({ trunk: null, outgoingRule: 'rule', callerId: { number: FOREIGN, name: null } });
    assert.equal(warned({ trunks, outgoingRules, callbackRules: [rule] }).length, 1);
    assert.equal(
      warned({ trunks, outgoingRules, defaultOutgoingRule: 'rule', callbackRules: [{ ...rule, outgoingRule: null }] })
        .length,
      1,
    );
  });

  it('is found in flows too', () => {
    const callerId = { number: FOREIGN, name: null };
    const dial = component('dial', { number: '+5548999990000', trunk: TRUNK, callerId });
    const back = component('callback', { terms: terms({ callerId }) });
    const flows = [{ name: 'f', start: 'out', components: { out: dial, 'call back': back } }];
    const paths = callerIdWarnings(aConfiguration({ trunks: [strict], flows })).map(({ path }) => path);
    assert.deepEqual(paths, ['flows[0].components.out.callerId', 'flows[0].components["call back"].callerId']);
  });

  it('is nothing where an extension is rung, or nothing is restricted', () => {
    const callerId = { number: FOREIGN, name: null };
    assert.deepEqual(warned({ callbackRules: [aRule({ method: 'extension', extension: '200', callerId })] }), []);
    assert.deepEqual(warned({ trunks: [aTrunk()], callbackRules: [aRule({ callerId })] }), []);
  });

  it("may be the trunk's own default", () => {
    const trunks = [aTrunk({ callerIds: { allow: ['+1*'], default: DID } })];
    assert.match(
      warned({ trunks, callbackRules: [] })[0] ?? '',
      /^trunks\[0\]\.callerIds\.default: .* is not among `allow`$/,
    );
  });
});
