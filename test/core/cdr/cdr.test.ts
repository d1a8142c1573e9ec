import assert from 'node:assert/strict';
import type { LegEvent, LegResult } from '../../../lib/core/call/leg.ts';
import {
  type Cdr,
  givenReason,
  inboundLeg,
  legAfter,
  type OpenLeg,
  outboundLeg,
  ownersOf,
  recordOfLeg,
  recordOfLostLeg,
} from '../../../lib/core/cdr/cdr.ts';
import { BUSY } from '../../support/fake-calls.ts';
import { aCall } from '../rules/configuration-fixture.ts';

const START = 1_000_000;
const inbound = (changes: Partial<OpenLeg> = {}): OpenLeg => ({ ...inboundLeg(aCall(), 'a', START), ...changes });
const outbound = (changes: Partial<OpenLeg> = {}): OpenLeg => ({
  ...outboundLeg({ legId: 'cb.1.0', callbackId: 'cb', trunk: 'a', caller: '4830', callee: '4899' }, START),
  ...changes,
});
const rejected = (changes: Partial<LegResult>) =>
  ({ type: 'rejected', legId: 'x', result: { ...BUSY, ...changes } }) as const;
const ended = (by: 'remote' | 'local' | 'system', more: { q850Cause?: number } = {}) =>
  ({ type: 'ended', legId: 'x', by, text: 'why', ...more }) as const;

const shortOf = ({ disposition, status, q850Cause, endedBy, reason }: Cdr) =>
  [disposition, status, q850Cause, endedBy, reason].join(' ');

describe('a call detail record', () => {
  const promise = { status: 486, q850Cause: 17, text: 'Callback scheduled', callbackId: 'cb' };
  const cases: Array<[what: string, leg: OpenLeg, event: Parameters<typeof recordOfLeg>[1], short: string]> = [
    ['a promised caller', inbound({ given: promise }), rejected({}), 'callback 486 17 local Callback scheduled'],
    [
      'a refused caller',
      inbound({ given: { status: 403, q850Cause: 21, text: 'Number is blocked', callbackId: null } }),
      rejected({ status: 403 }),
      'refused 403 21 local Number is blocked',
    ],
    [
      'a caller whose CANCEL beat the promise',
      inbound({ given: promise }),
      ended('remote'),
      'abandoned 487  remote why',
    ],
    ['a missed call', inbound({ callbackId: 'cb' }), ended('remote', { q850Cause: 16 }), 'callback 487 16 remote why'],
    [
      'an answered caller who hangs up',
      inbound({ answeredAt: START + 1 }),
      ended('remote'),
      'answered 200  remote why',
    ],
    [
      'an answered caller who is hung up',
      inbound({ answeredAt: START + 1, given: givenReason({ cause: 16, text: 'Bye' }) }),
      ended('local'),
      'answered 200 16 local why',
    ],
    ['a caller whom the engine lost', inbound(), ended('system'), 'failed   system why'],
    ['a busy person', outbound(), rejected({ q850Cause: 17 }), 'busy 486 17 remote busy'],
    [
      'a trunk that is silent',
      outbound(),
      rejected({ kind: 'noResponse', status: 0 }),
      'unreachable   system trunk-silent',
    ],
    [
      'a person who does not answer in time',
      outbound({ given: givenReason({ cause: 19, text: 'No answer' }) }),
      rejected({ kind: 'cancelled', status: 487 }),
      'no-answer 487 19 local no-answer',
    ],
    [
      'a callback that is cancelled while it rings',
      outbound({ given: givenReason({ cause: 16, text: 'Cancelled' }) }),
      rejected({ kind: 'cancelled', status: 487 }),
      'cancelled 487 16 local Cancelled',
    ],
    [
      'a person who talked and hung up',
      outbound({ answeredAt: START + 5 }),
      ended('remote', { q850Cause: 16 }),
      'answered 200 16 remote why',
    ],
  ];
  for (const [what, leg, event, short] of cases) {
    it(`of ${what}: ${short}`, () => assert.equal(shortOf(recordOfLeg(leg, event, START + 9)), short));
  }

  it('has the promise of a rejection only when the rejection was sent', () => {
    assert.equal(recordOfLeg(inbound({ given: promise }), rejected({}), START).callbackId, 'cb');
    assert.equal(recordOfLeg(inbound({ given: promise }), ended('remote'), START).callbackId, null);
  });

  it('counts the talk from the answer, and never below zero when the clock was set back', () => {
    const leg = outbound({ answeredAt: START + 2_000 });
    assert.equal(recordOfLeg(leg, ended('remote'), START + 5_500).talkMs, 3_500);
    const before = recordOfLeg(leg, ended('remote'), START - 99);
    assert.deepEqual([before.talkMs, before.endedAt], [0, START + 2_000]);
    assert.equal(recordOfLeg(outbound(), rejected({}), START + 9).talkMs, 0);
  });

  it('says how the audio was, where the leg knows', () => {
    const media = { received: 50, lost: 1, jitterMs: 2, sent: 51, roundTripMs: 20, peerLost: 0, peerJitterMs: 1 };
    assert.deepEqual(recordOfLeg(outbound(), { ...ended('remote'), media }, START).media, media);
    assert.equal(recordOfLeg(outbound(), ended('remote'), START).media, null);
    assert.equal(recordOfLeg(outbound(), rejected({}), START).media, null);
  });

  it('notes the first ringing, the answer, and the Call-ID, once each', () => {
    const events: LegEvent[] = [
      { type: 'dialled', legId: 'x', callId: 'c' },
      { type: 'trying', legId: 'x' },
      { type: 'ringing', legId: 'x', status: 183 },
      { type: 'ringing', legId: 'x', status: 180 },
      { type: 'answered', legId: 'x' },
      { type: 'digit', legId: 'x', digit: '1' },
    ];
    const leg = events.reduce((before, event, index) => legAfter(before, event, START + index), outbound());
    assert.deepEqual([leg.callId, leg.ringingAt, leg.answeredAt], ['c', START + 2, START + 4]);
    assert.equal(legAfter(leg, { type: 'trying', legId: 'x' }, 0), leg);
  });

  it('of a leg that a crash cut ends where it was last known to be up, and says so', () => {
    const cut = recordOfLostLeg(outbound({ answeredAt: START + 1_000 }), START + 4_000);
    assert.equal(shortOf(cut), 'answered 200  system restart');
    assert.deepEqual([cut.talkMs, cut.isEndEstimated], [3_000, true]);
    assert.equal(recordOfLostLeg(inbound(), 0).endedAt, START);
  });

  it('knows from the name of a leg whose it is', () => {
    const nobody = { callbackId: null, attemptId: null, forLegId: null };
    const attempt = { callbackId: 'cb', attemptId: 'cb.2', forLegId: null };
    assert.deepEqual(ownersOf('cb.2.0'), { ...attempt, role: 'person' });
    assert.deepEqual(ownersOf('cb.2.dial3.1'), { ...attempt, role: 'target' });
    assert.deepEqual(ownersOf('0a1b.dial1.0'), { ...nobody, forLegId: '0a1b', role: 'target' });
    assert.deepEqual(ownersOf('something-else'), { ...nobody, role: 'person' });
  });
});
