import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Configuration } from '../../../lib/core/configuration.ts';
import { decideInbound } from '../../../lib/core/rules/decide-inbound.ts';
import { explain, formatExplanation, type Situation } from '../../../lib/core/rules/explain.ts';
import { ALL_ON, type Switches, switched } from '../../../lib/core/trunk/switches.ts';
import { component } from '../../support/flow-components.ts';
import { closed } from '../callback/life-fixture.ts';
import { aCall, aConfiguration, anInboundNumber, aRule, aTrunk, DID, TRUNK, terms } from './configuration-fixture.ts';

const NOW = Date.UTC(2027, 0, 1, 12, 0, 0);
const PERSON = '48991996260';

function ask(configuration: Configuration, from = PERSON, source?: string) {
  return explain(configuration, { to: DID, from, ...(source === undefined ? {} : { source }) }, NOW);
}

describe('the dry run of a call', () => {
  const rule = aRule({ name: 'Callback geral', next: 'reception', callerId: { number: DID, name: 'Sapers' } });

  it('tells rule, method, target, dial string, trunk, caller ID and times', () => {
    const { steps, ...result } = ask(aConfiguration({ callbackRules: [rule] }), '048991996260');
    assert.deepEqual(result, {
      to: DID,
      from: { received: '048991996260', e164: '+5548991996260' },
      country: 'BR',
      outcome: 'callback',
      status: 486,
      q850Cause: 17,
      reject: { status: 486, reason: { protocol: 'Q.850', cause: 17, text: 'Callback scheduled' } },
      gate: null,
      inboundNumber: DID,
      rule: 'Callback geral',
      flow: 'reception',
      method: 'caller',
      target: { number: '+5548991996260', extension: null },
      candidates: [{ kind: 'trunk', trunk: TRUNK, user: '048991996260' }],
      shown: [{ callerId: { number: DID, name: 'Sapers' }, callerIdChange: null }],
      callerId: { number: DID, name: 'Sapers' },
      language: 'pt-BR',
      mode: 'reject',
      ringSeconds: null,
      delaySeconds: 5,
      dueAt: NOW + 5000,
      expiresAt: NOW + 5000 + 1_800_000,
    });
    assert.deepEqual(
      steps.map(({ step, verdict }) => `${verdict} ${step}`),
      [
        'skipped source',
        'passed inbound-number',
        'chosen caller',
        'chosen rule',
        'passed anonymous',
        'passed attestation',
        'passed impossible',
        'passed emergency',
        'passed blocked',
        'passed special',
        'passed country',
        'passed price',
        'passed loop',
        'passed hours',
        'skipped suppressed',
        'skipped ping-pong',
        'skipped limits',
        'skipped spend',
        'skipped duplicate',
        'chosen route',
        'chosen caller-id',
        'chosen due',
        'chosen language',
      ],
    );
  });

  it('says how the number is written: as received, in a format, or by an outgoing rule', () => {
    const route = (configuration: Configuration) => ask(configuration).steps.find(({ step }) => step === 'route')?.text;
    assert.match(route(aConfiguration()) ?? '', /exactly as received/);
    assert.match(
      route(aConfiguration({ trunks: [aTrunk({ numberFormat: 'e164' })] })) ?? '',
      /\+5548991996260.*format e164/,
    );
    const byRule = aConfiguration({ callbackRules: [aRule({ trunk: null })], defaultOutgoingRule: 'Operação' });
    assert.match(route(byRule) ?? '', /'048991996260' through trunk.*outgoing rule 'Operação'/);
  });

  it('tells the gate, status and cause of a refusal', () => {
    const anonymous = ask(aConfiguration(), 'anonymous');
    assert.deepEqual([anonymous.outcome, anonymous.gate, anonymous.status], ['refused', 'anonymous', 433]);
    const abroad = ask(aConfiguration(), '+12125551234');
    assert.deepEqual([abroad.gate, abroad.status, abroad.q850Cause, abroad.country], ['country', 403, 21, 'US']);
    assert.equal(abroad.inboundNumber, DID);
    assert.deepEqual(abroad.candidates, []);
    const unknown = explain(aConfiguration(), { to: '+554831219999', from: PERSON }, NOW);
    assert.deepEqual(
      [unknown.gate, unknown.status, unknown.q850Cause, unknown.inboundNumber],
      ['inbound-number', 404, 1, null],
    );
  });

  it('decides as a real call does', () => {
    fc.assert(
      fc.property(fc.constantFrom(PERSON, '+12125551234', '190', 'alice', '', DID, '48601234567'), (from) => {
        const real = decideInbound(aConfiguration(), aCall({ fromUser: from }), new Map());
        const dry = ask(aConfiguration(), from, TRUNK);
        assert.equal(dry.outcome, real.type === 'refuse' ? 'refused' : real.type);
        assert.equal(dry.gate, real.type === 'refuse' ? real.gate : null);
      }),
    );
  });

  it('checks the source when it is given: a trunk by name, or an address', () => {
    const source = (text: string) => {
      const { outcome, gate, steps } = ask(aConfiguration(), PERSON, text);
      return `${outcome} ${gate} ${steps[0]?.step} ${steps[0]?.verdict}`;
    };
    assert.equal(source(TRUNK), 'callback null source passed');
    assert.equal(source('127.0.0.1'), 'callback null source passed');
    assert.equal(source('127.0.0.1:5099'), 'callback null source passed');
    assert.equal(source('203.0.113.1'), 'refused source source refused');
    assert.equal(source('nonsense'), 'refused source source refused');
  });

  it("takes an extension's number for the extension", () => {
    const result = ask(aConfiguration(), '200');
    assert.equal(result.outcome, 'callback');
    assert.deepEqual(result.candidates, [{ kind: 'extension', extension: '200' }]);
    assert.deepEqual(result.target, { number: null, extension: '200' });
  });

  it('goes through a flow that calls back at once, and stops at one that does not', () => {
    const flows: Configuration['flows'] = [
      {
        name: 'offer',
        start: 'back',
        components: {
          back: component('callback', { terms: terms({ delaySeconds: 9 }), next: 'bye' }),
          bye: { type: 'hangup', reason: null },
        },
      },
    ];
    const inboundNumbers = [anInboundNumber({ callback: false, flow: 'offer' })];
    const offered = ask(aConfiguration({ flows, inboundNumbers }));
    assert.deepEqual(
      [offered.outcome, offered.rule, offered.flow, offered.delaySeconds],
      ['callback', null, 'offer', 9],
    );
    assert.equal(ask(aConfiguration({ flows, inboundNumbers }), '+12125551234').gate, 'country');
    const plain = ask(aConfiguration({ flows: [{ ...flows[0]!, start: 'bye' }], inboundNumbers }));
    assert.deepEqual([plain.outcome, plain.flow, plain.status], ['flow', 'offer', null]);
    assert.equal(ask(aConfiguration({ inboundNumbers })).outcome, 'flow');
  });

  it('survives JSON unchanged', () => {
    for (const from of [PERSON, 'anonymous', '200', '+12125551234']) {
      const result = ask(aConfiguration(), from);
      assert.deepEqual(JSON.parse(JSON.stringify(result)), result);
    }
  });
});

