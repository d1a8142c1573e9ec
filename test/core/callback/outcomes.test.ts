import assert from 'node:assert/strict';
import type { RetryPolicy } from '../../../lib/core/configuration.ts';
import { limits } from '../rules/configuration-fixture.ts';
import { CALLER, configuration, Life } from './life-fixture.ts';

const retry = (...on: RetryPolicy['on']): RetryPolicy => ({ attempts: 3, intervalSeconds: [60], on });
const detailOf = (life: Life, type: string) => life.log.findLast((entry) => entry.type === type)?.detail;

describe('callback: what an outcome asks for', () => {
  it('607 ends it for good, whatever `retry.on` says, and wishes the number onto the suppression list', () => {
    for (const unwantedSeconds of [null, 3600]) {
      const life = new Life({
        terms: { retry: retry('rejected', 'unreachable', 'failed') },
        configuration: configuration({ limits: limits({ unwantedSeconds }) }),
      });
      life.dialled();
      const step = life.rejected('cb.1.0', { status: 607, phrase: 'Unwanted' });
      step.done('rejected', 'unwanted');
      const expiresAt = unwantedSeconds === null ? null : life.now + 3_600_000;
      assert.deepEqual(life.suppressions, [{ number: CALLER.e164, reason: 'unwanted', at: life.now, expiresAt }]);
      assert.deepEqual(detailOf(life, 'suppressed'), { number: CALLER.e164, reason: 'unwanted', expiresAt });
    }
  });

  it('607 counts too where it crosses our CANCEL: no other trunk, no other attempt', () => {
    const silent = new Life({ terms: { retry: retry('rejected', 'unreachable') }, showsTrying: false })
      .dialled()
      .expire();
    assert.deepEqual(silent.types(), ['hangUp']);
    silent.rejected('cb.1.0', { status: 607, kind: 'cancelled' });
    silent.done('rejected', 'unwanted');
    assert.equal(silent.suppressions.length, 1);

    const late = new Life({ terms: { retry: retry('no-answer') } }).dialled();
    late.leg('cb.1.0', { type: 'ringing', status: 180 }).expire();
    assert.equal(late.callback.state, 'scheduled');
    late.rejected('cb.1.0', { status: 607, kind: 'cancelled' });
    assert.deepEqual([late.suppressions.length, late.persist], [1, true]);
  });

  it('busy that crosses our CANCEL is the person’s answer: no other trunk', () => {
    const life = new Life({ showsTrying: false }).dialled().expire();
    life.rejected('cb.1.0', { status: 486, kind: 'cancelled' }).done('busy', 'busy');
    const other = new Life({ showsTrying: false }).dialled().expire();
    other.rejected('cb.1.0', { status: 487, kind: 'cancelled' });
    assert.deepEqual(other.types(), ['reserveSlot']);
  });

  it('a plain 603 is the person: no alarm, not suppressed, and tried again where the rule says so', () => {
    const life = new Life({ terms: { retry: retry('rejected') } }).dialled();
    life.rejected('cb.1.0', { status: 603, phrase: 'Decline' });
    assert.equal(life.callback.state, 'scheduled');
    assert.deepEqual([life.suppressions, detailOf(life, 'redress-wanted')], [[], undefined]);
  });

  for (const [what, result] of [
    ['608', { status: 608, phrase: 'Rejected', redress: 'https://block.example/redress' }],
    ['603+', { status: 603, phrase: 'Network Blocked', redress: 'https://block.example/redress' }],
  ] as const) {
    it(`${what} is tried by one other trunk, then ends it, and raises the alarm each time with where to complain`, () => {
      const life = new Life({ terms: { retry: retry('rejected') } }).dialled();
      life.rejected('cb.1.0', result);
      assert.deepEqual(detailOf(life, 'redress-wanted'), {
        status: result.status,
        trunk: 'a',
        contact: result.redress,
      });
      life.grant();
      life.rejected('cb.1.1', result);
      life.done('rejected', 'network-blocked');
      const alarms = life.log.filter(({ type }) => type === 'redress-wanted');
      assert.deepEqual(
        alarms.map(({ detail }) => detail['trunk']),
        ['a', 'b'],
      );
    });
  }

  it('a rejection that promises a callback ends it: ringing again would make the other side ring again', () => {
    const life = new Life({ terms: { retry: retry('busy') } }).dialled();
    life.rejected('cb.1.0', { status: 486, callsBack: true });
    life.done('busy', 'calls-back');
  });
});

