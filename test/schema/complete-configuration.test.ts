import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { completing } from '../../lib/cli/open-store.ts';
import type { Configuration } from '../../lib/core/configuration.ts';
import { completeConfiguration } from '../../lib/schema/complete-configuration.ts';
import { parseConfiguration } from '../../lib/schema/parse-configuration.ts';
import { MemoryLog } from '../http/fakes.ts';

const CONTRACT = readFileSync(new URL('../fixtures/contract.yaml', import.meta.url), 'utf8');

function whole(): Configuration {
  const result = parseConfiguration(CONTRACT);
  assert.ok(result.ok);
  return result.configuration;
}

/** As it was stored before trunks had codecs, and before there were trusted proxies. */
function older(): Configuration {
  const copy = structuredClone(whole()) as unknown as Record<string, unknown> & { trunks: Record<string, unknown>[] };
  delete copy['trustedProxies'];
  for (const trunk of copy.trunks) {
    for (const field of ['outboundProxy', 'codecs', 'telephoneEvent', 'weight']) delete trunk[field];
    trunk['identity'] = { pai: true, privacy: false, from: 'callerId', callbackIdHeader: true };
    trunk['inactive'] = { weight: 3 };
  }
  return copy as unknown as Configuration;
}

describe('a configuration that an older version has stored', () => {
  it('has the defaults of the fields that came later, and keeps the rest', () => {
    const { configuration, mistakes } = completeConfiguration(older());
    assert.deepEqual(mistakes, []);
    const [trunk] = configuration.trunks;
    assert.deepEqual(trunk!.identity, { ...whole().trunks[0]!.identity, pai: true });
    assert.equal(trunk!.telephoneEvent, true);
    assert.equal(trunk!.weight, 3, 'kept while it was not active yet');
    assert.deepEqual(configuration.trustedProxies, { addresses: [], sourceHeader: null });
    assert.deepEqual(configuration.flows, whole().flows);
  });

  it('is the same when it is complete already', () => {
    assert.deepEqual(completeConfiguration(whole()).configuration, whole());
  });

  it('is used as it is, with a warning, where it would not be taken any more', async () => {
    const stored = { ...whole(), defaultCountry: 'Brazil' };
    const log = new MemoryLog();
    const store = completing(
      { load: async () => ({ revision: 3, configuration: stored }), replace: async () => ({ result: 'stale' }) },
      log,
    );
    assert.deepEqual(await store.load(), { revision: 3, configuration: stored });
    assert.ok(log.lines.some(({ level, text }) => level === 'warn' && text.includes('defaultCountry')));
  });
});