describe('the language in the dry run', () => {
  const said = (configuration: Configuration) => {
    const { language, steps } = ask(configuration, '048991996260');
    return `${language}: ${steps.find(({ step }) => step === 'language')?.text}`;
  };
  const rule = (language: string | null) => [aRule({ next: 'reception', language })];
  const inSpanish = [anInboundNumber({ language: 'es' })];

  it('is told with who says so', () => {
    assert.equal(said(aConfiguration({ callbackRules: rule('fr') })), 'fr: prompts are in fr, as the rule says');
    const ofNumber = aConfiguration({ callbackRules: rule(null), inboundNumbers: inSpanish });
    assert.equal(said(ofNumber), 'es: prompts are in es, as the inbound number says');
    assert.equal(said(aConfiguration({ callbackRules: rule(null) })), 'pt-BR: prompts are in pt-BR, the default');
    const english = aConfiguration({ callbackRules: rule(null), defaultLanguage: 'en' });
    assert.equal(said(english), 'en: prompts are in en, the default');
  });

  it('is that of the inbound number for a call that a flow takes', () => {
    const flow = { callback: false, flow: 'reception', language: 'es' };
    assert.equal(
      said(aConfiguration({ inboundNumbers: [anInboundNumber(flow)] })),
      'es: prompts are in es, as the inbound number says',
    );
  });
});

