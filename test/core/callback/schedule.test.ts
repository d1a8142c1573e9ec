import assert from 'node:assert/strict';
import { acceptCallback } from '../../../lib/core/callback/accept.ts';
import { duplicateKeyOf } from '../../../lib/core/callback/callback.ts';
import { refusalOf } from '../../../lib/core/callback/command.ts';
import { CALL_ID, Life } from './life-fixture.ts';

describe('callback: promise and due time', () => {
  it('is due the delay after the rejection was sent, and expires after that', () => {
    const life = new Life();
    life.now += 40;
    life.send({ type: 'promised', at: life.now });
    assert.equal(life.callback.dueAt, life.now + 5000);
    assert.equal(life.callback.expiresAt, life.now + 5000 + 1_800_000);
    assert.equal(life.deadline, life.callback.dueAt);
    assert.ok(life.persist);
  });

  it('is not dialled before the rejection is known to be sent', () => {
    const life = new Life().wait(30_000);
    assert.deepEqual([life.callback.state, life.effects, life.persist], ['scheduled', [], false]);
  });

  it('counts as promised when neither rejection nor CANCEL was ever reported', () => {
    const life = new Life().expire();
    assert.equal(life.callback.promisedAt, life.now);
    assert.equal(life.callback.dueAt, life.now + 5000);
  });

  it('is never dialled early, not even by an early alarm', () => {
    const life = new Life().send({ type: 'promised', at: 1_000_000 }).wait(4999);
    assert.equal(life.callback.state, 'scheduled');
    assert.deepEqual(life.effects, []);
    life.wait(1);
    assert.equal(life.callback.state, 'queued');
  });

  it('asks for a slot of its trunk, writes the attempt, then dials', () => {
    const life = new Life().send({ type: 'promised', at: 1_000_000 }).expire();
    assert.deepEqual(life.effects, [{ type: 'reserveSlot', legId: 'cb.1.0', trunk: 'a' }]);
    assert.equal(life.callback.attempts, 0);
    life.now += 700;
    life.grant();
    const { request } = life.only('dial');
    assert.deepEqual(request, {
      legId: 'cb.1.0',
      candidate: { kind: 'trunk', trunk: 'a', user: '48991996260' },
      identity: { callerId: { number: '+554831210110', name: null }, onBehalfOf: '+554831210110' },
      callerIdChange: null,
      callbackId: 'cb',
      idempotencyKey: 'cb.1.0',
      likeLeg: null,
    });
    assert.deepEqual([life.callback.state, life.callback.attempts, life.persist], ['dialing', 1, true]);
    const row = life.ledger.get('cb.1');
    assert.deepEqual([row?.plannedAt, row?.dialledAt, row?.via, row?.dialled], [life.now, null, 'a', '48991996260']);
  });

  it('dials an extension at once: it has no slots', () => {
    const life = new Life({ terms: { method: 'extension', extension: '200' } });
    life.send({ type: 'promised', at: life.now }).expire();
    assert.deepEqual(life.types(), ['dial']);
    const { request } = life.only('dial');
    assert.deepEqual(request.candidate, { kind: 'extension', extension: '200' });
    assert.deepEqual(request.identity.callerId, { number: '48991996260', name: null });
  });

  it('made by the API it is promised at once, and dialled at the wanted time', () => {
    const life = new Life({ request: { inboundCallId: null, source: null, dueAt: 1_900_000 } });
    assert.deepEqual([life.callback.promisedAt, life.deadline], [1_000_000, 1_900_000]);
  });

  it('is a plain, JSON-safe row with one log entry', () => {
    const { callback, log } = new Life();
    assert.deepEqual(JSON.parse(JSON.stringify(callback)), callback);
    assert.deepEqual(
      log.map(({ type }) => type),
      ['accepted'],
    );
    assert.equal(acceptCallback({ ...new Life().callback, promisedAt: null }, 5).callback.version, 1);
  });

  it('is refused when the dial plan refuses the final dial string', () => {
    const life = new Life({ request: { caller: { received: '190', e164: null } } });
    life.send({ type: 'promised', at: life.now }).expire();
    assert.deepEqual(life.effects, []);
    life.done('refused', 'emergency');
  });

  it('fails when its trunk went with a new configuration', () => {
    const life = new Life({ terms: { trunk: 'gone' } }).send({ type: 'promised', at: 1_000_000 }).expire();
    life.done('failed', 'no-route');
  });

  it('an attempt whose trunk is gone counts, so that retries end', () => {
    const retry = { attempts: 2, intervalSeconds: [1], on: ['failed' as const] };
    const life = new Life({ terms: { trunk: 'a', retry } }).send({ type: 'promised', at: 1_000_000 }).expire();
    const before = life.configuration;
    const without = { ...before, trunks: [] };
    life.configuration = without;
    life.grant();
    assert.deepEqual([life.callback.state, life.callback.attempts], ['scheduled', 1]);
    life.configuration = before;
    life.expire();
    life.configuration = without;
    life.grant().done('failed', 'unknown-trunk');
  });

  it('fails when its trunk goes while it waits for a slot, and gives the slot back', () => {
    const life = new Life({ terms: { trunk: 'a' } }).send({ type: 'promised', at: 1_000_000 }).expire();
    life.configuration = { ...life.configuration, trunks: [] };
    life.grant();
    assert.deepEqual(life.effects, [{ type: 'withdrawSlot', legId: 'cb.1.0' }]);
    life.done('failed', 'unknown-trunk');
  });
});

