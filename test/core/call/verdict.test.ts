import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { LegResult } from '../../../lib/core/call/leg.ts';
import { verdictOf } from '../../../lib/core/call/verdict.ts';

function final(status: number, changes: Partial<LegResult> = {}): LegResult {
  return {
    kind: 'final',
    status,
    phrase: '',
    q850Cause: null,
    location: null,
    text: '',
    retryAfterSeconds: null,
    rang: false,
    ...changes,
  };
}

function shortOf(result: LegResult): string {
  const verdict = verdictOf(result);
  const later = verdict.retryPerson ? 'later' : 'never';
  return `${verdict.class} ${verdict.reason} ${verdict.outcome} ${verdict.tryNextTrunk} ${later}`;
}

const BUSY = 'unreachable busy busy no later';
const NO_ANSWER = 'unreachable no-answer no-answer no later';
const INVALID = 'unreachable invalid-number unreachable once never';
const DECLINED = 'refused declined rejected no later';
const BLOCKED = 'refused network-blocked rejected once never';
const FORBIDDEN = 'trunkFault trunk-forbidden unreachable yes later';
const ERROR = 'trunkFault trunk-error unreachable yes later';
const CONGESTION = 'trunkFault congestion unreachable yes later';
const CREDENTIALS = 'trunkFault trunk-credentials failed yes later';
const REDIRECTED = 'trunkFault redirected unreachable yes later';
const OFFER = 'ourFault media failed once later';
const TIMEOUT = 'trunkFault trunk-timeout unreachable yes later';

