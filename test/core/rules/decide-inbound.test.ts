import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { InboundCall } from '../../../lib/core/call/inbound-call.ts';
import type { Configuration, Spend, Trunk } from '../../../lib/core/configuration.ts';
import { decideInbound, type InboundDecision } from '../../../lib/core/rules/decide-inbound.ts';
import { gateCallback, limitRefusal } from '../../../lib/core/rules/gates.ts';
import { acceptance, STORE_UNAVAILABLE } from '../../../lib/core/rules/refusals.ts';
import {
  aCall,
  aConfiguration,
  anInboundNumber,
  aRule,
  aTrunk,
  DID,
  from,
  limits,
  TRUNK,
  terms,
} from './configuration-fixture.ts';

/** A Thursday. */
const NOW = Date.parse('2026-11-26T15:00:00Z');
const NONE: ReadonlyMap<string, string[]> = new Map();

function decide(configuration: Configuration, call: Partial<InboundCall> = {}): InboundDecision {
  return decideInbound(configuration, aCall(call), NONE);
}

function answerOf(decision: InboundDecision): string {
  if (decision.type === 'flow') return `flow ${decision.flow}`;
  if (decision.type === 'callback') return `callback ${decision.request.caller.received || 'nobody'}`;
  const { status, reason } = decision.rejection;
  return `${decision.gate} ${status}${reason === null ? '' : ` ${reason.protocol} ${reason.cause}`}`;
}

interface Case {
  configuration: Configuration;
  call: InboundCall;
}

const SPEND: Spend = {
  prices: '',
  classes: ['low', 'medium', 'high'],
  maxPriceClass: null,
  assumedMinutes: 3,
  perDay: null,
};

/** Each makes its gate refuse, whatever else is wrong; in the order of the gates. */
const FAULTS: Array<{ answer: string; apply: (one: Case) => Case }> = [
  {
    answer: 'source 403 Q.850 21',
    apply: ({ configuration, call }) => ({ configuration, call: { ...call, ...from('203.0.113.1') } }),
  },
  {
    answer: 'inbound-number 404 Q.850 1',
    apply: ({ configuration, call }) => ({ configuration, call: { ...call, dialledUser: '+554831219999' } }),
  },
  {
    answer: 'anonymous 433',
    apply: ({ configuration, call }) => ({ configuration, call: { ...call, privacy: ['id'] } }),
  },
  {
    answer: 'attestation 403 Q.850 21',
    apply: ({ configuration, call }) => {
      const trunks = configuration.trunks.map(
        (trunk): Trunk => ({ ...trunk, trustIdentity: true, minimumAttestation: 'B' }),
      );
      return { configuration: { ...configuration, trunks }, call };
    },
  },
  {
    answer: 'impossible 484 Q.850 28',
    apply: ({ configuration, call }) => ({ configuration, call: { ...call, fromUser: `x${call.fromUser}` } }),
  },
  {
    answer: 'emergency 403 Q.850 21',
    apply: ({ configuration, call }) => ({
      configuration: {
        ...configuration,
        outgoingRules: [
          { name: 'evil', routes: [{ match: '.', matchOn: 'received', rewrite: '190', trunks: [TRUNK] }] },
        ],
        callbackRules: [aRule({ trunk: null, outgoingRule: 'evil' })],
      },
      call,
    }),
  },
  {
    answer: 'blocked 403 Q.850 21',
    apply: ({ configuration, call }) => ({
      configuration: { ...configuration, limits: { ...configuration.limits, blockedNumbers: ['/./'] } },
      call,
    }),
  },
  {
    answer: 'special 403 Q.850 21',
    apply: ({ configuration, call }) => ({
      configuration,
      call: { ...call, fromUser: call.fromUser.replace('48991996260', '9001234567') },
    }),
  },
  {
    answer: 'country 403 Q.850 21',
    apply: ({ configuration, call }) => ({
      configuration: { ...configuration, limits: { ...configuration.limits, countries: { allow: ['PT'] } } },
      call,
    }),
  },
  {
    answer: 'price 403 Q.850 21',
    apply: ({ configuration, call }) => ({
      configuration: {
        ...configuration,
        limits: {
          ...configuration.limits,
          spend: { ...SPEND, prices: 'prefix,class,perMinute\n1,low,1', maxPriceClass: 'medium' },
        },
      },
      call,
    }),
  },
  {
    answer: 'loop 403 Q.850 21',
    apply: ({ configuration, call }) => ({
      configuration: {
        ...configuration,
        inboundNumbers: [...configuration.inboundNumbers, anInboundNumber({ number: '+5548991996260' })],
      },
      call,
    }),
  },
  {
    answer: 'hours 403 Q.850 21',
    apply: ({ configuration, call }) => ({
      configuration: { ...configuration, limits: { ...configuration.limits, callingHours: ['Fri-Wed 00:00-24:00'] } },
      call,
    }),
  },
];

