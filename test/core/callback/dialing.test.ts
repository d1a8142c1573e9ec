import assert from 'node:assert/strict';
import type { DialFacts } from '../../../lib/core/call/dial-facts.ts';
import type { LegResult } from '../../../lib/core/call/leg.ts';
import type { Trunk } from '../../../lib/core/configuration.ts';
import { anIdentity, aTrunk } from '../rules/configuration-fixture.ts';
import { configuration, Life, type LifeOptions } from './life-fixture.ts';

const RETRY = { attempts: 3, intervalSeconds: [60, 120], on: ['busy', 'no-answer', 'unreachable'] } as const;
const retry = { ...RETRY, intervalSeconds: [...RETRY.intervalSeconds], on: [...RETRY.on] };

function dialled(options: LifeOptions = {}): Life {
  return new Life(options).dialled();
}

describe('callback: one attempt, several trunks', () => {
  it("tries the next trunk for the trunk's own fault, with a leg and a slot of its own", () => {
    const life = dialled().rejected('cb.1.0', { status: 503 });
    assert.deepEqual(life.effects, [{ type: 'reserveSlot', legId: 'cb.1.1', trunk: 'b' }]);
    assert.equal(life.callback.state, 'queued');
    life.grant();
    const { request } = life.only('dial');
    assert.deepEqual([request.legId, request.idempotencyKey], ['cb.1.1', 'cb.1.1']);
    assert.equal(life.callback.attempts, 1, 'it is still one attempt');
    assert.equal(life.ledger.get('cb.1')?.via, 'b');
  });

  it('does not ring a busy person through the next trunk', () => {
    dialled().rejected('cb.1.0', { status: 486 }).done('busy', 'busy');
  });

  it('tries one other trunk, not two, for a number that the first one does not know', () => {
    const life = dialled().rejected('cb.1.0', { status: 404 }).grant();
    assert.equal(life.callback.state, 'dialing');
    life.rejected('cb.1.1', { status: 404 }).done('unreachable', 'invalid-number');
    assert.equal(life.ledger.get('cb.1')?.status, 404);
  });

  it('ends with the last verdict when all trunks failed', () => {
    const life = dialled().rejected('cb.1.0', { status: 503 }).grant();
    life.rejected('cb.1.1', { kind: 'transport', status: 0 }).grant();
    life.rejected('cb.1.2', { status: 500, q850Cause: 34 }).done('unreachable', 'congestion');
    const row = life.ledger.get('cb.1');
    assert.deepEqual([row?.via, row?.status, row?.q850Cause, row?.outcome], ['c', 500, 34, 'unreachable']);
  });

  it('a trunk that went with a new configuration is passed over', () => {
    const life = dialled();
    life.configuration = configuration({ trunks: [aTrunk({ name: 'a' }), aTrunk({ name: 'c' })] });
    life.rejected('cb.1.0', { status: 503 });
    assert.deepEqual(life.effects, [{ type: 'reserveSlot', legId: 'cb.1.2', trunk: 'c' }]);
  });

  it('a trunk that does not want our header gets none', () => {
    const trunk = aTrunk({ name: 'a' });
    const trunks = [{ ...trunk, identity: { ...trunk.identity, callbackIdHeader: false } }];
    const life = new Life({ configuration: configuration({ trunks }) }).send({ type: 'promised', at: 1_000_000 });
    life.expire().grant();
    assert.equal(life.only('dial').request.callbackId, null);
  });

  it('nothing is dialled for a slot that is not the one asked for, and it goes back', () => {
    const life = new Life().send({ type: 'promised', at: 1_000_000 }).expire();
    life.send({ type: 'slotGranted', legId: 'cb.9.0' });
    assert.deepEqual(life.effects, [{ type: 'withdrawSlot', legId: 'cb.9.0' }]);
    life.send({ type: 'slotGranted', legId: 'cb.1.0' }).send({ type: 'slotGranted', legId: 'cb.1.0' });
    assert.deepEqual(life.effects, [], 'granted twice, dialled once, and the slot is kept');
  });
});

