import assert from 'node:assert/strict';
import type { Callback } from '../../lib/core/callback/callback.ts';
import { acceptance, attemptSample, callbackSample, change, logSample, NOW } from './callback-sample.ts';
import type { StoreUnderTest } from './contract.ts';

const HOSTILE = {
  ...(JSON.parse('{"__proto__": {"polluted": true}}') as object),
  text: `'; drop table callbacks; -- \u0000 \ud800 😀`,
  deep: [{ a: null }],
};

function insertContract(under: StoreUnderTest): void {
  it('gives back what was inserted, whatever the texts hold', async () => {
    const callback = callbackSample({ id: 'a', userData: HOSTILE, flow: { at: 'menu', digits: '2' } as never });
    assert.deepEqual(await under.store.callbacks.insert(acceptance(callback), 'k'), { result: 'inserted' });
    assert.deepEqual(await under.store.callbacks.get('a'), callback);
    assert.equal(({} as { polluted?: boolean }).polluted, undefined);
  });

  it('knows nothing of what was never inserted', async () => {
    const { callbacks } = under.store;
    assert.equal(await callbacks.get('nobody'), null);
    assert.equal(await callbacks.findOpen('nobody'), null);
    assert.equal(await callbacks.earliestDue(), null);
    assert.deepEqual(await callbacks.log('nobody'), []);
    assert.deepEqual(await callbacks.attempts('nobody'), []);
    assert.equal(await callbacks.lastLogSequence(), 0);
  });

  it('refuses a second open callback of the same key, tells which one is open, and writes nothing', async () => {
    const { callbacks } = under.store;
    const first = callbackSample({ id: 'a' });
    await callbacks.insert(acceptance(first), 'k');
    const result = await callbacks.insert(acceptance(callbackSample({ id: 'b' })), 'k');
    assert.deepEqual(result, { result: 'duplicate', existing: first });
    assert.equal(await callbacks.get('b'), null);
    assert.deepEqual(await callbacks.log('b'), []);
    assert.equal((await callbacks.counts()).scheduled, 1);
    assert.deepEqual(await callbacks.findOpen('k'), first);
  });

  it('lets exactly one of many simultaneous inserts of one key win', async () => {
    const { callbacks } = under.store;
    const samples = Array.from({ length: 20 }, (_, index) => callbackSample({ id: `c${index}` }));
    const results = await Promise.all(samples.map((sample) => callbacks.insert(acceptance(sample), 'k')));
    const winner = samples[results.findIndex(({ result }) => result === 'inserted')];
    const others = results.filter(({ result }) => result === 'duplicate');
    assert.equal(others.length, 19);
    for (const other of others) assert.deepEqual(other, { result: 'duplicate', existing: winner });
    assert.equal((await callbacks.counts()).scheduled, 1);
  });

  it('does not check callbacks without a key', async () => {
    const { callbacks } = under.store;
    for (const id of ['a', 'b']) {
      assert.deepEqual(await callbacks.insert(acceptance(callbackSample({ id })), null), { result: 'inserted' });
    }
  });

  it('frees the key when its callback is done', async () => {
    const { callbacks } = under.store;
    const first = callbackSample({ id: 'a' });
    await callbacks.insert(acceptance(first), 'k');
    await callbacks.save(change(first, { state: 'done', outcome: 'connected' }));
    assert.equal(await callbacks.findOpen('k'), null);
    assert.deepEqual(await callbacks.insert(acceptance(callbackSample({ id: 'b' })), 'k'), { result: 'inserted' });
  });

  it('rejects an id that exists, and stores the others that came with it', async () => {
    const { callbacks } = under.store;
    await callbacks.insert(acceptance(callbackSample({ id: 'a' })), null);
    const results = await Promise.allSettled(
      ['b', 'a', 'c'].map((id) => callbacks.insert(acceptance(callbackSample({ id })), null)),
    );
    assert.deepEqual(
      results.map(({ status }) => status),
      ['fulfilled', 'rejected', 'fulfilled'],
    );
    assert.equal((results[1] as PromiseRejectedResult).reason.code, 'STORE_CONFLICT');
    assert.equal((await callbacks.counts()).scheduled, 3);
    assert.equal((await callbacks.log('a')).length, 1);
    assert.ok(under.store.healthy());
  });
}

