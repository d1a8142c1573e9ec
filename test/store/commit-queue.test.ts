import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { CommitQueue } from '../../lib/store/sqlite/commit-queue.ts';
import { temporaryDirectory } from './harness.ts';

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('commit queue', () => {
  let directory: string;
  let database: Database.Database;
  /** Another connection: sees what is committed. */
  let witness: Database.Database;
  let commits: number;
  let health: Array<string | null>;
  let queue: CommitQueue;

  beforeEach(() => {
    directory = temporaryDirectory();
    const path = join(directory, 'queue.db');
    database = new Database(path);
    database.pragma('journal_mode = WAL');
    database.exec('create table parents (id integer primary key)');
    database.exec(
      'create table rows (id integer primary key, parent integer references parents deferrable initially deferred)',
    );
    witness = new Database(path);
    commits = 0;
    health = [];
    queue = new CommitQueue(database, {
      path,
      windowMs: 50,
      onCommit: () => {
        commits += 1;
      },
      onHealth: (failure) => health.push(failure === null ? null : failure.message),
    });
  });
  afterEach(() => {
    queue.drain();
    witness.close();
    database.close();
    rmSync(directory, { recursive: true });
  });

  const insert = (id: number, parent: number | null = null) =>
    queue.write(() => {
      database.prepare('insert into rows values (?, ?)').run(id, parent);
      return id;
    });
  const stored = () => witness.prepare('select id from rows order by id').pluck().all();

  it('has the writes of one turn share one commit, and settles each after it, in order', async () => {
    const settled: number[] = [];
    const writes = [1, 2, 3].map((id) =>
      insert(id).then((value) => {
        assert.deepEqual(stored(), [1, 2, 3]);
        settled.push(value);
      }),
    );
    assert.deepEqual(stored(), []);
    await Promise.all(writes);
    assert.equal(commits, 1);
    assert.deepEqual(settled, [1, 2, 3]);
  });

  it('commits a write that comes alone at the end of its turn', async () => {
    const order: string[] = [];
    const written = insert(1).then(() => order.push('written'));
    setImmediate(() => order.push('next turn'));
    await Promise.all([written, turn()]);
    assert.deepEqual(order, ['written', 'next turn']);
  });

  it('undoes a write that throws, all of it and it alone', async () => {
    const broken = queue.write(() => {
      database.prepare('insert into rows values (10, null)').run();
      throw new RangeError('of the write');
    });
    const results = await Promise.allSettled([insert(1), broken, insert(1), insert(2)]);
    assert.deepEqual(
      results.map(({ status }) => status),
      ['fulfilled', 'rejected', 'rejected', 'fulfilled'],
    );
    await assert.rejects(broken, RangeError);
    assert.deepEqual(stored(), [1, 2]);
    assert.equal(commits, 1);
    assert.equal(queue.failure, null);
  });

  it('rejects every write of a commit that fails, stores none of them, and goes on with the next', async () => {
    // The missing parent is found by COMMIT only.
    const results = await Promise.allSettled([insert(1), insert(2, 99)]);
    for (const result of results) {
      assert.equal(result.status, 'rejected');
      assert.equal(result.reason.code, 'STORE_UNAVAILABLE');
    }
    assert.deepEqual(stored(), []);
    assert.equal(database.inTransaction, false);
    assert.equal(health.length, 1);
    await insert(3);
    assert.deepEqual(stored(), [3]);
    assert.equal(health[1], null);
  });

  it('gathers the writes of several turns once commits have used up their share of the thread', async () => {
    const slow = () => {
      const until = performance.now() + 8;
      while (performance.now() < until);
    };
    const writes: Promise<unknown>[] = [];
    for (let id = 0; id < 60; id += 1) {
      writes.push(queue.write(slow).catch(assert.fail), insert(id));
      await turn();
    }
    await Promise.all(writes);
    assert.ok(commits < 30, `${commits} commits for 60 turns`);
  });

  it('bounds a commit, also when a thousand writes come at once', async () => {
    await Promise.all(Array.from({ length: 1200 }, (_, id) => insert(id)));
    assert.equal(commits, 3);
    assert.equal(stored().length, 1200);
  });

  it('commits all that is queued when it is drained', async () => {
    const written = insert(1);
    queue.drain();
    assert.deepEqual(stored(), [1]);
    assert.equal(await written, 1);
  });
});