describe('callback: a trunk with a cap of its own', () => {
  const SPENT = { type: 'refused', gate: 'spend', text: 'why', ofTrunk: true } as const;
  const capped = (...names: string[]) =>
    configuration({
      trunks: ['a', 'b', 'c'].map((name) => aTrunk({ name, ...(names.includes(name) ? { spendPerDay: 5 } : {}) })),
    });
  const due = (...names: string[]) =>
    new Life({ configuration: capped(...names) }).send({ type: 'promised', at: 1_000_000 }).expire();
  const told = (life: Life, facts: DialFacts) =>
    life.send({ type: 'slotGranted', legId: life.only('reserveSlot').legId, facts });

  it('is asked for with what the call is counted as, and the others are not', () => {
    const life = due('a');
    const { cost } = life.only('reserveSlot');
    assert.deepEqual([cost?.isAttempt, cost?.number, cost?.rule?.perDay], [true, life.callback.caller, null]);
    told(life, SPENT);
    assert.deepEqual(life.effects, [
      { type: 'withdrawSlot', legId: 'cb.1.0' },
      { type: 'reserveSlot', legId: 'cb.1.1', trunk: 'b' },
    ]);
    const refused = life.log.find(({ type }) => type === 'trunk-refused')?.detail;
    assert.deepEqual(refused, { trunk: 'a', gate: 'spend', why: 'why' });
    life.grant();
    assert.equal(life.only('dial').request.legId, 'cb.1.1');
  });

  it('ends the callback as refused where no other trunk may carry it', () => {
    const life = due('a', 'b', 'c');
    for (let trunk = 0; trunk < 3; trunk += 1) told(life, SPENT);
    life.done('refused', 'spend');
    assert.equal(life.ledger.get('cb.1')?.dialledAt, null);
  });

  it('waits with the person while the store cannot be asked, and it is no attempt', () => {
    const life = told(due('a'), { type: 'unknown' });
    assert.deepEqual([life.callback.state, life.callback.attempts], ['scheduled', 0]);
    assert.deepEqual([life.deadline, life.types()], [life.now + 1000, ['withdrawSlot']]);
    assert.ok(
      life.log.some(({ type }) => type === 'attempt-withdrawn'),
      'what the gates counted goes back',
    );
    life.expire();
    told(life, { type: 'free' });
    assert.equal(life.callback.state, 'dialing');
  });
});