describe('callback: the shortest talk that counts', () => {
  const talk = (seconds: number, terms: { minimumTalkSeconds?: number; retry?: RetryPolicy }) => {
    const life = new Life({ terms }).inMenu().digit('1');
    const target = life.only('dial').request.legId;
    life.leg(target, { type: 'answered' });
    assert.equal(life.callback.state, 'connected');
    life.now += seconds * 1000;
    return life.ended(target);
  };

  it('a shorter one counts as not reached', () => {
    talk(9.999, { minimumTalkSeconds: 10 }).done('abandoned', 'talk-too-short');
    talk(10, { minimumTalkSeconds: 10 }).done('connected', 'completed');
    talk(0, {}).done('connected', 'completed');
    talk(0, { minimumTalkSeconds: 0 }).done('connected', 'completed');
  });

  it('is tried again where the rule says so, and then counts from its own beginning', () => {
    const life = talk(3, { minimumTalkSeconds: 10, retry: retry('abandoned') });
    assert.deepEqual([life.callback.state, life.callback.dueAt], ['scheduled', life.now + 60_000]);
    life.ended('cb.1.0');
    life.inMenu();
    assert.deepEqual([life.callback.connectedAt, life.callback.attempts], [null, 2]);
    life.digit('1');
    const target = life.only('dial').request.legId;
    life.leg(target, { type: 'answered' });
    life.now += 3000;
    life.ended(target);
    assert.equal(life.callback.state, 'scheduled');
  });

  it('does not concern whoever went through the flow without a target', () => {
    const life = new Life({ terms: { minimumTalkSeconds: 60 } }).inMenu().digit('9');
    life.done('connected', 'flow-ended');
  });
});

describe('callback: gates before dialling', () => {
  it('are asked again when a trunk has kept him waiting: into the night, or onto a list', () => {
    const begin = Date.parse('2026-11-26T23:59:30Z');
    const late = (outsideHours: 'wait' | 'refuse') => {
      const life = new Life({ terms: { callingHours: ['Mon-Sun 08:00-21:00'], outsideHours, expiresSeconds: 600 } });
      life.now = begin;
      life.callback = { ...life.callback, dueAt: begin, expiresAt: begin + 600_000 };
      life.send({ type: 'promised', at: begin - 5000 }).expire();
      assert.equal(life.callback.state, 'queued');
      life.now = begin + 60_000;
      return life.send({ type: 'slotGranted', legId: life.legId });
    };
    const waits = late('wait');
    assert.deepEqual(waits.types(), ['withdrawSlot']);
    const morning = Date.parse('2026-11-27T11:00:00Z');
    assert.deepEqual([waits.callback.state, waits.callback.dueAt, waits.callback.attempts], ['scheduled', morning, 0]);
    late('refuse').done('refused', 'hours');
    const life = new Life().send({ type: 'promised', at: 1_000_000 }).expire();
    life.configuration = configuration({ limits: limits({ blockedNumbers: ['+5548*'] }) });
    life.send({ type: 'slotGranted', legId: life.legId }).done('refused', 'blocked');
  });

  it('dial nobody while the store cannot be asked, and go on when it can', () => {
    const life = new Life();
    life.send({ type: 'promised', at: life.now });
    life.now = life.deadline!;
    const expiresAt = life.callback.expiresAt;
    life.send({ type: 'alarm', facts: { type: 'unknown' } });
    assert.deepEqual([life.callback.state, life.deadline, life.persist], ['scheduled', life.now + 1000, false]);
    life.now += 1000;
    life.send({ type: 'alarm', facts: { type: 'free' } });
    assert.deepEqual([life.callback.state, life.callback.expiresAt], ['queued', expiresAt]);
  });

  it('end it as refused, with the gate as its reason', () => {
    for (const gate of ['suppressed', 'spend'] as const) {
      const life = new Life();
      life.send({ type: 'promised', at: life.now });
      life.now = life.deadline!;
      life.send({ type: 'alarm', facts: { type: 'refused', gate, text: 'why' } });
      life.done('refused', gate);
      assert.deepEqual(detailOf(life, 'refused'), { gate, why: 'why' });
    }
  });
});