describe('the verdict on an INVITE that was not answered', () => {
  const table: Array<[what: string, result: LegResult, verdict: string]> = [
    ['nothing came back', final(0, { kind: 'noResponse' }), 'trunkFault trunk-silent unreachable yes later'],
    ['it could not be sent', final(0, { kind: 'transport' }), 'trunkFault trunk-unreachable unreachable yes later'],
    ['we gave up after ringing', final(487, { kind: 'cancelled', rang: true }), NO_ANSWER],
    ['answered without a common codec', final(200, { kind: 'media' }), 'ourFault media failed no later'],
    ['no room for another call', final(0, { kind: 'noCapacity' }), 'ourFault no-capacity failed no later'],
    ['no registered contact', final(0, { kind: 'notReachable' }), 'unreachable not-registered unreachable yes later'],
    ['486', final(486), BUSY],
    ['600', final(600), BUSY],
    ['480', final(480), NO_ANSWER],
    ['480 with Q.850 17', final(480, { q850Cause: 17 }), BUSY],
    ['480 with Q.850 18', final(480, { q850Cause: 18 }), NO_ANSWER],
    ['480 with Q.850 19', final(480, { q850Cause: 19 }), NO_ANSWER],
    ['480 with Q.850 20', final(480, { q850Cause: 20 }), 'unreachable subscriber-absent unreachable no later'],
    ['480 with Q.850 31 (unspecified)', final(480, { q850Cause: 31 }), NO_ANSWER],
    ['480 with Q.850 34 (no circuit)', final(480, { q850Cause: 34 }), CONGESTION],
    ['408 after 180', final(408, { rang: true }), NO_ANSWER],
    ['408 before any ringing', final(408), TIMEOUT],
    ['487 that we did not cause', final(487), 'unreachable terminated no-answer no later'],
    ['404', final(404), INVALID],
    ['410', final(410), INVALID],
    ['484', final(484), INVALID],
    ['604', final(604), INVALID],
    ['500 with Q.850 1', final(500, { q850Cause: 1 }), INVALID],
    ['503 with Q.850 22', final(503, { q850Cause: 22 }), INVALID],
    ['502 with Q.850 28', final(502, { q850Cause: 28 }), INVALID],
    ['500 with Q.850 17', final(500, { q850Cause: 17 }), BUSY],
    ['500 with Q.850 19', final(500, { q850Cause: 19 }), NO_ANSWER],
    ['503', final(503, { retryAfterSeconds: 30 }), 'trunkFault trunk-unavailable unreachable yes later'],
    ['503 with Q.850 34', final(503, { q850Cause: 34 }), CONGESTION],
    ['504', final(504), TIMEOUT],
    ['500', final(500), ERROR],
    ['401 that remained', final(401), CREDENTIALS],
    ['407 that remained', final(407), CREDENTIALS],
    ['403', final(403), FORBIDDEN],
    ['403 with Q.850 21 by the user', final(403, { q850Cause: 21, location: 'U' }), DECLINED],
    ['403 with Q.850 21 by the network', final(403, { q850Cause: 21, location: 'LN' }), FORBIDDEN],
    ['500 with Q.850 21 by the network', final(500, { q850Cause: 21, location: 'TN' }), FORBIDDEN],
    ['500 with Q.850 21 by nobody named', final(500, { q850Cause: 21 }), DECLINED],
    ['603', final(603, { phrase: 'Decline' }), DECLINED],
    ['603 with Q.850 21 by the user', final(603, { q850Cause: 21, location: 'U' }), DECLINED],
    ['603 Network Blocked', final(603, { phrase: 'Network Blocked' }), BLOCKED],
    ['603 with a Reason of analytics', final(603, { phrase: 'Decline', text: 'v=analytics1;url=x' }), BLOCKED],
    ['603 with Q.850 21 by nobody named', final(603, { q850Cause: 21 }), DECLINED],
    ['603 with Q.850 21 by the network', final(603, { phrase: 'Decline', q850Cause: 21, location: 'LN' }), BLOCKED],
    ['603 with the address to complain at', final(603, { redress: 'v=analytics1;url=https://x' }), BLOCKED],
    ['486 with the promise of a callback', final(486, { callsBack: true }), 'unreachable calls-back busy no never'],
    ['480 with the promise of a callback', final(480, { callsBack: true }), 'unreachable calls-back busy no never'],
    ['302 with the promise of a callback', final(302, { callsBack: true }), REDIRECTED],
    ['a cancelled one with the promise of a callback', final(486, { kind: 'cancelled', callsBack: true }), NO_ANSWER],
    ['607', final(607), 'refused unwanted rejected no never'],
    ['608', final(608), BLOCKED],
    ['300', final(300), REDIRECTED],
    ['302', final(302), REDIRECTED],
    ['380', final(380), REDIRECTED],
    ['488', final(488), OFFER],
    ['415', final(415), OFFER],
    ['606', final(606), OFFER],
    ['500 with Q.850 88', final(500, { q850Cause: 88 }), OFFER],
    ['482', final(482), 'trunkFault loop unreachable yes later'],
    ['433', final(433), 'refused anonymity-disallowed rejected once never'],
    ['486 whatever its cause says', final(486, { q850Cause: 34 }), BUSY],
    ['0', final(0), 'ourFault unexpected-result failed no later'],
    ['200', final(200), 'ourFault unexpected-result failed no later'],
    ['700', final(700), 'ourFault unexpected-result failed no later'],
  ];
  for (const [what, result, verdict] of table) {
    it(`${what}: ${verdict}`, () => assert.equal(shortOf(result), verdict));
  }

  const unknown: Array<[status: number, like: number]> = [
    [499, 400],
    [399, 300],
    [555, 500],
    [699, 600],
  ];
  for (const [status, like] of unknown) {
    it(`counts the unknown ${status} as ${like}`, () =>
      assert.deepEqual(verdictOf(final(status)), verdictOf(final(like))));
  }

  it('never goes to the next trunk after the person said no, was busy or did not answer', () => {
    for (const status of [480, 486, 487, 600, 603, 607])
      assert.equal(verdictOf(final(status)).tryNextTrunk, 'no', `${status}`);
  });

  it('has one for every result that a peer can make up', () => {
    const results = fc.record({
      kind: fc.constantFrom('final', 'noResponse', 'transport', 'cancelled', 'media', 'notReachable', 'noCapacity'),
      status: fc.integer({ min: -5, max: 1000 }),
      phrase: fc.string(),
      q850Cause: fc.option(fc.integer({ min: -1, max: 200 })),
      location: fc.option(fc.string()),
      text: fc.string(),
      retryAfterSeconds: fc.option(fc.integer()),
      rang: fc.boolean(),
      callsBack: fc.boolean(),
      redress: fc.string(),
    });
    fc.assert(
      fc.property(results, (result) => {
        const verdict = verdictOf(result as LegResult);
        assert.match(verdict.reason, /^[a-z-]+$/);
        assert.notEqual(verdict.class, 'success');
      }),
    );
  });

  it('hands out a verdict of its own, which a caller may change', () => {
    verdictOf(final(486)).reason = 'changed';
    assert.equal(verdictOf(final(486)).reason, 'busy');
  });
});