describe('callback: a trunk that refuses the caller ID', () => {
  const WANTED = '+554831210110';
  const DEFAULT = '+554831210199';
  const callerIds = { allow: [], default: DEFAULT };

  function onTrunks(change: Partial<Trunk> = {}): Life {
    const a = aTrunk({ name: 'a', callerIds, ...change });
    return dialled({ configuration: configuration({ trunks: [a, aTrunk({ name: 'b' })] }) });
  }

  it('is sent the call once more with its default, with a slot and a Call-ID of its own, in the same attempt', () => {
    const life = onTrunks();
    life.rejected('cb.1.0', { status: 403 });
    assert.deepEqual(life.effects, [{ type: 'reserveSlot', legId: 'cb.1.0-default', trunk: 'a' }]);
    const { request } = life.grant().only('dial');
    assert.deepEqual(request.identity.callerId, { number: DEFAULT, name: null });
    assert.deepEqual([request.callerIdChange, request.idempotencyKey], ['refused', 'cb.1.0-default']);
    assert.equal(life.callback.attempts, 1);
    const ordered = life.log.filter(({ type }) => type === 'dial-ordered').map(({ detail }) => detail);
    assert.deepEqual(
      ordered.map(({ callerId, callerIdChange = null, via }) => [callerId, callerIdChange, via]),
      [
        [WANTED, null, 'a'],
        [DEFAULT, 'refused', 'a'],
      ],
    );
  });

  it('is given up after the second 403, and the next trunk gets the caller ID that was wanted', () => {
    const life = onTrunks().rejected('cb.1.0', { status: 403 }).grant();
    life.rejected('cb.1.0-default', { status: 403 });
    assert.deepEqual(life.effects, [{ type: 'reserveSlot', legId: 'cb.1.1', trunk: 'b' }]);
    assert.equal(life.grant().only('dial').request.identity.callerId.number, WANTED);
    life.rejected('cb.1.1', { status: 403 }).done('unreachable', 'trunk-forbidden');
  });

  it('rings a busy person no more, once the default is shown', () => {
    onTrunks()
      .rejected('cb.1.0', { status: 403 })
      .grant()
      .rejected('cb.1.0-default', { status: 486 })
      .done('busy', 'busy');
  });

  const notAgain: Array<[why: string, change: Partial<Trunk>, result: Partial<LegResult>]> = [
    ['that has no default', { callerIds: { allow: [], default: null } }, { status: 403 }],
    ['whose default it was', { callerIds: { allow: [], default: WANTED } }, { status: 403 }],
    ['that saw only the account name', { identity: anIdentity({ from: 'username' }) }, { status: 403 }],
    ['that answers 503', {}, { status: 503 }],
    ['that answers 404', {}, { status: 404 }],
  ];
  for (const [why, change, result] of notAgain) {
    it(`is not tried again where it is one ${why}`, () => {
      const life = onTrunks(change).rejected('cb.1.0', result);
      assert.deepEqual(life.effects, [{ type: 'reserveSlot', legId: 'cb.1.1', trunk: 'b' }]);
    });
  }

  it("does not ring a person again who declined: 403 with Q.850 21 of the user's", () => {
    onTrunks().rejected('cb.1.0', { status: 403, q850Cause: 21, location: 'U' }).done('rejected', 'declined');
  });

  it('is shown numbers as it wants to read them', () => {
    const formats = { e164: '+554831210110', e164NoPlus: '554831210110', national: '4831210110', asReceived: WANTED };
    for (const [numberFormat, number] of Object.entries(formats)) {
      const identity = anIdentity({ numberFormat: numberFormat as 'e164' });
      const life = new Life({ configuration: configuration({ trunks: [aTrunk({ name: 'a', identity })] }) });
      const { request } = life.send({ type: 'promised', at: 1_000_000 }).expire().grant().only('dial');
      assert.deepEqual([request.identity.callerId.number, request.identity.onBehalfOf], [number, number]);
      assert.equal(request.callerIdChange, null, 'it is the same number');
    }
  });

  it('that does not allow it is not even asked: its default goes out at once', () => {
    const life = onTrunks({ callerIds: { allow: [DEFAULT], default: null } });
    const [ordered] = life.log.filter(({ type }) => type === 'dial-ordered');
    assert.equal(ordered?.detail['callerId'], DEFAULT);
    assert.equal(ordered?.detail['callerIdChange'], 'not-allowed');
    life.rejected('cb.1.0', { status: 403 });
    assert.deepEqual(
      life.effects,
      [{ type: 'reserveSlot', legId: 'cb.1.1', trunk: 'b' }],
      'it had the default already',
    );
  });
});

describe('callback: trunks by weight', () => {
  const routes = [
    {
      match: '.',
      matchOn: 'received' as const,
      rewrite: null,
      trunks: ['a', 'b'].map((name) => ({ name, weight: 1 })),
    },
  ];
  const byWeight = configuration({ outgoingRules: [{ name: 'all', routes }] });

  it('are drawn by the id of the attempt: a retry draws anew, and what fails is followed by the other one', () => {
    const begins = new Set<string>();
    for (let i = 0; i < 20; i++) {
      const life = dialled({ configuration: byWeight, request: { id: `cb${i}` }, terms: { retry } });
      const via = (n: number) => life.ledger.get(`cb${i}.${n}`)?.via ?? '';
      begins.add(via(1));
      life.rejected(`cb${i}.1.0`, { status: 503 }).grant();
      assert.deepEqual([...new Set([via(1), life.callback.attempt?.candidates[0]])].length, 2);
      const names = life.callback.attempt?.candidates.map((one) => (one.kind === 'trunk' ? one.trunk : ''));
      assert.deepEqual(names?.toSorted(), ['a', 'b']);
    }
    assert.deepEqual([...begins].sort(), ['a', 'b']);
  });
});

