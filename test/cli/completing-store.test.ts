import assert from 'node:assert/strict';
import { completing } from '../../lib/cli/completing-store.ts';
import type { Configuration } from '../../lib/core/configuration.ts';
import type { ConfigurationStore } from '../../lib/ports/store.ts';
import { contractConfiguration } from '../http/fakes.ts';

function storeOf(configuration: unknown): ConfigurationStore {
  return {
    load: async () => ({ revision: 7, configuration: configuration as Configuration }),
    replace: async () => ({ result: 'stale' }),
  };
}

describe('a configuration that another version has stored', () => {
  it('comes back as it is where nothing is missing, passwords included', async () => {
    const configuration = contractConfiguration();
    assert.deepEqual(await completing(storeOf(configuration)).load(), { revision: 7, configuration });
  });

  it('gets the defaults of fields that its version did not know', async () => {
    const stored = JSON.parse(JSON.stringify(contractConfiguration()));
    delete stored.limits.notAccepting;
    for (const trunk of stored.trunks) trunk.health = { optionsSeconds: 0, downAfter: 5, upAfter: 2 };
    const loaded = await completing(storeOf(stored)).load();
    assert.equal(loaded?.configuration.limits.notAccepting.status, 480);
    assert.deepEqual(loaded?.configuration.trunks[0]?.health, {
      optionsSeconds: 0,
      downAfter: 5,
      upAfter: 2,
      probeSeconds: 30,
      maxParkSeconds: 300,
    });
  });

  it('is left alone where it can not be read: the server starts with what it has', async () => {
    const odd = {
      ...contractConfiguration(),
      callbackRules: [{ ...contractConfiguration().callbackRules[0]!, trunk: 'gone' }],
    };
    assert.deepEqual((await completing(storeOf(odd)).load())?.configuration, odd);
    assert.equal(await completing({ ...storeOf(null), load: async () => null }).load(), null);
  });
});
