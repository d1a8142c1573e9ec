import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  callsPerSecond,
  counted,
  type Happened,
  type LiveSlot,
  leavesBy,
  recent,
  SLOT_MS,
} from '../../console/src/dashboard/live-slots.ts';
import { perHour } from '../../console/src/dashboard/per-hour.ts';

const NOW = Date.UTC(2026, 10, 27, 12, 0, 5);
const TEN_MINUTES_MS = 600_000;

const happened = (type: string, at: number, data: Record<string, unknown> = {}): Happened => ({ type, at, data });
const sum = (slots: readonly LiveSlot[], word: 'accepted' | 'dialled' | 'answered') =>
  slots.reduce((all, slot) => all + slot[word], 0);

describe('the live figures of the dashboard', () => {
  it('have each event in the slot of its ten seconds', () => {
    const slots = counted([], NOW, happened('callback.accepted', NOW - 25_000));
    assert.equal(slots.length, TEN_MINUTES_MS / SLOT_MS);
    assert.deepEqual(
      slots.filter(({ accepted }) => accepted > 0),
      [{ at: Date.UTC(2026, 10, 27, 11, 59, 40), accepted: 1, dialled: 0, answered: 0 }],
    );
  });

  it('count every event of the last ten minutes once, in whatever order they are told, and nothing else', () => {
    const types = ['accepted', 'dialled', 'answered', 'done'];
    const event = fc.record({
      type: fc.constantFrom(...types),
      agoMs: fc.integer({ min: 0, max: 2 * TEN_MINUTES_MS }),
    });
    fc.assert(
      fc.property(fc.array(event, { maxLength: 30 }), (events) => {
        let slots: readonly LiveSlot[] = [];
        for (const { type, agoMs } of events) slots = counted(slots, NOW, happened(`callback.${type}`, NOW - agoMs));
        const first = slots[0]?.at ?? 0;
        for (const word of ['accepted', 'dialled', 'answered'] as const)
          assert.equal(
            sum(slots, word),
            events.filter(({ type, agoMs }) => type === word && NOW - agoMs >= first).length,
          );
      }),
    );
  });

  it('pass with time alone', () => {
    const slots = counted([], NOW, happened('callback.answered', NOW));
    assert.equal(sum(counted(slots, NOW + TEN_MINUTES_MS - SLOT_MS, null), 'answered'), 1);
    assert.equal(sum(counted(slots, NOW + TEN_MINUTES_MS, null), 'answered'), 0);
  });

  it('know by which trunk a call leaves: to the person, by the next trunk, or to whom he is connected with', () => {
    for (const type of ['callback.dial-ordered', 'callback.target-dialled'])
      assert.equal(leavesBy(happened(type, NOW, { legId: 'a', via: 'carrier' })), 'carrier');
    assert.equal(leavesBy(happened('callback.dialled', NOW, { legId: 'a' })), null);
    assert.equal(leavesBy(happened('callback.target-queued', NOW, { via: 'carrier' })), null);
  });

  it('say how many calls a second leave by a trunk, over the last ten', () => {
    const instants = [NOW - 12_000, NOW - 9_000, NOW - 1_000, NOW];
    assert.equal(callsPerSecond(instants, NOW), 0.3);
    assert.equal(callsPerSecond(instants, NOW + 5_000), 0.2);
    assert.equal(callsPerSecond(instants, NOW + 60_000), 0);
    assert.deepEqual(recent(instants, NOW), instants.slice(1));
  });
});

describe('the hours of today', () => {
  const midnight = Date.UTC(2026, 10, 27, 3);
  const slot = (minutes: number, accepted: number, reached: number, busy = 0) => ({
    at: new Date(midnight + minutes * 60_000).toISOString(),
    accepted,
    outcomes: { connected: reached, busy },
  });

  it('are those since midnight of who looks, each with its slots, the present one too', () => {
    const slots = [slot(-5, 9, 9), slot(0, 1, 0, 5), slot(55, 2, 1), slot(60, 4, 3), slot(125, 8, 0)];
    assert.deepEqual(perHour(slots, midnight, midnight + 130 * 60_000), { accepted: [3, 4, 8], reached: [1, 3, 0] });
  });

  it('are one at least, also in the first instant of the day', () => {
    assert.deepEqual(perHour([slot(0, 2, 1)], midnight, midnight), { accepted: [2], reached: [1] });
  });

  it('have nothing of an hour that has not begun', () => {
    assert.deepEqual(perHour([slot(61, 2, 1)], midnight, midnight + 60 * 60_000), { accepted: [0], reached: [0] });
  });
});