describe('callback: what was really sent', () => {
  it('is in the event, header by header, once the INVITE is on the wire', () => {
    const life = new Life().send({ type: 'promised', at: 1_000_000 }).expire().grant();
    const sent = {
      requestUri: 'sip:048991996260@carrier.example',
      from: '<sip:+554831210110@carrier.example>',
      pai: '<sip:+554831210110@carrier.example>',
      ppi: null,
      rpid: null,
      privacy: 'id',
      diversion: null,
      historyInfo: null,
      callInfo: null,
    };
    life.leg('cb.1.0', { type: 'dialled', callId: 'x', sent });
    const { requestUri, from, pai, privacy } = sent;
    assert.deepEqual(life.log.at(-1), {
      at: life.now,
      type: 'dialled',
      attemptId: 'cb.1',
      detail: { legId: 'cb.1.0', requestUri, from, pai, privacy },
    });
  });
});

describe('callback: a silent trunk', () => {
  it('is given up after 6 s, and the next one is dialled beside it, where the engine shows 100', () => {
    const life = dialled();
    assert.equal(life.deadline, life.now + 6000);
    life.expire();
    assert.deepEqual(life.types(), ['hangUp', 'reserveSlot']);
    assert.deepEqual(life.callback.closing, [{ legId: 'cb.1.0', since: life.now }]);
    life.grant();
    assert.equal(life.only('dial').request.legId, 'cb.1.1');
  });

  it('is given up after 12 s where the engine does not show 100, and the next one waits for its end', () => {
    const life = dialled({ showsTrying: false });
    assert.equal(life.deadline, life.now + 12_000);
    life.expire();
    assert.deepEqual(life.types(), ['hangUp']);
    life.leg('cb.1.0', { type: 'ringing', status: 180 });
    assert.deepEqual([life.callback.state, life.effects], ['dialing', []]);
    life.rejected('cb.1.0', { kind: 'cancelled', status: 487 });
    assert.deepEqual(life.effects, [{ type: 'reserveSlot', legId: 'cb.1.1', trunk: 'b' }]);
    assert.deepEqual(life.callback.closing, []);
  });

  it('that never ends its leg is waited for 40 s', () => {
    const life = dialled({ showsTrying: false }).expire();
    assert.equal(life.deadline, life.now + 40_000);
    life.wait(39_999);
    assert.deepEqual(life.effects, []);
    life.wait(1);
    assert.deepEqual(life.types(), ['reserveSlot']);
  });

  it('has its own seconds where the trunk says so', () => {
    const trunks = [aTrunk({ name: 'a', noResponseSeconds: 2 })];
    const life = dialled({ configuration: configuration({ trunks }) });
    assert.equal(life.deadline, life.now + 2000);
    life.expire();
    assert.deepEqual(life.types(), ['hangUp'], 'there is no other trunk');
    life.done('unreachable', 'trunk-silent');
  });

  it('is not silent once a 100 came', () => {
    const life = dialled();
    const at = life.now;
    life.now += 5999;
    life.leg('cb.1.0', { type: 'trying' });
    assert.deepEqual([life.deadline, life.persist], [at + 25_000, false]);
  });

  it('its late answer is not the call: the leg has been hung up', () => {
    const life = dialled().expire();
    life.leg('cb.1.0', { type: 'answered' });
    assert.deepEqual([life.callback.state, life.effects], ['queued', []]);
  });

  it('counts from the wire, not from the order', () => {
    const life = new Life().send({ type: 'promised', at: 1_000_000 }).expire().grant();
    life.now += 4000;
    life.leg('cb.1.0', { type: 'dialled', callId: 'x' });
    assert.deepEqual([life.deadline, life.callback.attempt?.dialledAt], [life.now + 6000, life.now]);
    assert.equal(life.ledger.get('cb.1')?.dialledAt, life.now);
    assert.ok(life.persist);
  });

  it('and one whose INVITE never got onto the wire is given up too', () => {
    const life = new Life().send({ type: 'promised', at: 1_000_000 }).expire().grant().expire();
    assert.deepEqual(life.types(), ['hangUp', 'reserveSlot']);
  });

  it('an extension is silent for as long as it may ring', () => {
    const life = dialled({ terms: { method: 'extension', extension: '200' } });
    assert.equal(life.deadline, life.now + 25_000);
  });
});

