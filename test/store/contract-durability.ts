import assert from 'node:assert/strict';
import type { Store } from '../../lib/ports/store.ts';
import { acceptance, attemptSample, callbackSample, change, configurationSample, NOW } from './callback-sample.ts';
import type { StoreUnderTest } from './contract.ts';

export function durabilityContract(under: StoreUnderTest, reopen: (store: Store) => Promise<Store>): void {
  it('has everything again after it was closed and opened', async () => {
    const first = callbackSample({ id: 'a' });
    await under.store.callbacks.insert(acceptance(first), 'k');
    const save = change(first, { state: 'dialing' });
    save.attempts = [attemptSample('a', 'a-1')];
    await under.store.callbacks.save(save);
    await under.store.callbacks.insert(acceptance(callbackSample({ id: 'b', dueAt: NOW - 1 })), 'other');
    await under.store.configuration.replace(configurationSample(), null);
    await under.store.settings.set('name', 'value');
    const sequence = await under.store.callbacks.lastLogSequence();

    under.store = await reopen(under.store);
    const { callbacks, configuration, settings } = under.store;
    assert.deepEqual(await callbacks.get('a'), save.callback);
    assert.deepEqual(await callbacks.findOpen('k'), save.callback);
    assert.deepEqual(await callbacks.inFlight(new Set()), [save.callback]);
    assert.equal(await callbacks.earliestDue(), NOW - 1);
    assert.deepEqual(await callbacks.attempts('a'), save.attempts);
    const { scheduled, dialing } = await callbacks.counts();
    assert.deepEqual({ scheduled, dialing }, { scheduled: 1, dialing: 1 });
    assert.equal(await callbacks.lastLogSequence(), sequence);
    assert.deepEqual(await configuration.load(), { revision: 1, configuration: configurationSample() });
    assert.equal(await settings.get('name'), 'value');
    await callbacks.insert(acceptance(callbackSample({ id: 'c' })), null);
    assert.ok((await callbacks.lastLogSequence()) > sequence);
  });
}
