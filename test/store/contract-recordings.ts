import assert from 'node:assert/strict';
import type { RecordingQuery } from '../../lib/ports/recordings.ts';
import { recordingRow } from '../http/recordings-fake.ts';
import type { StoreUnderTest } from './contract.ts';

const ALL: RecordingQuery = { page: 1, pageSize: 50, descending: false };

export function recordingContract(under: StoreUnderTest): void {
  const put = async (...rows: Array<Parameters<typeof recordingRow>[0]>) => {
    for (const row of rows) await under.store.recordings.put(recordingRow(row));
  };
  const idsOf = (rows: ReadonlyArray<{ recordingId: string }>) => rows.map(({ recordingId }) => recordingId);
  const listed = async (query: Partial<RecordingQuery>) =>
    idsOf((await under.store.recordings.list({ ...ALL, ...query })).items);

  it('keeps where a recording is as it was told last', async () => {
    await put({ endedAt: null, why: null }, { seconds: 61.5 });
    assert.deepEqual(await under.store.recordings.get('r1'), recordingRow({ seconds: 61.5 }));
    assert.equal(await under.store.recordings.get('r2'), null);
    assert.equal((await under.store.recordings.list(ALL)).total, 1);
  });

  it('lists recordings by callback, number, time and text, in either order, by pages', async () => {
    const other = { received: '11987654321', e164: '+5511987654321' };
    await put(
      { recordingId: 'a', startedAt: 1000 },
      { recordingId: 'b', startedAt: 2000, callbackId: null, inboundNumber: null },
      { recordingId: 'c', startedAt: 3000, callbackId: 'c2', caller: other, inboundNumber: '+554831210119' },
    );
    assert.deepEqual(await listed({}), ['a', 'b', 'c']);
    assert.deepEqual(await listed({ descending: true }), ['c', 'b', 'a']);
    assert.deepEqual(await listed({ callbackId: 'c2' }), ['c']);
    assert.deepEqual(await listed({ from: 2000, to: 3000 }), ['b']);
    assert.deepEqual(await listed({ text: '98765' }), ['c']);
    assert.deepEqual(await listed({ text: '%' }), []);
    assert.deepEqual(await listed({ inboundNumbers: ['+554831210110'] }), ['a']);
    assert.deepEqual(await listed({ inboundNumbers: [] }), []);
    const page = await under.store.recordings.list({ ...ALL, page: 2, pageSize: 2 });
    assert.deepEqual([idsOf(page.items), page.total], [['c'], 3]);
  });

  it('finds the recordings of a node, the unfinished ones, and those that are old and not held', async () => {
    const { recordings } = under.store;
    const held = { received: '11987654321', e164: '+5511987654321' };
    const local = { received: '200', e164: null };
    await put(
      { recordingId: 'a', startedAt: 1000, endedAt: null },
      { recordingId: 'b', startedAt: 500, node: 'other' },
      { recordingId: 'c', startedAt: 2000, caller: held },
      { recordingId: 'd', startedAt: 3000, caller: local },
    );
    const of = { after: '', most: 10, unfinished: false };
    assert.deepEqual(idsOf(await recordings.of('here', of)), ['a', 'c', 'd']);
    assert.deepEqual(idsOf(await recordings.of('here', { ...of, after: 'a', most: 1 })), ['c']);
    assert.deepEqual(idsOf(await recordings.of('here', { ...of, unfinished: true })), ['a']);
    const before = (at: number, node: string | null, numbers: string[]) =>
      recordings.before(at, 10, { node, held: numbers }).then(idsOf);
    assert.deepEqual(await before(5000, null, []), ['b', 'a', 'c', 'd']);
    assert.deepEqual(await before(3000, 'here', []), ['a', 'c']);
    assert.deepEqual(await before(5000, 'here', ['+5511987654321']), ['a', 'd']);
    assert.deepEqual(await before(5000, 'here', ['200']), ['a', 'c']);
    assert.equal(await recordings.remove(['a', 'b', 'none']), 2);
    assert.equal(await recordings.remove([]), 0);
    assert.deepEqual(await listed({}), ['c', 'd']);
  });
}
