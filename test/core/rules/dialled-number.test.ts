import assert from 'node:assert/strict';
import type { InboundCall } from '../../../lib/core/call/inbound-call.ts';
import { acceptCallback } from '../../../lib/core/callback/accept.ts';
import type { Trunk } from '../../../lib/core/configuration.ts';
import { decideInbound } from '../../../lib/core/rules/decide-inbound.ts';
import {
  aCall,
  aConfiguration,
  anExtension,
  anInboundNumber,
  aRule,
  aTrunk,
  DID,
  from,
  TRUNK,
} from './configuration-fixture.ts';

const MAIN = '+554830000001';
const FORWARDED_TO = DID;
const CALLER = '48991996260';

function decide(call: Partial<InboundCall>, trunk: Partial<Trunk> = { trustIdentity: true }) {
  const configuration = aConfiguration({
    trunks: [aTrunk(trunk)],
    inboundNumbers: [anInboundNumber({ number: MAIN }), anInboundNumber({ number: FORWARDED_TO })],
    callbackRules: [
      aRule({ name: 'main', inboundNumbers: [MAIN] }),
      aRule({ name: 'other', inboundNumbers: [FORWARDED_TO] }),
    ],
  });
  return decideInbound(configuration, aCall({ dialledUser: FORWARDED_TO, ...call }), new Map());
}

function result(call: Partial<InboundCall>, trunk?: Partial<Trunk>): string {
  const decision = decide(call, trunk);
  if (decision.type !== 'callback') return decision.type === 'refuse' ? decision.gate : decision.type;
  const { caller, inboundNumber, plan } = decision.request;
  return `${decision.rule} ${inboundNumber} calls ${caller.received} showing ${plan.terms.callerId?.number}`;
}

const main = (caller = CALLER) => `main ${MAIN} calls ${caller} showing ${MAIN}`;
const other = (caller = CALLER) => `other ${FORWARDED_TO} calls ${caller} showing ${FORWARDED_TO}`;

describe('a forwarded call', () => {
  it('is called back by the rules of the number that was dialled first, and from it', () => {
    assert.equal(result({ history: [MAIN] }), main());
    assert.equal(result({ history: ['4830000001'] }), main(), 'in whatever form the trunk writes it');
  });

  it('keeps the number that was dialled first, also one that is not ours', () => {
    const kept = (call: Partial<InboundCall>, trunk?: Partial<Trunk>) => {
      const decision = decide(call, trunk);
      assert.ok(decision.type === 'callback');
      const request = { ...decision.request, id: 'cb', inboundCallId: 'x', userData: null };
      return acceptCallback(request, 0).log[0]?.detail['firstDialled'];
    };
    assert.equal(kept({ history: ['+4930123456'] }), '+4930123456');
    assert.equal(kept({ history: ['\u001b[2J\r\n+49'] }), '?[2J??+49');
    assert.equal(kept({ history: [] }), undefined);
    assert.equal(kept({ history: ['+4930123456'] }, { trustIdentity: false }), undefined);
  });

  it('is for the Request-URI where the trunk is not trusted, or the first number is not ours', () => {
    assert.equal(result({ history: [MAIN] }, { trustIdentity: false }), other());
    assert.equal(result({ history: ['+4930123456'] }), other());
    assert.equal(result({ history: [] }), other());
  });

  it('calls back whoever called, not the forwarder whom the network asserts', () => {
    const asserted = { assertedUser: MAIN, assertedName: 'Main office', history: [MAIN] };
    assert.equal(result(asserted), main());
    assert.equal(result({ ...asserted, assertedUser: '48 3000-0001' }), main(), 'in another form');
    const forwarder = { assertedUser: '+4930123456', history: ['+4930123456', MAIN] };
    assert.equal(result(forwarder), other(), 'the number dialled first is foreign');
  });

  it('calls back the asserted caller, where that is another number than the forwarder', () => {
    assert.equal(result({ assertedUser: '+5548991112222', history: [MAIN] }), main('+5548991112222'));
  });

  it('calls back the forwarder where From names him too, or nobody', () => {
    const same = { assertedUser: '+5548991112222', fromUser: '48991112222', history: ['+5548991112222'] };
    assert.equal(result(same), other('+5548991112222'));
    const hidden = { ...same, fromUser: 'anonymous', fromHost: 'anonymous.invalid' };
    assert.equal(result(hidden), other('+5548991112222'));
  });
});

describe('the number that was dialled', () => {
  it('is read from P-Called-Party-ID, then To, where a provider writes the account into the Request-URI', () => {
    const account = { dialledUser: 'sapers' };
    assert.equal(result({ ...account, toUser: MAIN }, {}), main());
    assert.equal(result({ ...account, calledUser: MAIN, toUser: FORWARDED_TO }, {}), main());
    assert.equal(result({ ...account, toUser: 'sapers' }, {}), 'inbound-number');
  });

  it('is the Request-URI wherever that is ours', () => {
    assert.equal(result({ toUser: MAIN, calledUser: MAIN }, {}), other());
  });

  it('is not read from To where the Request-URI is a telephone number, which is not ours', () => {
    assert.equal(result({ dialledUser: '+554830009999', toUser: MAIN, calledUser: MAIN }, {}), 'inbound-number');
  });

  it("of an extension's call is the Request-URI alone", () => {
    const configuration = aConfiguration({ extensions: [anExtension()] });
    const call = aCall({ ...from('127.0.0.1', 5071), fromUser: '200', dialledUser: '999', toUser: DID });
    const decision = decideInbound(configuration, call, new Map());
    assert.equal(decision.type === 'refuse' && decision.gate, 'inbound-number');
  });
});

describe('Remote-Party-ID', () => {
  const remoteParty = { user: '+5548991112222', name: 'Ana', isPrivate: false };
  function callerOn(call: Partial<InboundCall>, trustIdentity = true): string {
    const decision = decide(call, { trustIdentity, name: TRUNK });
    if (decision.type !== 'callback') return decision.type === 'refuse' ? decision.gate : '';
    return `${decision.request.caller.received} ${decision.request.callerName}`;
  }

  it('stands in for P-Asserted-Identity from a trusted trunk, and only there', () => {
    assert.equal(callerOn({ remoteParty }), '+5548991112222 Ana');
    assert.equal(callerOn({ remoteParty, assertedUser: '+5548993334444', assertedName: 'Bea' }), '+5548993334444 Bea');
    assert.equal(callerOn({ remoteParty }, false), `${CALLER} null`);
  });

  it('with privacy=full is dialled and not shown', () => {
    assert.equal(callerOn({ remoteParty: { ...remoteParty, isPrivate: true } }), '+5548991112222 Anonymous');
  });

  it('that names nobody says nothing', () => {
    assert.equal(callerOn({ remoteParty: { user: 'anonymous', name: null, isPrivate: true } }), `${CALLER} null`);
  });
});
