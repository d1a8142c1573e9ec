import assert from 'node:assert/strict';
import { DayBook } from '../../lib/app/day-book.ts';
import { EventHub } from '../../lib/app/event-hub.ts';
import type { Callback } from '../../lib/core/callback/callback.ts';
import type { CallbackQuery } from '../../lib/ports/store.ts';

const START = Date.UTC(2026, 10, 20, 12, 2, 0);
const MINUTE = 60_000;

class Rig {
  now = START;
  stored: Array<Partial<Callback>> = [];
  readonly events = new EventHub();
  readonly asked: CallbackQuery[] = [];
  readonly book = new DayBook({
    clock: { now: () => this.now },
    store: {
      list: async (query) => {
        this.asked.push(query);
        const first = (query.page - 1) * query.pageSize;
        const items = this.stored.slice(first, first + query.pageSize) as Callback[];
        return { items, total: this.stored.length, page: query.page, pageSize: query.pageSize };
      },
    },
    events: this.events,
  });

  happens(type: string, data: Record<string, unknown> = {}): void {
    this.events.publish({ at: this.now, type, callbackId: 'c', data });
  }
}

const past = (minutes: number, change: Partial<Callback> = {}): Partial<Callback> => ({
  acceptedAt: START - minutes * MINUTE,
  doneAt: START - (minutes - 1) * MINUTE,
  outcome: 'busy',
  reason: 'busy',
  attempts: 1,
  ...change,
});

describe('the day book', () => {
  it('counts what happens in slots of five minutes', async () => {
    const rig = new Rig();
    rig.happens('callback.accepted');
    rig.happens('callback.accepted');
    rig.now += 5 * MINUTE;
    rig.happens('callback.dialled', { latenessMs: 3 });
    rig.happens('callback.done', { outcome: 'connected', reason: 'flow-ended' });
    rig.happens('callback.done', { outcome: 'no-answer', reason: 'no-answer' });
    const { slots, totals, lateness } = await rig.book.report(START - MINUTE, rig.now + 1);
    assert.deepEqual(
      slots.map(({ at, accepted, dialled }) => [at, accepted, dialled]),
      [
        [Date.UTC(2026, 10, 20, 12, 0), 2, 0],
        [Date.UTC(2026, 10, 20, 12, 5), 0, 1],
      ],
    );
    assert.deepEqual(totals.outcomes, { connected: 1, 'no-answer': 1 });
    assert.deepEqual(totals.reasons, { 'no-answer': 1 }, 'who was reached needs no reason');
    assert.deepEqual(lateness, { p50: 5, p99: 5, most: 5 });
  });

  it('tells half from the last of a hundred', async () => {
    const rig = new Rig();
    for (let count = 0; count < 98; count += 1) rig.happens('callback.dialled', { latenessMs: 1 });
    for (let count = 0; count < 2; count += 1) rig.happens('callback.dialled', { latenessMs: 240 });
    assert.deepEqual((await rig.book.report(START, START + 1)).lateness, { p50: 1, p99: 250, most: 250 });
  });

  it('knows what was before this process, each callback once', async () => {
    const rig = new Rig();
    // Accepted before, done by this process: its end is an event.
    rig.stored = [
      past(1, { doneAt: START + MINUTE }),
      past(10),
      past(20, { outcome: 'connected', reason: 'flow-ended' }),
    ];
    rig.now += MINUTE;
    rig.happens('callback.done', { outcome: 'busy', reason: 'busy' });
    const { totals, knownSince } = await rig.book.report(START - 60 * MINUTE, rig.now + 1);
    assert.equal(totals.accepted, 3);
    assert.deepEqual(totals.outcomes, { busy: 2, connected: 1 });
    assert.ok(knownSince <= START - 24 * 60 * MINUTE);
  });

  it('reads of a long past only so much, and says since when it knows', async () => {
    const rig = new Rig();
    rig.stored = Array.from({ length: 30_000 }, (_, index) => past(2 + index / 100));
    const { knownSince, totals } = await rig.book.report(0, START + 1);
    assert.equal(rig.asked.length, 20);
    assert.equal(totals.accepted, 10_000);
    assert.equal(knownSince, START - (2 + 9_999 / 100) * MINUTE);
    assert.ok(
      rig.asked.every(({ from }) => from === undefined),
      'a filter would have the store count its rows',
    );
  });

  it('forgets what is older than two days', async () => {
    const rig = new Rig();
    rig.happens('callback.accepted');
    rig.now += 50 * 60 * MINUTE;
    rig.happens('callback.accepted');
    assert.equal((await rig.book.report(0, rig.now + 1)).totals.accepted, 1);
  });
});
