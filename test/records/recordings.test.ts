import assert from 'node:assert/strict';
import {
  chmodSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RecordingLabel } from '../../lib/ports/recording-files.ts';
import type { Audio } from '../../lib/ports/recordings.ts';
import { RecordingKeyError, recordingKeys } from '../../lib/records/recordings/recording-keys.ts';
import { RecordingVault } from '../../lib/records/recordings/recording-vault.ts';
import { MemoryLog } from '../support/outside-world.ts';

const LABEL: RecordingLabel = {
  recordingId: 'a1.recording1',
  node: 'n',
  legId: 'leg',
  kind: 'message',
  callbackId: 'callback-4711',
  attemptId: 'a1',
  otherLegId: null,
  caller: { received: '48991996260', e164: '+5548991996260' },
  inboundNumber: '+554831210110',
  flow: 'f',
  component: 'message',
  startedAt: Date.UTC(2026, 10, 27, 23, 59),
  channels: 1,
};
const PATH = '2026-11-27/a1.recording1.rec';
/** Half a second each, all samples of which are its number. */
const piece = (number: number): Int16Array => new Int16Array(4000).fill(number);
const ENDED = { endedAt: 1, why: 'silence', channels: 1, path: PATH } as const;

async function bytesOf(audio: Audio | string, start = 0, end?: number): Promise<Buffer> {
  assert.ok(typeof audio !== 'string', String(audio));
  const pieces: Buffer[] = [];
  for await (const one of audio.pieces(start, end ?? audio.size - 1)) pieces.push(one);
  return Buffer.concat(pieces);
}

