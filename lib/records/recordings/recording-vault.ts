import { randomBytes } from 'node:crypto';
import { constants, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { access, type FileHandle, mkdir, open, readdir, rename, rm, rmdir, statfs } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import type { Log } from '../../ports/log.ts';
import type { RecordingFile, RecordingFiles, RecordingLabel, Recovered } from '../../ports/recording-files.ts';
import type { Audio, RecordingRow } from '../../ports/recordings.ts';
import type { RecordingKeys } from './recording-keys.ts';
import { newHead } from './sealed-format.ts';
import { SealedReader } from './sealed-reader.ts';
import { SealedWriter } from './sealed-writer.ts';
import { BYTES_PER_SAMPLE, SAMPLE_RATE, WAV_HEAD_BYTES, wavHead } from './wav-head.ts';

/** What is being written; without it the file is whole. */
const PART = '.part';
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,150}$/;
/** The store and the logs need room of the same disk: a recording does not take the last of it. */
const LEAST_FREE_BYTES = 64 * 1024 * 1024;
/** The room is looked at so often. */
const LOOK_EVERY = 20;

export interface VaultOptions {
  directory: string;
  keys: RecordingKeys;
  log: Log;
  /** So much of the disk stays free; left out: 64 MB. */
  leastFreeBytes?: number;
}

const codeOf = (error: unknown): unknown => (error as NodeJS.ErrnoException).code;

/** Recordings as files of one folder, by the day on which they began (UTC). */
export class RecordingVault implements RecordingFiles {
  readonly node: string;
  readonly #options: VaultOptions;

  /** @throws the error of the file system */
  constructor(options: VaultOptions) {
    this.#options = options;
    mkdirSync(options.directory, { recursive: true, mode: 0o700 });
    this.node = nodeName(join(options.directory, 'node'));
  }

  async create(label: RecordingLabel): Promise<RecordingFile> {
    const { directory, keys } = this.#options;
    if (!NAME.test(label.recordingId)) throw new Error('not a name for a recording');
    await this.#requireRoom();
    const path = join(new Date(label.startedAt).toISOString().slice(0, 10), `${label.recordingId}.rec`);
    const whole = join(directory, path);
    await mkdir(dirname(whole), { recursive: true, mode: 0o700 });
    if (await exists(whole)) throw new Error('there is a recording of this name');
    const file = await open(`${whole}${PART}`, 'wx', 0o600);
    const writer = new SealedWriter(file, newHead(keys.currentId), keys.keyOf(keys.currentId)!);
    try {
      await writer.begin(JSON.stringify(label));
    } catch (error) {
      await writer.close().catch(() => undefined);
      await rm(`${whole}${PART}`, { force: true });
      throw error;
    }
    const requireRoom = () => this.#requireRoom();
    return new OpenFile({ writer, whole, path, keyId: keys.currentId, channels: label.channels, requireRoom });
  }

