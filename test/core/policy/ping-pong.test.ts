import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type PastCallback, PING_PONG_DEFAULTS, pingPongOf } from '../../../lib/core/policy/ping-pong.ts';

const NOW = 10_000_000;
const SECOND = 1000;
const past = (agoSeconds: number, over: Partial<PastCallback> = {}): PastCallback => ({
  state: 'done',
  acceptedAt: NOW - (agoSeconds + 10) * SECOND,
  doneAt: NOW - agoSeconds * SECOND,
  answeredAt: null,
  inboundCallId: 'call',
  outcome: 'busy',
  reason: 'busy',
  serial: 1,
  attempts: 1,
  ...over,
});
const ONE = { withinSeconds: 120, rounds: 1, answeredSeconds: 15 };
const isMachine = (...recent: PastCallback[]) => pingPongOf(recent, ONE, NOW) !== null;

describe('the ping-pong guard', () => {
  it('takes nobody for a machine who was rung in vain once, however', () => {
    for (const outcome of ['busy', 'no-answer', 'rejected', 'unreachable', 'abandoned'] as const) {
      assert.equal(isMachine(past(5, { outcome })), false, outcome);
    }
    assert.equal(isMachine(), false);
  });

  it('takes whoever was rung in vain twice in a row and called at once each time', () => {
    assert.equal(isMachine(past(5), past(40)), true);
    assert.equal(isMachine(past(5, { outcome: 'no-answer' }), past(40, { outcome: 'unreachable' })), true);
  });

  it('lets a pause between two calls end the row', () => {
    assert.equal(isMachine(past(119), past(200)), true);
    assert.equal(isMachine(past(121), past(200)), false);
    // The second call came 121 s after the end of the first callback.
    assert.equal(isMachine(past(5), past(15 + 121)), false);
  });

  it('lets somebody who was reached end the row: he talked, or stayed on the line', () => {
    assert.equal(isMachine(past(5), past(30, { outcome: 'connected' }), past(60)), false);
    const stayed = past(30, { outcome: 'abandoned', answeredAt: NOW - 60 * SECOND });
    assert.equal(isMachine(past(5), stayed, past(90)), false);
    const hungUp = past(30, { outcome: 'abandoned', answeredAt: NOW - 32 * SECOND });
    assert.equal(isMachine(past(5), hungUp), true);
  });

  it('does not count what rang nobody, nor what the API asked for', () => {
    assert.equal(isMachine(past(5), past(20, { outcome: 'cancelled' }), past(40)), true);
    assert.equal(isMachine(past(5), past(20, { outcome: 'cancelled' })), false);
    assert.equal(isMachine(past(5), past(40, { inboundCallId: null })), false);
  });

  it('knows a system that calls back by its word, for an hour', () => {
    assert.equal(isMachine(past(3599, { reason: 'calls-back' })), true);
    assert.equal(isMachine(past(3601, { reason: 'calls-back' })), false);
  });

  it('takes whoever breaks off our ringing by a call, twice', () => {
    const open = { state: 'dialing', outcome: null, reason: null, doneAt: null } as const;
    assert.equal(isMachine(past(0, { ...open, serial: 1, attempts: 1 })), false);
    assert.equal(isMachine(past(0, { ...open, serial: 2, attempts: 1 })), true);
    assert.equal(isMachine(past(0, { ...open, state: 'scheduled', serial: 2, attempts: 0 })), false);
  });

  it('can be switched off, and be given more rounds', () => {
    const row = [past(5), past(40), past(80)];
    assert.equal(pingPongOf(row, false, NOW), null);
    assert.notEqual(pingPongOf(row, { ...ONE, rounds: 2 }, NOW), null);
    assert.equal(pingPongOf(row, { ...ONE, rounds: 3 }, NOW), null);
  });

  it('by default bears with people: three rounds, and whoever answers is one', () => {
    const ofMachine = (...recent: PastCallback[]) => pingPongOf(recent, PING_PONG_DEFAULTS, NOW) !== null;
    assert.equal(ofMachine(past(5), past(40), past(80)), false);
    assert.equal(ofMachine(past(5), past(40), past(80), past(120)), true);
    const quick = { outcome: 'abandoned', answeredAt: NOW - 6 * SECOND } as const;
    assert.equal(
      ofMachine(past(5, quick), past(40, quick), past(80, quick), past(120, quick), past(160, quick)),
      false,
    );
  });

  it('ends every exchange of two machines within rounds + 1 calls, whatever their delays', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5 }),
        fc.array(fc.tuple(fc.integer({ min: 0, max: 110 }), fc.integer({ min: 0, max: 60 })), {
          minLength: 12,
          maxLength: 12,
        }),
        (rounds, steps) => {
          const recent: PastCallback[] = [];
          let now = NOW;
          let taken = 0;
          for (const [delay, ringing] of steps) {
            if (pingPongOf(recent, { ...ONE, rounds }, now) !== null) break;
            taken += 1;
            const acceptedAt = now;
            const doneAt = now + (5 + ringing) * SECOND;
            recent.unshift(past(0, { acceptedAt, doneAt, outcome: ringing > 20 ? 'no-answer' : 'busy' }));
            now = doneAt + delay * SECOND;
          }
          assert.equal(taken, rounds + 1);
        },
      ),
    );
  });
});
