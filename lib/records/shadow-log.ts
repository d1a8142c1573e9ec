import { mkdir } from 'node:fs/promises';
import { type IsTheirs, withoutNumber } from '../core/policy/number-trace.ts';
import type { Clock } from '../ports/clock.ts';
import type { RecordKeeper } from '../ports/erasure.ts';
import type { Log } from '../ports/log.ts';
import type { ShadowRecord, ShadowRecords } from '../ports/shadow-records.ts';
import { DailyFiles } from './daily-files.ts';
import { forgetInFiles } from './forgotten-lines.ts';
import { RecordQueue } from './record-queue.ts';

/** Records that the API shows. */
const MOST_SHOWN = 10_000;
/** Records that wait for a disk that does not take them. */
const MOST_WAITING = 10_000;
const MOST_FILE_BYTES = 100 * 1024 * 1024;
const KEEP_DAYS = 30;
const FLUSH_MS = 200;
const FAULT_PAUSE_MS = 5_000;
export const SHADOW_FILES = /^shadow-.*\.ndjson$/;

/** Shadow records: the latest in memory, all of them in a file a day, `shadow-2026-11-26.ndjson`. */
export class ShadowLog implements ShadowRecords, RecordKeeper {
  readonly #directory: string;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #files: DailyFiles;
  readonly #queue: RecordQueue<ShadowRecord>;
  /** The oldest first. */
  #shown: ShadowRecord[] = [];
  #cancelFlush: (() => void) | null = null;
  #flushing: Promise<void> = Promise.resolve();
  #isFaulty = false;

  constructor(options: { directory: string; clock: Clock; log: Log }) {
    this.#directory = options.directory;
    this.#clock = options.clock;
    this.#log = options.log;
    const { directory } = options;
    this.#files = new DailyFiles({
      ...{ directory, stem: 'shadow', extension: 'ndjson' },
      ...{ maxBytes: MOST_FILE_BYTES, keepDays: KEEP_DAYS },
    });
    this.#queue = new RecordQueue(MOST_WAITING, async (records) => {
      const lines = records.map((record) => `${JSON.stringify(record)}\n`).join('');
      await this.#files.append(lines, this.#clock.now());
    });
  }

  /** The last records of a former process are shown again. Rejects where the directory can't be used. */
  async start(): Promise<void> {
    await mkdir(this.#directory, { recursive: true, mode: 0o750 });
    const lines = (await this.#files.tail()).split('\n');
    this.#shown = lines.flatMap(recordOf).slice(-MOST_SHOWN);
  }

  add(record: ShadowRecord): void {
    this.#shown.push(record);
    if (this.#shown.length > 2 * MOST_SHOWN) this.#shown = this.#shown.slice(-MOST_SHOWN);
    this.#queue.add([record]);
    this.#cancelFlush ??= this.#clock.after(FLUSH_MS, () => this.#flush());
  }

  all(): readonly ShadowRecord[] {
    return this.#shown.slice(-MOST_SHOWN).reverse();
  }

  forget(isTheirs: IsTheirs, until: number): Promise<number> {
    const changed = (record: ShadowRecord) => (record.at <= until ? withoutNumber(record, isTheirs) : record);
    this.#shown = this.#shown.map(changed);
    const forgetting = this.#flushing.then(() => {
      this.#queue.revise(changed);
      return forgetInFiles(this.#directory, SHADOW_FILES, { isTheirs, until });
    });
    this.#flushing = forgetting.then(
      () => undefined,
      () => undefined,
    );
    return forgetting;
  }

  async stop(): Promise<void> {
    this.#cancelFlush?.();
    this.#flush();
    await this.#flushing;
    this.#cancelFlush?.();
    await this.#files.close().catch(() => undefined);
  }

  #flush(): void {
    this.#cancelFlush = null;
    this.#flushing = this.#flushing
      .then(() => this.#queue.flush())
      .then(() => this.#files.sync())
      .then(() => {
        this.#isFaulty = false;
      })
      .catch((error: unknown) => {
        if (!this.#isFaulty) this.#log.error({ err: error }, 'shadow records can not be written; they wait in memory');
        this.#isFaulty = true;
        this.#cancelFlush ??= this.#clock.after(FAULT_PAUSE_MS, () => this.#flush());
      });
  }
}

/** The first line of a tail, and one that a crash cut, are half ones. */
function recordOf(line: string): ShadowRecord[] {
  try {
    const record = JSON.parse(line) as Partial<ShadowRecord> | null;
    return typeof record?.id === 'string' && record.explanation !== undefined ? [record as ShadowRecord] : [];
  } catch {
    return [];
  }
}