describe('files of recordings', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'recordings-'));
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  const keyFile = () => join(directory, 'keys', 'recordings.key');
  const keys = (given: string | null = null) => recordingKeys(keyFile(), given);
  const folder = () => join(directory, 'recordings');
  const file = () => join(folder(), PATH);
  const vault = (given = keys(), leastFreeBytes = 0) =>
    new RecordingVault({ directory: folder(), keys: given, log: new MemoryLog(), leastFreeBytes });

  async function recorded(): Promise<RecordingVault> {
    const files = vault();
    const made = await files.create(LABEL);
    for (const number of [1, 2, 3]) await made.write(piece(number));
    await made.end();
    return files;
  }

  /** As a process leaves it that dies before its end. */
  async function died(): Promise<string> {
    await recorded();
    const part = `${file()}.part`;
    renameSync(file(), part);
    truncateSync(part, statSync(part).size - 21 - JSON.stringify({ bytes: 24_000 }).length);
    return part;
  }

  it('hold a WAV of 8 kHz and 16 bits, in the folder of the day on which it began', async () => {
    const files = await recorded();
    const wav = await bytesOf(await files.read(ENDED));
    assert.equal(wav.length, 44 + 3 * 8000);
    assert.equal(wav.toString('latin1', 0, 4) + wav.toString('latin1', 8, 16), 'RIFFWAVEfmt ');
    assert.equal(wav.readUInt32LE(4), wav.length - 8);
    assert.deepEqual([wav.readUInt16LE(22), wav.readUInt32LE(24), wav.readUInt16LE(34)], [1, 8000, 16]);
    assert.equal(wav.readUInt32LE(40), 3 * 8000);
    assert.deepEqual([wav.readInt16LE(44), wav.readInt16LE(44 + 8000), wav.readInt16LE(44 + 16_000)], [1, 2, 3]);
  });

  it('are read from anywhere to anywhere', async () => {
    const audio = await (await recorded()).read(ENDED);
    const whole = await bytesOf(audio);
    for (const [start, end] of [
      [0, 0],
      [40, 50],
      [43, 43],
      [44, 44],
      [8043, 8044],
      [100, 20_000],
      [24_043, 24_043],
    ] as const)
      assert.deepEqual(await bytesOf(audio, start, end), whole.subarray(start, end + 1), `${start}-${end}`);
  });

  it('tell nobody who has no key whose they are, or what was said', async () => {
    await recorded();
    const raw = readFileSync(file());
    // Long enough not to be met in cipher by chance.
    for (const text of ['48991996260', LABEL.callbackId!, 'callbackId', 'message', 'RIFF', piece(2)])
      assert.equal(raw.indexOf(typeof text === 'string' ? text : Buffer.from(text.buffer, 0, 64)), -1);
    assert.equal(statSync(file()).mode & 0o777, 0o600);
    assert.equal(statSync(keyFile()).mode & 0o777, 0o600);
  });

  it('are not the same twice, though the same was said', async () => {
    await recorded();
    const first = readFileSync(file());
    rmSync(file());
    await recorded();
    assert.notDeepEqual(readFileSync(file()).subarray(100, 200), first.subarray(100, 200));
  });

  it('are not given out in which one bit was changed, wherever it is', async () => {
    const files = await recorded();
    const raw = readFileSync(file());
    const whole = await bytesOf(await files.read(ENDED));
    for (let at = 0; at < raw.length; at += 97) {
      const changed = Buffer.from(raw);
      changed[at]! ^= 1;
      writeFileSync(file(), changed);
      const read = async () => {
        const audio = await files.read(ENDED);
        return audio === 'damaged' ? null : bytesOf(audio);
      };
      const heard = await read().catch(() => null);
      // What stands before the sound is not part of it.
      if (heard !== null) assert.deepEqual(heard, whole, `octet ${at}`);
      const isLabel = at > 32 + 21 && at < 32 + 21 + JSON.stringify(LABEL).length + 8;
      if (!isLabel && at >= 32 + 21) assert.equal(heard, null, `octet ${at}`);
    }
  });

  it('are not given out of which a piece was left out, or the end cut off', async () => {
    const files = await recorded();
    const raw = readFileSync(file());
    const sealed = 21 + 8000;
    const first = raw.length - 21 - JSON.stringify({ bytes: 24_000 }).length - 3 * sealed;
    writeFileSync(file(), Buffer.concat([raw.subarray(0, first), raw.subarray(first + sealed)]));
    assert.equal(await files.read(ENDED), 'damaged');
    writeFileSync(file(), raw.subarray(0, first + 2 * sealed));
    assert.equal(await files.read(ENDED), 'damaged');
    writeFileSync(file(), raw.subarray(0, raw.length - 1));
    assert.equal(await files.read(ENDED), 'damaged');
    const swapped = [
      raw.subarray(0, first),
      raw.subarray(first + sealed, first + 2 * sealed),
      raw.subarray(first, first + sealed),
      raw.subarray(first + 2 * sealed),
    ];
    writeFileSync(file(), Buffer.concat(swapped));
    const audio = await files.read(ENDED);
    await assert.rejects(bytesOf(audio));
  });

  it('are not opened by another key', async () => {
    await recorded();
    rmSync(keyFile());
    assert.equal(await vault(keys()).read(ENDED), 'damaged');
  });

  it('that were sealed with a former key are opened after another one was put before it', async () => {
    await recorded();
    const former = readFileSync(keyFile(), 'utf8');
    const fresh = Buffer.alloc(32, 7).toString('base64');
    writeFileSync(keyFile(), `# since today\n${fresh}\n${former}`);
    const both = keys();
    const files = vault(both);
    assert.equal((await bytesOf(await files.read(ENDED))).length, 44 + 24_000);
    const made = await files.create({ ...LABEL, recordingId: 'a2.recording1' });
    assert.equal(made.keyId, both.currentId);
    await made.end();
    // The environment's comes before the file's.
    assert.equal(keys(fresh).currentId, both.currentId);
    assert.notEqual(keys('ab'.repeat(32)).currentId, both.currentId);
  });

  it('have no key that others can read, or that is none', () => {
    keys();
    chmodSync(keyFile(), 0o640);
    assert.throws(() => keys(), RecordingKeyError);
    chmodSync(keyFile(), 0o600);
    assert.throws(() => keys('secret'), /CALLBACK_RECORDING_KEY/);
    writeFileSync(keyFile(), 'x\n');
    assert.throws(() => keys(), RecordingKeyError);
  });

  it('are never written over, and never leave their folder', async () => {
    const files = await recorded();
    await assert.rejects(files.create(LABEL));
    await assert.rejects(files.create({ ...LABEL, recordingId: '../../etc/x' }));
    await assert.rejects(files.create({ ...LABEL, recordingId: '' }));
  });

  it('are not begun, and end, where the disk has no room left; what was written stands', async () => {
    await assert.rejects(vault(keys(), Number.MAX_SAFE_INTEGER).create(LABEL), { code: 'ENOSPC' });
    assert.deepEqual(readdirSync(folder()), ['node']);
    const files = new (class extends RecordingVault {})({
      ...{ directory: folder(), keys: keys(), log: new MemoryLog() },
      get leastFreeBytes() {
        return full ? Number.MAX_SAFE_INTEGER : 0;
      },
    });
    let full = false;
    const made = await files.create(LABEL);
    await made.write(piece(1));
    full = true;
    const fill = async () => {
      for (let i = 0; i < 40; i += 1) await made.write(piece(2));
    };
    await assert.rejects(fill(), { code: 'ENOSPC' });
    await made.end();
    const wav = await bytesOf(await files.read({ ...ENDED, why: 'storage' }));
    assert.equal(wav.length, 44 + made.size().seconds * 16_000);
    assert.ok(made.size().seconds >= 0.5);
  });

  it('that a dying process left are whole again: up to their last piece, and for good', async () => {
    const part = await died();
    // It died while it was writing.
    truncateSync(part, statSync(part).size - 5000);
    const files = vault();
    const [found, ...others] = await files.recover();
    assert.deepEqual(others, []);
    assert.deepEqual(found?.label, LABEL);
    assert.equal(found?.seconds, 1);
    assert.equal(found?.path, PATH);
    assert.equal(found?.bytes, statSync(file()).size);
    const wav = await bytesOf(await files.read({ ...ENDED, why: 'cut' }));
    assert.deepEqual([wav.length, wav.readInt16LE(44), wav.readInt16LE(8044)], [44 + 16_000, 1, 2]);
    truncateSync(file(), statSync(file()).size - 60);
    assert.equal(await files.read({ ...ENDED, why: 'cut' }), 'damaged');
    assert.deepEqual(await files.recover(), []);
  });

  it('of which nothing was written go, and those without a key are left', async () => {
    const part = await died();
    const raw = readFileSync(part);
    writeFileSync(part, raw.subarray(0, 20));
    assert.deepEqual(await vault().recover(), []);
    assert.deepEqual(readdirSync(folder()), ['node']);
    await died();
    rmSync(keyFile());
    assert.deepEqual(await vault(keys()).recover(), []);
    assert.ok(statSync(part).size > 1000);
  });

  it('are heard while they are made', async () => {
    const files = vault();
    const made = await files.create(LABEL);
    await made.write(piece(1));
    const audio = await files.read({ ...ENDED, endedAt: null, why: null });
    await made.write(piece(2));
    assert.equal((await bytesOf(audio)).length, 44 + 8000);
    await made.end();
  });

  it('are gone when they are removed, and their day with the last one', async () => {
    const files = await recorded();
    await files.remove(PATH);
    assert.equal(await files.read(ENDED), 'gone');
    assert.deepEqual(readdirSync(folder()), ['node']);
    await files.remove(PATH);
  });

  it('know their node by a name that stays', () => {
    assert.equal(vault().node, vault().node);
    assert.match(vault().node, /-[0-9a-f]{6}$/);
    // A process died while it wrote it
    writeFileSync(join(folder(), 'node'), '');
    const { node } = vault();
    assert.match(node, /-[0-9a-f]{6}$/);
    assert.equal(vault().node, node);
  });
});
