import assert from 'node:assert/strict';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Store } from '../../lib/ports/store.ts';
import { moveStore, portionsOf } from '../../lib/store/move.ts';
import { openPostgresStore } from '../../lib/store/postgres/postgres-store.ts';
import { openSqliteStore } from '../../lib/store/sqlite/sqlite-store.ts';
import { PostgresServer } from '../support/postgres.ts';
import { acceptance, attemptSample, callbackSample, change, configurationSample, NOW } from './callback-sample.ts';
import { recordingLog, temporaryDirectory } from './harness.ts';

const HOSTILE = "nul \u0000, half \ud800, quote ', emoji 😀";

/** More than one portion of callbacks, one of them with a history. */
async function fill(store: Store): Promise<void> {
  const { callbacks } = store;
  const first = callbackSample({ id: 'a', callerName: HOSTILE, caller: { received: HOSTILE, e164: null } });
  await callbacks.insert(acceptance(first), 'k');
  const dialing = change(first, { state: 'dialing', attempts: 1 });
  dialing.attempts = [attemptSample('a', 'a-1', { via: 'trunk', dialled: '048991996260', dialledAt: NOW })];
  await callbacks.save(dialing);
  const ids = Array.from({ length: 2_100 }, (_, index) => `c${index}`);
  await Promise.all(ids.map((id, dueAt) => callbacks.insert(acceptance(callbackSample({ id, dueAt })), id)));
  await callbacks.save(change(callbackSample({ id: 'c0', dueAt: 0 }), { state: 'done', outcome: 'busy' }));
  await store.configuration.replace(configurationSample(), null);
  await store.configuration.replace(configurationSample({ defaultCountry: 'PT' }), 1);
  await store.settings.set('administrator', 'hash');
  const registration = {
    extension: '201',
    contact: 'sip:201@10.0.0.7',
    reachedAt: 'sip:127.0.0.1:4000',
    path: ['<sip:192.0.2.1;lr>'],
    q: 1000,
    callId: 'c',
    cseq: 1,
    registeredAt: 0,
    expiresAt: NOW,
    userAgent: HOSTILE,
  };
  await store.registrations.update('201', { put: [registration], remove: [], now: 0 });
}

describe('rows on their way to PostgreSQL', () => {
  it('go in portions that are never too many and never too large, in their order, each once', () => {
    const sizes = [
      ...Array.from({ length: 4_100 }, () => 10),
      ...Array.from({ length: 300 }, () => 256_000),
      20_000_000,
      1,
    ];
    const rows = sizes.map((size, sequence) => ({ sequence, body: 'x'.repeat(size) }));
    const portions = [...portionsOf(rows)];
    assert.deepEqual(portions.flat(), rows);
    for (const portion of portions) {
      assert.ok(portion.length <= 2_000, `${portion.length} rows`);
      const characters = JSON.stringify(portion).length;
      assert.ok(portion.length === 1 || characters < 30_000_000, `${characters} characters in ${portion.length} rows`);
    }
    assert.deepEqual([...portionsOf([])], []);
  });
});

describe('moving the embedded store to PostgreSQL', function () {
  this.timeout(30_000);
  let server: PostgresServer;
  let directory: string;
  let name: string;

  before(async () => {
    server = await PostgresServer.shared();
  });
  beforeEach(async () => {
    directory = temporaryDirectory();
    name = await server.createDatabase();
    const store = await openSqliteStore({ directory, log: recordingLog() });
    await fill(store);
    await store.close();
  });
  afterEach(async () => {
    rmSync(directory, { recursive: true });
    await server.dropDatabase(name);
  });

  const openTarget = () => openPostgresStore({ url: server.url(name), log: recordingLog() });
  const openSource = () => openSqliteStore({ directory, log: recordingLog() });

  it('takes all there is, and the numbers of the log go on', async () => {
    assert.deepEqual(await moveStore(directory, server.url(name)), { callbacks: 2_101, entries: 2_103 });
    const [source, target] = [await openSource(), await openTarget()];
    for (const id of ['a', 'c0', 'c2099']) {
      assert.deepEqual(await target.callbacks.get(id), await source.callbacks.get(id));
      assert.deepEqual(await target.callbacks.log(id), await source.callbacks.log(id));
      assert.deepEqual(await target.callbacks.attempts(id), await source.callbacks.attempts(id));
    }
    assert.deepEqual(await target.callbacks.counts(), await source.callbacks.counts());
    assert.deepEqual(await target.configuration.load(), await source.configuration.load());
    const versions = await source.flowVersions.list('reception');
    assert.equal(versions.length, 1);
    assert.deepEqual(await target.flowVersions.list('reception'), versions);
    assert.equal(await target.settings.get('administrator'), 'hash');
    assert.deepEqual((await target.registrations.of('201', 0))[0]?.path, ['<sip:192.0.2.1;lr>']);
    const last = await source.callbacks.lastLogSequence();
    assert.equal(await target.callbacks.lastLogSequence(), last);
    assert.deepEqual(
      (await target.callbacks.inFlight(new Set())).map(({ id }) => id),
      ['a'],
    );
    assert.equal((await target.callbacks.due(10, 100, new Set())).length, 9);
    await target.callbacks.insert(acceptance(callbackSample({ id: 'new' })), null);
    assert.equal(await target.callbacks.lastLogSequence(), last + 1);
    await Promise.all([source.close(), target.close()]);
  });

  it('refuses a database that is not empty, and changes nothing in it', async () => {
    const target = await openTarget();
    await target.settings.set('administrator', 'other');
    await target.close();
    await assert.rejects(moveStore(directory, server.url(name)), { code: 'STORE_IN_USE', message: /is not empty/ });
    const again = await openTarget();
    assert.equal(await again.settings.get('administrator'), 'other');
    assert.equal(await again.callbacks.get('a'), null);
    await again.close();
  });

  it('leaves nothing behind when it breaks off half-way, and can be done again', async () => {
    await (await openTarget()).close();
    await server.run(`alter table settings add constraint broken check (name <> 'administrator')`, name);
    await assert.rejects(moveStore(directory, server.url(name)));
    const [row] = await server.run('select count(*)::int as total from callbacks', name);
    assert.equal(row?.['total'], 0);
    await server.run('alter table settings drop constraint broken', name);
    assert.equal((await moveStore(directory, server.url(name))).callbacks, 2_101);
  });

  it('does not touch a store that a server uses, and makes none where there is none', async () => {
    const source = await openSource();
    await assert.rejects(moveStore(directory, server.url(name)), { code: 'STORE_IN_USE' });
    await source.close();
    const nowhere = join(directory, 'nowhere');
    await assert.rejects(moveStore(nowhere, server.url(name)), { code: 'STORE_UNAVAILABLE', message: /no store in/ });
    assert.ok(!existsSync(nowhere));
  });

  it('names a database that does not answer, without its password', async () => {
    const url = server.url('nowhere_at_all');
    await assert.rejects(moveStore(directory, url), (error: Error & { code?: string }) => {
      assert.equal(error.code, 'STORE_UNAVAILABLE');
      assert.match(error.message, /nowhere_at_all.*create the database/);
      assert.ok(!error.message.includes(server.password));
      return true;
    });
  });
});
