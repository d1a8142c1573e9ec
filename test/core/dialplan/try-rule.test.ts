import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Configuration, OutgoingRoute } from '../../../lib/core/configuration.ts';
import { routeTo } from '../../../lib/core/dialplan/route.ts';
import { formatTrial, type RuleQuestion, tryRule } from '../../../lib/core/dialplan/try-rule.ts';
import { readNumber } from '../../../lib/core/policy/read-number.ts';
import { aConfiguration, aTrunk, DID, TRUNK } from '../rules/configuration-fixture.ts';

/** Thursday, 09:00 in Sao Paulo. */
const MORNING = Date.UTC(2026, 10, 26, 12);
const NIGHT = Date.UTC(2026, 10, 26, 23);

function aRoute(changes: Partial<OutgoingRoute> = {}): OutgoingRoute {
  return { match: '^55', matchOn: 'e164', rewrite: null, trunks: [TRUNK], ...changes };
}

function withRoutes(routes: OutgoingRoute[], changes: Partial<Configuration> = {}): Configuration {
  return aConfiguration({
    trunks: [aTrunk(), aTrunk({ name: 'other', numberFormat: 'e164' })],
    outgoingRules: [{ name: 'rule', routes }],
    hours: [
      { name: 'office', timezone: 'America/Sao_Paulo', regular: ['Mon-Fri 08:00-18:00'], extra: [], holidays: [] },
    ],
    ...changes,
  });
}

function ask(configuration: Configuration, question: Partial<RuleQuestion> = {}, at = MORNING) {
  const trial = tryRule(configuration, { rule: 'rule', number: '48991996260', ...question }, { at, draw: null });
  assert.ok(trial !== null);
  return trial;
}

const verdicts = (trial: ReturnType<typeof ask>) => trial.routes.map(({ verdict }) => verdict);
const dialled = (trial: ReturnType<typeof ask>) => trial.trunks.map(({ trunk, user }) => `${trunk}:${user}`);

