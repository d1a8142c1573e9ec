import assert from 'node:assert/strict';
import type { CallbackComponent, CallbackRule, Flow } from '../../../lib/core/configuration.ts';
import { routeTo } from '../../../lib/core/dialplan/route.ts';
import { readNumber } from '../../../lib/core/policy/read-number.ts';
import {
  type CallContext,
  defaultCallerId,
  requestFromComponent,
  requestFromRule,
  routeSpecOf,
} from '../../../lib/core/rules/request.ts';
import { component } from '../../support/flow-components.ts';
import { aConfiguration, aRule, DID, TRUNK, terms } from './configuration-fixture.ts';

const CONTEXT: CallContext = {
  caller: readNumber('048991996260', 'BR'),
  callerName: 'Ana',
  inboundNumber: DID,
  source: TRUNK,
};

function flowWith(said: Partial<CallbackComponent>): Flow {
  const back: CallbackComponent = component('callback', { terms: terms(), next: 'menu', ...said });
  return { name: 'offer', start: 'back', components: { back, bye: { type: 'hangup', reason: null } } };
}

const PLACE = { flow: 'offer', component: 'back' };

describe('a callback asked for by a rule', () => {
  it('carries the terms of the rule and where the person goes on', () => {
    const { plan, ...context } = requestFromRule(aRule({ name: 'r', next: 'reception', delaySeconds: 7 }), CONTEXT);
    assert.equal(plan.origin, 'rule:r');
    assert.deepEqual(plan.next, { flow: 'reception', component: null });
    assert.deepEqual(plan.terms, terms({ delaySeconds: 7, language: null, callerId: { number: DID, name: null } }));
    assert.deepEqual(context, CONTEXT);
  });

  it('is spoken in the language of the rule, else in that of the call', () => {
    const inSpanish = { ...CONTEXT, language: 'es' };
    const languageOf = (rule: Partial<CallbackRule>, context = inSpanish) =>
      requestFromRule(aRule(rule), context).plan.terms.language;
    assert.equal(languageOf({ language: 'pt-BR' }), 'pt-BR');
    assert.equal(languageOf({}), 'es');
    assert.equal(languageOf({ language: null }), 'es');
    assert.equal(requestFromRule(aRule(), CONTEXT).plan.terms.language, null);
  });

  it('goes nowhere without a next', () => assert.equal(requestFromRule(aRule(), CONTEXT).plan.next, null));
});

describe('a callback asked for by a component', () => {
  it('has its own origin, and goes on in the same flow', () => {
    const configuration = aConfiguration({ flows: [flowWith({})] });
    const request = requestFromComponent(configuration, PLACE, CONTEXT);
    assert.equal(request?.plan.origin, 'flow:offer/back');
    assert.deepEqual(request?.plan.next, { flow: 'offer', component: 'menu' });
    assert.deepEqual(request?.plan.terms.callerId, { number: DID, name: null });
  });

  it("takes a rule's terms and origin, but its own next before the rule's", () => {
    const rule = aRule({ name: 'r', next: 'reception', delaySeconds: 9 });
    const own = aConfiguration({ callbackRules: [rule], flows: [flowWith({ rule: 'r', terms: null })] });
    const request = requestFromComponent(own, PLACE, CONTEXT);
    assert.equal(request?.plan.origin, 'rule:r');
    assert.equal(request?.plan.terms.delaySeconds, 9);
    assert.deepEqual(request?.plan.next, { flow: 'offer', component: 'menu' });
    const theirs = aConfiguration({ callbackRules: [rule], flows: [flowWith({ rule: 'r', terms: null, next: null })] });
    assert.deepEqual(requestFromComponent(theirs, PLACE, CONTEXT)?.plan.next, { flow: 'reception', component: null });
  });

  it('is null for what is not there, or is no callback', () => {
    const configuration = aConfiguration({ flows: [flowWith({ rule: 'gone' })] });
    assert.equal(requestFromComponent(configuration, PLACE, CONTEXT), null);
    assert.equal(requestFromComponent(configuration, { flow: 'gone', component: 'back' }, CONTEXT), null);
    for (const component of ['gone', 'bye', 'constructor', '__proto__']) {
      assert.equal(requestFromComponent(configuration, { flow: 'offer', component }, CONTEXT), null);
    }
  });
});

describe('the caller ID', () => {
  it('is the configured one, written as SIP can carry it', () => {
    const rule = aRule({ callerId: { number: '(48) 3121-0110', name: 'Sapers' } });
    assert.deepEqual(requestFromRule(rule, CONTEXT).plan.terms.callerId, { number: '4831210110', name: 'Sapers' });
  });

  it('is else the dialled inbound number, towards an extension the original caller', () => {
    assert.deepEqual(defaultCallerId(CONTEXT, 'trunk'), { number: DID, name: null });
    assert.deepEqual(defaultCallerId(CONTEXT, 'extension'), { number: '048991996260', name: 'Ana' });
    const rule = aRule({ method: 'extension', extension: '200' });
    assert.deepEqual(requestFromRule(rule, CONTEXT).plan.terms.callerId, { number: '048991996260', name: 'Ana' });
  });

  it('never shows a caller who is not to be shown', () => {
    for (const hidden of [
      { ...CONTEXT, callerName: 'Anonymous' },
      { ...CONTEXT, caller: { received: '', e164: null }, callerName: null },
    ]) {
      assert.deepEqual(defaultCallerId(hidden, 'extension'), { number: DID, name: 'Anonymous' });
      assert.deepEqual(defaultCallerId({ ...hidden, inboundNumber: null }, 'extension'), {
        number: 'anonymous',
        name: 'Anonymous',
      });
    }
  });

  it("is left to the trunk's default when the API asked and nothing is configured", () => {
    assert.equal(requestFromRule(aRule(), { ...CONTEXT, inboundNumber: null, source: null }).plan.terms.callerId, null);
  });
});

describe('what is dialled for a plan', () => {
  it('method caller: the number as received, through trunk and rule of the terms', () => {
    const spec = routeSpecOf(aConfiguration(), terms({ outgoingRule: 'r' }), CONTEXT.caller);
    assert.deepEqual(spec, { number: CONTEXT.caller, extension: null, trunk: TRUNK, outgoingRule: 'r' });
  });

  it('method number: the configured number, which people may write as they like', () => {
    const spec = routeSpecOf(aConfiguration(), terms({ method: 'number', number: '(48) 99999-0000' }), CONTEXT.caller);
    assert.deepEqual(spec.number, { received: '48999990000', e164: '+5548999990000' });
  });

  it('method extension: no trunk, whatever the terms say', () => {
    const configuration = aConfiguration();
    const spec = routeSpecOf(configuration, terms({ method: 'extension', extension: '200' }), CONTEXT.caller);
    assert.deepEqual(spec, { number: null, extension: '200', trunk: null, outgoingRule: null });
    assert.equal(routeTo(spec, configuration).type, 'route');
  });

  it('method number or extension without one: nothing', () => {
    assert.equal(routeSpecOf(aConfiguration(), terms({ method: 'number' }), CONTEXT.caller).number, null);
    assert.equal(
      routeTo(routeSpecOf(aConfiguration(), terms({ method: 'extension' }), CONTEXT.caller), aConfiguration()).type,
      'refused',
    );
  });
});
