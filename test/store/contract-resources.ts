import assert from 'node:assert/strict';
import type { Flow } from '../../lib/core/configuration.ts';
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

function flowVersionContract(under: StoreUnderTest): void {
  const flowOf = (reason: string, name = 'reception'): Flow => ({
    name,
    start: 'bye',
    components: { bye: { type: 'hangup', reason } },
  });
  const put = (flows: Flow[], actor: string | null, at: number) =>
    under.store.configuration.replace(configurationSample({ flows }), null, { actor, at });

  it('keeps what a flow has been with who and since when, and only where it became another one', async () => {
    const { flowVersions } = under.store;
    assert.deepEqual(await flowVersions.list('reception'), []);
    await put([flowOf('a')], 'ana', 1000);
    await put([flowOf('a'), flowOf('x', 'other')], 'bea', 2000);
    await put([flowOf('x', 'other'), flowOf('b')], null, 3000);
    assert.deepEqual(await flowVersions.list('reception'), [
      { version: 2, at: 3000, actor: null, flow: flowOf('b') },
      { version: 1, at: 1000, actor: 'ana', flow: flowOf('a') },
    ]);
    assert.deepEqual(await flowVersions.get('reception', 1), {
      version: 1,
      at: 1000,
      actor: 'ana',
      flow: flowOf('a'),
    });
    assert.equal(await flowVersions.get('reception', 3), null);
    assert.equal(await flowVersions.get('__proto__', 1), null);
    assert.deepEqual(
      (await flowVersions.list('other')).map(({ version, actor }) => [version, actor]),
      [[1, 'bea']],
    );
  });

  it('keeps the last fifty of each flow, and numbers them on', async () => {
    const { flowVersions } = under.store;
    for (let n = 1; n <= 53; n += 1) await put([flowOf(String(n)), flowOf('x', 'other')], 'ana', n);
    const all = await flowVersions.list('reception');
    assert.deepEqual([all.length, all[0]?.version, all.at(-1)?.version], [50, 53, 4]);
    assert.equal((await flowVersions.list('other')).length, 1);
  });

  it('still has those of a flow that was removed, and goes on with them where it is made again', async () => {
    const { flowVersions } = under.store;
    await put([flowOf('a')], 'ana', 1);
    await put([], 'ana', 2);
    assert.deepEqual(
      (await flowVersions.list('reception')).map(({ version }) => version),
      [1],
    );
    await put([flowOf('b')], 'ana', 3);
    assert.deepEqual(
      (await flowVersions.list('reception')).map(({ version }) => version),
      [2, 1],
    );
  });

  it('keeps nothing of what was refused as stale', async () => {
    await put([flowOf('a')], 'ana', 1);
    const stale = configurationSample({ flows: [flowOf('b')] });
    assert.deepEqual(await under.store.configuration.replace(stale, 7, { actor: 'bea', at: 2 }), { result: 'stale' });
    assert.equal((await under.store.flowVersions.list('reception')).length, 1);
  });
}

function registrationContract(under: StoreUnderTest): void {
  const registration = (contact: string, more: Partial<Registration> = {}): Registration => ({
    extension: '201',
    contact: `sip:201@${contact};transport=udp`,
    reachedAt: 'sip:127.0.0.1:40000;transport=udp',
    path: [],
    q: 1000,
    callId: 'c1',
    cseq: 1,
    registeredAt: 1,
    expiresAt: 1000,
    userAgent: null,
    ...more,
  });
  const put = (...registrations: Registration[]) =>
    under.store.registrations.update('201', { put: registrations, remove: [], now: 0 });
  const contacts = async (extension: string, now: number) =>
    (await under.store.registrations.of(extension, now)).map(({ contact }) => contact.slice(8, 9));

  it('keeps several contacts of an extension, each until it expires, the preferred first', async () => {
    const { registrations } = under.store;
    const second = registration('b', {
      q: 500,
      path: ['<sip:192.0.2.1;lr>', '<sip:h;lr>'],
      expiresAt: 2000,
      userAgent: 'x',
    });
    await put(second, registration('a'), registration('c', { registeredAt: 0 }));
    assert.deepEqual(await contacts('201', 999), ['c', 'a', 'b']);
    assert.deepEqual(await registrations.of('201', 1000), [second]);
    assert.deepEqual(await registrations.of('202', 0), []);
    const other = registration('z', { extension: '200', expiresAt: 1500 });
    await registrations.update('200', { put: [other], remove: [], now: 0 });
    assert.deepEqual(
      (await registrations.all(0)).map(({ contact }) => contact.slice(8, 9)),
      ['z', 'c', 'a', 'b'],
    );
    assert.deepEqual(await registrations.all(1500), [second]);
  });

  it('replaces a contact that is put again, removes those that are named, and forgets what has expired', async () => {
    const { registrations } = under.store;
    await put(registration('a'), registration('b'), registration('c', { expiresAt: 500 }));
    const renewed = registration('a', { cseq: 2, expiresAt: 2000 });
    const gone = [registration('b').contact, 'sip:nobody', renewed.contact];
    // What is put wins over what is removed, also where it had expired.
    await registrations.update('201', { put: [renewed], remove: gone.slice(0, 2), now: 1000 });
    assert.deepEqual(await registrations.of('201', 0), [renewed]);
    await registrations.update('201', { put: [], remove: gone, now: 1000 });
    assert.deepEqual(await registrations.of('201', 0), []);
    await registrations.update('201', { put: [], remove: [], now: 0 });
  });
}

export function resourceContract(under: StoreUnderTest): void {
  describe('configuration', () => configurationContract(under));
  describe('versions of flows', () => flowVersionContract(under));
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
