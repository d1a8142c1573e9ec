/** Opening: what is not ours, not whole or not allowed is refused with a coded error, and left as it is. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import type { Store } from '../../lib/ports/store.ts';
import { ALL_MIGRATIONS } from '../../lib/store/migrations/all.ts';
import { openDatabase } from '../../lib/store/sqlite/database-file.ts';
import { DATABASE_FILE, openSqliteStore } from '../../lib/store/sqlite/sqlite-store.ts';
import type { StoreErrorCode } from '../../lib/store/store-error.ts';
import { acceptance, callbackSample } from './callback-sample.ts';
import { recordingLog, temporaryDirectory } from './harness.ts';

describe('SQLite file', () => {
  let directory: string;
  let file: string;
  const open = () => openSqliteStore({ directory, log: recordingLog() });

  beforeEach(() => {
    directory = temporaryDirectory();
    file = join(directory, DATABASE_FILE);
  });
  afterEach(() => {
    rmSync(directory, { recursive: true });
  });

  /** Names and contents of all files but the lock. */
  const contents = () =>
    readdirSync(directory)
      .filter((name) => !name.endsWith('.lock'))
      .map(
        (name) =>
          `${name} ${createHash('sha256')
            .update(readFileSync(join(directory, name)))
            .digest('hex')}`,
      );

  async function assertRefused(code: StoreErrorCode, what: RegExp): Promise<void> {
    const before = contents();
    await assert.rejects(open(), (error: Error & { code: string; path: string }) => {
      assert.equal(error.code, code);
      assert.match(error.message, what);
      assert.ok(error.message.includes(directory), error.message);
      assert.ok(error.path.startsWith(directory));
      return true;
    });
    assert.deepEqual(contents(), before);
  }

  async function filled(count: number): Promise<void> {
    const store = await open();
    const ids = Array.from({ length: count }, (_, index) => `c${index}`);
    await Promise.all(ids.map((id) => store.callbacks.insert(acceptance(callbackSample({ id })), null)));
    await store.close();
  }

  it('is made with its directory, readable for this user only', async () => {
    directory = join(directory, 'a', 'b');
    file = join(directory, DATABASE_FILE);
    await (await open()).close();
    assert.equal(statSync(directory).mode & 0o777, 0o700);
    assert.equal(statSync(file).mode & 0o777, 0o600);
    directory = join(directory, '..', '..');
  });

  it('replaces an empty file and the draft of an attempt that was cut off', async () => {
    writeFileSync(file, '');
    writeFileSync(`${file}.creating`, 'half a database');
    await filled(1);
    assert.deepEqual(readdirSync(directory).sort(), ['callback.db', 'callback.lock']);
  });

  it('refuses what is not a database', async () => {
    writeFileSync(file, 'version: 1\n');
    await assertRefused('STORE_FOREIGN', /not a database/);
    writeFileSync(file, 'x'.repeat(10_000));
    await assertRefused('STORE_FOREIGN', /not a database/);
  });

  it('refuses the database of another program', async () => {
    const other = new Database(file);
    other.pragma('journal_mode = WAL');
    other.exec('create table callbacks (id text)');
    other.close();
    await assertRefused('STORE_FOREIGN', /another program/);
  });

  it('refuses a directory in place of the file', async () => {
    mkdirSync(file);
    await assert.rejects(open(), { code: 'STORE_FOREIGN' });
  });

  it('refuses a file in place of the directory', async () => {
    directory = join(directory, 'file');
    writeFileSync(directory, 'x');
    await assert.rejects(open(), { code: 'STORE_UNAVAILABLE', message: /file where the directory should be/ });
    directory = join(directory, 'below');
    await assert.rejects(open(), { code: 'STORE_UNAVAILABLE', message: /not a directory/ });
    directory = join(directory, '..', '..');
  });

  it('refuses a log without its database, which a new one would swallow', async () => {
    writeFileSync(`${file}-wal`, 'the latest callbacks');
    await assertRefused('STORE_CORRUPT', /-wal is there/);
  });

  it('refuses a database that was cut short', async () => {
    await filled(200);
    truncateSync(file, 40_960);
    await assertRefused('STORE_CORRUPT', /damaged/);
  });

  it('refuses a database with overwritten pages', async () => {
    await filled(200);
    const bytes = readFileSync(file);
    bytes.fill(0xa5, 8192, bytes.length - 4096);
    writeFileSync(file, bytes);
    await assertRefused('STORE_CORRUPT', /damaged.*restore a backup/);
  });

  it('refuses a database with damage that no query of the start would meet', async () => {
    await filled(200);
    const bytes = readFileSync(file);
    bytes.fill(0xa5, bytes.length / 2, bytes.length / 2 + 4096);
    writeFileSync(file, bytes);
    await assertRefused('STORE_CORRUPT', /damaged/);
  });

  it('refuses a database whose first page is overwritten but for its header', async () => {
    await filled(200);
    const bytes = readFileSync(file);
    bytes.fill(0xa5, 100, 4096);
    writeFileSync(file, bytes);
    await assertRefused('STORE_CORRUPT', /damaged/);
  });

  it('refuses the schema of a newer program, and one that is not its own', async () => {
    const newer = {
      number: (ALL_MIGRATIONS.at(-1)?.number ?? 0) + 1,
      name: 'tomorrow',
      statements: () => ['create table t (a text)'],
    };
    openDatabase(file, [...ALL_MIGRATIONS, newer]).close();
    await assertRefused('STORE_NEWER', /newer version.*tomorrow/);
    rmSync(file);
    openDatabase(file, [{ ...ALL_MIGRATIONS[0]!, statements: () => ['create table t (a text)'] }]).close();
    await assertRefused('STORE_FOREIGN', /another schema 1/);
  });

  it('is owned by one: a second store on it is refused until the first is closed', async () => {
    const first = await open();
    await assert.rejects(open(), { code: 'STORE_IN_USE', message: /in use.*callback\.lock/ });
    await first.settings.set('still', 'works');
    await first.close();
    const second = await open();
    assert.equal(await second.settings.get('still'), 'works');
    await second.close();
  });

  it('is free again after an opening that failed', async () => {
    writeFileSync(file, 'not a database');
    await assert.rejects(open(), { code: 'STORE_FOREIGN' });
    rmSync(file);
    await (await open()).close();
  });

  it('opens what an older program left, and brings it up to date', async () => {
    openDatabase(file, ALL_MIGRATIONS.slice(0, 1)).close();
    const store: Store = await open();
    await store.settings.set('a', 'b');
    await store.close();
  });

  it('takes the flows that an older program left for their first versions, of an unknown hour', async () => {
    const older = openDatabase(file, ALL_MIGRATIONS.slice(0, 8));
    const body = JSON.stringify({ name: 'f', start: 'bye', components: { bye: { type: 'hangup', reason: null } } });
    older
      .prepare('insert into configuration_documents (kind, name, position, revision, body) values (?, ?, 0, 1, ?)')
      .run('flows', 'f', body);
    older.close();
    const store: Store = await open();
    assert.deepEqual(await store.flowVersions.list('f'), [
      { version: 1, at: null, actor: null, flow: JSON.parse(body) },
    ]);
    await store.close();
  });

  it('leaves the database as it was when a migration fails half-way', () => {
    openDatabase(file, ALL_MIGRATIONS).close();
    const broken = {
      number: (ALL_MIGRATIONS.at(-1)?.number ?? 0) + 1,
      name: 'broken',
      statements: () => ['create table half (a text)', 'create table half (a text)'],
    };
    assert.throws(() => openDatabase(file, [...ALL_MIGRATIONS, broken]), /already exists/);
    const database = openDatabase(file);
    assert.equal(database.prepare(`select count(*) from sqlite_schema where name = 'half'`).pluck().get(), 0);
    database.close();
  });

  it('leaves out a callback whose row is damaged, loudly, and goes on with the others', async () => {
    await filled(3);
    const database = openDatabase(file);
    database.exec(`update callbacks set body = '{' where id = 'c1'`);
    database.close();
    const log = recordingLog();
    const store = await openSqliteStore({ directory, log });
    const due = await store.callbacks.due(Number.MAX_SAFE_INTEGER, 10, new Set());
    assert.deepEqual(
      due.map(({ id }) => id),
      ['c0', 'c2'],
    );
    assert.deepEqual(log.lines, ['error: A callback cannot be read.']);
    await assert.rejects(store.callbacks.get('c1'), { code: 'STORE_UNAVAILABLE', message: /callback c1 is damaged/ });
    await store.close();
  });

  describe('without rights', () => {
    /** Opens in a process that has no rights beyond those of the files. */
    function openUnprivileged(): string {
      const script = join(import.meta.dirname, 'open-store.ts');
      const { stdout, stderr } = spawnSync(process.execPath, [script, directory], { encoding: 'utf8' });
      return stdout + stderr;
    }

    it('refuses a directory that it may not write', async () => {
      chmodSync(directory, 0o555);
      assert.match(openUnprivileged(), /^STORE_UNAVAILABLE Cannot open .*callback\.db: this user has no right/);
      assert.ok(!existsSync(file));
      chmodSync(directory, 0o755);
    });

    it('refuses a file that it may not write', async () => {
      await filled(1);
      rmSync(join(directory, 'callback.lock'));
      chmodSync(directory, 0o777);
      chmodSync(file, 0o444);
      assert.match(openUnprivileged(), /^STORE_UNAVAILABLE Cannot open .*callback\.db: this user has no right/);
    });
  });
});