describe('callback: no room for another call', () => {
  const noCapacity = { kind: 'noCapacity' as const, status: 0, text: 'All 400 media endpoints are in use.' };
  const ordered = () => new Life().send({ type: 'promised', at: 1_000_000 }).expire().grant();

  it('nothing has left: the promise waits a moment, and no attempt is used up', () => {
    const life = ordered().rejected('cb.1.0', noCapacity);
    assert.deepEqual([life.callback.state, life.callback.attempts], ['scheduled', 0]);
    assert.equal(life.callback.dueAt, life.now + 2_000);
    life.dialled();
    assert.deepEqual([life.legId, life.callback.attempts], ['cb.2.0', 1]);
    assert.deepEqual([life.ledger.get('cb.1')?.outcome, life.ledger.get('cb.1')?.reason], ['cancelled', 'no-capacity']);
  });

  it('for as long as it does not expire', () => {
    const life = ordered();
    const isOpen = () => life.callback.state !== 'done';
    for (let count = 1; isOpen(); count += 1) {
      assert.ok(count < 10_000);
      life.rejected(life.legId, noCapacity).expire();
      if (isOpen()) life.grant();
    }
    assert.deepEqual([life.callback.outcome, life.now >= life.callback.expiresAt], ['expired', true]);
  });
});

describe('callback: ringing', () => {
  it('ends with the ring timeout: no answer', () => {
    const life = dialled().leg('cb.1.0', { type: 'ringing', status: 180 });
    life.expire();
    assert.equal(life.only('hangUp').legId, 'cb.1.0');
    life.done('no-answer', 'no-answer');
  });

  it('an answer that crosses the ring timeout does not connect', () => {
    const life = dialled().leg('cb.1.0', { type: 'ringing', status: 180 }).expire();
    life.leg('cb.1.0', { type: 'answered' });
    assert.deepEqual([life.callback.outcome, life.effects], ['no-answer', []]);
  });

  it('a ring timeout from before the clock was set back starts again, at most', () => {
    const life = dialled().leg('cb.1.0', { type: 'ringing', status: 180 });
    life.now -= 3_600_000;
    life.send({ type: 'alarm' });
    assert.equal(life.deadline, life.now + 25_000);
  });

  it('a leg that is lost without a result ends the attempt', () => {
    dialled().ended('cb.1.0', 'system').done('failed', 'leg-lost');
    const again = dialled({ terms: { retry: { ...retry, on: ['failed'] } } }).ended('cb.1.0', 'system');
    assert.equal(again.callback.state, 'scheduled');
  });

  it('the news that the INVITE left, twice, is news once', () => {
    const life = dialled();
    const deadline = life.deadline;
    life.now += 1000;
    life.leg('cb.1.0', { type: 'dialled', callId: 'x' });
    assert.deepEqual([life.deadline, life.persist], [deadline, false]);
  });
});

