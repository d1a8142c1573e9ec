import assert from 'node:assert/strict';
import { configuration, Life } from './life-fixture.ts';

const TWICE = { attempts: 2, intervalSeconds: [60], on: ['busy' as const, 'no-answer' as const] };

/** A new process has nothing but the row. */
function restart(life: Life, afterMs: number): Life {
  life.now += afterMs;
  life.callback = { ...JSON.parse(JSON.stringify(life.callback)), flow: null };
  return life.send({ type: 'recovered' });
}

const promiseOf = ({ callback: { promisedAt, dueAt } }: Life) => [promisedAt, dueAt];

function ordered(life = new Life()): Life {
  return life.send({ type: 'promised', at: life.now }).expire().grant();
}

describe('callback: after a restart', () => {
  it('a scheduled one counts as promised, and is not called early', () => {
    const life = restart(new Life(), 90_000);
    assert.equal(life.callback.promisedAt, 1_001_000);
    assert.equal(life.callback.dueAt, 1_006_000);
    assert.ok(life.persist);
    const quick = restart(new Life(), 300);
    assert.equal(quick.callback.dueAt, 1_005_300);
  });

  it('one whose call rang counts as promised by hanging up as late as that was possible', () => {
    const rung = () => {
      const life = new Life();
      life.callback = { ...life.callback, ringingEndsAt: 1_030_000 };
      return life;
    };
    assert.deepEqual(promiseOf(restart(rung(), 10_000)), [1_010_000, 1_015_000]);
    assert.deepEqual(promiseOf(restart(rung(), 90_000)), [1_031_000, 1_036_000]);
  });

  it('a promised one is as it was', () => {
    const life = new Life().send({ type: 'promised', at: 1_000_000 });
    const before = life.callback;
    restart(life, 90_000);
    assert.deepEqual([life.callback, life.persist], [before, false]);
  });

  it('a queued one is scheduled again', () => {
    const life = restart(new Life().send({ type: 'promised', at: 1_000_000 }).expire(), 1000);
    assert.deepEqual([life.callback.state, life.callback.attempt, life.callback.attempts], ['scheduled', null, 0]);
    life.expire();
    assert.equal(life.only('reserveSlot').legId, 'cb.2.0');
  });

  it('one that waited for its second trunk gets the attempt back', () => {
    const life = restart(ordered().rejected('cb.1.0', { status: 503 }), 1000);
    assert.deepEqual([life.callback.state, life.callback.attempts], ['scheduled', 0]);
    assert.equal(life.ledger.get('cb.1')?.reason, 'restart');
  });

  it('an INVITE that may not have left is repeated identically: for the peer it is a retransmission', () => {
    const life = ordered();
    const first = life.only('dial');
    restart(life, 29_999);
    assert.deepEqual(life.effects, [first]);
    assert.deepEqual([life.callback.state, life.callback.attempts], ['dialing', 1]);
    assert.equal(life.deadline, life.now + 6000);
    life.leg('cb.1.0', { type: 'dialled', callId: 'x' }).leg('cb.1.0', { type: 'answered' });
    assert.equal(life.callback.state, 'answered');
  });

  it('a phone that has it already, by another way, refuses it: it may ring, and no other trunk is tried', () => {
    const life = restart(ordered(), 1000);
    life.leg('cb.1.0', { type: 'dialled', callId: 'x' });
    life.wait(100).rejected('cb.1.0', { status: 482 });
    assert.deepEqual([life.callback.state, life.callback.attempt?.unknown, life.effects], ['dialing', true, []]);
    life.expire().done('failed', 'unknown-after-restart');
  });

  it('a 482 to an INVITE that was sent once is a fault of its trunk', () => {
    const life = ordered().leg('cb.1.0', { type: 'dialled', callId: 'x' }).rejected('cb.1.0', { status: 482 });
    assert.equal(life.only('reserveSlot').trunk, 'b');
  });

  it('the 30 s of a repetition count from the first order, however often the process dies', () => {
    const life = restart(restart(ordered(), 20_000), 10_000);
    assert.deepEqual([life.callback.state, life.effects], ['scheduled', []]);
  });

  it('an INVITE that may have left longer ago counts as never made, and waits for the ring timeout', () => {
    const life = ordered(new Life({ terms: { ringTimeoutSeconds: 45 } }));
    const orderedAt = life.now;
    restart(life, 30_000);
    const { state, attempts, dueAt } = life.callback;
    assert.deepEqual([state, attempts, dueAt, life.effects], ['scheduled', 0, orderedAt + 45_000, []]);
    life.send({ type: 'retry' });
    assert.equal(life.deadline, orderedAt + 45_000, 'whoever wants it');
  });

  it('an INVITE that did leave is unknown: it is not repeated, and settled after the ring timeout', () => {
    const life = ordered().leg('cb.1.0', { type: 'dialled', callId: 'x' });
    const dialledAt = life.now;
    restart(life, 1000);
    assert.deepEqual([life.callback.attempt?.unknown, life.effects], [true, []]);
    assert.equal(life.deadline, dialledAt + 25_000);
    life.wait(10_000);
    assert.equal(life.callback.state, 'dialing');
    life.expire().done('failed', 'unknown-after-restart');
  });

  it('what a leg of the former process may still say is not heard', () => {
    const life = restart(ordered().leg('cb.1.0', { type: 'dialled', callId: 'x' }), 1000);
    life.leg('cb.1.0', { type: 'answered' }).rejected('cb.1.0');
    assert.deepEqual([life.callback.state, life.callback.attempt?.unknown, life.effects], ['dialing', true, []]);
  });

  it('an unknown attempt counts, and the policy decides on the next one', () => {
    const life = ordered(new Life({ terms: { retry: TWICE } })).leg('cb.1.0', { type: 'dialled', callId: 'x' });
    restart(life, 1000).expire();
    assert.deepEqual([life.callback.state, life.callback.attempts], ['scheduled', 1]);
    assert.equal(life.callback.dueAt, life.now + 60_000);
    life.dialled().rejected('cb.2.0', { status: 486 }).done('busy', 'busy');
  });

  it('an unknown attempt can be cancelled; calling again waits until nothing rings any more', () => {
    const unknown = () => restart(ordered().leg('cb.1.0', { type: 'dialled', callId: 'x' }), 1000);
    unknown().send({ type: 'cancel', by: 'api' }).done('cancelled', 'cancelled');
    const life = unknown();
    life.send({ type: 'calledAgain', at: life.now });
    assert.deepEqual([life.callback.state, life.callback.attempts], ['scheduled', 0]);
    assert.equal(life.deadline, life.now - 1000 + 25_000);
    assert.deepEqual(life.effects, []);
    life.send({ type: 'retry' });
    assert.equal(life.deadline, life.now - 1000 + 25_000, 'whoever wants it');
    const cancelled = unknown().send({ type: 'cancel', by: 'api' }).send({ type: 'retry' });
    assert.equal(cancelled.deadline, cancelled.now - 1000 + 25_000);
  });

  it('an INVITE is not repeated at its expiry, nor through a trunk that is gone', () => {
    const late = restart(ordered(new Life({ terms: { expiresSeconds: 10 } })), 10_000);
    assert.deepEqual([late.callback.attempt?.unknown, late.effects], [true, []]);
    const life = ordered();
    life.configuration = configuration({ trunks: [] });
    restart(life, 1000);
    assert.deepEqual([life.callback.attempt?.unknown, life.effects], [true, []]);
  });

  it('a silent leg that was waited for is not waited for any longer than 40 s', () => {
    const life = new Life({ showsTrying: false }).dialled().expire();
    const since = life.now;
    restart(life, 1000);
    assert.deepEqual([life.callback.state, life.callback.attempts], ['scheduled', 0]);
    assert.equal(life.deadline, since + 40_000);
  });

  it('whoever had answered is never rung again', () => {
    const lost = restart(new Life({ terms: { retry: TWICE } }).inMenu(), 1000);
    lost.done('failed', 'restart');
    assert.deepEqual(
      lost.callback.closing,
      [{ legId: 'cb.1.0', since: lost.now }],
      'nor by hand while its leg may be up',
    );
    const life = new Life({ terms: { retry: TWICE } }).inMenu().digit('1');
    const target = life.only('dial').request.legId;
    restart(life, 1000).done('failed', 'restart');
    const talking = new Life().inMenu().digit('1').leg(target, { type: 'answered' });
    restart(talking, 1000).done('connected', 'restart');
  });

  it('the clock may have been set back meanwhile', () => {
    const life = ordered().leg('cb.1.0', { type: 'dialled', callId: 'x' });
    restart(life, -3_600_000);
    assert.equal(life.deadline, life.now + 25_000);
    const never = restart(ordered(), -3_600_000);
    assert.equal(never.deadline, never.now + 25_000);
  });
});