describe('callback: expiry', () => {
  it('is not dialled at its expiry', () => {
    const life = new Life({ terms: { expiresSeconds: 10 } }).send({ type: 'promised', at: 1_000_000 }).wait(15_000);
    life.done('expired', 'expired');
    assert.deepEqual(life.effects, []);
  });

  it('expires while it waits for a trunk', () => {
    const life = new Life({ terms: { expiresSeconds: 10 } }).send({ type: 'promised', at: 1_000_000 }).expire();
    assert.equal(life.deadline, 1_015_000);
    life.wait(9999);
    assert.deepEqual([life.callback.state, life.effects], ['queued', []]);
    life.expire();
    assert.deepEqual(life.effects, [{ type: 'withdrawSlot', legId: 'cb.1.0' }]);
    life.done('expired', 'expired');
  });

  it('a slot that comes at the expiry is given back', () => {
    const life = new Life({ terms: { expiresSeconds: 10 } }).send({ type: 'promised', at: 1_000_000 }).expire();
    life.now = 1_015_000;
    life.send({ type: 'slotGranted', legId: 'cb.1.0' });
    assert.deepEqual(life.effects, [{ type: 'withdrawSlot', legId: 'cb.1.0' }]);
    life.done('expired', 'expired');
  });
});

describe('callback: the duplicate key', () => {
  it('is the promise and the person, however the number was written', () => {
    const { plan, caller } = new Life().callback;
    assert.equal(duplicateKeyOf({ plan, caller }), 'rule:test|+5548991996260');
    assert.equal(duplicateKeyOf({ plan, caller: { received: '200', e164: null } }), 'rule:test|200');
  });
});

