import { randomUUID } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AppendFile } from './append-file.ts';

const SEGMENT_BYTES = 1024 * 1024;
const POSITION_FILE = 'position.json';
const DIGITS = 10;

interface Position {
  segment: number;
  offset: number;
}

/** Lines that somebody will fetch, and the place behind them. */
export interface Portion {
  lines: string[];
  next: Position;
}

const nameOf = (segment: number): string => `${String(segment).padStart(DIGITS, '0')}.ndjson`;

/**
 * A queue of lines on disk: appended at one end, taken at the other, over restarts. What was taken but not confirmed is
 * taken again. It holds a bounded number of bytes; beyond that the oldest lines go.
 */
export class Spool {
  readonly #directory: string;
  readonly #maxBytes: number;
  readonly #onDropped: (lines: number) => void;
  /** Sizes by segment, the oldest first. */
  readonly #segments = new Map<number, number>();
  #file: AppendFile | null = null;
  #position: Position = { segment: 1, offset: 0 };

  constructor(options: { directory: string; maxBytes: number; onDropped: (lines: number) => void }) {
    this.#directory = options.directory;
    this.#maxBytes = options.maxBytes;
    this.#onDropped = options.onDropped;
  }

  async start(): Promise<void> {
    await mkdir(this.#directory, { recursive: true, mode: 0o750 });
    const names = (await readdir(this.#directory)).filter((name) => /^\d{10}\.ndjson$/.test(name)).sort();
    for (const name of names) {
      const { size } = await stat(join(this.#directory, name));
      this.#segments.set(Number.parseInt(name, 10), size);
    }
    this.#position = await this.#storedPosition();
  }

  async #storedPosition(): Promise<Position> {
    const first = [...this.#segments.keys()][0] ?? 1;
    try {
      const stored = JSON.parse(await readFile(join(this.#directory, POSITION_FILE), 'utf8')) as Partial<Position>;
      const { segment, offset } = stored;
      if (Number.isSafeInteger(segment) && Number.isSafeInteger(offset) && segment! >= first)
        return { segment: segment!, offset: offset! };
    } catch {
      // None yet, or half a one: from the beginning, since twice is better than never
    }
    return { segment: first, offset: 0 };
  }

  /** Waiting bytes. */
  get bytes(): number {
    const all = [...this.#segments.values()].reduce((sum, size) => sum + size, 0);
    return Math.max(0, all - this.#position.offset);
  }

  async append(lines: string): Promise<void> {
    this.#file ??= await this.#openLast();
    if (this.#file.size >= SEGMENT_BYTES) {
      await this.#file.close();
      this.#file = await this.#openSegment(this.#lastSegment() + 1);
    }
    await this.#file.append(lines);
    this.#segments.set(this.#lastSegment(), this.#file.size);
    await this.#dropOldest();
  }

  async sync(): Promise<void> {
    await this.#file?.sync();
  }

  async close(): Promise<void> {
    await this.#file?.close();
    this.#file = null;
  }

  #lastSegment(): number {
    return [...this.#segments.keys()].at(-1) ?? this.#position.segment;
  }

  #openLast(): Promise<AppendFile> {
    return this.#openSegment(Math.max(this.#lastSegment(), this.#position.segment));
  }

  async #openSegment(segment: number): Promise<AppendFile> {
    const file = await AppendFile.open(join(this.#directory, nameOf(segment)));
    this.#segments.set(segment, file.size);
    return file;
  }

  async #dropOldest(): Promise<void> {
    while (this.bytes > this.#maxBytes && this.#segments.size > 1) {
      const segment = [...this.#segments.keys()][0]!;
      const text = await readFile(join(this.#directory, nameOf(segment)), 'utf8').catch(() => '');
      const from = this.#position.segment === segment ? this.#position.offset : 0;
      this.#onDropped(Buffer.from(text).subarray(from).toString().split('\n').length - 1);
      await this.#removeBefore(segment + 1);
      if (this.#position.segment <= segment) this.#position = { segment: segment + 1, offset: 0 };
    }
  }

  /** @returns at least one line; null: nothing waits */
  async take(most: { lines: number; bytes: number }): Promise<Portion | null> {
    for (;;) {
      const { segment, offset } = this.#position;
      const size = this.#segments.get(segment);
      if (size !== undefined && offset < size) {
        const lines = await this.#read({ segment, offset }, size, most);
        if (lines.length > 0) {
          const bytes = lines.reduce((sum, line) => sum + Buffer.byteLength(line) + 1, 0);
          return { lines, next: { segment, offset: offset + bytes } };
        }
      }
      const later = [...this.#segments.keys()].find((one) => one > segment);
      if (later === undefined) return null;
      this.#position = { segment: later, offset: 0 };
    }
  }

  async #read({ segment, offset }: Position, size: number, most: { lines: number; bytes: number }): Promise<string[]> {
    const handle = await open(join(this.#directory, nameOf(segment)), 'r');
    try {
      // A single line longer than that is taken all the same: the rest of its segment is read.
      for (const length of [Math.min(size - offset, most.bytes), size - offset]) {
        const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, offset);
        const lines = buffer.subarray(0, bytesRead).toString().split('\n').slice(0, -1);
        if (lines.length > 0) return lines.slice(0, most.lines);
      }
      return [];
    } finally {
      await handle.close();
    }
  }

  /** They arrived: they are not taken again. */
  async confirm({ next }: Portion): Promise<void> {
    // The oldest ones may have been dropped meanwhile.
    if (next.segment < this.#position.segment) return;
    this.#position = next;
    const fresh = join(this.#directory, `${POSITION_FILE}.${randomUUID()}`);
    await writeFile(fresh, JSON.stringify(next), { mode: 0o640 });
    await rename(fresh, join(this.#directory, POSITION_FILE));
    await this.#removeBefore(next.segment);
  }

  async #removeBefore(segment: number): Promise<void> {
    for (const old of [...this.#segments.keys()]) {
      if (old >= segment) continue;
      this.#segments.delete(old);
      await rm(join(this.#directory, nameOf(old)), { force: true });
    }
  }
}
