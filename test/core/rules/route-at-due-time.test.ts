import assert from 'node:assert/strict';
import type { OutgoingRoute } from '../../../lib/core/configuration.ts';
import { decideInbound } from '../../../lib/core/rules/decide-inbound.ts';
import { aCall, aConfiguration, aRule, aTrunk, TRUNK } from './configuration-fixture.ts';

/** Thursday, 09:00 and 20:00 in Sao Paulo. */
const MORNING = Date.UTC(2026, 10, 26, 12);
const EVENING = Date.UTC(2026, 10, 26, 23);
const office = {
  name: 'office',
  timezone: 'America/Sao_Paulo',
  regular: ['Mon-Fri 08:00-18:00'],
  extra: [],
  holidays: [],
};

function decide(route: Partial<OutgoingRoute>, rule: Parameters<typeof aRule>[0], now: number) {
  const routes = [{ match: '^55', matchOn: 'e164' as const, rewrite: null, trunks: [TRUNK], ...route }];
  const configuration = aConfiguration({
    trunks: [aTrunk()],
    hours: [office],
    outgoingRules: [{ name: 'rule', routes }],
    callbackRules: [aRule({ trunk: null, outgoingRule: 'rule', ...rule })],
  });
  const decision = decideInbound(configuration, aCall(), new Map(), now);
  return decision.type === 'refuse' ? decision.gate : decision.type;
}

describe('a promise, where the routes have hours', () => {
  it('is given by the route of the time at which it is due', () => {
    assert.equal(decide({ hours: 'office' }, {}, MORNING), 'callback');
    assert.equal(decide({ hours: 'office' }, {}, EVENING), 'impossible');
    // 17:59:58, due at 18:00:03
    assert.equal(decide({ hours: 'office' }, {}, MORNING + 9 * 3_600_000 - 2000), 'impossible');
  });

  it('of a rule that waits for its hours is given by the route of their beginning', () => {
    const waits = { hours: 'office', outsideHours: 'wait' as const };
    assert.equal(decide({ hours: 'office' }, waits, EVENING), 'callback');
    assert.equal(
      decide({ between: ['Mon-Sun 19:00-24:00'], timezone: 'America/Sao_Paulo' }, waits, EVENING),
      'impossible',
    );
  });
});