describe('the dry run on a terminal', () => {
  it('reads as a person asks: who, what, when, why', () => {
    const text = formatExplanation(ask(aConfiguration({ callbackRules: [aRule({ next: 'reception' })] })));
    assert.equal(
      text.split('Why:')[0],
      `48991996260 (+5548991996260) calls +554831210110
Called back by rule 'Callback geral', method caller.
  response   486, Q.850 cause 17 "Callback scheduled"
  target     +5548991996260
  dials      '48991996260' through trunk 'trunk-80092037'
  caller ID  +554831210110
  due        2027-01-01T12:00:05.000Z (5 s)
  speaks     pt-BR
  then       flow 'reception'

`,
    );
    assert.match(text, /passed {3}country {9}BR is allowed/);
  });

  it('names the gate and the response of a refusal, and the flow that takes the call', () => {
    assert.match(
      formatExplanation(ask(aConfiguration(), '190')),
      /gate 'emergency'.\n {2}response {3}403, Q.850 cause 21/,
    );
    assert.match(
      formatExplanation(ask(aConfiguration(), '')),
      /anonymous calls .*\nRefused by the gate 'anonymous'.\n {2}response {3}433\n/,
    );
    const inboundNumbers = [anInboundNumber({ callback: false, flow: 'reception' })];
    assert.match(formatExplanation(ask(aConfiguration({ inboundNumbers }))), /Flow 'reception' takes the call/);
    assert.match(
      formatExplanation(ask(aConfiguration(), '200')),
      /target {5}extension 200\n {2}dials {6}extension '200'/,
    );
  });

  it('says how long it rings, and who is called back then', () => {
    const ring = aRule({ ringing: { mode: 'ring', seconds: 10 } });
    const asked = ask(aConfiguration({ callbackRules: [ring] }));
    assert.deepEqual([asked.mode, asked.ringSeconds, asked.status], ['ring', 10, 486]);
    assert.match(formatExplanation(asked), /rings {6}10 s before the response\n {2}response {3}486/);
    const missed = aRule({ ringing: { mode: 'missedCall', seconds: 20 } });
    const text = formatExplanation(ask(aConfiguration({ callbackRules: [missed] })));
    assert.match(text, /rings {6}20 s; called back only if the caller hangs up\n {2}target/);
    assert.match(text, /5 s after the caller hangs up/);
    assert.match(text, /who stays is rejected without a promise/);
  });

  it('sends no control character to it, and never throws', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', maxLength: 200 }),
        fc.string({ unit: 'binary' }),
        fc.option(fc.string()),
        (to, from, source) => {
          const text = formatExplanation(
            explain(aConfiguration(), { to, from, ...(source === null ? {} : { source }) }, NOW),
          );
          assert.doesNotMatch(text.replaceAll('\n', ''), /\p{C}/u);
        },
      ),
    );
  });
});