describe('callback: the caller', () => {
  it('no promise stands when his CANCEL won', () => {
    const life = new Life().send({ type: 'callerGaveUp', callId: CALL_ID });
    life.done('cancelled', 'caller-gave-up');
  });

  it('a missed call is promised by his hanging up, and withdrawn when he stayed on the line', () => {
    const missed = new Life().send({ type: 'promised', at: 1_020_000, by: 'missed-call' });
    assert.equal(missed.callback.dueAt, 1_025_000);
    assert.deepEqual(missed.log.at(-1)?.detail, { dueAt: 1_025_000, by: 'missed-call' });
    new Life().send({ type: 'notMissed', callId: CALL_ID, why: 'caller-stayed' }).done('cancelled', 'caller-stayed');
    const second = new Life().send({ type: 'notMissed', callId: 'second-call', why: 'caller-stayed' });
    assert.equal(second.callback.state, 'scheduled');
    missed.send({ type: 'notMissed', callId: CALL_ID, why: 'caller-stayed' });
    assert.equal(missed.callback.state, 'scheduled');
  });

  it('a call that rings is not taken for promised while it rings', () => {
    const life = new Life();
    life.callback = { ...life.callback, ringingEndsAt: 1_050_000 };
    life.wait(70_000);
    assert.equal(life.callback.promisedAt, null);
    life.expire();
    assert.equal(life.callback.promisedAt, 1_110_000);
  });

  it("another call's CANCEL changes nothing", () => {
    const life = new Life().send({ type: 'callerGaveUp', callId: 'second-call' });
    assert.deepEqual([life.callback.state, life.persist], ['scheduled', false]);
  });

  it('a CANCEL that is reported after the promise changes nothing', () => {
    const life = new Life().send({ type: 'promised', at: 1_000_000 }).send({ type: 'callerGaveUp', callId: CALL_ID });
    assert.equal(life.callback.state, 'scheduled');
  });

  it('the promise stands when his first call gave up but his second one got it', () => {
    const life = new Life().send({ type: 'calledAgain', at: 1_000_500 });
    assert.equal(life.callback.dueAt, 1_005_500);
    life.send({ type: 'callerGaveUp', callId: CALL_ID });
    assert.equal(life.callback.state, 'scheduled');
  });

  it('is not called before the delay after either rejection, whichever is reported first', () => {
    const life = new Life().send({ type: 'calledAgain', at: 1_000_500 }).send({ type: 'promised', at: 1_000_510 });
    assert.equal(life.callback.dueAt, 1_005_510);
    life.send({ type: 'promised', at: 1_000_510 }).send({ type: 'promised', at: 1_000_000 });
    assert.deepEqual([life.callback.promisedAt, life.callback.dueAt], [1_000_510, 1_005_510]);
  });

  it('a late report of the promise moves nothing that was moved since', () => {
    const moved = new Life()
      .send({ type: 'calledAgain', at: 1_000_500 })
      .send({ type: 'reschedule', dueAt: 1_001_000 });
    moved.send({ type: 'promised', at: 1_000_510 });
    assert.equal(moved.callback.dueAt, 1_001_000);
  });

  it('who got his rejection only when he was rung already is rung after the delay, and no attempt is used up', () => {
    const ringing = new Life().dialled();
    const { legId } = ringing;
    ringing.now += 1_000;
    ringing.send({ type: 'promised', at: ringing.now });
    assert.equal(ringing.only('hangUp').legId, legId);
    const { state, attempts, dueAt } = ringing.callback;
    assert.deepEqual([state, attempts, dueAt], ['scheduled', 0, ringing.now + 5_000]);
  });

  it('and who was busy, for he waited on the line for it, is called again; who was reached is not', () => {
    const busy = new Life({ terms: { trunk: 'a' } }).dialled().rejected('cb.1.0', { status: 486 });
    busy.done('busy', 'busy');
    busy.now += 1_000;
    busy.send({ type: 'promised', at: busy.now });
    assert.deepEqual([busy.callback.state, busy.callback.dueAt], ['scheduled', busy.now + 5_000]);
    const reached = new Life({ next: null }).answered();
    reached.send({ type: 'promised', at: reached.now + 1_000 });
    assert.deepEqual([reached.callback.outcome, reached.persist], ['connected', false]);
  });

  it('the promise stands also when his first CANCEL is reported before his second rejection', () => {
    const life = new Life()
      .send({ type: 'callerGaveUp', callId: CALL_ID })
      .send({ type: 'calledAgain', at: 1_000_500 });
    assert.deepEqual([life.callback.state, life.callback.outcome, life.callback.dueAt], ['scheduled', null, 1_005_500]);
  });

  it('calling again does not move the due time', () => {
    const life = new Life().send({ type: 'promised', at: 1_000_000 });
    life.now += 3000;
    life.send({ type: 'calledAgain', at: life.now });
    assert.equal(life.callback.dueAt, 1_005_000);
    life.expire().send({ type: 'calledAgain', at: life.now });
    assert.deepEqual([life.callback.state, life.effects], ['queued', []]);
  });

  it('calling again while he is rung stops our INVITE, and uses no attempt up', () => {
    const life = new Life().dialled();
    const legId = life.legId;
    life.leg(legId, { type: 'ringing', status: 180 });
    life.now += 1000;
    life.send({ type: 'calledAgain', at: life.now });
    assert.equal(life.only('hangUp').legId, legId);
    const { state, attempts, attempt, dueAt } = life.callback;
    assert.deepEqual([state, attempts, attempt, dueAt], ['scheduled', 0, null, life.now + 5000]);
    assert.equal(life.ledger.get('cb.1')?.reason, 'called-again');
    life.rejected(legId, { kind: 'cancelled', status: 487 }).expire().grant();
    assert.equal(life.only('dial').request.legId, 'cb.2.0');
    assert.equal(life.ledger.get('cb.2')?.number, 1);
  });

  it('does not stop an INVITE that rings somebody else', () => {
    for (const terms of [
      { method: 'extension' as const, extension: '200' },
      { method: 'number' as const, number: '(48) 99999-0000' },
    ]) {
      const life = new Life({ terms }).dialled();
      life.send({ type: 'calledAgain', at: life.now + 1 });
      assert.deepEqual([life.callback.state, life.effects], ['dialing', []]);
    }
    const his = new Life({ terms: { method: 'number', number: '(48) 99199-6260' } }).dialled();
    his.send({ type: 'calledAgain', at: his.now + 1 });
    assert.deepEqual([his.callback.state, his.types()], ['scheduled', ['hangUp']]);
    const caller = { received: '200', e164: null };
    const own = new Life({ terms: { method: 'extension', extension: '200' }, request: { caller } }).dialled();
    own.send({ type: 'calledAgain', at: own.now + 1 });
    assert.equal(own.callback.state, 'scheduled');
  });

  it('the promise that he got again does not expire with the old one', () => {
    const life = new Life({ terms: { expiresSeconds: 10, delaySeconds: 60 } }).dialled();
    life.now += 1000;
    life.send({ type: 'calledAgain', at: life.now });
    assert.equal(life.callback.expiresAt, life.now + 60_000 + 10_000);
  });

  it('the same news twice, or news from before the attempt, does not stop the INVITE', () => {
    const life = new Life().send({ type: 'promised', at: 1_000_000 });
    life.now = 1_003_000;
    life.send({ type: 'calledAgain', at: 1_003_000 }).dialled();
    life.send({ type: 'calledAgain', at: 1_003_000 }).send({ type: 'calledAgain', at: 1_004_000 });
    assert.deepEqual([life.callback.state, life.types()], ['dialing', []]);
  });

  it('calling again with an answered call changes nothing', () => {
    const life = new Life().answered();
    life.now += 100;
    life.send({ type: 'calledAgain', at: life.now });
    assert.deepEqual([life.callback.state, life.types()], ['answered', []]);
  });

  it('a promise that crossed the end of the callback is kept', () => {
    const life = new Life().dialled();
    const promisedAt = life.now + 10;
    life.now += 20;
    life.rejected(life.legId);
    life.done('busy', 'busy');
    life.send({ type: 'calledAgain', at: promisedAt });
    assert.deepEqual([life.callback.state, life.callback.dueAt], ['scheduled', promisedAt + 5000]);
    life.rejected('cb.1.0').expire();
    assert.equal(life.callback.state, 'queued');
  });

  it('news that comes again after the end opens nothing again', () => {
    const life = new Life().send({ type: 'promised', at: 1_000_000 });
    const first = { type: 'calledAgain', at: 1_000_100 } as const;
    life.send(first).dialled().rejected('cb.1.0').send(first);
    assert.deepEqual([life.callback.state, life.persist], ['done', false]);
  });

  it('nor does it open again what it opened before', () => {
    const life = new Life().dialled();
    const crossed = { type: 'calledAgain', at: life.now + 10 } as const;
    life.now += 20;
    life.rejected('cb.1.0').send(crossed).dialled().rejected('cb.2.0').send(crossed);
    assert.equal(life.callback.state, 'done');
  });

  it('a promise from before his answer is kept by that answer', () => {
    const life = new Life({ next: null }).dialled();
    const promisedAt = life.now + 10;
    life.now += 20;
    life.leg(life.legId, { type: 'answered' });
    life.send({ type: 'calledAgain', at: promisedAt });
    assert.equal(life.callback.state, 'done');
    life.send({ type: 'calledAgain', at: life.now + 1 });
    assert.equal(life.callback.state, 'scheduled');
  });

  it('one that is opened again knows nothing of its former life', () => {
    const life = new Life().inMenu().digit('1');
    const target = life.only('dial').request.legId;
    life.leg(target, { type: 'answered' }).ended(target);
    life.send({ type: 'calledAgain', at: life.now });
    const { outcome, answeredAt, connectedAt, doneAt, serial } = life.callback;
    assert.deepEqual([outcome, answeredAt, connectedAt, doneAt, serial], [null, null, null, null, 1]);
  });
});

