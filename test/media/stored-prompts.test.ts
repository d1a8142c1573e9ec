import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PromptShelf } from '../../lib/media/prompts/prompt-shelf.ts';
import { StoredPrompts } from '../../lib/media/prompts/stored-prompts.ts';
import type { DocumentStore } from '../../lib/ports/documents.ts';
import { openSqliteStore } from '../../lib/store/sqlite/sqlite-store.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { type KeptLog, silentLog } from '../support/silent-log.ts';
import { sine, sixteenBits, waveFile } from '../support/wave-file.ts';

const PORTION_BYTES = 192 * 1024;
const tone = (frequency: number, seconds = 0.1) =>
  waveFile(sixteenBits(sine(frequency, { rate: 16_000, seconds })), { rate: 16_000 });

/** Files are written beside the clock. */
async function settled(holds: () => boolean): Promise<void> {
  for (let turn = 0; turn < 5000 && !holds(); turn += 1) await new Promise((resolve) => setImmediate(resolve));
  assert.ok(holds());
}

describe('Uploaded prompts of several nodes', () => {
  let directory: string;
  let documents: DocumentStore;
  let clock: FakeClock;
  let log: KeptLog;
  let nodes: StoredPrompts[];

  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'prompts-'));
    log = silentLog();
    clock = new FakeClock(1_000_000);
    ({ documents } = await openSqliteStore({ directory: ':memory:', log }));
    nodes = [];
  });

  afterEach(() => {
    for (const node of nodes) node.stop();
    rmSync(directory, { recursive: true });
  });

  const folderOf = (name: string) => join(directory, name);
  async function node(name: string): Promise<{ stored: StoredPrompts; shelf: PromptShelf }> {
    const stored = new StoredPrompts({ documents, directory: folderOf(name), clock, log, lookEveryMs: 10_000 });
    nodes.push(stored);
    await stored.start();
    return { stored, shelf: new PromptShelf({ directories: [{ origin: 'uploaded', path: folderOf(name) }], stored }) };
  }
  const upload = (shelf: PromptShelf, name: string, file: Buffer, replace = false) =>
    shelf.upload({ language: 'en', name, file, by: 'ana', replace });
  const copyOf = (name: string, path: string) => readFileSync(join(folderOf(name), path));
  const portions = async () => (await documents.all('prompt-sound', clock.now())).length;

  it('are on every node within ten seconds, and on one that comes later', async () => {
    const [one, other] = [await node('one'), await node('other')];
    assert.equal((await upload(one.shelf, 'hello', tone(440))).result, 'stored');
    assert.ok(one.shelf.has('hello', 'en') && !other.shelf.has('hello', 'en'));
    await clock.advance(10_000);
    await settled(() => other.shelf.has('hello', 'en'));
    assert.deepEqual(copyOf('other', 'en/hello.wav'), copyOf('one', 'en/hello.wav'));
    await node('late');
    assert.deepEqual(copyOf('late', 'en/hello.wav'), copyOf('one', 'en/hello.wav'));
  });

  it('are looked for again and again, as long as the node runs', async () => {
    const [one, other] = [await node('one'), await node('other')];
    for (const name of ['first', 'second', 'third']) {
      await upload(one.shelf, name, tone(440));
      await clock.advance(10_000);
      await settled(() => other.shelf.has(name, 'en'));
    }
    other.stored.stop();
    await upload(one.shelf, 'fourth', tone(440));
    await clock.advance(60_000);
    assert.equal(other.shelf.has('fourth', 'en'), false);
  });

  it('change and go everywhere', async () => {
    const [one, other] = [await node('one'), await node('other')];
    await upload(one.shelf, 'hello', tone(440));
    await other.stored.look();
    await upload(other.shelf, 'hello', tone(880), true);
    await one.stored.look();
    assert.deepEqual(copyOf('one', 'en/hello.wav'), copyOf('other', 'en/hello.wav'));
    assert.deepEqual(copyOf('one', 'en/hello.wav').subarray(44), tone(880).subarray(44));
    assert.equal(await one.shelf.remove('en', 'hello'), 'removed');
    await other.stored.look();
    assert.equal(existsSync(join(folderOf('other'), 'en/hello.wav')), false);
    assert.equal(await portions(), 0, 'nothing is left in the store');
  });

  it('lie in the store in portions, and are whole again', async () => {
    const { shelf } = await node('one');
    const long = tone(440, 30);
    await upload(shelf, 'long', long);
    assert.equal(await portions(), Math.ceil(long.length / PORTION_BYTES));
    assert.deepEqual(copyOf('one', 'en/long.wav').subarray(44), long.subarray(44));
    const largest = Math.max(
      ...(await documents.all('prompt-sound', 0)).map(({ body }) => JSON.stringify(body).length),
    );
    assert.ok(largest < 300_000, `${largest} characters in one write`);
  });

  it('of one name that come at once leave one, and nothing of the other in the store', async () => {
    const [one, other] = [await node('one'), await node('other')];
    const uploads = await Promise.all([upload(one.shelf, 'hello', tone(440)), upload(other.shelf, 'hello', tone(880))]);
    assert.deepEqual(uploads.map(({ result }) => result).sort(), ['exists', 'stored']);
    assert.equal(await portions(), 1);
    assert.ok((await node('late')).shelf.has('hello', 'en'));
  });

  it('of the same sound share it until the last of them goes', async () => {
    const { shelf } = await node('one');
    await upload(shelf, 'a', tone(440));
    await upload(shelf, 'b', tone(440));
    assert.equal(await portions(), 1);
    await shelf.remove('en', 'a');
    assert.equal(await portions(), 1);
    assert.ok((await node('late')).shelf.has('b', 'en'));
    await shelf.remove('en', 'b');
    assert.equal(await portions(), 0);
  });

  it('that were changed behind a node that was down are right when it is up again', async () => {
    const { shelf } = await node('one');
    await upload(shelf, 'kept', tone(440));
    await upload(shelf, 'gone', tone(440));
    const copies = folderOf('down');
    await node('down');
    nodes.pop()!.stop();
    await upload(shelf, 'kept', tone(660), true);
    await shelf.remove('en', 'gone');
    writeFileSync(join(copies, 'en/kept.wav'), 'cut off by a crash');
    writeFileSync(join(copies, 'en/.x.part'), 'left by a crash');
    mkdirSync(join(copies, 'es'));
    writeFileSync(join(copies, 'es/nobody.wav'), tone(440));
    await node('down');
    assert.deepEqual(copyOf('down', 'en/kept.wav'), copyOf('one', 'en/kept.wav'));
    assert.deepEqual(
      readdirSync(copies, { recursive: true })
        .map(String)
        .filter((path) => path.endsWith('.wav')),
      ['en/kept.wav'],
    );
  });

  it('that are not whole in the store are not played half: the copy that was there stays', async () => {
    const [one, other] = [await node('one'), await node('other')];
    await upload(one.shelf, 'hello', tone(440));
    await other.stored.look();
    const before = copyOf('other', 'en/hello.wav');
    await upload(one.shelf, 'hello', tone(880), true);
    for (const { name } of await documents.all('prompt-sound', 0)) await documents.remove('prompt-sound', name, null);
    await other.stored.look();
    assert.deepEqual(copyOf('other', 'en/hello.wav'), before);
    assert.match(JSON.stringify(log.lines), /not whole in the store/);
  });

  it('of two who upload at once one is told that the other was first', async () => {
    const [one, other] = [await node('one'), await node('other')];
    const results = await Promise.all([upload(one.shelf, 'hello', tone(440)), upload(other.shelf, 'hello', tone(880))]);
    assert.deepEqual(results.map(({ result }) => result).sort(), ['exists', 'stored']);
    await Promise.all([one.stored.look(), other.stored.look()]);
    assert.deepEqual(copyOf('one', 'en/hello.wav'), copyOf('other', 'en/hello.wav'));
  });

  it('are never in a folder that is named as the file of another one', async () => {
    const { shelf } = await node('one');
    for (const name of ['hello.wav/more', 'a/hello.wav/more', 'hello.wav'])
      assert.equal((await upload(shelf, name, tone(440))).result, 'bad-name', name);
  });

  it('keep no node from starting, and no other prompt from being heard, if one of them can not be written down', async () => {
    const { shelf } = await node('one');
    for (const name of ['good/a', 'bad', 'good/z']) await upload(shelf, name, tone(440));
    mkdirSync(join(folderOf('other'), 'en/bad.wav/in the way'), { recursive: true });
    const other = await node('other');
    assert.deepEqual(
      ['good/a', 'bad', 'good/z'].map((name) => other.shelf.has(name, 'en')),
      [true, false, true],
    );
    assert.match(JSON.stringify(log.lines), /en\/bad\.wav/);
    await other.stored.look();
    assert.deepEqual(readdirSync(join(folderOf('other'), 'en')).sort(), ['bad.wav', 'good'], 'nothing is left lying');
    assert.equal((await upload(other.shelf, 'new', tone(440))).result, 'stored');
    assert.equal(await other.shelf.remove('en', 'new'), 'removed');
  });

  it('that a node can not write down are a fault that is told, and there once it can', async () => {
    const { shelf, stored } = await node('one');
    mkdirSync(folderOf('one'), { recursive: true });
    writeFileSync(join(folderOf('one'), 'en'), 'no folder');
    await assert.rejects(upload(shelf, 'hello', tone(440)));
    assert.deepEqual(readdirSync(folderOf('one')), ['en']);
    rmSync(join(folderOf('one'), 'en'));
    await stored.look();
    assert.ok(shelf.has('hello', 'en'));
  });
});