describe('the dry run, with what is closed at the moment', () => {
  const both = aConfiguration({
    trunks: [aTrunk({ name: 'a' }), aTrunk({ name: 'b' })],
    outgoingRules: [{ name: 'both', routes: [{ match: '.', matchOn: 'received', rewrite: null, trunks: ['a', 'b'] }] }],
    callbackRules: [aRule({ trunk: null, outgoingRule: 'both' })],
  });
  const now = (line: Situation['line'], switches: Switches = ALL_ON) =>
    explain(both, { to: DID, from: PERSON, source: 'a' }, NOW, { line, switches });
  const trunkSteps = (line: Situation['line']) => now(line).steps.filter(({ step }) => step === 'trunk');

  it('names the trunks that would be passed over, and why', () => {
    assert.deepEqual(trunkSteps(closed({})), []);
    assert.deepEqual(trunkSteps(closed({ a: 'down' })), [
      {
        step: 'trunk',
        verdict: 'skipped',
        text: "trunk 'a' is down",
        sentences: [{ code: 'trunk-down', parameters: { trunk: 'a' } }],
      },
    ]);
  });

  it('says that the callback would wait where every way is closed', () => {
    const steps = trunkSteps(closed({ a: 'parked', b: 'switched-off' }));
    assert.deepEqual(
      steps.map(({ text }) => text),
      [
        "trunk 'a' asked to be left alone for a while",
        "trunk 'b' is switched off for dialling",
        'every way is closed: it would wait until one opens, or until it expires',
      ],
    );
  });

  it('refuses while the process is overloaded whoever would be taken, after the gates that need no store', () => {
    const overload = { isOverloaded: true, text: 'overloaded: the main loop is 250 ms late' };
    const situation = { line: closed({}), switches: ALL_ON, load: overload };
    const { gate, status, reject, steps } = explain(both, { to: DID, from: PERSON, source: 'a' }, NOW, situation);
    assert.deepEqual([gate, status, reject?.reason?.cause], ['overload', 503, 42]);
    assert.deepEqual(steps.at(-1), { step: 'overload', verdict: 'refused', text: overload.text });
    const wrong = explain(both, { to: '+554830000000', from: PERSON, source: 'a' }, NOW, situation);
    assert.equal(wrong.gate, 'inbound-number');
    const atEase = { ...situation, load: { isOverloaded: false, text: 'the main loop is 2 ms late' } };
    const taken = explain(both, { to: DID, from: PERSON, source: 'a' }, NOW, atEase);
    assert.equal(taken.outcome, 'callback');
    assert.ok(taken.steps.some(({ step, verdict }) => step === 'overload' && verdict === 'passed'));
  });

  it('refuses the caller of a flow while this node has no room for another call, and nobody else', () => {
    const flows = aConfiguration({ inboundNumbers: [anInboundNumber({ callback: false, flow: 'reception' })] });
    const situation = { line: closed({}), switches: ALL_ON, room: { calls: 2, max: 2 } };
    const call = { to: DID, from: PERSON, source: 'a' };
    const full = explain({ ...both, inboundNumbers: flows.inboundNumbers }, call, NOW, situation);
    assert.deepEqual([full.gate, full.status, full.reject?.reason?.cause], ['capacity', 503, 34]);
    assert.equal(full.steps.at(-1)?.text, 'all 2 calls of this node are in use');
    const free = explain({ ...both, inboundNumbers: flows.inboundNumbers }, call, NOW, {
      ...situation,
      room: { calls: 1, max: 2 },
    });
    assert.equal(free.outcome, 'flow');
    assert.equal(explain(both, call, NOW, situation).outcome, 'callback');
  });

  it('refuses at the switch, after the gates before it, as a call would be refused', () => {
    const off = switched(ALL_ON, { name: 'accept', trunk: 'a', on: false });
    const { outcome, gate, status, reject, steps, candidates } = now(closed({}), off);
    assert.deepEqual([outcome, gate, status, reject?.reason?.cause, candidates], ['refused', 'accept', 480, 31, []]);
    assert.deepEqual(
      steps.slice(-2).map(({ step, verdict }) => `${verdict} ${step}`),
      ['passed hours', 'refused accept'],
    );
    assert.match(formatExplanation(now(closed({}), off)), /Refused by the gate 'accept'/);
    assert.equal(
      now(closed({})).steps.some(({ step, verdict }) => step === 'accept' && verdict === 'passed'),
      true,
    );
  });
});

describe('the dry run of a number that a rule would dial', () => {
  const configuration = aConfiguration({ callbackRules: [aRule({ name: 'Callback geral', next: 'reception' })] });
  const dialledBy = (number: string, rule = 'Callback geral') =>
    explain(configuration, { to: '', from: number, rule }, NOW);

  it('is judged by the gates of the API, whoever calls, and tells what would be dialled', () => {
    const { outcome, rule, target, candidates, steps } = dialledBy('(48) 99199-6260');
    assert.deepEqual([outcome, rule, target?.number], ['callback', 'Callback geral', '+5548991996260']);
    assert.deepEqual(candidates, [{ kind: 'trunk', trunk: TRUNK, user: '48991996260' }]);
    assert.deepEqual(
      steps.slice(0, 3).map(({ step, verdict }) => `${verdict} ${step}`),
      ['skipped source', 'passed anonymous', 'passed attestation'],
    );
  });

  it('is refused as it would be', () => {
    const gates = [
      ['190', 'emergency'],
      ['+12025550123', 'country'],
      [DID, 'loop'],
      ['no number', 'impossible'],
    ];
    for (const [number = '', gate] of gates) {
      const { outcome, gate: refusing, steps } = dialledBy(number);
      assert.deepEqual([outcome, refusing, steps.at(-1)?.verdict], ['refused', gate, 'refused'], number);
    }
  });

  it('is no question to a rule that there is not', () => {
    assert.throws(() => dialledBy(PERSON, 'nobody'), /there is no callback rule/);
  });
});
