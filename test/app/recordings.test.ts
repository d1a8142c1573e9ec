import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RecordingDesk } from '../../lib/app/recording-desk.ts';
import { RecordingShelf } from '../../lib/app/recording-shelf.ts';
import { RetentionSweep } from '../../lib/app/retention-sweep.ts';
import type { RecordingSubject } from '../../lib/core/call/recording.ts';
import { theirs, traceOf } from '../../lib/core/policy/number-trace.ts';
import type { Clock } from '../../lib/ports/clock.ts';
import type { Store } from '../../lib/ports/store.ts';
import { recordingKeys } from '../../lib/records/recordings/recording-keys.ts';
import { RecordingVault } from '../../lib/records/recordings/recording-vault.ts';
import { openSqliteStore } from '../../lib/store/sqlite/sqlite-store.ts';
import { createSystemClock } from '../../lib/system/clock.ts';
import { MemoryLog } from '../support/outside-world.ts';

const ANA = { received: '48991996260', e164: '+5548991996260' };
const BEA = { received: '11987654321', e164: '+5511987654321' };
const SUBJECT: RecordingSubject = {
  kind: 'message',
  callbackId: 'c1',
  attemptId: 'a1',
  otherLegId: null,
  caller: ANA,
  inboundNumber: '+554831210110',
  flow: 'f',
  component: 'message',
};
const DAY_MS = 86_400_000;