  async #requireRoom(): Promise<void> {
    const { directory, leastFreeBytes = LEAST_FREE_BYTES } = this.#options;
    const { bavail, bsize } = await statfs(directory);
    if (bavail * bsize >= leastFreeBytes) return;
    throw Object.assign(new Error('the disk of the recordings has no room left'), { code: 'ENOSPC' });
  }

  async read({
    path,
    endedAt,
    why,
    channels,
  }: Parameters<RecordingFiles['read']>[0]): Promise<Audio | 'gone' | 'damaged'> {
    const file = await this.#opened(path);
    if (file === null) return 'gone';
    try {
      const reader = await SealedReader.open(file, this.#options.keys.keyOf);
      // Where it was ended somebody has cut it.
      const mayLackEnd = endedAt === null || why === 'storage';
      if (reader === null || (!mayLackEnd && (await reader.end()) === null)) return 'damaged';
      const { audioBytes } = reader;
      const pieces = (start: number, end: number) => this.#pieces(path, { start, end, channels, audioBytes });
      return { size: WAV_HEAD_BYTES + audioBytes, pieces };
    } finally {
      await file.close();
    }
  }

  async *#pieces(
    path: string,
    { start, end, channels, audioBytes }: { start: number; end: number; channels: 1 | 2; audioBytes: number },
  ): AsyncGenerator<Buffer> {
    if (start < WAV_HEAD_BYTES) yield wavHead(channels, audioBytes).subarray(start, end + 1);
    if (end < WAV_HEAD_BYTES) return;
    const file = await this.#opened(path);
    try {
      const reader = file && (await SealedReader.open(file, this.#options.keys.keyOf));
      if (!reader) throw new Error('a recording is gone while it is read');
      // One that is being made has grown meanwhile: what was promised is sent.
      const last = Math.min(end - WAV_HEAD_BYTES, audioBytes - 1);
      yield* reader.audio(Math.max(0, start - WAV_HEAD_BYTES), last);
    } finally {
      await file?.close();
    }
  }

  async #opened(path: string): Promise<FileHandle | null> {
    // Once more: it may have been renamed between the two
    for (const name of [path, `${path}${PART}`, path]) {
      try {
        return await open(join(this.#options.directory, name), 'r');
      } catch (error) {
        if (codeOf(error) !== 'ENOENT') throw error;
      }
    }
    return null;
  }

  async remove(path: string): Promise<void> {
    const whole = join(this.#options.directory, path);
    for (const name of [whole, `${whole}${PART}`]) await rm(name, { force: true });
    // The last one of its day.
    await rmdir(dirname(whole)).catch(() => undefined);
  }

  async recover(): Promise<Recovered[]> {
    const { directory, log } = this.#options;
    const found: Recovered[] = [];
    const names = await readdir(directory, { recursive: true });
    for (const name of names.filter((one) => one.endsWith(`.rec${PART}`)).sort()) {
      const path = name.slice(0, -PART.length);
      const recovered = await this.#recoverOne(path).catch((error: unknown) => {
        log.error({ err: error, path }, 'a recording that was cut can not be made whole; it is left as it is');
        return null;
      });
      if (recovered !== null) found.push(recovered);
    }
    return found;
  }

  /** Without what a dying process has left of a piece, and with an end. @returns its bytes */
  async #ended(file: FileHandle, reader: SealedReader): Promise<number> {
    const { head, pieces, wholeBytes, audioBytes } = reader;
    await file.truncate(wholeBytes);
    if ((await reader.end()) !== null) return wholeBytes;
    const writer = new SealedWriter(file, head, this.#options.keys.keyOf(head.keyId)!);
    writer.resume({ place: pieces, bytes: wholeBytes });
    await writer.write('end', Buffer.from(JSON.stringify({ bytes: audioBytes })));
    await file.datasync();
    return writer.bytes;
  }

  /** Null: nothing of it can be read. */
  async #recoverOne(path: string): Promise<Recovered | null> {
    const { directory, keys } = this.#options;
    const whole = join(directory, path);
    const file = await open(`${whole}${PART}`, 'r+');
    try {
      const reader = await SealedReader.open(file, keys.keyOf);
      const { mtimeMs, size } = await file.stat();
      const label = reader && (await reader.label());
      if (label === null) {
        // It died before it had begun.
        if (size < 512) await this.remove(path);
        else throw new Error('it is not a recording, or its key is missing');
        return null;
      }
      const { channels } = JSON.parse(label) as RecordingLabel;
      const bytes = await this.#ended(file, reader!);
      await rename(`${whole}${PART}`, whole);
      return {
        label: JSON.parse(label) as RecordingLabel,
        path,
        keyId: reader!.head.keyId,
        endedAt: Math.round(mtimeMs),
        seconds: secondsOf(reader!.audioBytes, channels),
        bytes,
      };
    } finally {
      await file.close();
    }
  }
}

const secondsOf = (audioBytes: number, channels: 1 | 2): number =>
  audioBytes / (channels * BYTES_PER_SAMPLE * SAMPLE_RATE);

async function exists(path: string): Promise<boolean> {
  return access(path, constants.F_OK).then(
    () => true,
    () => false,
  );
}

/** The folder's own: it stays when the machine's address, or the process, is another one. */
function nodeName(path: string): string {
  const fresh = `${hostname()
    .replace(/[^A-Za-z0-9.-]/g, '')
    .slice(0, 60)}-${randomBytes(3).toString('hex')}`;
  try {
    writeFileSync(path, `${fresh}\n`, { flag: 'wx', mode: 0o600, flush: true });
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
  }
  const name = readFileSync(path, 'utf8').trim();
  if (name !== '') return name;
  // A process died while it wrote it
  writeFileSync(path, `${fresh}\n`, { flush: true });
  return fresh;
}

interface OpenFileParts {
  writer: SealedWriter;
  whole: string;
  path: string;
  keyId: string;
  channels: RecordingRow['channels'];
  requireRoom: () => Promise<void>;
}

class OpenFile implements RecordingFile {
  readonly #parts: OpenFileParts;
  #writes = 0;
  #audioBytes = 0;
  #ended: Promise<void> | null = null;

  constructor(parts: OpenFileParts) {
    this.#parts = parts;
  }

  get path(): string {
    return this.#parts.path;
  }

  get keyId(): string {
    return this.#parts.keyId;
  }

  size(): { seconds: number; bytes: number } {
    return { seconds: secondsOf(this.#audioBytes, this.#parts.channels), bytes: this.#parts.writer.bytes };
  }

  async write(samples: Int16Array): Promise<void> {
    this.#writes += 1;
    if (this.#writes % LOOK_EVERY === 0) await this.#parts.requireRoom();
    await this.#parts.writer.write('audio', Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength));
    this.#audioBytes += samples.byteLength;
  }

  end(): Promise<void> {
    this.#ended ??= this.#end();
    return this.#ended;
  }

  async #end(): Promise<void> {
    const { writer, whole } = this.#parts;
    try {
      await writer.write('end', Buffer.from(JSON.stringify({ bytes: this.#audioBytes })));
    } finally {
      await writer.close();
      // Without its end it is as one that was cut; the pieces stand.
      await rename(`${whole}${PART}`, whole);
    }
  }
}