describe('callback: shutdown', () => {
  it('what is scheduled or waits for a trunk stays promised', () => {
    const scheduled = new Life().send({ type: 'promised', at: 1_000_000 }).send({ type: 'drain' });
    assert.deepEqual([scheduled.callback.state, scheduled.persist], ['scheduled', false]);
    const queued = new Life().send({ type: 'promised', at: 1_000_000 }).expire().send({ type: 'drain' });
    assert.deepEqual([queued.callback.state, queued.types()], ['scheduled', ['withdrawSlot']]);
  });

  it('what rings is stopped, and called again after the restart', () => {
    const life = new Life().dialled().send({ type: 'drain' });
    assert.deepEqual([life.callback.state, life.callback.attempts, life.types()], ['scheduled', 0, ['hangUp']]);
    assert.ok(life.callback.dueAt > life.now, 'not by the process that ends');
  });

  it('what is done or unknown stays so', () => {
    const done = new Life().dialled().rejected('cb.1.0').send({ type: 'drain' });
    assert.deepEqual([done.callback.outcome, done.persist], ['busy', false]);
    const unknown = restart(ordered().leg('cb.1.0', { type: 'dialled', callId: 'x' }), 1000).send({ type: 'drain' });
    assert.deepEqual([unknown.callback.attempt?.unknown, unknown.persist], [true, false]);
  });

  it('calls are ended on all sides', () => {
    const menu = new Life().inMenu().send({ type: 'drain' });
    assert.deepEqual(menu.types(), ['hangUp']);
    menu.done('failed', 'shutdown');
    const life = new Life().inMenu().digit('1');
    life.leg(life.only('dial').request.legId, { type: 'answered' }).send({ type: 'drain' });
    assert.deepEqual(life.types(), ['hangUp', 'hangUp']);
    life.done('connected', 'shutdown');
  });
});
