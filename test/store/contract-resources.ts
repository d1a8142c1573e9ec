import assert from 'node:assert/strict';
import type { Registration } from '../../lib/ports/store.ts';
import { configurationSample } from './callback-sample.ts';
import type { StoreUnderTest } from './contract.ts';

function configurationContract(under: StoreUnderTest): void {
  it('is null at first, and then what was stored last, in its order, with a revision that goes up', async () => {
    const { configuration } = under.store;
    assert.equal(await configuration.load(), null);
    const first = configurationSample();
    assert.deepEqual(await configuration.replace(first, null), { result: 'stored', revision: 1 });
    assert.deepEqual(await configuration.load(), { revision: 1, configuration: first });
    const second = configurationSample({
      outgoingRules: first.outgoingRules.toReversed(),
      extensions: [],
      inboundNumbers: [...first.inboundNumbers, { number: '__proto__', callback: false, flow: null }],
      defaultOutgoingRule: 'a',
      inactive: {},
    });
    assert.deepEqual(await configuration.replace(second, 1), { result: 'stored', revision: 2 });
    assert.deepEqual(await configuration.load(), { revision: 2, configuration: second });
  });

  it('refuses another revision than the stored one as stale, and changes nothing', async () => {
    const { configuration } = under.store;
    assert.deepEqual(await configuration.replace(configurationSample(), 1), { result: 'stale' });
    assert.equal(await configuration.load(), null);
    await configuration.replace(configurationSample(), 0);
    const other = configurationSample({ defaultCountry: 'DE' });
    assert.deepEqual(await configuration.replace(other, 0), { result: 'stale' });
    const results = await Promise.all([1, 1].map((expected) => configuration.replace(other, expected)));
    assert.deepEqual(results, [{ result: 'stored', revision: 2 }, { result: 'stale' }]);
  });

  it('keeps a resource of every kind, and two kinds with one name', async () => {
    const { configuration } = under.store;
    const [flow] = configurationSample().flows;
    const sample = configurationSample({
      extensions: [{ number: 'reception', contact: null, password: { env: 'SECRET' } }],
      flows: [flow!, { ...flow!, name: 'general' }],
      hours: [
        { name: 'reception', timezone: 'America/Sao_Paulo', regular: ['Mon-Fri 08:00-18:00'], extra: [], holidays: [] },
      ],
    });
    await configuration.replace(sample, null);
    assert.deepEqual((await configuration.load())?.configuration, sample);
  });
}

function registrationContract(under: StoreUnderTest): void {
  const registration: Registration = {
    extension: '201',
    contact: 'sip:201@10.0.0.7:5060;transport=udp',
    reachedAt: 'sip:127.0.0.1:40000;transport=udp',
    callId: 'c1',
    cseq: 1,
    expiresAt: 1000,
    userAgent: null,
  };

  it('keeps one contact per extension, until it expires', async () => {
    const { registrations } = under.store;
    await registrations.put(registration);
    assert.deepEqual(await registrations.get('201', 999), registration);
    assert.equal(await registrations.get('201', 1000), null);
    assert.equal(await registrations.get('202', 0), null);
    const renewed = { ...registration, cseq: 2, expiresAt: 2000, userAgent: 'baresip' };
    await registrations.put(renewed);
    await registrations.put({ ...registration, extension: '200', expiresAt: 1500 });
    assert.deepEqual(await registrations.get('201', 1000), renewed);
    assert.deepEqual(
      (await registrations.all(0)).map(({ extension }) => extension),
      ['200', '201'],
    );
    assert.deepEqual(await registrations.all(1500), [renewed]);
    await registrations.remove('201');
    await registrations.remove('nobody');
    assert.equal(await registrations.get('201', 0), null);
  });
}

export function resourceContract(under: StoreUnderTest): void {
  describe('configuration', () => configurationContract(under));
  describe('registrations', () => registrationContract(under));

  it('keeps switches: on where nothing was said, the last word else, several at once', async () => {
    const { switches } = under.store;
    assert.deepEqual(await switches.load(), { accept: true, dial: true, trunks: new Map() });
    const some = await switches.set([
      { name: 'dial', trunk: null, on: false },
      { name: 'accept', trunk: '__proto__', on: false },
      { name: 'dial', trunk: 'b', on: false },
    ]);
    const trunks = new Map([
      ['__proto__', { accept: false, dial: true }],
      ['b', { accept: true, dial: false }],
    ]);
    assert.deepEqual(some, { accept: true, dial: false, trunks });
    assert.deepEqual(await switches.load(), some);
    const both = [true, false].map((on) => switches.set([{ name: 'accept', trunk: null, on }]));
    await Promise.all([...both, switches.set([{ name: 'dial', trunk: null, on: true }])]);
    const { accept, dial } = await switches.load();
    assert.deepEqual([typeof accept, dial], ['boolean', true]);
  });

  it('keeps settings by name', async () => {
    const { settings } = under.store;
    assert.equal(await settings.get('password'), null);
    await settings.set('password', 'one');
    await settings.set('password', 'two');
    await settings.set('__proto__', '');
    assert.equal(await settings.get('password'), 'two');
    assert.equal(await settings.get('__proto__'), '');
  });

  it('is unhealthy and refuses everything once it is closed; closing again does nothing', async () => {
    const { store } = under;
    assert.equal(store.healthy(), true);
    const last = store.settings.set('last', 'word');
    await Promise.all([store.close(), store.close()]);
    await last;
    assert.equal(store.healthy(), false);
    await assert.rejects(store.settings.set('a', 'b'), { code: 'STORE_UNAVAILABLE' });
    await assert.rejects(store.callbacks.counts(), { code: 'STORE_UNAVAILABLE' });
  });
}