function saveContract(under: StoreUnderTest): void {
  let first: Callback;
  beforeEach(async () => {
    first = callbackSample({ id: 'a' });
    await under.store.callbacks.insert(acceptance(first), 'k');
  });

  it('saves the next version with its log and attempts', async () => {
    const { callbacks } = under.store;
    const save = change(first, { state: 'dialing', serial: 1 }, 'dialled');
    save.attempts = [attemptSample('a', 'a-1', { via: 'trunk-1', dialled: '048991996260' })];
    assert.equal(await callbacks.save(save), 'saved');
    assert.deepEqual(await callbacks.get('a'), save.callback);
    assert.deepEqual(await callbacks.attempts('a'), save.attempts);
    assert.deepEqual(
      (await callbacks.log('a')).map(({ type }) => type),
      ['accepted', 'dialled'],
    );
  });

  for (const version of [0, 1, 3]) {
    it(`refuses version ${version} after version 1 as stale, and writes nothing`, async () => {
      const { callbacks } = under.store;
      const save = change(first, { version, state: 'done' });
      save.attempts = [attemptSample('a', 'a-1')];
      assert.equal(await callbacks.save(save), 'stale');
      assert.deepEqual(await callbacks.get('a'), first);
      assert.equal((await callbacks.log('a')).length, 1);
      assert.deepEqual(await callbacks.attempts('a'), []);
      assert.equal((await callbacks.counts()).done, 0);
    });
  }

  it('refuses a callback that is not there as stale', async () => {
    assert.equal(await under.store.callbacks.save(change(callbackSample({ id: 'nobody' }), {})), 'stale');
  });

  it('lets exactly one of two simultaneous saves of a version win, and takes a chain of versions in order', async () => {
    const { callbacks } = under.store;
    const second = change(first, { state: 'queued' });
    const third = change(second.callback, { state: 'dialing' });
    const rival = change(first, { state: 'done' });
    const results = await Promise.all([second, rival, third].map((save) => callbacks.save(save)));
    assert.deepEqual(results, ['saved', 'stale', 'saved']);
    assert.deepEqual(await callbacks.get('a'), third.callback);
  });

  it('writes nothing of a save that breaks a rule half-way, and all of those that came with it', async () => {
    const { callbacks } = under.store;
    const other = callbackSample({ id: 'b' });
    const broken = change(first, { state: 'done' });
    broken.attempts = [attemptSample('a', 'a-1'), attemptSample('nobody', 'a-2')];
    const [failed, inserted] = await Promise.allSettled([
      callbacks.save(broken),
      callbacks.insert(acceptance(other), null),
    ]);
    assert.equal(failed?.status, 'rejected');
    assert.equal(inserted?.status, 'fulfilled');
    assert.deepEqual(await callbacks.get('a'), first);
    assert.deepEqual(await callbacks.attempts('a'), []);
    assert.equal((await callbacks.log('a')).length, 1);
    assert.deepEqual(await callbacks.get('b'), other);
    const { scheduled, done } = await callbacks.counts();
    assert.deepEqual({ scheduled, done }, { scheduled: 2, done: 0 });
  });

  it('rejects what brings a done callback back while another one has its key', async () => {
    const { callbacks } = under.store;
    const done = change(first, { state: 'done' });
    await callbacks.save(done);
    await callbacks.insert(acceptance(callbackSample({ id: 'b' })), 'k');
    await assert.rejects(callbacks.save(change(done.callback, { state: 'scheduled' })), { code: 'STORE_CONFLICT' });
    assert.deepEqual(await callbacks.get('a'), done.callback);
  });

  it('refuses at once what cannot be written down, and lives on', async () => {
    const cycle: Record<string, unknown> = {};
    cycle['self'] = cycle;
    await assert.rejects(under.store.callbacks.save(change(first, { userData: cycle })), TypeError);
    assert.equal(await under.store.callbacks.save(change(first, {})), 'saved');
  });

  it('replaces an attempt by its id', async () => {
    const { callbacks } = under.store;
    const second = change(first, {});
    second.attempts = [attemptSample('a', 'a-1'), attemptSample('a', 'a-2', { plannedAt: NOW + 1, number: 2 })];
    await callbacks.save(second);
    const third = change(second.callback, {});
    const ended = attemptSample('a', 'a-1', {
      dialledAt: NOW + 2,
      answeredAt: NOW + 3,
      endedAt: NOW + 4,
      outcome: 'busy',
      reason: 'busy',
      status: 486,
      q850Cause: 17,
    });
    third.attempts = [ended];
    await callbacks.save(third);
    assert.deepEqual(await callbacks.attempts('a'), [ended, second.attempts[1]]);
  });
}

function logContract(under: StoreUnderTest): void {
  it('keeps every entry in the order written, each with its detail', async () => {
    const { callbacks } = under.store;
    const first = acceptance(callbackSample({ id: 'a' }));
    const later = [logSample('ringing', { at: NOW - 5, attemptId: 'a-1' }), logSample('answered', { detail: {} })];
    await callbacks.insert(first, null);
    await callbacks.save({ ...change(first.callback, {}), log: later });
    assert.deepEqual(await callbacks.log('a'), [...first.log, ...later]);
  });

  it('lets a reader of the whole log resume where it stopped, page by page, without a gap or a repeat', async () => {
    const { callbacks } = under.store;
    const ids = Array.from({ length: 25 }, (_, index) => `c${index}`);
    await Promise.all(ids.map((id) => callbacks.insert(acceptance(callbackSample({ id })), null)));
    const seen: string[] = [];
    let sequence = 0;
    for (;;) {
      const entries = await callbacks.logSince(sequence, 10);
      if (entries.length === 0) break;
      assert.ok(entries.length <= 10);
      for (const entry of entries) {
        assert.ok(entry.sequence > sequence);
        sequence = entry.sequence;
        seen.push(entry.callbackId);
      }
    }
    assert.deepEqual(seen, ids);
    assert.equal(await callbacks.lastLogSequence(), sequence);
    assert.deepEqual(await callbacks.logSince(0, 0), []);
    assert.deepEqual(await callbacks.logSince(0, -1), []);
  });
}

export function callbackContract(under: StoreUnderTest): void {
  describe('insert', () => insertContract(under));
  describe('save', () => saveContract(under));
  describe('log', () => logContract(under));
}