describe('callback: calling again later', () => {
  it('follows the intervals, the last one for all further attempts, and stops after the last attempt', () => {
    const life = dialled({ terms: { retry } }).rejected('cb.1.0', { status: 486 });
    assert.deepEqual([life.callback.state, life.callback.dueAt - life.now], ['scheduled', 60_000]);
    life.dialled().rejected('cb.2.0', { status: 486 });
    assert.deepEqual([life.callback.state, life.callback.dueAt - life.now], ['scheduled', 120_000]);
    life.dialled().rejected('cb.3.0', { status: 486 }).done('busy', 'busy');
    assert.deepEqual(
      [...life.ledger.values()].map(({ attemptId, number, outcome }) => [attemptId, number, outcome]),
      [
        ['cb.1', 1, 'busy'],
        ['cb.2', 2, 'busy'],
        ['cb.3', 3, 'busy'],
      ],
    );
  });

  it('follows what became of each attempt, where the rule says so', () => {
    const life = dialled({ terms: { retry: { ...retry, intervalSeconds: [] } } }).rejected('cb.1.0', { status: 486 });
    assert.equal(life.callback.dueAt - life.now, 60_000);
    life.dialled().rejected('cb.2.0', { status: 480 });
    assert.deepEqual([life.callback.state, life.callback.dueAt - life.now], ['scheduled', 900_000]);
  });

  it('a person who declined is not rung again', () => {
    dialled({ terms: { retry } }).rejected('cb.1.0', { status: 603 }).done('rejected', 'declined');
  });

  it('unless the rule says so', () => {
    const life = dialled({ terms: { retry: { ...retry, on: ['rejected'] } } }).rejected('cb.1.0', { status: 603 });
    assert.equal(life.callback.state, 'scheduled');
  });

  it('nobody is rung again whose number is wrong', () => {
    const life = dialled({ terms: { trunk: 'a', retry } }).rejected('cb.1.0', { status: 404 });
    life.done('unreachable', 'invalid-number');
  });

  it('a retry that would fall at or after the expiry is not made', () => {
    const life = dialled({ terms: { retry, expiresSeconds: 60 } });
    assert.equal(life.now + 60_000, life.callback.expiresAt);
    life.rejected('cb.1.0', { status: 486 }).done('busy', 'busy');
  });

  it('waits until the leg that was hung up has reported its end', () => {
    const life = dialled({ terms: { retry: { ...retry, intervalSeconds: [1] } } });
    life.leg('cb.1.0', { type: 'ringing', status: 180 }).expire();
    const closingSince = life.now;
    assert.equal(life.deadline, closingSince + 40_000);
    life.wait(5000);
    assert.deepEqual([life.callback.state, life.effects], ['scheduled', []]);
    life.ended('cb.1.0', 'local');
    assert.ok((life.deadline ?? 0) <= life.now, 'due at once');
    life.expire();
    assert.equal(life.callback.state, 'queued');
  });

  it('waits 40 s for a leg that never reports its end', () => {
    const life = dialled({ terms: { retry: { ...retry, intervalSeconds: [1] } } });
    life.leg('cb.1.0', { type: 'ringing', status: 180 }).expire().wait(39_999);
    assert.equal(life.callback.state, 'scheduled');
    life.wait(1);
    assert.deepEqual([life.callback.state, life.callback.closing], ['queued', []]);
  });

  it('waits for the last one of several such legs', () => {
    const life = dialled({ terms: { retry: { ...retry, intervalSeconds: [1] } } }).expire();
    life.grant().leg('cb.1.1', { type: 'dialled', callId: 'x' }).leg('cb.1.1', { type: 'trying' }).expire();
    assert.deepEqual([life.callback.state, life.callback.closing.length], ['scheduled', 2]);
    assert.equal(life.deadline, life.now + 40_000);
  });

  it('events of an earlier attempt change nothing', () => {
    const life = dialled({ terms: { retry } }).rejected('cb.1.0', { status: 486 }).dialled();
    const before = life.callback;
    life.rejected('cb.1.0', { status: 603 }).leg('cb.1.0', { type: 'trying' }).ended('cb.1.0');
    assert.deepEqual([life.callback, life.effects, life.persist], [before, [], false]);
  });

  it('somebody who answers a leg that nobody knows is not left with silence', () => {
    const life = dialled().leg('cb.0.0', { type: 'answered' });
    assert.deepEqual(life.types(), ['hangUp']);
    assert.equal(life.callback.state, 'dialing');
  });
});
