import assert from 'node:assert/strict';
import { acceptance, callbackSample } from './callback-sample.ts';
import { storeContract } from './contract.ts';
import { directoryHarness, memoryHarness } from './harness.ts';

storeContract('SQLite in memory', memoryHarness);
storeContract('SQLite in a directory', directoryHarness);

describe('the files of the SQLite store', () => {
  it('are measured: what is written makes the log grow', async () => {
    const harness = directoryHarness();
    const store = await harness.open();
    try {
      const before = store.fileSizes();
      assert.ok(before['database']! >= 4_096);
      const many = Array.from({ length: 200 }, (_, index) => callbackSample({ id: `c${index}` }));
      await Promise.all(many.map((callback) => store.callbacks.insert(acceptance(callback), null)));
      assert.ok(store.fileSizes()['log']! > before['log']!);
    } finally {
      await store.close();
      await harness.dispose();
    }
  });

  it('are none in memory', async () => {
    const harness = memoryHarness();
    const store = await harness.open();
    assert.deepEqual(store.fileSizes(), {});
    await store.close();
    await harness.dispose();
  });
});