describe('the gates', () => {
  for (const fault of FAULTS) {
    it(`alone: ${fault.answer}, and the last step says why`, () => {
      const one = fault.apply({ configuration: aConfiguration(), call: aCall() });
      const decision = decideInbound(one.configuration, one.call, NONE, NOW);
      assert.equal(answerOf(decision), fault.answer);
      assert.equal(decision.steps.at(-1)?.verdict, 'refuse');
      assert.equal(`${decision.steps.at(-1)?.gate}`, fault.answer.split(' ')[0]);
    });
  }

  it('answer in the order of the contract: of any faults together the earliest is told', () => {
    for (let faults = 1; faults < 2 ** FAULTS.length; faults += 1) {
      const present = FAULTS.filter((_, index) => (faults >> index) & 1);
      let one: Case = { configuration: aConfiguration(), call: aCall() };
      // Backwards: a later fault may not undo what an earlier one needs.
      for (const fault of present.toReversed()) one = fault.apply(one);
      assert.equal(answerOf(decideInbound(one.configuration, one.call, NONE, NOW)), present[0]?.answer);
    }
  });

  it('let an ordinary caller pass, and say so in order', () => {
    const decision = decide(aConfiguration());
    assert.equal(answerOf(decision), 'callback 48991996260');
    assert.deepEqual(
      decision.steps.filter((step) => step.verdict === 'pass').map((step) => step.gate),
      [
        ['source', 'inbound-number', 'anonymous', 'attestation', 'impossible', 'emergency', 'blocked'],
        ['special', 'country', 'price', 'loop', 'hours'],
      ].flat(),
    );
  });

  it('never name the rule or the number in a Reason, and none has an id', () => {
    for (const fault of FAULTS) {
      const one = fault.apply({ configuration: aConfiguration(), call: aCall() });
      const decision = decideInbound(one.configuration, one.call, NONE, NOW);
      if (decision.type !== 'refuse') throw new Error('not refused');
      assert.equal(decision.rejection.callbackId, null);
      assert.doesNotMatch(decision.rejection.reason?.text ?? '', /48|evil|geral|PT|[\r\n"]/);
    }
  });

  it('limits: 403 with cause 21 from the limit on', () => {
    const configuration = aConfiguration({ limits: limits({ perNumber: { max: 3, perSeconds: 60 } }) });
    assert.equal(limitRefusal(configuration, 2), null);
    assert.equal(limitRefusal(configuration, 3)?.status, 403);
    assert.equal(limitRefusal(configuration, 4)?.reason?.cause, 21);
  });

  it('a store that is away: 503', () => assert.equal(STORE_UNAVAILABLE.status, 503));

  it('an accepted caller gets what the terms say, with the id', () => {
    assert.deepEqual(acceptance(terms(), 'cb-1'), {
      status: 486,
      reason: { protocol: 'Q.850', cause: 17, text: 'Callback scheduled' },
      callbackId: 'cb-1',
    });
  });
});

describe('the inbound number', () => {
  const flow = { flow: 'reception' };
  const cases: Array<[what: string, configuration: Configuration, answer: string]> = [
    ['callback on, a rule', aConfiguration({ inboundNumbers: [anInboundNumber(flow)] }), 'callback 48991996260'],
    [
      'callback on, no rule for the caller, a flow',
      aConfiguration({ inboundNumbers: [anInboundNumber(flow)], callbackRules: [aRule({ origin: ['+5511*'] })] }),
      'flow reception',
    ],
    ['callback on, no rule, no flow', aConfiguration({ callbackRules: [] }), 'inbound-number 404 Q.850 1'],
    [
      'callback off, a flow',
      aConfiguration({ inboundNumbers: [anInboundNumber({ ...flow, callback: false })] }),
      'flow reception',
    ],
    [
      'callback off, no flow',
      aConfiguration({ inboundNumbers: [anInboundNumber({ callback: false })] }),
      'inbound-number 404 Q.850 1',
    ],
  ];
  for (const [what, configuration, answer] of cases) {
    it(`${what}: ${answer}`, () => assert.equal(answerOf(decide(configuration)), answer));
  }

  it('with a flow takes hidden, foreign and short callers: nobody is called back there yet', () => {
    const configuration = aConfiguration({ inboundNumbers: [anInboundNumber({ ...flow, callback: false })] });
    for (const fromUser of ['anonymous', '190', '+12125551234', 'alice', '']) {
      assert.equal(answerOf(decide(configuration, { fromUser })), 'flow reception');
    }
    const decision = decide(configuration, { fromUser: 'anonymous' });
    assert.deepEqual(decision.type === 'flow' && decision.context, {
      caller: { received: '', e164: null },
      callerName: null,
      inboundNumber: DID,
      source: TRUNK,
      language: 'pt-BR',
    });
  });
});

describe('a hidden caller', () => {
  const hidden: Array<[what: string, call: Partial<InboundCall>]> = [
    ...['', ' ', 'anonymous', 'Anonymous', 'restricted', 'UNAVAILABLE', 'unknown', 'private', 'Withheld'].map(
      (fromUser): [string, Partial<InboundCall>] => [`From user '${fromUser}'`, { fromUser }],
    ),
    ['From host anonymous.invalid', { fromHost: 'anonymous.invalid' }],
    ['From host Anonymous.Invalid.', { fromHost: 'Anonymous.Invalid.' }],
    ['Privacy: id', { privacy: ['id'] }],
    ['Privacy: user', { privacy: ['user'] }],
    ['Privacy: header;session', { privacy: ['header', 'session'] }],
    ['a P-Asserted-Identity that is not trusted', { fromUser: 'anonymous', assertedUser: '48991996260' }],
  ];
  for (const [what, call] of hidden) {
    it(`${what}: 433, for every method`, () => {
      for (const method of ['caller', 'number', 'extension'] as const) {
        const rule = aRule({ method, number: '+5548999990000', extension: '200' });
        assert.equal(answerOf(decide(aConfiguration({ callbackRules: [rule] }), call)), 'anonymous 433');
      }
    });
  }

  it('is not one who asks for other privacy, or for none, or whose name alone is Anonymous', () => {
    for (const call of [{ privacy: ['none'] }, { privacy: ['session', 'history'] }, { fromName: 'Anonymous' }]) {
      assert.equal(answerOf(decide(aConfiguration(), call)), 'callback 48991996260');
    }
  });
});

describe("the caller's number", () => {
  function callerOn(trunk: Partial<Trunk>, call: Partial<InboundCall>) {
    const decision = decide(aConfiguration({ trunks: [aTrunk(trunk)] }), call);
    if (decision.type !== 'callback') return answerOf(decision);
    return `${decision.request.caller.received} ${decision.request.callerName}`;
  }
  const asserted = { assertedUser: '+5548991112222', assertedName: 'Ana' };

  it('is P-Asserted-Identity where the trunk is trusted, else From', () => {
    assert.equal(callerOn({ trustIdentity: true }, { ...asserted, fromName: 'Bea' }), '+5548991112222 Ana');
    assert.equal(callerOn({ trustIdentity: false }, { ...asserted, fromName: 'Bea' }), '48991996260 Bea');
    assert.equal(callerOn({ trustIdentity: true }, { fromName: 'Bea' }), '48991996260 Bea');
  });

  it('is dialled but masked under Privacy, or behind an anonymous From, where the trunk is trusted', () => {
    for (const call of [
      { privacy: ['id'] },
      { fromUser: 'anonymous', fromHost: 'anonymous.invalid', fromName: 'Bea' },
    ]) {
      assert.equal(callerOn({ trustIdentity: true }, { ...asserted, ...call }), '+5548991112222 Anonymous');
    }
  });

  it('is not taken from an asserted identity that is itself anonymous', () => {
    assert.equal(callerOn({ trustIdentity: true }, { assertedUser: 'anonymous', privacy: ['id'] }), 'anonymous 433');
  });

  it('is kept twice: as received and as E.164', () => {
    const decision = decide(aConfiguration(), { fromUser: '048991996260' });
    assert.deepEqual(decision.type === 'callback' && decision.request.caller, {
      received: '048991996260',
      e164: '+5548991996260',
    });
  });

  const impossible = [
    'alice',
    '48991996260x',
    '48991996260;phone-context=+44',
    '1234567',
    '99999999999999',
    '%00',
    'sip:1',
    '27300',
    '200',
    '*72',
    '+55489',
  ];
  for (const fromUser of impossible) {
    it(`'${fromUser}' cannot be dialled: 484`, () => {
      assert.equal(answerOf(decide(aConfiguration(), { fromUser })), 'impossible 484 Q.850 28');
    });
  }

  for (const fromUser of ['190', '0190', '+55190', '911', '112', '*31#190', '00000000000']) {
    it(`'${fromUser}' is an emergency number: 403, whatever the dial plan`, () => {
      assert.equal(answerOf(decide(aConfiguration(), { fromUser })), 'emergency 403 Q.850 21');
      const ruled = aConfiguration({ callbackRules: [aRule({ trunk: null, outgoingRule: 'Operação' })] });
      assert.equal(answerOf(decide(ruled, { fromUser })), 'emergency 403 Q.850 21');
    });
  }

  for (const fromUser of ['+12125551234', '0012125551234', '12125551234', '+80012345678', '48601234567']) {
    it(`'${fromUser}' is in no country that is allowed: 403`, () => {
      assert.equal(answerOf(decide(aConfiguration(), { fromUser })), 'country 403 Q.850 21');
    });
  }

  it('may be in any of the allowed countries', () => {
    const configuration = aConfiguration({ limits: limits({ countries: { allow: ['BR', 'us'] } }) });
    assert.equal(answerOf(decide(configuration, { fromUser: '+12125551234' })), 'callback +12125551234');
  });

  it('is one of our own: 403, in whatever form', () => {
    for (const fromUser of [DID, '4831210110', '04831210110']) {
      assert.equal(answerOf(decide(aConfiguration(), { fromUser })), 'loop 403 Q.850 21');
    }
  });

  it('no way to dial it: 484 before anything is promised', () => {
    const configuration = aConfiguration({ callbackRules: [aRule({ trunk: null })] });
    assert.equal(answerOf(decide(configuration)), 'impossible 484 Q.850 28');
  });
});

describe('the number that is to be dialled', () => {
  function onNumber(number: string, changes: Partial<Configuration> = {}): string {
    return answerOf(decide(aConfiguration({ callbackRules: [aRule({ method: 'number', number })], ...changes })));
  }

  it("is the rule's number for method number: the gates judge that one", () => {
    assert.equal(onNumber('(48) 99999-0000'), 'callback 48991996260');
    assert.equal(onNumber('+12125551234'), 'country 403 Q.850 21');
    assert.equal(onNumber('190'), 'emergency 403 Q.850 21');
    assert.equal(onNumber('alice'), 'impossible 484 Q.850 28');
    assert.equal(onNumber(DID), 'loop 403 Q.850 21');
    assert.equal(
      onNumber('+5548999990000', { limits: limits({ blockedNumbers: ['+554899999*'] }) }),
      'blocked 403 Q.850 21',
    );
  });

  it("may be a private one of the configuration's, which no country knows", () => {
    assert.equal(onNumber('7001234'), 'callback 48991996260');
  });

  it('lets a foreign caller pass, whose own number is not dialled; but not a blocked one', () => {
    const rule = aRule({ method: 'number', number: '+5548999990000' });
    const configuration = aConfiguration({ callbackRules: [rule] });
    assert.equal(answerOf(decide(configuration, { fromUser: '+12125551234' })), 'callback +12125551234');
    const blocking = { ...configuration, limits: limits({ blockedNumbers: ['+1*'] }) };
    assert.equal(answerOf(decide(blocking, { fromUser: '+12125551234' })), 'blocked 403 Q.850 21');
  });

  it('is an extension: only the block list looks at the caller', () => {
    const configuration = aConfiguration({
      callbackRules: [aRule({ method: 'extension', extension: '200', trunk: null })],
    });
    assert.equal(answerOf(decide(configuration, { fromUser: 'alice' })), 'callback alice');
    const blocking = { ...configuration, limits: limits({ blockedNumbers: ['alice*', '48991996260'] }) };
    assert.equal(answerOf(decide(blocking)), 'blocked 403 Q.850 21');
  });

  it('is our own number when the outgoing rule makes it so: 403', () => {
    const configuration = aConfiguration({
      outgoingRules: [
        { name: 'r', routes: [{ match: '.', matchOn: 'e164', rewrite: '04831210110', trunks: [TRUNK] }] },
      ],
      callbackRules: [aRule({ trunk: null, outgoingRule: 'r' })],
    });
    assert.equal(answerOf(decide(configuration)), 'loop 403 Q.850 21');
  });
});

describe('an extension that calls', () => {
  const call = { extension: '200', fromUser: 'whatever', fromName: 'Ana' };

  it('is called back at the extension itself, showing the inbound number', () => {
    const decision = decide(aConfiguration(), call);
    if (decision.type !== 'callback') throw new Error(answerOf(decision));
    const { plan, caller, source } = decision.request;
    assert.deepEqual(caller, { received: '200', e164: null });
    assert.equal(source, 'extension:200');
    assert.equal(plan.terms.method, 'extension');
    assert.equal(plan.terms.extension, '200');
    assert.deepEqual(plan.terms.callerId, { number: DID, name: null });
  });

  it('is never anonymous: it has proved who it is, and is only not shown', () => {
    const decision = decide(aConfiguration(), { ...call, privacy: ['id'], fromUser: 'anonymous' });
    assert.equal(answerOf(decision), 'callback 200');
    assert.equal(decision.type === 'callback' && decision.request.callerName, 'Anonymous');
  });

  it('is not whoever writes its number into From on a trunk', () => {
    assert.equal(answerOf(decide(aConfiguration(), { fromUser: '200' })), 'impossible 484 Q.850 28');
  });
});

describe('the gates for the API', () => {
  const context = { callerName: null, inboundNumber: null, source: null };
  const plan = { origin: 'api:x', terms: terms(), next: null };

  it('ask no anonymity of a call that there is none of', () => {
    const caller = { received: '', e164: null };
    const byNumber = { ...plan, terms: terms({ method: 'number', number: '+5548999990000' }) };
    assert.equal(gateCallback(aConfiguration(), { ...context, caller, plan: byNumber }).type, 'pass');
    const refused = gateCallback(aConfiguration(), { ...context, caller, plan });
    assert.equal(refused.type === 'refuse' && refused.rejection.status, 484);
  });
});

describe('a call that rings first', () => {
  const configuration = (flow: string | null = null) =>
    aConfiguration({
      inboundNumbers: [anInboundNumber({ flow })],
      callbackRules: [aRule({ ringing: { mode: 'missedCall', seconds: 20 } })],
    });

  it('passes the same gates, and brings the flow for a caller who stays', () => {
    const decision = decide(configuration('reception'));
    assert.ok(decision.type === 'callback');
    assert.deepEqual(decision.ringing, { mode: 'missedCall', seconds: 20, flow: 'reception' });
    assert.match(decision.steps.at(-1)!.text, /hangs up within 20 s .* enters flow 'reception'/);
    assert.equal(answerOf(decide(configuration(), { fromUser: 'anonymous' })), 'anonymous 433');
    assert.equal(answerOf(decide(configuration(), { fromUser: '190' })), 'emergency 403 Q.850 21');
  });

  it('freezes nothing of it into the promise: the plan is that of a call that is rejected at once', () => {
    const [rung, rejected] = [configuration(), aConfiguration()].map((one) => decide(one));
    assert.ok(rung?.type === 'callback' && rejected?.type === 'callback');
    assert.deepEqual(rung.request, rejected.request);
    assert.equal(rejected.ringing, null);
  });
});

describe('an anonymous call', () => {
  const ANONYMOUS = [{ fromUser: 'anonymous' }, { privacy: ['id'] }, { fromHost: 'anonymous.invalid' }];

  it('enters the flow that its inbound number has for it, before any rule is asked', () => {
    const inboundNumbers = [anInboundNumber({ flow: 'reception', anonymous: { flow: 'who-are-you' } })];
    const configuration = aConfiguration({ inboundNumbers });
    for (const call of ANONYMOUS) assert.equal(answerOf(decide(configuration, call)), 'flow who-are-you');
    assert.equal(answerOf(decide(configuration)), 'callback 48991996260');
  });

  it('with a trusted identity is none: the rules are asked', () => {
    const inboundNumbers = [anInboundNumber({ anonymous: { flow: 'who-are-you' } })];
    const configuration = aConfiguration({ trunks: [aTrunk({ trustIdentity: true })], inboundNumbers });
    const call = { fromUser: 'anonymous', privacy: ['id'], assertedUser: '48991996260' };
    assert.equal(answerOf(decide(configuration, call)), 'callback 48991996260');
  });
});

describe('a hostile call', () => {
  const nasty = fc.oneof(
    fc.string({ maxLength: 80 }),
    fc.string({ unit: fc.constantFrom(...'0123456789+*#"\r\n<>@;\\\0\u001b é'), maxLength: 40 }),
    fc.constantFrom('+5548991996260', '48991996260\r\nReason: x', '\u001b[31m48991996260', '__proto__', 'constructor'),
  );
  const calls = fc.record({
    fromUser: nasty,
    fromHost: nasty,
    fromName: fc.option(nasty),
    assertedUser: fc.option(nasty),
    assertedName: fc.option(nasty),
    dialledUser: fc.oneof(nasty, fc.constant(DID)),
    remoteParty: fc.option(fc.record({ user: nasty, name: fc.option(nasty), isPrivate: fc.boolean() })),
    history: fc.array(fc.oneof(nasty, fc.constant(DID)), { maxLength: 3 }),
    calledUser: fc.option(nasty),
    toUser: nasty,
    privacy: fc.array(nasty, { maxLength: 2 }),
    headers: fc.dictionary(nasty, nasty, { maxKeys: 3 }),
  });

  it('is decided without an exception, and no octet of it that could hurt gets out', () => {
    const method = fc.constantFrom('caller' as const, 'extension' as const);
    fc.assert(
      fc.property(calls, method, fc.boolean(), (call, how, trustIdentity) => {
        const configuration = aConfiguration({
          trunks: [aTrunk({ trustIdentity })],
          callbackRules: [aRule({ method: how, extension: '200' })],
        });
        const decision = decide(configuration, call);
        for (const step of decision.steps) assert.match(step.text, /^[\x20-\x7e]*$/);
        if (decision.type === 'refuse') assert.doesNotMatch(decision.rejection.reason?.text ?? '', /["\r\n]/);
        if (decision.type !== 'callback') return;
        const { callerId } = decision.request.plan.terms;
        assert.match(callerId?.number ?? '', /^[A-Za-z0-9+*_]*$/);
        for (const name of [callerId?.name ?? '', decision.request.callerName ?? '']) {
          assert.doesNotMatch(name, /["\\<>\p{C}]/u);
          assert.ok(name.length <= 64);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
