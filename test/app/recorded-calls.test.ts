import assert from 'node:assert/strict';
import { RecordedCalls } from '../../lib/app/recorded-calls.ts';
import type { Cdr, OpenLeg } from '../../lib/core/cdr/cdr.ts';
import type { CallsListener } from '../../lib/ports/calls.ts';
import { aCall, aConfiguration, from, TRUNK } from '../core/rules/configuration-fixture.ts';
import { FakeCalls } from '../support/fake-calls.ts';
import { FakeClock } from '../support/fake-clock.ts';

const REJECTION = {
  status: 486,
  reason: { protocol: 'Q.850', cause: 17, text: 'Callback scheduled' },
  callbackId: 'cb',
};
const NONE: ReadonlyMap<string, string[]> = new Map();

function rig(listener: Partial<CallsListener> = {}) {
  const clock = new FakeClock();
  const calls = new FakeCalls(clock);
  const opened: OpenLeg[] = [];
  const closed: Cdr[] = [];
  const recorded = new RecordedCalls({
    calls,
    clock,
    sink: { isWanted: true, open: (leg) => void opened.push(leg), closed: (cdr) => void closed.push(cdr) },
    configuration: () => aConfiguration(),
    trunkAddresses: () => NONE,
  });
  recorded.listen({
    offered: () => undefined,
    event: () => undefined,
    wire: () => undefined,
    lost: () => undefined,
    found: () => undefined,
    ...listener,
  });
  return { clock, calls, opened, closed, recorded };
}

function dial(recorded: RecordedCalls, legId: string): void {
  recorded.dial({
    legId,
    candidate: { kind: 'trunk', trunk: TRUNK, user: '48991996260' },
    identity: { callerId: { number: '+554831210110', name: null } },
    callbackId: null,
    idempotencyKey: legId,
    likeLeg: null,
  });
}