describe('callback: commands of the API', () => {
  it('cancel ends a scheduled, a queued and a ringing one', () => {
    new Life().send({ type: 'cancel', by: 'api' }).done('cancelled', 'cancelled');
    const queued = new Life().send({ type: 'promised', at: 1_000_000 }).expire().send({ type: 'cancel', by: 'api' });
    assert.deepEqual(queued.types(), ['withdrawSlot']);
    queued.done('cancelled', 'cancelled');
    const ringing = new Life().dialled();
    const legId = ringing.legId;
    ringing.send({ type: 'cancel', by: 'api' });
    assert.equal(ringing.only('hangUp').legId, legId);
    assert.ok(ringing.persist);
    assert.deepEqual([ringing.callback.outcome, ringing.callback.attempts], ['cancelled', 1]);
    const silent = new Life({ showsTrying: false }).dialled().expire().send({ type: 'cancel', by: 'api' });
    assert.deepEqual(silent.effects, [], 'its leg has been hung up');
  });

  it('an answer that crosses the cancel connects nobody', () => {
    const life = new Life().dialled();
    const legId = life.legId;
    life.send({ type: 'cancel', by: 'api' }).leg(legId, { type: 'answered' });
    assert.deepEqual([life.callback.state, life.effects], ['done', []]);
    assert.deepEqual(life.callback.closing, [{ legId, since: life.now }]);
    life.ended(legId, 'local');
    assert.deepEqual(life.callback.closing, []);
  });

  it('cancel hangs both sides of a connected one up', () => {
    const life = new Life().inMenu().digit('1');
    const target = life.only('dial').request.legId;
    const person = life.legId;
    life.leg(target, { type: 'answered' }).send({ type: 'cancel', by: 'api' });
    assert.deepEqual(
      life.effects.map((effect) => effect.type === 'hangUp' && effect.legId),
      [target, person],
    );
    life.done('cancelled', 'cancelled');
  });

  it('reschedule moves the due time and the expiry, and stops what rings', () => {
    const life = new Life().dialled();
    life.send({ type: 'reschedule', dueAt: 9_000_000 });
    assert.deepEqual(life.types(), ['hangUp']);
    const { state, attempts, dueAt, expiresAt } = life.callback;
    assert.deepEqual([state, attempts, dueAt, expiresAt], ['scheduled', 0, 9_000_000, 10_800_000]);
  });

  it('retry dials now', () => {
    const life = new Life().send({ type: 'promised', at: 1_000_000 }).wait(100).send({ type: 'retry' });
    assert.equal(life.deadline, life.now);
    life.expire();
    assert.equal(life.callback.state, 'queued');
  });

  it('retry leaves one that is queued or rings as it is', () => {
    const life = new Life().send({ type: 'promised', at: 1_000_000 }).expire();
    for (const state of ['queued', 'dialing']) {
      const before = life.callback;
      life.now += 10;
      life.send({ type: 'retry' });
      assert.deepEqual([life.callback, life.callback.state, life.effects], [before, state, []]);
      if (state === 'queued') life.send({ type: 'slotGranted', legId: 'cb.1.0' });
    }
  });

  it('retry opens a failed one again as if it were fresh, with ids of its own', () => {
    const life = new Life().dialled();
    life.rejected(life.legId).done('busy', 'busy');
    life.now += 7_200_000;
    life.send({ type: 'retry' });
    const { state, outcome, reason, attempts, doneAt } = life.callback;
    assert.deepEqual([state, outcome, reason, attempts, doneAt], ['scheduled', null, null, 0, null]);
    life.dialled();
    assert.equal(life.legId, 'cb.2.0');
  });

  it('a command that makes no sense changes nothing, and is refused by name', () => {
    const life = new Life({ next: null }).dialled();
    life.leg(life.legId, { type: 'answered' }).done('connected', 'answered');
    for (const command of ['cancel', 'reschedule', 'retry'] as const) {
      assert.notEqual(refusalOf(life.callback, command), null);
    }
    life.send({ type: 'retry' }).send({ type: 'reschedule', dueAt: 5 }).send({ type: 'cancel', by: 'api' });
    assert.deepEqual([life.callback.state, life.callback.outcome, life.persist], ['done', 'connected', false]);
    const talking = new Life().answered().send({ type: 'reschedule', dueAt: 5 });
    assert.deepEqual([talking.callback.state, talking.types()], ['answered', []]);
    assert.equal(refusalOf(talking.callback, 'cancel'), null);
  });
});
