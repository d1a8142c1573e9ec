import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Callback, CallbackState } from '../../lib/core/callback/callback.ts';
import type { Store } from '../../lib/ports/store.ts';
import { acceptance, callbackSample, change } from './callback-sample.ts';
import type { StoreHarness } from './contract.ts';

const STATES: CallbackState[] = ['scheduled', 'queued', 'dialing', 'answered', 'connecting', 'connected', 'done'];

/** One write; those of a `tick` are sent together. */
const write = fc.record({
  kind: fc.constantFrom('insert', 'save', 'save'),
  which: fc.nat(7),
  key: fc.nat(3),
  state: fc.constantFrom(...STATES),
  dueAt: fc.nat(20),
  versionOff: fc.constantFrom(0, 0, 0, 1, -1),
});
type Write = typeof write extends fc.Arbitrary<infer Value> ? Value : never;

/** The store as it ought to be: a map. */
class Model {
  readonly rows = new Map<string, { callback: Callback; key: string }>();
  entries = 0;

  open(key: string, exceptId: string): Callback | null {
    const rows = [...this.rows.values()];
    return (
      rows.find((row) => row.key === key && row.callback.state !== 'done' && row.callback.id !== exceptId)?.callback ??
      null
    );
  }

  /** @returns what the store has to answer */
  apply({ kind, which, key: keyNumber, state, dueAt, versionOff }: Write): {
    expected: unknown;
    call(store: Store): Promise<unknown>;
  } {
    const id = `c${which}`;
    const key = `k${keyNumber}`;
    const row = this.rows.get(id);
    if (kind === 'insert') {
      const callback = callbackSample({ id, state, dueAt });
      const existing = this.open(key, '');
      const call = (store: Store) => store.callbacks.insert(acceptance(callback), key);
      if (existing !== null) return { expected: { result: 'duplicate', existing }, call };
      if (row !== undefined) return { expected: 'STORE_CONFLICT', call };
      this.rows.set(id, { callback, key });
      this.entries += 1;
      return { expected: { result: 'inserted' }, call };
    }
    const before = row?.callback ?? callbackSample({ id });
    const save = change({ ...before, version: before.version + versionOff }, { state, dueAt });
    const call = (store: Store) => store.callbacks.save(save);
    if (row === undefined || versionOff !== 0) return { expected: 'stale', call };
    if (state !== 'done' && this.open(row.key, id) !== null) return { expected: 'STORE_CONFLICT', call };
    row.callback = save.callback;
    this.entries += 1;
    return { expected: 'saved', call };
  }
}

async function assertSame(store: Store, model: Model): Promise<void> {
  const rows = [...model.rows.values()].map(({ callback }) => callback);
  const counts = Object.fromEntries(STATES.map((state) => [state, rows.filter((row) => row.state === state).length]));
  assert.deepEqual(await store.callbacks.counts(), counts);
  const scheduled = rows
    .filter(({ state }) => state === 'scheduled')
    .sort((a, b) => a.dueAt - b.dueAt || (a.id < b.id ? -1 : 1));
  assert.deepEqual(await store.callbacks.due(1000, 100, new Set()), scheduled);
  assert.equal(await store.callbacks.earliestDue(), scheduled[0]?.dueAt ?? null);
  for (const row of rows) assert.deepEqual(await store.callbacks.get(row.id), row);
  for (const key of ['k0', 'k1', 'k2', 'k3'])
    assert.deepEqual(await store.callbacks.findOpen(key), model.open(key, ''));
  assert.equal((await store.callbacks.logSince(0, 1000)).length, model.entries);
}

export function modelContract(harness: StoreHarness): void {
  it('behaves as a map does, under random writes of which many come at once', async function () {
    // Opens a store per history; a disk that others keep busy takes its time.
    this.timeout(60_000);
    const ticks = fc.array(fc.array(write, { maxLength: 8, size: 'max' }), { maxLength: 8, size: 'max' });
    await fc.assert(
      fc.asyncProperty(ticks, async (histories) => {
        const store = await harness.open();
        const model = new Model();
        try {
          for (const tick of histories) {
            const steps = tick.map((each) => model.apply(each));
            const answers = await Promise.all(steps.map(({ call }) => call(store).catch((error) => error.code)));
            assert.deepEqual(
              answers,
              steps.map(({ expected }) => expected),
            );
          }
          await assertSame(store, model);
        } finally {
          await store.close();
        }
      }),
      { numRuns: 30 },
    );
  });
}
