import assert from 'node:assert/strict';
import { dueByStep, eventMoved, justNow, movedWithClock } from '../../../lib/core/callback/clock-step.ts';
import { deadlineOf } from '../../../lib/core/callback/deadline.ts';
import { Life, type LifeOptions } from './life-fixture.ts';

const HOUR = 3_600_000;

/** Instants of a callback that runs, whatever they are called. */
function instants(value: unknown, path = ''): Array<[string, number]> {
  if (value === null || typeof value !== 'object') return [];
  return Object.entries(value).flatMap(([name, inner]): Array<[string, number]> => {
    const isInstant = /At$|^since$|^timedFrom$/.test(name) && typeof inner === 'number';
    return isInstant ? [[`${path}${name}`, inner]] : instants(inner, `${path}${name}.`);
  });
}

const retry = { attempts: 2, intervalSeconds: [60], on: ['no-answer' as const] };
const rungInVain = (options: LifeOptions) =>
  new Life(options).dialled().leg('cb.1.0', { type: 'ringing', status: 180 }).expire();
const promisedLife = (options = {}) => new Life(options).send({ type: 'promised', at: 1_000_000 });

const LIVES: Record<string, () => Life> = {
  'one that is not promised yet': () => new Life(),
  'one whose call rings': () => new Life({ request: { ringSeconds: 30 } }),
  'one that is due in a moment': () => promisedLife(),
  'one that waits for its trunk': () => promisedLife().expire(),
  'one that is dialled': () => new Life().dialled(),
  'one that rings': () => new Life().dialled().leg('cb.1.0', { type: 'ringing', status: 180 }),
  'one that was rung in vain and is tried again': () => rungInVain({ terms: { retry } }),
  'one in a menu': () => new Life().inMenu(),
  'one in a menu, in the middle of its digits': () => new Life().inMenu().digit('2'),
  'one whose target rings': () => {
    const life = new Life().inMenu().digit('1');
    return life.leg(life.only('dial').request.legId, { type: 'dialled', callId: 'y' });
  },
  'one that talks': () => {
    const life = new Life().inMenu().digit('1');
    const { legId } = life.only('dial').request;
    return life.leg(legId, { type: 'dialled', callId: 'y' }).leg(legId, { type: 'answered' });
  },
};

describe('callback: the wall clock is set', () => {
  for (const [who, made] of Object.entries(LIVES)) {
    it(`${who} has as long as it had`, () => {
      for (const byMs of [HOUR, -HOUR, -300]) {
        const { callback, configuration, now } = made();
        const moved = movedWithClock(callback, byMs);
        const leftMs = deadlineOf(callback, { configuration })! - now;
        assert.equal(deadlineOf(moved, { configuration })! - (now + byMs), leftMs, `${byMs}`);
        const isRecord = (name: string) => name === 'acceptedAt' && callback.promisedAt !== null;
        const expected = instants(callback).map(([name, at]) => [name, isRecord(name) ? at : at + byMs]);
        assert.deepEqual(instants(moved), expected);
      }
    });
  }

  it('an instant that somebody named stays what it is', () => {
    const dueAt = 1_000_000 + HOUR;
    for (const life of [
      new Life({ request: { inboundCallId: null, dueAt } }),
      promisedLife().send({ type: 'reschedule', dueAt }),
    ]) {
      const moved = movedWithClock(life.callback, -HOUR);
      assert.deepEqual([moved.dueAt, moved.expiresAt], [dueAt, life.callback.expiresAt]);
    }
  });

  it('the hour from which somebody may be called stays what it is', () => {
    const night = Date.parse('2026-11-26T23:59:30Z');
    const life = new Life({ terms: { callingHours: ['Mon-Sun 08:00-21:00'], outsideHours: 'wait' } });
    life.now = night;
    life.callback = { ...life.callback, dueAt: night, expiresAt: night + 600_000 };
    life.send({ type: 'promised', at: night - 5_000 }).expire();
    life.now = night + 60_000;
    life.send({ type: 'slotGranted', legId: life.legId });
    assert.equal(life.callback.dueAt, Date.parse('2026-11-27T11:00:00Z'));
    assert.equal(movedWithClock(life.callback, -HOUR).dueAt, life.callback.dueAt);
  });

  it('a retry after an instant that was named is a delay again', () => {
    const life = rungInVain({ terms: { retry }, request: { inboundCallId: null, dueAt: 1_005_000 } });
    assert.equal(life.callback.state, 'scheduled');
    assert.equal(movedWithClock(life.callback, -HOUR).dueAt, life.callback.dueAt - HOUR);
  });

  it('an end is history, but a phone that may still ring is waited for as long as it was to be', () => {
    const { callback } = new Life().dialled().send({ type: 'cancel', by: 'api' });
    const [leg] = callback.closing;
    assert.deepEqual(movedWithClock(callback, HOUR), { ...callback, closing: [{ ...leg, since: leg!.since + HOUR }] });
  });

  it('a promise that was accepted before it, and given after it, counts from when it was given', () => {
    const life = new Life();
    life.now -= HOUR;
    life.send({ type: 'promised', at: life.now });
    assert.equal(life.callback.dueAt, life.now + 5_000);
  });

  it('what was said before it, and is heard after it, was said as long ago as it was', () => {
    assert.deepEqual(eventMoved({ type: 'promised', at: 5 }, HOUR), { type: 'promised', at: 5 + HOUR });
    assert.deepEqual(eventMoved({ type: 'calledAgain', at: HOUR }, -HOUR), { type: 'calledAgain', at: 0 });
    const named = { type: 'reschedule', dueAt: 7 } as const;
    assert.equal(eventMoved(named, HOUR), named);
  });

  it('what is told of at once was just now, by the clock as it is', () => {
    assert.equal(justNow(995, 1_000), 995);
    assert.equal(justNow(HOUR, 1_000), 1_000);
    assert.equal(justNow(0, HOUR), HOUR);
  });

  it('what falls due by a step forward has all its time to expire from then on', () => {
    const { callback } = promisedLife();
    const at = callback.expiresAt + HOUR;
    const step = { at, byMs: at - 1_000_000 };
    const due = dueByStep(callback, step);
    assert.deepEqual([due.dueAt, due.expiresAt - at], [at, callback.expiresAt - callback.dueAt]);
  });

  it('what was due before a step forward, or is not due after it, is left as it is', () => {
    const { callback } = promisedLife();
    for (const step of [
      { at: callback.dueAt - 1, byMs: HOUR },
      { at: callback.dueAt + HOUR, byMs: HOUR },
    ])
      assert.equal(dueByStep(callback, step), callback);
    const { callback: rung } = new Life().dialled();
    assert.equal(dueByStep(rung, { at: rung.dueAt, byMs: HOUR }), rung);
  });
});