describe('recorded calls', () => {
  it('of a group name who has answered', async () => {
    const { calls, closed, recorded } = rig();
    for (const legId of ['cb.1.dial1.0', 'cb.1.dial2.0'])
      recorded.dial({
        legId,
        candidate: { kind: 'group', extensions: ['200', '201'] },
        identity: { callerId: { number: '+554831210110', name: null } },
        callbackId: null,
        idempotencyKey: legId,
        likeLeg: null,
      });
    calls.event({ type: 'answered', legId: 'cb.1.dial1.0', extension: '201' });
    calls.ended('cb.1.dial1.0');
    calls.rejected('cb.1.dial2.0');
    assert.deepEqual(
      closed.map(({ trunk, callee }) => [trunk, callee]),
      [
        ['extension:201', '201'],
        ['extension:200,201', '200,201'],
      ],
    );
  });

  it('pass on what is ordered of a leg as it is', () => {
    const { calls, recorded } = rig();
    recorded.bridge('a', 'b', { release: true });
    recorded.refer('a', 'r', { target: { kind: 'extension', extension: '200' }, timeoutSeconds: 30 });
    recorded.detect('a', 'd', { what: 'beep', settings: { within: 1000 } });
    recorded.stopDetect('a');
    recorded.record('a', 'rec', { what: 'stereo', maxSeconds: null, silenceSeconds: null });
    recorded.stopRecord('a');
    assert.deepEqual(calls.orders, [
      'bridge a b release',
      'refer a r extension:200 30',
      'detect a d beep',
      'stopDetect a',
      'record a rec stereo',
      'stopRecord a',
    ]);
  });

  it('have one record for each leg, with its numbers, times and names', async () => {
    const { clock, calls, closed, recorded } = rig();
    calls.offer(aCall({ legId: 'in' }));
    await clock.advance(40);
    await recorded.reject('in', REJECTION);
    dial(recorded, 'cb.1.0');
    calls.event({ type: 'dialled', legId: 'cb.1.0', callId: 'call-of-ours' });
    await clock.advance(100);
    calls.event({ type: 'ringing', legId: 'cb.1.0', status: 180 });
    calls.wire('cb.1.0', 'received', '180 Ringing');
    await clock.advance(1_000);
    calls.event({ type: 'answered', legId: 'cb.1.0' });
    dial(recorded, 'cb.1.dial1.0');
    calls.answered('cb.1.dial1.0');
    recorded.bridge('cb.1.0', 'cb.1.dial1.0');
    await clock.advance(7_000);
    calls.ended('cb.1.0', 'remote');
    recorded.hangUp('cb.1.dial1.0', { cause: 16, text: 'The other side hung up' });
    const short = closed.map(({ legId, role, disposition, caller, callee, trunk, callbackId, attemptId, talkMs }) => [
      ...[legId, role, disposition, caller, callee, trunk, callbackId, attemptId, talkMs],
    ]);
    assert.deepEqual(short, [
      ['in', 'caller', 'callback', '48991996260', '+554831210110', TRUNK, 'cb', null, 0],
      ['cb.1.0', 'person', 'answered', '+554831210110', '48991996260', TRUNK, 'cb', 'cb.1', 7_000],
      ['cb.1.dial1.0', 'target', 'answered', '+554831210110', '48991996260', TRUNK, 'cb', 'cb.1', 7_000],
    ]);
    const [, person, target] = closed;
    assert.deepEqual(
      [person?.callId, person?.peer, person?.bridgedLegId],
      ['call-of-ours', 'udp/127.0.0.1:5070', target?.legId],
    );
    assert.equal(person!.ringingAt! - person!.startedAt, 100);
    assert.equal(recorded.open, 0);
  });

  it('pass everything through as it is', () => {
    const seen: string[] = [];
    const { calls, recorded } = rig({
      offered: ({ legId }) => void seen.push(`offered ${legId}`),
      event: ({ type, legId }) => void seen.push(`${type} ${legId}`),
      wire: ({ summary }) => void seen.push(summary),
    });
    calls.offer(aCall({ legId: 'in' }));
    recorded.ring('in');
    recorded.answer('in');
    recorded.play('in', 'p', 'tone:beep');
    recorded.stopPlay('in');
    calls.wire('in', 'sent', '200 OK');
    recorded.hangUp('in', { cause: 16, text: 'Bye' });
    recorded.silence('192.0.2.1', 5);
    assert.deepEqual(calls.orders, ['ring in', 'answer in', 'play in p tone:beep', 'stopPlay in', 'hangUp in 16 Bye']);
    assert.deepEqual(seen, ['offered in', '200 OK', 'BYE', 'ended in']);
    assert.equal(calls.silenced.length, 1);
  });

  it('know the callback of a missed call, which the listener tells while the leg ends', () => {
    const { calls, closed, recorded } = rig({ event: ({ legId }) => recorded.belongsTo(legId, 'cb') });
    calls.offer(aCall({ legId: 'in' }));
    calls.ended('in', 'remote');
    assert.deepEqual([closed[0]?.disposition, closed[0]?.callbackId], ['callback', 'cb']);
  });

  it('end when the SIP engine is lost, though no leg says so', () => {
    const { calls, closed, recorded } = rig();
    calls.offer(aCall({ legId: 'in' }));
    dial(recorded, 'cb.1.0');
    calls.loseEngine();
    assert.deepEqual(
      closed.map(({ legId, endedBy, disposition }) => [legId, endedBy, disposition]),
      [
        ['in', 'system', 'failed'],
        ['cb.1.0', 'system', 'failed'],
      ],
    );
    assert.equal(recorded.open, 0);
  });

  it('have no record of strangers', () => {
    const { calls, opened, closed } = rig();
    calls.offer(aCall({ legId: 'in', ...from('203.0.113.9') }));
    calls.ended('in', 'remote');
    assert.deepEqual([opened, closed], [[], []]);
  });

  it('have one record of an INVITE that is dialled twice, and none for orders to legs that are over', () => {
    const { calls, closed, opened, recorded } = rig();
    dial(recorded, 'cb.1.0');
    dial(recorded, 'cb.1.0');
    calls.rejected('cb.1.0');
    recorded.hangUp('cb.1.0', { cause: 16, text: 'late' });
    recorded.belongsTo('cb.1.0', 'other');
    assert.deepEqual([opened.length, closed.length], [1, 1]);
  });
});
