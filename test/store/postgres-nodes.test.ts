import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import type { Store } from '../../lib/ports/store.ts';
import { openPostgresStore } from '../../lib/store/postgres/postgres-store.ts';
import { PostgresServer } from '../support/postgres.ts';
import { TcpGate } from '../support/tcp-gate.ts';
import { acceptance, callbackSample, change } from './callback-sample.ts';
import { recordingLog } from './harness.ts';

const LEASE_MS = 800;
const NONE: ReadonlySet<string> = new Set();

describe('PostgreSQL: the stores of several nodes', function () {
  this.timeout(20_000);
  let server: PostgresServer;
  let name: string;
  const opened: Array<{ store: Store; gate: TcpGate }> = [];

  before(async () => {
    server = await PostgresServer.shared();
  });
  beforeEach(async () => {
    name = await server.createDatabase();
  });
  afterEach(async () => {
    for (const { store, gate } of opened.splice(0)) {
      gate.reopen();
      await store.close();
      await gate.close();
    }
    await server.dropDatabase(name);
  });

  async function node(): Promise<{ store: Store; gate: TcpGate }> {
    const gate = await TcpGate.open(server.target);
    const url = new URL(server.url(name));
    url.port = String(gate.port);
    const made = { gate, store: await openPostgresStore({ url: url.href, log: recordingLog(), leaseMs: LEASE_MS }) };
    opened.push(made);
    return made;
  }

  /** Asks the database itself until the answer is a row. */
  async function until(sql: string): Promise<Record<string, unknown>> {
    const end = Date.now() + 10_000;
    for (;;) {
      const [row] = await server.run(sql, name);
      if (row !== undefined) return row;
      assert.ok(Date.now() < end, `no row: ${sql}`);
      await delay(10);
    }
  }

  const first = callbackSample({ id: 'a', dueAt: 0 });

  /** What a server says that is killed (PostgreSQL, 55.7: ErrorResponse). */
  function farewell(): Buffer {
    const fields = Buffer.from('SFATAL\0VFATAL\0C57P01\0Mterminating connection due to unexpected postmaster exit\0\0');
    const head = Buffer.alloc(5);
    head.write('E');
    head.writeInt32BE(4 + fields.length, 1);
    return Buffer.concat([head, fields]);
  }

  describe('what one holds', () => {
    it('is not given to another, by due time, in flight or by its name, until it is released', async () => {
      const [one, two] = [await node(), await node()];
      await one.store.callbacks.insert(acceptance(first), null);
      await one.store.callbacks.insert(acceptance(callbackSample({ id: 'b', state: 'dialing' })), null);
      const { callbacks } = two.store;
      assert.deepEqual(await callbacks.due(1, 10, NONE), []);
      assert.deepEqual(await callbacks.inFlight(NONE), []);
      assert.deepEqual(await callbacks.claim('a'), { result: 'elsewhere' });
      assert.deepEqual(await callbacks.claim('nobody'), { result: 'unknown' });
      assert.equal(await callbacks.save(change(first, { state: 'queued' })), 'stale');
      one.store.callbacks.release(['a', 'b']);
      await until(`select 1 from callbacks having count(lease_owner) = 0`);
      assert.deepEqual(await callbacks.due(1, 10, NONE), [first]);
      assert.equal((await callbacks.inFlight(NONE)).length, 1);
      assert.deepEqual(await one.store.callbacks.claim('a'), { result: 'elsewhere' });
      assert.equal(await callbacks.save(change(first, { state: 'queued' })), 'saved');
    });

    it('is taken once, however many ask at the same time', async () => {
      const [one, ...others] = [await node(), await node(), await node()];
      const ids = Array.from({ length: 200 }, (_, index) => `c${index}`);
      await Promise.all(
        ids.map((id) => one!.store.callbacks.insert(acceptance(callbackSample({ id, dueAt: 0 })), null)),
      );
      one!.store.callbacks.release(ids);
      await until(`select 1 from callbacks having count(lease_owner) = 0`);
      const taken = await Promise.all(
        [one!, ...others].flatMap(({ store }) => [1, 2, 3].map(() => store.callbacks.due(1, 20, NONE))),
      );
      const owners = await server.run('select id, lease_owner from callbacks where lease_owner is not null', name);
      assert.ok(owners.length >= 60);
      for (const { store } of opened) {
        const mine = new Set((await store.callbacks.due(1, 200, NONE)).map(({ id }) => id));
        for (const other of opened.filter((each) => each.store !== store)) {
          assert.equal(await other.store.callbacks.claim([...mine][0]!).then(({ result }) => result), 'elsewhere');
        }
      }
      assert.ok(taken.every((batch) => batch.length <= 20));
    });

    it('is refused to it for good once another has taken it over, and it is told so', async () => {
      const [one, two] = [await node(), await node()];
      let lost = 0;
      const listener = { freed() {}, configured() {}, slotFreed() {}, switched() {}, mail: async () => undefined };
      const isLost = () => {
        lost += 1;
      };
      one.store.nodes!.listen({ ...listener, lost: isLost });
      await one.store.callbacks.insert(acceptance(first), null);
      assert.ok(one.store.nodes!.holds());
      one.gate.freeze();
      await until(`select 1 from callbacks where lease_owner is null`);
      assert.ok(!one.store.nodes!.holds(), 'it knew before the others did');
      assert.equal((await two.store.callbacks.due(1, 10, NONE)).length, 1);
      one.gate.reopen();
      assert.equal(await one.store.callbacks.save(change(first, { state: 'dialing' })), 'stale');
      await one.store.nodes!.confirm().catch(() => false);
      while (!one.store.nodes!.holds()) await delay(10);
      assert.equal(lost, 1);
      assert.equal(await one.store.callbacks.save(change(first, { state: 'dialing' })), 'stale');
      assert.equal(await two.store.callbacks.save(change(first, { state: 'dialing' })), 'saved');
    });

    it('stays its own when the database was away for everybody', async () => {
      const [one, two] = [await node(), await node()];
      await one.store.callbacks.insert(acceptance(first), null);
      for (const { gate } of opened) gate.shut();
      await delay(2 * LEASE_MS);
      two.gate.reopen();
      while (!two.store.nodes!.holds()) await two.store.nodes!.confirm().catch(() => delay(10));
      await delay(0.4 * LEASE_MS);
      one.gate.reopen();
      await one.store.nodes!.confirm().catch(() => one.store.nodes!.confirm());
      assert.equal(await one.store.callbacks.save(change(first, { state: 'dialing' })), 'saved');
    });
  });

  describe('a write whose answer is lost', () => {
    const types = async () =>
      (await server.run(`select type from callback_log order by sequence`, name)).map(({ type }) => type);

    it('an insert that was answered in the last breath of the database is there, and stays there', async () => {
      const { store, gate } = await node();
      await store.callbacks.insert(acceptance(callbackSample({ id: 'before' })), null);
      gate.hold();
      const inserted = store.callbacks.insert(acceptance(first), 'key');
      await until(`select 1 from callbacks where id = 'a'`);
      while (gate.heldBytes === 0) await delay(5);
      await gate.letGoAndShut(farewell());
      assert.deepEqual(await inserted, { result: 'inserted' });
      // Away for longer than a write is waited for, and back for longer than what is unwanted stays.
      await delay(2_500);
      gate.reopen();
      assert.notEqual(await store.callbacks.get('a'), null);
      await delay(1_500);
      assert.notEqual(await store.callbacks.get('a'), null);
    });

    it('is done once, when the database is back soon', async () => {
      const { store, gate } = await node();
      await store.settings.set('the line', 'is open');
      gate.mute();
      const inserted = store.callbacks.insert(acceptance(first), 'k');
      await until(`select 1 from callbacks where id = 'a'`);
      gate.shut();
      gate.reopen();
      assert.deepEqual(await inserted, { result: 'inserted' });
      gate.mute();
      const saved = store.callbacks.save(change(first, { state: 'dialing' }, 'dialled'));
      await until(`select 1 from callbacks where version = 2`);
      gate.shut();
      gate.reopen();
      assert.equal(await saved, 'saved');
      assert.deepEqual(await types(), ['accepted', 'dialled']);
      const { scheduled, dialing } = await store.callbacks.counts();
      assert.deepEqual({ scheduled, dialing }, { scheduled: 0, dialing: 1 });
    });

    it('is replaced by the next save of that version, when it was given up', async () => {
      const { store, gate } = await node();
      await store.callbacks.insert(acceptance(first), 'k');
      gate.mute();
      const saved = store.callbacks.save(change(first, { state: 'dialing' }, 'dialled'));
      const failed = assert.rejects(saved, { code: 'STORE_UNAVAILABLE' });
      await until(`select 1 from callbacks where version = 2`);
      gate.shut();
      await failed;
      assert.equal(store.healthy(), false);
      gate.reopen();
      const again = change(first, { state: 'answered' }, 'answered');
      while ((await store.callbacks.save(again).catch(() => 'away')) === 'away') await delay(50);
      assert.deepEqual(await store.callbacks.get('a'), again.callback);
      assert.deepEqual(await types(), ['accepted', 'answered']);
      assert.equal((await store.callbacks.counts()).answered, 1);
      assert.equal(store.healthy(), true);
    });

    it('is taken back if it was an insert that was given up: nobody was promised anything', async () => {
      const { store, gate } = await node();
      await store.settings.set('the line', 'is open');
      gate.mute();
      const failed = assert.rejects(store.callbacks.insert(acceptance(first), 'k'), { code: 'STORE_UNAVAILABLE' });
      await until(`select 1 from callbacks where id = 'a'`);
      gate.shut();
      await failed;
      gate.reopen();
      await until(`select 1 from callbacks having count(*) = 0`);
      assert.equal((await store.callbacks.counts()).scheduled, 0);
      assert.deepEqual(await store.callbacks.insert(acceptance(callbackSample({ id: 'b' })), 'k'), {
        result: 'inserted',
      });
    });
  });

  describe('a schema', () => {
    it('that is older is brought up to date by migrate only, one that is newer by nobody', async () => {
      await (await node()).store.close();
      await server.run('delete from schema_migrations where number >= 3', name);
      const open = (migrate: 'empty' | 'all') =>
        openPostgresStore({ url: server.url(name), log: recordingLog(), migrate });
      await assert.rejects(open('empty'), { code: 'STORE_OUTDATED', message: /drachtio-callback migrate/ });
      await server.run(`insert into schema_migrations values (99, 'future', 'x', 0)`, name);
      await assert.rejects(open('all'), { code: 'STORE_NEWER' });
    });

    it('is made once when several nodes start at the same moment', async () => {
      const nodes = await Promise.all([node(), node(), node()]);
      for (const { store } of nodes) assert.equal(await store.callbacks.get('a'), null);
    });
  });
});
