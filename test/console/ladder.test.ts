import assert from 'node:assert/strict';
import { planLadder } from '../../console/src/callbacks/ladder-lanes.ts';

const sip = (second: number, direction: string, summary: string, [legId, peer]: [string, string]) => ({
  at: new Date(Date.UTC(2026, 10, 20, 12, 0, second)).toISOString(),
  type: 'sip',
  attemptId: legId === 'in' ? null : 'a1',
  detail: { direction, summary, peer, legId },
});
const CALLER: [string, string] = ['in', 'udp/192.0.2.1:5060'];
const PERSON: [string, string] = ['out', 'udp/192.0.2.2:5060'];
const TARGET: [string, string] = ['200', 'udp/192.0.2.3:5060'];

describe('the SIP ladder', () => {
  const plan = planLadder([
    sip(0, 'received', 'INVITE', CALLER),
    { ...sip(0, 'sent', '', CALLER), type: 'accepted', detail: {} },
    sip(0, 'sent', '486 Busy Here', CALLER),
    sip(5, 'sent', 'INVITE', PERSON),
    sip(6, 'received', '200 OK', PERSON),
    sip(9, 'sent', 'INVITE', TARGET),
  ]);

  it('has the caller left of us, who is called right, each leg in a lane of its own', () => {
    assert.deepEqual(
      plan.lanes.map(({ kind, peer }) => `${kind} ${peer}`.trim()),
      ['caller udp/192.0.2.1:5060', 'us', 'person udp/192.0.2.2:5060', 'target udp/192.0.2.3:5060'],
    );
    assert.equal(plan.ours, 1);
  });

  it('has every message and nothing else, with the time since the first one', () => {
    assert.deepEqual(
      plan.messages.map(({ lane, summary, sinceMs }) => [lane, summary, sinceMs]),
      [
        [0, 'INVITE', 0],
        [0, '486 Busy Here', 0],
        [2, 'INVITE', 5000],
        [2, '200 OK', 6000],
        [3, 'INVITE', 9000],
      ],
    );
  });

  it('is empty where nothing was sent', () => {
    assert.deepEqual(planLadder([]), { lanes: [{ legId: '', peer: '', kind: 'us' }], ours: 0, messages: [] });
  });
});
