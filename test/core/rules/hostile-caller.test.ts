import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { InboundCall } from '../../../lib/core/call/inbound-call.ts';
import { acceptCallback } from '../../../lib/core/callback/accept.ts';
import { isDialString } from '../../../lib/core/dialplan/route.ts';
import { promiseCharges } from '../../../lib/core/policy/charges.ts';
import { suppressionKeyOf } from '../../../lib/core/policy/suppression.ts';
import { decideInbound } from '../../../lib/core/rules/decide-inbound.ts';
import { explain, formatExplanation } from '../../../lib/core/rules/explain.ts';
import { gateBeforeDialling } from '../../../lib/core/rules/gates.ts';
import { routeSpecOf } from '../../../lib/core/rules/request.ts';
import { aCall, aConfiguration, anInboundNumber, aRule, aTrunk, DID, limits } from './configuration-fixture.ts';

const NOW = Date.parse('2026-11-26T15:00:00Z');
/** Every gate is on, and open for what is right. */
const STRICT = aConfiguration({
  trunks: [aTrunk({ trustIdentity: true })],
  callbackRules: [aRule({ minimumTalkSeconds: 5, outsideHours: 'wait' })],
  inboundNumbers: [anInboundNumber()],
  limits: limits({
    countries: { allow: ['BR', 'US', 'PT'] },
    blockedNumbers: ['+5511*', '/^\\+55\\d{2}0300/', '0900*'],
    specialNumbers: { unallocated: false },
    perPrefix: [{ prefix: null, digits: 8, max: 5, perSeconds: 60 }],
    total: { max: 5, perSeconds: 60 },
    newNumbers: { max: 5, perSeconds: 60 },
    callingHours: ['Mon-Sun 08:00-21:00'],
    spend: {
      prices: 'prefix,class,perMinute\n55,low,0.1\n1,medium,0.5\n',
      classes: ['low', 'medium', 'high'],
      maxPriceClass: 'medium',
      assumedMinutes: 3,
      perDay: 100,
    },
  }),
});

/** Numbers, and what people who mean harm send in the place of one. */
const hostile = fc.oneof(
  fc
    .tuple(
      fc.constantFrom('+554899199', '04899199', '(48) 99199-', '+1212555', '+35191234'),
      fc.stringMatching(/^\d{4}$/),
    )
    .map(([prefix, digits]) => prefix + digits),
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc.stringMatching(/^[+0]{0,3}[0-9*#;=%()\- ]{0,40}$/),
  fc
    .tuple(
      fc.constantFrom('+55', '0055', '55', '0', '+1900', '+979', '+881', '+', '%2B55', '*31#', '#31#', '00'),
      fc.stringMatching(/^\d{0,14}$/),
    )
    .map(([prefix, digits]) => prefix + digits),
  fc.constantFrom(
    '190',
    '+55190',
    '0055190',
    '*31#190',
    '911',
    '112',
    '+1911',
    '0800',
    '\u0661\u0661\u0662',
    '１１２',
    '+55 48 99199-6260\r\nX: y',
  ),
  fc.constantFrom(
    'sip:1@x',
    '<script>',
    "'; drop table callbacks; --",
    '../../etc/passwd',
    '\0',
    '%00',
    '{caller}',
    '$1',
    '__proto__',
  ),
);
const headerText = fc.string({ unit: 'binary', maxLength: 300 });
const headers = fc.record({
  from: headerText,
  'p-asserted-identity': headerText,
  'p-attestation-indicator': headerText,
});

describe("a caller's number, whatever it is", () => {
  const calls = fc.record({ fromUser: hostile, assertedUser: fc.option(hostile), fromHost: hostile, headers });

  it('is refused, or comes out as digits that no gate objects to, before the promise and before dialling alike', () => {
    let passed = 0;
    fc.assert(
      fc.property(calls, (changes) => {
        const decision = decideInbound(STRICT, aCall(changes as Partial<InboundCall>), new Map(), NOW);
        if (decision.type !== 'callback') return;
        passed += 1;
        const { request } = decision;
        const { number } = routeSpecOf(STRICT, request.plan.terms, request.caller);
        assert.ok(number?.e164 !== null && number !== null);
        assert.match(number.e164 ?? '', /^\+(55|1|351)\d{6,13}$/);
        assert.ok(!number.e164?.startsWith('+5511'));
        assert.match(suppressionKeyOf(number), /^\+\d{7,15}$/);
        for (const { key, max } of promiseCharges(STRICT, { plan: request.plan, number, isNew: true })) {
          assert.match(key, /^[\x20-\x7e]{1,64}$/);
          assert.equal(max, 5);
        }
        const asked = { ...request, id: 'x', inboundCallId: 'c', userData: null };
        const gated = gateBeforeDialling(STRICT, acceptCallback(asked, NOW).callback, NOW);
        assert.equal(gated.type, 'pass');
        if (gated.type === 'pass')
          for (const one of gated.candidates) assert.ok(one.kind === 'trunk' && isDialString(one.user));
      }),
      { numRuns: 3000 },
    );
    assert.ok(passed > 20, `only ${passed} passed`);
  });

  it('explains itself without a control character', () => {
    fc.assert(
      fc.property(hostile, (from) => {
        const text = formatExplanation(explain(STRICT, { to: DID, from }, NOW));
        assert.doesNotMatch(text.replaceAll('\n', ''), /\p{C}/u);
      }),
      { numRuns: 500 },
    );
  });
});
