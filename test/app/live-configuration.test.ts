import assert from 'node:assert/strict';
import { LiveConfiguration } from '../../lib/app/live-configuration.ts';
import type { Configuration } from '../../lib/core/configuration.ts';
import type { ConfigurationStore } from '../../lib/ports/store.ts';
import { openSqliteStore } from '../../lib/store/sqlite/sqlite-store.ts';
import { aConfiguration, aTrunk } from '../core/rules/configuration-fixture.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { MemoryLog } from '../support/outside-world.ts';

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

function withTrunks(...names: string[]): Configuration {
  return aConfiguration({ trunks: names.map((name) => aTrunk({ name, proxy: `sip:${name}.example` })) });
}

interface Bench {
  live: LiveConfiguration;
  clock: FakeClock;
  log: MemoryLog;
  store: ConfigurationStore;
  answers: Map<string, string[] | Promise<string[]>>;
  close(): Promise<void>;
}

async function bench(configuration: Configuration): Promise<Bench> {
  const log = new MemoryLog();
  const whole = await openSqliteStore({ directory: ':memory:', log });
  const clock = new FakeClock();
  const answers = new Map<string, string[] | Promise<string[]>>();
  const resolveHost = async (proxy: string) => (await answers.get(proxy.slice('sip:'.length))) ?? [];
  const settings = { store: whole.configuration, clock, resolveHost, log };
  await whole.configuration.replace(configuration, null);
  const live = new LiveConfiguration({ revision: 1, configuration }, settings);
  const close = async () => {
    live.stop();
    await whole.close();
  };
  return { live, clock, log, store: whole.configuration, answers, close };
}

describe('LiveConfiguration', () => {
  it('stores a replacement before anybody hears of it, and refuses one that is out of date', async () => {
    const { live, store, close } = await bench(withTrunks('a'));
    const heard: string[] = [];
    live.onChange(({ trunks }) => void heard.push(trunks[0]!.name));
    assert.deepEqual(await live.replace(withTrunks('b'), 1), { result: 'stored', revision: 2 });
    assert.deepEqual(await live.replace(withTrunks('c'), 1), { result: 'stale' });
    assert.deepEqual(heard, ['b']);
    assert.equal(live.current().revision, 2);
    assert.equal((await store.load())?.configuration.trunks[0]?.name, 'b');
    await close();
  });

  it('looks up the proxy of ours that stands before a trunk, not the provider behind it', async () => {
    const trunks = [aTrunk({ name: 'a', proxy: 'sip:carrier.example', outboundProxy: 'sip:edge.example' })];
    const { live, answers, close } = await bench(aConfiguration({ trunks }));
    answers.set('edge.example', ['10.0.0.5']);
    answers.set('carrier.example', ['198.51.100.1']);
    await live.start();
    assert.deepEqual(live.trunkAddresses.get('a'), ['10.0.0.5']);
    await close();
  });

  it('goes on by the old one when the new one can not be stored', async () => {
    const { live, clock, log, close } = await bench(withTrunks('a'));
    const away = { replace: () => Promise.reject(new Error('disk full')), load: async () => null };
    const other = new LiveConfiguration(live.current(), { store: away, clock, resolveHost: async () => [], log });
    await assert.rejects(other.replace(withTrunks('b'), null), /disk full/);
    assert.equal(other.configuration.trunks[0]?.name, 'a');
    await close();
  });

  it('hands out a configuration that nobody can change', async () => {
    const { live, close } = await bench(withTrunks('a'));
    assert.throws(() => {
      live.configuration.trunks[0]!.identity.pai = true;
    }, TypeError);
    await close();
  });

  it('knows the addresses of the proxies, looks again every minute, and keeps the last answer of a name that is gone', async () => {
    const { live, clock, answers, log, close } = await bench(withTrunks('a'));
    answers.set('a.example', ['192.0.2.1']);
    await live.start();
    assert.deepEqual([...live.trunkAddresses], [['a', ['192.0.2.1']]]);
    answers.set('a.example', ['192.0.2.2']);
    await clock.advance(60_000);
    assert.deepEqual([...live.trunkAddresses], [['a', ['192.0.2.2']]]);
    answers.delete('a.example');
    await clock.advance(60_000);
    assert.deepEqual([...live.trunkAddresses], [['a', ['192.0.2.2']]]);
    assert.equal(log.at('warn').length, 1);
    live.stop();
    assert.equal(clock.pending, 0);
    await close();
  });

  it('does not go by the slow answer to an earlier question', async () => {
    const { live, clock, answers, close } = await bench(withTrunks('slow'));
    const slow = Promise.withResolvers<string[]>();
    answers.set('slow.example', slow.promise);
    answers.set('quick.example', ['192.0.2.9']);
    const first = live.start();
    await live.replace(withTrunks('quick'), null);
    assert.deepEqual([...live.trunkAddresses], [['quick', ['192.0.2.9']]]);
    slow.resolve(['192.0.2.1']);
    await first;
    await turn();
    assert.deepEqual([...live.trunkAddresses], [['quick', ['192.0.2.9']]]);
    assert.equal(clock.pending, 1);
    await close();
  });

  it('takes a look-up that fails for an answer that is gone', async () => {
    const { live, clock, answers, close } = await bench(withTrunks('a'));
    answers.set('a.example', ['192.0.2.1']);
    await live.start();
    const failed = Promise.reject(new Error('no DNS'));
    failed.catch(() => undefined);
    answers.set('a.example', failed);
    await clock.advance(60_000);
    assert.deepEqual([...live.trunkAddresses], [['a', ['192.0.2.1']]]);
    assert.equal(clock.pending, 1);
    await close();
  });
});
