/** The questions that operators ask of the callback page, answered by the core. */

import assert from 'node:assert/strict';
import type { CallbackRule } from '../../../lib/core/configuration.ts';
import { decideInbound } from '../../../lib/core/rules/decide-inbound.ts';
import { explain } from '../../../lib/core/rules/explain.ts';
import { aCall, aConfiguration, anInboundNumber, aRule, aTrunk, DID, TRUNK } from './configuration-fixture.ts';

/** The page's own two rules: a number with trunk and rule, everybody else by the outgoing rule. */
const SPECIFIC = aRule({
  name: 'número específico',
  origin: ['(48) 99199-6260'],
  trunk: TRUNK,
  outgoingRule: 'Operação',
});
const GENERAL = aRule({ name: 'Callback geral', origin: 'any', trunk: null, outgoingRule: 'Operação' });

function callOf(rules: CallbackRule[], caller: string) {
  const configuration = aConfiguration({ callbackRules: rules });
  const { outcome, rule, candidates } = explain(configuration, { to: DID, from: caller }, 0);
  const first = candidates[0];
  return {
    outcome,
    rule,
    dialled: first?.kind === 'trunk' ? first.user : null,
    trunk: first?.kind === 'trunk' ? first.trunk : null,
  };
}

describe('callback rules, as their users put it', () => {
  it('a SIP trunk sends number A exactly as it was received', () => {
    for (const caller of ['48991996260', '048991996260', '+5548991996260', '5548991996260', '04148991996260']) {
      assert.equal(callOf([aRule({ trunk: TRUNK })], caller).dialled, caller);
    }
  });

  it('an outgoing rule makes number A follow the configured dialling pattern', () => {
    for (const caller of ['48991996260', '048991996260', '+5548991996260', '5548991996260', '04148991996260']) {
      assert.equal(callOf([GENERAL], caller).dialled, '048991996260');
    }
  });

  it('trunk and outgoing rule together: the pattern of the rule, the way of the trunk', () => {
    const other = aTrunk({ name: 'other' });
    const configuration = aConfiguration({
      trunks: [aTrunk(), other],
      callbackRules: [aRule({ trunk: 'other', outgoingRule: 'Operação' })],
    });
    assert.deepEqual(explain(configuration, { to: DID, from: '48991996260' }, 0).candidates, [
      { kind: 'trunk', trunk: 'other', user: '048991996260' },
    ]);
  });

  it('several callbacks can be configured, each with its own origin and destination', () => {
    for (const rules of [
      [SPECIFIC, GENERAL],
      [GENERAL, SPECIFIC],
    ]) {
      assert.equal(callOf(rules, '48991996260').rule, 'número específico');
      assert.equal(callOf(rules, '48991996261').rule, 'Callback geral');
    }
  });

  it('a callback can be restricted to one number of origin', () => {
    assert.equal(callOf([SPECIFIC], '48991996260').outcome, 'callback');
    assert.equal(callOf([SPECIFIC], '48991996261').outcome, 'refused');
  });

  it('any number of origin sets off the general callback', () => {
    for (const caller of ['48991996261', '+5511987654321', '04133334444']) {
      assert.equal(callOf([GENERAL], caller).rule, 'Callback geral');
    }
  });

  it('nothing is called back on a number where the option is off', () => {
    const configuration = aConfiguration({ inboundNumbers: [anInboundNumber({ callback: false })] });
    assert.equal(decideInbound(configuration, aCall(), new Map()).type, 'refuse');
  });

  it('call to caller, call to number and call extension each ring their own', () => {
    const by = (changes: Partial<CallbackRule>) =>
      explain(aConfiguration({ callbackRules: [aRule(changes)] }), { to: DID, from: '48991996260' }, 0).candidates;
    assert.deepEqual(by({ method: 'caller' }), [{ kind: 'trunk', trunk: TRUNK, user: '48991996260' }]);
    assert.deepEqual(by({ method: 'number', number: '+5548999990000' }), [
      { kind: 'trunk', trunk: TRUNK, user: '+5548999990000' },
    ]);
    assert.deepEqual(by({ method: 'extension', extension: '200' }), [{ kind: 'extension', extension: '200' }]);
  });
});
