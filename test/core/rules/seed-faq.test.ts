import assert from 'node:assert/strict';
import type { Configuration } from '../../../lib/core/configuration.ts';
import { routeTo } from '../../../lib/core/dialplan/route.ts';
import { decideInbound } from '../../../lib/core/rules/decide-inbound.ts';
import { routeSpecOf } from '../../../lib/core/rules/request.ts';
import { parseConfiguration } from '../../../lib/schema/parse-configuration.ts';
import { aCall, from } from './configuration-fixture.ts';

/** The page of the seed: one rule for one number through a trunk, one for everybody by an outgoing rule. */
const CONFIGURATION = `
version: 1
defaultCountry: BR
trunks:
  - { name: trunk-80092037, proxy: 'sip:127.0.0.1:5070' }
  - { name: operator, proxy: 'sip:127.0.0.1:5071' }
outgoingRules:
  - { name: Operação, routes: [{ match: '^55(\\d{10,11})$', rewrite: '0$1', trunks: [operator] }] }
inboundNumbers:
  - { number: '+554831210110', callback: true }
  - { number: '+554831210111', callback: false, flow: hello }
callbackRules:
  - { name: número específico, origin: '(48) 99199-6260', trunk: trunk-80092037 }
  - { name: Callback geral, origin: any, outgoingRule: Operação }
flows: [{ name: hello, start: bye, components: { bye: { type: hangup } } }]
`;

function configured(text = CONFIGURATION): Configuration {
  const result = parseConfiguration(text);
  assert.ok(result.ok, result.ok ? '' : JSON.stringify(result.mistakes));
  return result.configuration;
}

/** `RULE TRUNK:DIAL STRING` of a call; what becomes of it otherwise. */
function calledBack(number: string, { to = '+554831210110', configuration = configured() } = {}): string {
  const call = aCall({ ...from('127.0.0.1', 5070), fromUser: number, dialledUser: to });
  const decision = decideInbound(configuration, call, new Map());
  if (decision.type !== 'callback') return decision.type;
  const spec = routeSpecOf(configuration, decision.request.plan.terms, decision.request.caller);
  const route = routeTo(spec, configuration);
  assert.ok(route.type === 'route');
  const dialled = route.candidates.map((one) => (one.kind === 'trunk' ? `${one.trunk}:${one.user}` : ''));
  return `${decision.rule} ${dialled.join()}`;
}

const FORMS = ['48991996260', '048991996260', '+5548991996260', '5548991996260', '04148991996260'];

describe('FAQ of seed 001', () => {
  for (const form of FORMS) {
    it(`1. the SIP trunk gets number A exactly as it was received: ${form}`, () => {
      assert.equal(calledBack(form), `número específico trunk-80092037:${form}`);
    });
  }

  for (const form of FORMS.map((one) => one.replace('6260', '6261'))) {
    it(`1. the outgoing rule forces number A into its dial pattern: ${form}`, () => {
      assert.equal(calledBack(form), 'Callback geral operator:048991996261');
    });
  }

  it('1. a trunk and an outgoing rule together: reshaped by the rule, sent through the trunk', () => {
    const both = CONFIGURATION.replace('origin: any, outgoingRule', 'origin: any, trunk: trunk-80092037, outgoingRule');
    const dialled = calledBack('+5548991996261', { configuration: configured(both) });
    assert.equal(dialled, 'Callback geral trunk-80092037:048991996261');
  });

  it('2. several callbacks can be configured, each with its own origin and way out', () => {
    assert.deepEqual(
      ['48991996260', '48991996261'].map((number) => calledBack(number).split(' ').at(-1)),
      ['trunk-80092037:48991996260', 'operator:048991996261'],
    );
  });

  it('3. a callback can be restricted to one number of origin: nobody else gets one then', () => {
    const only = configured(CONFIGURATION.replace(/ {2}- \{ name: Callback geral.*\n/, ''));
    assert.match(calledBack('48991996260', { configuration: only }), /^número específico /);
    assert.equal(calledBack('48991996261', { configuration: only }), 'refuse');
  });

  it('callback is switched on per inbound number: where it is off, the flow takes the call', () => {
    assert.equal(calledBack('48991996260', { to: '+554831210111' }), 'flow');
  });
});
