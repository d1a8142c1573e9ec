import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type UsageChange, usageChange } from '../../lib/core/policy/sliding-window.ts';
import type { Suppression } from '../../lib/core/policy/suppression.ts';
import type { SuppressionQuery } from '../../lib/ports/store.ts';
import { acceptance, callbackSample, change } from './callback-sample.ts';
import type { StoreHarness, StoreUnderTest } from './contract.ts';

const suppression = (over: Partial<Suppression> = {}): Suppression => ({
  number: '+5548991996260',
  reason: 'asked us by letter',
  source: 'api',
  createdAt: 1000,
  expiresAt: null,
  ...over,
});

function suppressionContract(under: StoreUnderTest, reopen: StoreHarness['reopen']): void {
  it('has a number on the suppression list from the moment it was put there until it expires or is removed', async () => {
    const { suppressions } = under.store;
    const one = suppression({ expiresAt: 5000 });
    await suppressions.put([one]);
    assert.deepEqual(await suppressions.get(one.number, 4999), one);
    assert.equal(await suppressions.get(one.number, 5000), null);
    assert.equal(await suppressions.get('+5548991996261', 0), null);
    const renewed = suppression({ reason: 'again', expiresAt: null });
    await suppressions.put([one, renewed]);
    assert.deepEqual(await suppressions.get(one.number, 9_000_000), renewed);
    assert.equal(await suppressions.remove(one.number, null), true);
    assert.equal(await suppressions.remove(one.number, null), false);
    assert.equal(await suppressions.get(one.number, 0), null);
  });

  it('lists suppressed numbers by page, the latest first, without those that have expired', async () => {
    const { suppressions } = under.store;
    const many = Array.from({ length: 25 }, (_, index) =>
      suppression({ number: `+5548${index}`, createdAt: index, expiresAt: index < 3 ? 500 : null }),
    );
    await suppressions.put(many);
    const page = await suppressions.list({ now: 500, page: 3, pageSize: 10 });
    assert.deepEqual([page.total, page.items.map(({ number }) => number)], [22, ['+55484', '+55483']]);
    const found = await suppressions.list({ number: '+554811', now: 500, page: 1, pageSize: 10 });
    assert.deepEqual([found.total, found.items[0]], [1, many[11]]);
    assert.equal((await suppressions.list({ number: '+55480', now: 500, page: 1, pageSize: 10 })).total, 0);
    await suppressions.purge(500);
    assert.equal(await suppressions.get('+55480', 0), null);
    assert.deepEqual(await suppressions.get('+55483', 0), many[3]);
  });

  it('takes from the suppression list the entry that was seen, and not one that took its place', async () => {
    const { suppressions } = under.store;
    const [seen, renewed] = [suppression({ createdAt: 1000 }), suppression({ createdAt: 1001, reason: 'by a court' })];
    await suppressions.put([seen]);
    await suppressions.put([renewed]);
    assert.equal(await suppressions.remove(seen.number, seen.createdAt), false);
    assert.deepEqual(await suppressions.get(seen.number, 0), renewed);
    assert.equal(await suppressions.remove(seen.number, renewed.createdAt), true);
    assert.equal(await suppressions.get(seen.number, 0), null);
  });

  it('finds suppressed numbers by pieces of text, and sorts them by age and by number', async () => {
    const { suppressions } = under.store;
    await suppressions.put([
      suppression({ number: '+5511', createdAt: 2, reason: 'Asked by Letter' }),
      suppression({ number: '+5512', createdAt: 1, reason: 'unwanted', source: 'callback:c1' }),
      suppression({ number: '+5513', createdAt: 3, reason: '100%' }),
      suppression({ number: '+5514', createdAt: 4, expiresAt: 500 }),
    ]);
    const found = async (more: Partial<SuppressionQuery>) => {
      const page = await suppressions.list({ now: 500, page: 1, pageSize: 10, ...more });
      assert.equal(page.total, page.items.length);
      return page.items.map(({ number }) => number.slice(-2));
    };
    assert.deepEqual(await found({ texts: ['by LETTER'] }), ['11']);
    assert.deepEqual(await found({ texts: ['callback:', '513'] }), ['13', '12']);
    assert.deepEqual(await found({ texts: ['0%'] }), ['13']);
    assert.deepEqual(await found({ texts: ['5514'] }), []);
    assert.deepEqual(await found({ texts: [] }), []);
    assert.deepEqual(await found({ number: '+5511', texts: ['513'] }), []);
    const sorted = (field: 'createdAt' | 'number', descending: boolean) => found({ sort: { field, descending } });
    assert.deepEqual(await sorted('createdAt', false), ['12', '11', '13']);
    assert.deepEqual(await sorted('createdAt', true), ['13', '11', '12']);
    assert.deepEqual(await sorted('number', false), ['11', '12', '13']);
    assert.deepEqual(await sorted('number', true), ['13', '12', '11']);
    const second = { page: 2, pageSize: 2, sort: { field: 'number', descending: false } } as const;
    const page = await suppressions.list({ now: 500, texts: ['551'], ...second });
    assert.deepEqual([page.total, page.items.map(({ number }) => number)], [3, ['+5513']]);
  });

  it('suppresses a number in the save of a callback, and never shortens what stands on the list', async () => {
    const { callbacks, suppressions } = under.store;
    const callback = callbackSample({ id: 'c1' });
    await callbacks.insert(acceptance(callback), null);
    const byPerson = suppression({ number: '+551', source: 'callback:c1', reason: 'unwanted', expiresAt: 8000 });
    const forEver = suppression({ number: '+552' });
    await suppressions.put([forEver, suppression({ number: '+553', expiresAt: 2000 })]);
    const wishes = [byPerson, { ...byPerson, number: '+552' }, { ...byPerson, number: '+553' }];
    assert.equal(await callbacks.save({ ...change(callback, {}), suppressions: wishes }), 'saved');
    assert.deepEqual(await suppressions.get('+551', 0), byPerson);
    assert.deepEqual(await suppressions.get('+552', 0), forEver);
    assert.equal((await suppressions.get('+553', 0))?.expiresAt, 8000);
    const stale = { ...change(callback, {}), suppressions: [{ ...byPerson, number: '+554' }] };
    assert.equal(await callbacks.save(stale), 'stale');
    assert.equal(await suppressions.get('+554', 0), null);
  });

  if (reopen === null) return;
  it('keeps suppressions and counts when it is closed and opened again', async () => {
    const { suppressions, usage } = under.store;
    await suppressions.put([suppression()]);
    const one = usageChange({ key: 'k', amount: 2, max: 9, windowMs: 60_000 }, 1000);
    await usage.add([one]);
    under.store = await reopen(under.store);
    assert.deepEqual(await under.store.suppressions.get('+5548991996260', 0), suppression());
    assert.deepEqual(await under.store.usage.totals([one]), [2]);
  });
}

