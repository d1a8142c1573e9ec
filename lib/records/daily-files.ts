import { open, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { AppendFile } from './append-file.ts';

export interface DailyFilesOptions {
  directory: string;
  /** `cdr` for `cdr-2026-11-26.csv`, `cdr-2026-11-26.2.csv`, … */
  stem: string;
  extension: string;
  header?: string;
  /** A file that has so much is followed by the next one. */
  maxBytes: number;
  /** Files of days before that are removed; 0: none. */
  keepDays: number;
}

/** What a crash may have left without its mark in the journal is among the last lines. */
const TAIL_BYTES = 1024 * 1024;
const DAY_MS = 86_400_000;

const dayOf = (now: number): string => new Date(now).toISOString().slice(0, 10);

/**
 * Lines in a file per day (UTC), and a further one whenever it is full. A file is never renamed and never written again
 * once there is a later one, so that whoever collects them may take all but the last.
 */
export class DailyFiles {
  readonly #options: DailyFilesOptions;
  #file: AppendFile | null = null;
  #day = '';
  #number = 1;

  constructor(options: DailyFilesOptions) {
    this.#options = options;
  }

  /** Rejects where they can't be written; then nothing of `lines` is there. */
  async append(lines: string, now: number): Promise<void> {
    const file = await this.#fileAt(now);
    await file.append(lines);
  }

  async sync(): Promise<void> {
    await this.#file?.sync();
    if (await this.#file?.isGone()) await this.close();
  }

  /** The end of the latest file. */
  async tail(): Promise<string> {
    const [latest] = (await this.#files()).sort((a, b) => b.day.localeCompare(a.day) || b.number - a.number);
    if (latest === undefined) return '';
    const handle = await open(join(this.#options.directory, latest.name), 'r');
    try {
      const { size } = await handle.stat();
      const length = Math.min(size, TAIL_BYTES);
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, size - length);
      return buffer.subarray(0, bytesRead).toString();
    } finally {
      await handle.close();
    }
  }

  async close(): Promise<void> {
    const file = this.#file;
    this.#file = null;
    await file?.close();
  }

  async #fileAt(now: number): Promise<AppendFile> {
    const day = dayOf(now);
    const isNext = this.#file !== null && this.#day === day && this.#file.size >= this.#options.maxBytes;
    if (this.#file !== null && this.#day === day && !isNext) return this.#file;
    const before = this.#day;
    await this.close();
    this.#number = isNext ? this.#number + 1 : await this.#lastNumber(day);
    this.#day = day;
    let file = await this.#open();
    while (file.size >= this.#options.maxBytes) {
      await file.close();
      this.#number += 1;
      file = await this.#open();
    }
    this.#file = file;
    if (before !== day) await this.#removeOld(now);
    return file;
  }

  #open(): Promise<AppendFile> {
    const { directory, stem, extension, header } = this.#options;
    const suffix = this.#number === 1 ? '' : `.${this.#number}`;
    return AppendFile.open(join(directory, `${stem}-${this.#day}${suffix}.${extension}`), header);
  }

  async #lastNumber(day: string): Promise<number> {
    const numbers = (await this.#files()).filter((file) => file.day === day).map(({ number }) => number);
    return Math.max(1, ...numbers);
  }

  async #files(): Promise<Array<{ name: string; day: string; number: number }>> {
    const { directory, stem, extension } = this.#options;
    return (await readdir(directory)).flatMap((name) => {
      const match = /^(.+)-(\d{4}-\d\d-\d\d)(?:\.(\d{1,6}))?\.([a-z]+)$/.exec(name);
      if (match === null || match[1] !== stem || match[4] !== extension) return [];
      return [{ name, day: match[2]!, number: Number(match[3] ?? 1) }];
    });
  }

  async #removeOld(now: number): Promise<void> {
    const { directory, keepDays } = this.#options;
    if (keepDays === 0) return;
    const oldest = dayOf(now - keepDays * DAY_MS);
    for (const { name, day } of await this.#files()) if (day < oldest) await rm(join(directory, name), { force: true });
  }
}
