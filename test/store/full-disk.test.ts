import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Store } from '../../lib/ports/store.ts';
import { openDatabase } from '../../lib/store/sqlite/database-file.ts';
import { createSqliteStore, DATABASE_FILE, openSqliteStore } from '../../lib/store/sqlite/sqlite-store.ts';
import { acceptance, callbackSample, change } from './callback-sample.ts';
import { type RecordingLog, recordingLog, temporaryDirectory } from './harness.ts';

interface Tally {
  accepted: string[];
  refused: string[];
}

/** Inserts in groups of ten until a group fails. */
async function insertUntilFull(store: Store, tally: Tally): Promise<void> {
  for (let group = 0; tally.refused.length === 0; group += 1) {
    assert.ok(group < 10_000, 'never full');
    const ids = Array.from({ length: 10 }, (_, index) => `c${group}-${index}`);
    const results = await Promise.allSettled(
      ids.map((id) => store.callbacks.insert(acceptance(callbackSample({ id })), id)),
    );
    results.forEach((result, index) => {
      if (result.status === 'rejected') assert.equal(result.reason.code, 'STORE_UNAVAILABLE');
      (result.status === 'fulfilled' ? tally.accepted : tally.refused).push(ids[index]!);
    });
  }
}

async function assertExactly(store: Store, { accepted, refused }: Tally): Promise<void> {
  for (const id of accepted) {
    assert.equal((await store.callbacks.get(id))?.id, id);
    assert.equal((await store.callbacks.log(id)).length, 1);
  }
  for (const id of refused) assert.equal(await store.callbacks.get(id), null);
  assert.equal((await store.callbacks.counts()).scheduled, accepted.length);
  assert.equal((await store.callbacks.logSince(0, 10_000)).length, accepted.length);
}

/** Fills the disk, makes room, and sees that the store goes on by itself with exactly what it had accepted. */
async function throughFullDisk(store: Store, log: RecordingLog, makeRoom: () => void): Promise<void> {
  const tally: Tally = { accepted: [], refused: [] };
  await insertUntilFull(store, tally);
  assert.equal(store.healthy(), false);
  await assertExactly(store, tally);
  const first = await store.callbacks.get(tally.accepted[0]!);
  await assert.rejects(store.callbacks.insert(acceptance(callbackSample({ id: 'x'.repeat(100_000) })), null), {
    code: 'STORE_UNAVAILABLE',
    message: /disk is full.*by itself/,
  });
  makeRoom();
  await log.told('can be written again');
  assert.equal(store.healthy(), true);
  assert.equal(await store.callbacks.save(change(first!, {})), 'saved');
  await store.callbacks.insert(acceptance(callbackSample({ id: tally.refused[0]! })), tally.refused[0]!);
  assert.deepEqual(
    log.lines.filter((line) => line.startsWith('error')).length,
    log.lines.filter((line) => line.includes('written again')).length,
  );
}

describe('full disk', () => {
  let directory: string;
  beforeEach(() => {
    directory = temporaryDirectory();
  });
  afterEach(() => {
    rmSync(directory, { recursive: true });
  });

  it('loses nothing accepted, writes nothing half, and goes on by itself when there is room (size limit)', async () => {
    const path = join(directory, DATABASE_FILE);
    const database = openDatabase(path);
    const log = recordingLog();
    const store = createSqliteStore(database, { path, log, groupCommitMs: 2 });
    database.pragma('max_page_count = 150');
    await throughFullDisk(store, log, () => database.pragma('max_page_count = 100000'));
    await store.close();
    const again = openDatabase(path);
    assert.equal(again.pragma('integrity_check', { simple: true }), 'ok');
    again.close();
  });

  it('keeps the same promises on a file system that is full (where one can be mounted)', async function () {
    const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=3m', 'tmpfs', directory]).status === 0;
    if (!mounted) return this.skip();
    try {
      const log = recordingLog();
      const store = await openSqliteStore({ directory, log });
      const ballast = join(directory, 'ballast');
      const { bavail, bsize } = statfsSync(directory);
      writeFileSync(ballast, Buffer.alloc(Math.max(bavail * bsize - 700_000, 0)));
      await throughFullDisk(store, log, () => rmSync(ballast));
      await store.close();
      const again = openDatabase(join(directory, DATABASE_FILE));
      assert.equal(again.pragma('integrity_check', { simple: true }), 'ok');
      again.close();
    } finally {
      spawnSync('umount', [directory]);
    }
  });

  it('refuses to start where there is no room for a database, and starts when there is', async function () {
    const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', directory]).status === 0;
    if (!mounted) return this.skip();
    try {
      const ballast = join(directory, 'ballast');
      const { bavail, bsize } = statfsSync(directory);
      writeFileSync(ballast, Buffer.alloc(bavail * bsize - 12_288));
      await assert.rejects(openSqliteStore({ directory, log: recordingLog() }), {
        code: 'STORE_UNAVAILABLE',
        message: /callback\.db: the disk is full/,
      });
      rmSync(ballast);
      await (await openSqliteStore({ directory, log: recordingLog() })).close();
    } finally {
      spawnSync('umount', [directory]);
    }
  });
});