function usageContract(under: StoreUnderTest): void {
  const charge = (key: string, now: number, more: Partial<UsageChange> = {}) => ({
    ...usageChange({ key, amount: 1, max: 3, windowMs: 60_000 }, now),
    ...more,
  });

  it('takes up to the limit, names the first without room, and then takes nothing of the others', async () => {
    const { usage } = under.store;
    for (let taken = 0; taken < 3; taken += 1) assert.equal(await usage.take([charge('a', 0)]), null);
    assert.equal(await usage.take([charge('b', 0), charge('a', 0), charge('c', 0)]), 1);
    assert.deepEqual(await usage.totals([charge('a', 0), charge('b', 0), charge('c', 0)]), [3, 0, 0]);
    await usage.add([charge('a', 0, { amount: -1 })]);
    assert.equal(await usage.take([charge('a', 0)]), null);
    await usage.add([charge('a', 0, { amount: 5 })]);
    assert.deepEqual(await usage.totals([charge('a', 0)]), [8]);
    assert.equal(await usage.take([]), null);
  });

  it('counts a call with all its caps or with none, however dear, and each settles by what it has cost', async () => {
    const { usage } = under.store;
    const caps = { total: 25_000_000, rule: 30_000_000, trunk: 15_000_000 };
    const call = (amount: number, now: number) =>
      Object.entries(caps).map(([name, max]) =>
        usageChange({ key: `spend|${name}`, amount, max, windowMs: 86_400_000 }, now),
      );
    const taken = await Promise.all(Array.from({ length: 6 }, () => usage.take(call(6_000_000, 0))));
    assert.deepEqual(taken.toSorted(), [null, null, 2, 2, 2, 2].toSorted(), 'the trunk is the first without room');
    assert.deepEqual(await usage.totals(call(0, 0)), [12_000_000, 12_000_000, 12_000_000]);
    // One was not answered, one talked for longer than was assumed.
    await usage.add(call(-6_000_000, 0));
    await usage.add(call(12_000_000, 0));
    assert.deepEqual(await usage.totals(call(0, 0)), [18_000_000, 18_000_000, 18_000_000]);
    assert.equal(await usage.take(call(1, 3_600_000)), 2, 'a cap that talk has gone beyond lets nobody through');
    assert.equal(await usage.take(call(1, 2 * 86_400_000)), null);
  });

  it('lets as many through as the limit says when all come at once', async () => {
    const { usage } = under.store;
    const results = await Promise.all(Array.from({ length: 20 }, () => usage.take([charge('a', 0), charge('b', 0)])));
    assert.equal(results.filter((result) => result === null).length, 3);
    assert.deepEqual(await usage.totals([charge('a', 0)]), [3]);
  });

  it('never exceeds a limit in any sliding window, and lets through what has room', async function () {
    this.timeout(30_000);
    let run = 0;
    const steps = fc.array(fc.integer({ min: 0, max: 30_000 }), { minLength: 1, maxLength: 40 });
    const windows = fc.constantFrom(1000, 7000, 60_000, 100_001);
    await fc.assert(
      fc.asyncProperty(steps, windows, fc.integer({ min: 0, max: 4 }), async (waits, windowMs, max) => {
        run += 1;
        const passed: number[] = [];
        let now = 1_700_000_000_000;
        for (const wait of waits) {
          now += wait % (windowMs + 1);
          const asked = usageChange({ key: `run ${run}`, amount: 1, max, windowMs }, now);
          const result = await under.store.usage.take([asked]);
          const within = passed.filter((at) => at > now - windowMs).length;
          const nearly = passed.filter((at) => at > now - windowMs - Math.max(100, Math.ceil(windowMs / 60))).length;
          if (result === null) {
            passed.push(now);
            assert.ok(within < max, `${within + 1} in ${windowMs} ms, ${max} allowed`);
          } else assert.ok(nearly >= max, `refused with ${nearly} of ${max} in the window and a slot`);
        }
      }),
      { numRuns: 25 },
    );
  });

  it('forgets what is in no window any more, and nothing else', async () => {
    const { usage } = under.store;
    await usage.add([charge('a', 0), charge('a', 50_000)]);
    await usage.purge(61_000);
    assert.deepEqual(await usage.totals([charge('a', 50_000)]), [1]);
    await usage.purge(10_000_000);
    assert.deepEqual(await usage.totals([charge('a', 50_000)]), [0]);
  });
}