describe('the tester of outgoing rules', () => {
  it('shows which route takes the number, its groups, and what is dialled', () => {
    const routes = [aRoute({ match: '^1' }), aRoute({ match: '^55(\\d\\d)(\\d+)$', rewrite: '0$1$2' }), aRoute()];
    const trial = ask(withRoutes(routes));
    assert.deepEqual(verdicts(trial), ['no-match', 'taken', 'not-reached']);
    assert.deepEqual(trial.routes[1]?.groups, ['48', '991996260']);
    assert.deepEqual(dialled(trial), [`${TRUNK}:048991996260`]);
  });

  it('shows each trunk in its own format, and the caller ID that it would be sent', () => {
    const trunks = [
      aTrunk({ callerIds: { allow: ['+5548*'], default: DID } }),
      aTrunk({ name: 'other', numberFormat: 'e164' }),
    ];
    const trial = ask(withRoutes([aRoute({ trunks: [TRUNK, 'other'] })], { trunks }), { callerId: '+551140001234' });
    assert.deepEqual(dialled(trial), [`${TRUNK}:48991996260`, 'other:+5548991996260']);
    assert.deepEqual(
      trial.trunks.map(({ callerId, callerIdChange }) => [callerId.number, callerIdChange]),
      [
        [DID, 'not-allowed'],
        ['+551140001234', null],
      ],
    );
  });

  it('shows the first inbound number where no caller ID is asked for', () => {
    assert.equal(ask(withRoutes([aRoute()])).trunks[0]?.callerId.number, DID);
  });

  it('holds a pattern on the received number against that, whatever its E.164', () => {
    const routes = [aRoute({ match: '^0048', matchOn: 'received' })];
    assert.deepEqual(verdicts(ask(withRoutes(routes))), ['no-match']);
    const received = ask(withRoutes(routes), { received: '0048991996260' });
    assert.deepEqual([verdicts(received), received.routes[0]?.subject], [['taken'], '0048991996260']);
  });

  it('says of a number without E.164 that no such pattern can match', () => {
    const trial = ask(withRoutes([aRoute()]), { number: '190' });
    assert.deepEqual([verdicts(trial), trial.refusal?.gate], [['unreadable'], 'no-route']);
  });

  it('passes over a route that is closed, by a calendar or by hours of its own', () => {
    const routes = [
      aRoute({ hours: 'office', trunks: ['other'] }),
      aRoute({ between: ['Thu 19:00-21:00'], timezone: 'America/Sao_Paulo' }),
    ];
    assert.deepEqual(verdicts(ask(withRoutes(routes))), ['taken', 'closed']);
    assert.deepEqual(verdicts(ask(withRoutes(routes), {}, NIGHT)), ['closed', 'taken']);
    const late = ask(withRoutes(routes), {}, NIGHT + 3_600_000 * 2);
    assert.deepEqual([verdicts(late), late.refusal?.gate], [['closed', 'closed'], 'no-route']);
    assert.match(late.refusal?.text ?? '', /at that time/);
  });

  it('counts the shares of trunks in one place', () => {
    const shared = [{ name: TRUNK, weight: 30 }, { name: 'other', weight: 90 }, 'last'];
    const trunks = [aTrunk(), aTrunk({ name: 'other' }), aTrunk({ name: 'last' })];
    const trial = ask(withRoutes([aRoute({ trunks: shared })], { trunks }));
    assert.deepEqual(
      trial.trunks.map(({ trunk, percent }) => [trunk, percent]),
      [
        ['other', 75],
        [TRUNK, 25],
        ['last', null],
      ],
    );
  });

  it("takes a trunk's own weight where the route gives none", () => {
    const trunks = [aTrunk({ weight: 1 }), aTrunk({ name: 'other', weight: 3 })];
    const trial = ask(withRoutes([aRoute({ trunks: [TRUNK, 'other'] })], { trunks }));
    assert.deepEqual(
      trial.trunks.map(({ trunk, percent }) => [trunk, percent]),
      [
        ['other', 75],
        [TRUNK, 25],
      ],
    );
  });

  it('with a trunk beside the rule: reshaped by the rule, through that trunk', () => {
    const trial = ask(withRoutes([aRoute({ match: '^55(.*)', rewrite: '9$1' })]), { trunk: 'other' });
    assert.deepEqual(dialled(trial), ['other:948991996260']);
  });

  it('refuses what is never dialled, and knows no rule of another name', () => {
    const emergency = ask(withRoutes([aRoute({ match: '^55.*', rewrite: '190' })]));
    assert.equal(emergency.refusal?.gate, 'emergency');
    assert.deepEqual(emergency.trunks, []);
    assert.equal(tryRule(withRoutes([]), { rule: 'none', number: '1' }, { at: 0, draw: null }), null);
  });

  it('says the same as the dial plan, for any number, rule, time and draw', () => {
    const number = fc.oneof(fc.stringMatching(/^\+?[0-9]{3,14}$/), fc.string({ maxLength: 20 }));
    const match = fc.constantFrom('^55', '^5548(.*)$', '.', '^1', '^(\\d+)$');
    const route = fc.record({
      match,
      matchOn: fc.constantFrom('e164' as const, 'received' as const),
      rewrite: fc.constantFrom(null, '0$1', '$1'),
      trunks: fc.constantFrom<OutgoingRoute['trunks']>(
        [TRUNK],
        ['other', TRUNK],
        [
          { name: TRUNK, weight: 1 },
          { name: 'other', weight: 2 },
        ],
      ),
      hours: fc.constantFrom(null, 'office'),
    });
    fc.assert(
      fc.property(
        fc.array(route, { minLength: 1, maxLength: 4 }),
        number,
        fc.nat(7 * 86_400_000),
        fc.string(),
        (routes, text, ms, draw) => {
          const configuration = withRoutes(routes);
          const moment = { at: MORNING + ms, draw };
          const trial = tryRule(configuration, { rule: 'rule', number: text }, moment)!;
          const spec = { number: readNumber(text, 'BR'), extension: null, trunk: null, outgoingRule: 'rule' };
          const plan = routeTo(spec, configuration, moment);
          const expected =
            plan.type === 'refused'
              ? []
              : plan.candidates.map((one) => (one.kind === 'trunk' ? `${one.trunk}:${one.user}` : ''));
          assert.deepEqual(dialled(trial), expected);
          assert.equal(trial.refusal?.gate ?? null, plan.type === 'refused' ? plan.gate : null);
          assert.doesNotMatch(formatTrial(trial).replaceAll('\n', ''), /\p{C}/u);
        },
      ),
      { numRuns: 500 },
    );
  });
});