describe('app: recordings', () => {
  let directory: string;
  let store: Store;
  let log: MemoryLog;
  let now: number;
  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'recordings-'));
    log = new MemoryLog();
    store = await openSqliteStore({ directory: ':memory:', log });
    now = Date.UTC(2026, 10, 20, 12);
  });
  afterEach(async () => {
    await store.close();
    rmSync(directory, { recursive: true, force: true });
  });

  const system = createSystemClock();
  const clock: Clock = {
    now: () => now,
    alarm: () => () => undefined,
    after: (ms, run) => system.after(ms, run),
    onStep: () => undefined,
  };
  function open(index = store.recordings, after: Clock['after'] = clock.after) {
    const keys = recordingKeys(join(directory, 'keys', 'recordings.key'), null);
    const files = new RecordingVault({ directory: join(directory, 'recordings'), keys, log, leastFreeBytes: 0 });
    const desk = new RecordingDesk({ files, index, clock: { ...clock, after }, log });
    return { files, desk, shelf: new RecordingShelf({ files, index, desk, log }) };
  }
  type Parts = ReturnType<typeof open>;

  async function record(
    { desk }: Parts,
    recordingId: string,
    { silent = false, ...subject }: Partial<RecordingSubject> & { silent?: boolean } = {},
  ): Promise<void> {
    desk.expect(recordingId, 'leg', { ...SUBJECT, ...subject });
    const sink = await desk.open(recordingId, { channels: 1 });
    await sink.write(new Int16Array(8000));
    now += 1000;
    await sink.close();
    desk.recorded({ type: 'recorded', legId: 'leg', recordingId, seconds: 1, why: 'stopped', silent });
  }

  it('have a row from their begin on, and all of it at their end', async () => {
    const parts = open();
    const { desk, shelf } = parts;
    desk.expect('r', 'leg', SUBJECT);
    const sink = await desk.open('r', { channels: 1 });
    await sink.write(new Int16Array(8000));
    assert.ok(desk.isMaking('r'));
    assert.equal((await shelf.get('r'))?.endedAt, null);
    // The leg is gone before all is written.
    desk.recorded({ type: 'recorded', legId: 'leg', recordingId: 'r', seconds: 1, why: 'hangup', silent: false });
    now += 1000;
    await sink.close();
    await desk.stop();
    const row = await shelf.get('r');
    assert.deepEqual(
      [row?.seconds, row?.why, row?.endedAt, row?.node, row?.callbackId, row?.path],
      [1, 'hangup', now, shelf.node, 'c1', '2026-11-20/r.rec'],
    );
    assert.ok(!desk.isMaking('r'));
    const heard = await shelf.audio('r');
    assert.ok(heard.result === 'open' && heard.audio.size === 44 + 16_000);
  });

  it('end for who hangs up while the file is being opened', async () => {
    const parts = open();
    const { desk, shelf } = parts;
    const ended = async (recordingId: string, silent: boolean) => {
      desk.expect(recordingId, 'leg', SUBJECT);
      const opening = desk.open(recordingId, { channels: 1 });
      desk.recorded({ type: 'recorded', legId: 'leg', recordingId, seconds: 0.1, why: 'hangup', silent });
      const sink = await opening;
      await sink.write(new Int16Array(800));
      await sink.close();
      assert.ok(!desk.isMaking(recordingId), 'it could never be removed');
    };
    await ended('spoken', false);
    await ended('silent', true);
    await desk.saved();
    assert.deepEqual([(await shelf.get('spoken'))?.why, await shelf.get('silent')], ['hangup', null]);
    await desk.stop();
  });

  it('are not made for whom nobody has asked', async () => {
    const { desk } = open();
    await assert.rejects(desk.open('r', { channels: 1 }));
    desk.expect('r', 'leg', SUBJECT);
    desk.recorded({ type: 'recorded', legId: 'leg', recordingId: 'r', seconds: 0, why: 'noMedia' });
    await assert.rejects(desk.open('r', { channels: 1 }));
  });

  it('are not kept of who has said nothing; a talk is, whatever was said', async () => {
    const parts = open();
    await record(parts, 'empty', { silent: true });
    await record(parts, 'talk', { silent: true, kind: 'talk' });
    await parts.desk.stop();
    assert.equal(await parts.shelf.get('empty'), null);
    assert.ok(!existsSync(join(directory, 'recordings', '2026-11-20', 'empty.rec')));
    assert.ok(await parts.shelf.get('talk'));
  });

  it('that are not kept are gone when the desk has stopped, however long that takes', async () => {
    const slow: Store['recordings']['remove'] = async (ids) => {
      await new Promise((resolve) => setTimeout(resolve, 50));
      return store.recordings.remove(ids);
    };
    const parts = open({ ...store.recordings, remove: slow });
    await record(parts, 'empty', { silent: true });
    await parts.desk.stop();
    assert.deepEqual([await parts.shelf.get('empty'), parts.desk.making], [null, 0]);
  });

  it('are in the index in the end though the store was away', async () => {
    let isAway = true;
    const put: Store['recordings']['put'] = async (row) => {
      if (isAway) throw Object.assign(new Error('away'), { code: 'STORE_UNAVAILABLE' });
      return store.recordings.put(row);
    };
    const parts = open({ ...store.recordings, put });
    await record(parts, 'r');
    assert.equal(await parts.shelf.get('r'), null);
    isAway = false;
    await parts.desk.stop();
    assert.equal((await parts.shelf.get('r'))?.seconds, 1);
  });

  it('end in the index though the store was away when they began, and what is erased does not come back', async () => {
    let isAway = true;
    const put: Store['recordings']['put'] = async (row) => {
      if (isAway) throw Object.assign(new Error('away'), { code: 'STORE_UNAVAILABLE' });
      return store.recordings.put(row);
    };
    const retries: Array<() => void> = [];
    const parts = open({ ...store.recordings, put }, (_ms, run) => {
      retries.push(run);
      return () => undefined;
    });
    const { desk, shelf } = parts;
    const begin = async (recordingId: string) => {
      desk.expect(recordingId, 'leg', SUBJECT);
      const sink = await desk.open(recordingId, { channels: 1 });
      await sink.write(new Int16Array(8000));
      await desk.saved();
      return sink;
    };
    const end = async (recordingId: string, sink: Awaited<ReturnType<typeof begin>>) => {
      await sink.close();
      desk.recorded({ type: 'recorded', legId: 'leg', recordingId, seconds: 1, why: 'stopped', silent: false });
      await desk.saved();
    };
    const [kept, erased] = [await begin('kept'), await begin('erased')];
    isAway = false;
    await end('kept', kept);
    assert.equal(
      desk.doom(({ recordingId }) => recordingId === 'erased'),
      1,
    );
    await end('erased', erased);
    assert.ok(retries.length > 0);
    for (const retry of retries) retry();
    await desk.stop();
    assert.equal((await shelf.get('kept'))?.why, 'stopped');
    assert.equal(await shelf.get('erased'), null);
  });

  it('that the disk has no room for are told by the leg as ended, and what stands is kept', async () => {
    const parts = open();
    const { files } = parts;
    const create = files.create.bind(files);
    files.create = async (label) => {
      const file = await create(label);
      let writes = 0;
      const write = file.write.bind(file);
      file.write = async (samples) => {
        writes += 1;
        if (writes > 1) throw Object.assign(new Error('full'), { code: 'ENOSPC' });
        await write(samples);
      };
      return file;
    };
    parts.desk.expect('r', 'leg', SUBJECT);
    const sink = await parts.desk.open('r', { channels: 1 });
    await sink.write(new Int16Array(8000));
    await assert.rejects(sink.write(new Int16Array(8000)), { code: 'ENOSPC' });
    await sink.close();
    parts.desk.recorded({
      type: 'recorded',
      legId: 'leg',
      recordingId: 'r',
      seconds: 2,
      why: 'storage',
      silent: false,
    });
    await parts.desk.stop();
    const row = await parts.shelf.get('r');
    assert.deepEqual([row?.why, row?.seconds], ['storage', 1]);
  });

  it('that a dying process left are found at the next start, with and without a row', async () => {
    const first = open();
    for (const id of ['known', 'lost']) {
      first.desk.expect(id, 'leg', SUBJECT);
      const sink = await first.desk.open(id, { channels: 1 });
      await sink.write(new Int16Array(8000));
    }
    const whole = await first.files.create({
      ...SUBJECT,
      ...{ recordingId: 'whole', legId: 'leg', channels: 1, node: first.files.node, startedAt: now },
    });
    await whole.write(new Int16Array(16_000));
    await whole.end();
    await first.shelf.get('known');
    const row = (await store.recordings.get('known'))!;
    await store.recordings.put({ ...row, recordingId: 'whole', path: whole.path });
    await store.recordings.put({ ...row, recordingId: 'gone', path: '2026-11-20/gone.rec' });
    await store.recordings.remove(['lost']);
    const { shelf } = open();
    await shelf.start();
    for (const [id, seconds] of [
      ['known', 1],
      ['lost', 1],
      ['whole', 2],
    ] as const) {
      const found = await shelf.get(id);
      assert.deepEqual([found?.why, found?.seconds, found?.endedAt === null], ['cut', seconds, false], id);
      assert.equal((await shelf.audio(id)).result, 'open');
    }
    assert.equal(await shelf.get('gone'), null);
  });

  it('of other nodes are listed, and neither heard nor removed here', async () => {
    const parts = open();
    await record(parts, 'r');
    await parts.desk.stop();
    const row = (await parts.shelf.get('r'))!;
    await store.recordings.put({ ...row, recordingId: 'away', node: 'other' });
    assert.equal((await parts.shelf.audio('away')).result, 'elsewhere');
    assert.equal(await parts.shelf.remove('away'), 'elsewhere');
    assert.equal(await parts.shelf.remove('r'), 'removed');
    assert.equal(await parts.shelf.remove('r'), 'unknown');
    const { items } = await parts.shelf.list({ page: 1, pageSize: 10, descending: true });
    assert.deepEqual(
      items.map(({ recordingId }) => recordingId),
      ['away'],
    );
  });

  it('go after their own days, held ones stay, and those that are being made', async () => {
    const parts = open();
    await record(parts, 'old');
    await record(parts, 'held', { caller: BEA });
    parts.desk.expect('making', 'leg', SUBJECT);
    const sink = await parts.desk.open('making', { channels: 1 });
    await parts.shelf.list({ page: 1, pageSize: 1, descending: true });
    const write = { name: 'retention', body: { recordingsDays: 30 }, expiresAt: null, now, expected: null } as const;
    await store.documents.put({ kind: 'retention', ...write });
    await store.documents.put({ ...write, kind: 'hold', name: BEA.e164, body: {} });
    now += 29 * DAY_MS;
    const sweep = new RetentionSweep({ store, clock, log, recordings: parts.shelf });
    await sweep.sweep();
    assert.ok(await parts.shelf.get('old'));
    now += 2 * DAY_MS;
    assert.equal((await sweep.sweep())['recordings'], 1);
    assert.equal(await parts.shelf.get('old'), null);
    assert.ok(!existsSync(join(directory, 'recordings', '2026-11-20', 'old.rec')));
    assert.ok(await parts.shelf.get('held'));
    assert.ok(await parts.shelf.get('making'));
    await sink.close();
    await parts.desk.stop();
  });

  it('whose node does not come back for them leave the index a week later', async () => {
    const parts = open();
    await record(parts, 'r');
    await parts.desk.stop();
    await store.recordings.put({ ...(await parts.shelf.get('r'))!, recordingId: 'away', node: 'other' });
    const most = { most: 100, held: [] };
    assert.equal(await parts.shelf.purge(now + 1, most), 1);
    assert.ok(await parts.shelf.get('away'));
    assert.equal(await parts.shelf.purge(now + 7 * DAY_MS + 1, most), 1);
    assert.equal(await parts.shelf.get('away'), null);
  });

  it('of who asks to be forgotten go, also those that are being made, and nobody else’s', async () => {
    const parts = open();
    await record(parts, 'hers');
    await record(parts, 'others', { caller: BEA });
    parts.desk.expect('making', 'leg', SUBJECT);
    const sink = await parts.desk.open('making', { channels: 1 });
    await sink.write(new Int16Array(8000));
    await parts.shelf.get('making');
    assert.equal(await parts.shelf.forget(theirs(traceOf([ANA])), now), 2);
    assert.equal(await parts.shelf.get('hers'), null);
    await sink.close();
    parts.desk.recorded({ type: 'recorded', legId: 'leg', recordingId: 'making', seconds: 1, why: 'stopped' });
    await parts.desk.stop();
    assert.equal(await parts.shelf.get('making'), null);
    assert.ok(!existsSync(join(directory, 'recordings', '2026-11-20', 'making.rec')));
    assert.ok(await parts.shelf.get('others'));
    // What is new of her since then stays.
    const before = now;
    now += 1000;
    const fresh = open();
    await record(fresh, 'later');
    assert.equal(await fresh.shelf.forget(theirs(traceOf([ANA])), before), 0);
  });
});