function pastContract(under: StoreUnderTest): void {
  it('finds the callbacks of a caller since an instant, the latest first, whatever became of them', async () => {
    const { callbacks } = under.store;
    const caller = { received: '48991996260', e164: '+5548991996260' };
    for (let serial = 1; serial <= 5; serial += 1) {
      const sample = callbackSample({ id: `c${serial}`, caller, acceptedAt: serial * 1000 });
      await callbacks.insert(acceptance(sample), null);
    }
    const done = { state: 'done', outcome: 'busy', reason: 'busy', doneAt: 9000 } as const;
    await callbacks.save(change(callbackSample({ id: 'c4', caller, acceptedAt: 4000 }), done));
    const extension = { received: '200', e164: null };
    await callbacks.insert(acceptance(callbackSample({ id: 'x', caller: extension, acceptedAt: 4000 })), null);
    const ids = async (number: string, since: number, limit: number) =>
      (await callbacks.acceptedFor(number, since, limit)).map(({ id, state }) => `${id} ${state}`);
    assert.deepEqual(await ids('+5548991996260', 2000, 3), ['c5 scheduled', 'c4 done', 'c3 scheduled']);
    assert.deepEqual(await ids('+5548991996260', 5001, 3), []);
    assert.deepEqual(await ids('200', 0, 3), ['x scheduled']);
    assert.deepEqual(await ids('+5548991996261', 0, 3), []);
  });
}

export function gateContract(under: StoreUnderTest, reopen: StoreHarness['reopen']): void {
  suppressionContract(under, reopen);
  usageContract(under);
  pastContract(under);
}
