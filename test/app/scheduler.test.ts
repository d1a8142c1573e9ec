import assert from 'node:assert/strict';
import { Scheduler } from '../../lib/app/scheduler.ts';
import type { Callback } from '../../lib/core/callback/callback.ts';
import { openSqliteStore } from '../../lib/store/sqlite/sqlite-store.ts';
import { acceptance, callbackSample } from '../store/callback-sample.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { MemoryLog } from '../support/outside-world.ts';
import { WatchedStore } from './watched-store.ts';

async function bench() {
  const log = new MemoryLog();
  const watched = new WatchedStore(await openSqliteStore({ directory: ':memory:', log }));
  const clock = new FakeClock(undefined, () => watched.settled());
  const adopted: Callback[] = [];
  /** The heldIds of each query. */
  const asked: number[] = [];
  const held = new Set<string>();
  watched.onCall = (method, argument) => {
    if (method === 'due') asked.push((argument as Set<string>).size);
  };
  const scheduler = new Scheduler({
    clock,
    store: watched.store.callbacks,
    heldIds: () => held,
    adopt: (callback) => {
      adopted.push(callback);
      held.add(callback.id);
    },
    log,
  });
  const insert = (ids: string[], inMs: number) => {
    const dueAt = clock.now() + inMs;
    return Promise.all(
      ids.map((id) =>
        watched.store.callbacks.insert(acceptance(callbackSample({ id, dueAt, expiresAt: dueAt + 1_000_000 })), id),
      ),
    );
  };
  return { log, watched, clock, adopted, asked, held, scheduler, insert };
}

describe('Scheduler', () => {
  it('takes what is due within ten seconds into memory, nothing else, and nothing twice', async () => {
    const { scheduler, insert, adopted, clock, watched } = await bench();
    await insert(['soon'], 9_999);
    await insert(['later'], 14_000);
    await insert(['much later'], 60_000);
    await scheduler.start();
    assert.deepEqual(
      adopted.map(({ id }) => id),
      ['soon'],
    );
    await clock.advance(6_000);
    assert.deepEqual(
      adopted.map(({ id }) => id),
      ['soon', 'later'],
    );
    scheduler.stop();
    await watched.store.close();
  });

  it('asks the store once in six seconds, and never after it was stopped', async () => {
    const { scheduler, clock, asked, watched } = await bench();
    await scheduler.start();
    await clock.advance(60_000);
    assert.equal(asked.length, 11);
    scheduler.stop();
    await clock.advance(60_000);
    assert.deepEqual([asked.length, clock.pending], [11, 0]);
    await watched.store.close();
  });

  it('has everything in memory before it is due, whenever it was stored', async () => {
    const { scheduler, insert, adopted, held, clock, watched } = await bench();
    await scheduler.start();
    for (const inMs of [10_001, 12_345, 16_000, 17_999]) await insert([`in ${inMs}`], inMs);
    for (let passedMs = 0; passedMs < 18_000; passedMs += 500) {
      await clock.advance(500);
      for (const { dueAt } of adopted.splice(0)) assert.ok(dueAt > clock.now());
    }
    assert.equal(held.size, 4);
    scheduler.stop();
    await watched.store.close();
  });

  it('takes a backlog in portions with pauses, the earliest first', async () => {
    const { scheduler, insert, adopted, clock, watched } = await bench();
    const ids = Array.from({ length: 1_200 }, (_, index) => `c${index}`);
    for (let from = 0; from < ids.length; from += 100) await insert(ids.slice(from, from + 100), from - 100_000);
    await scheduler.start();
    assert.equal(adopted.length, 500);
    await clock.advance(249);
    assert.equal(adopted.length, 500);
    await clock.advance(1);
    assert.equal(adopted.length, 1_000);
    await clock.advance(250);
    assert.equal(adopted.length, 1_200);
    const dues = adopted.map(({ dueAt }) => dueAt);
    assert.deepEqual(
      dues,
      dues.toSorted((a, b) => a - b),
    );
    scheduler.stop();
    await watched.store.close();
  });

  it('takes no more while very many are held', async () => {
    const { scheduler, insert, adopted, held, clock, asked, watched } = await bench();
    for (let index = 0; index < 20_000; index += 1) held.add(`held ${index}`);
    await insert(['waits'], 0);
    await scheduler.start();
    await clock.advance(1_000);
    assert.deepEqual([adopted.length, asked.length], [0, 0]);
    held.clear();
    await clock.advance(250);
    assert.equal(adopted.length, 1);
    scheduler.stop();
    await watched.store.close();
  });

  it('goes on by itself after the store could not be read', async () => {
    const { scheduler, insert, adopted, clock, log, watched } = await bench();
    await insert(['soon'], 1_000);
    watched.failing = ['due'];
    await scheduler.start();
    await clock.advance(3_000);
    assert.equal(adopted.length, 0);
    assert.equal(log.at('error').length, 4);
    watched.mend();
    await clock.advance(1_000);
    assert.equal(adopted.length, 1);
    scheduler.stop();
    await watched.store.close();
  });

  it('looks in time for one that was left to the store after the clock was set back', async () => {
    const { scheduler, insert, adopted, clock, watched } = await bench();
    await scheduler.start();
    clock.step(-3_600_000);
    await insert(['short'], 30_000);
    scheduler.left(clock.now() + 30_000);
    await clock.advance(30_000);
    assert.equal(adopted.length, 1);
    scheduler.stop();
    scheduler.left(clock.now());
    assert.equal(clock.pending, 0);
    await watched.store.close();
  });
});
