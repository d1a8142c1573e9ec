import type { LegEvent, LegId } from '../core/call/leg.ts';
import type { RecordingSubject } from '../core/call/recording.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { RecordingFile, RecordingFiles, RecordingLabel } from '../ports/recording-files.ts';
import type {
  RecordingFormat,
  RecordingIndex,
  RecordingRow,
  RecordingSink,
  Recordings,
  RecordingsToCome,
} from '../ports/recordings.ts';

const RETRY_MS = 10_000;
/** What is expected and never begun (no media, the leg gone) is told of by `recorded`; beyond so many it was not. */
const MOST_EXPECTED = 10_000;

export interface RecordingDeskOptions {
  files: RecordingFiles;
  index: RecordingIndex;
  clock: Clock;
  log: Log;
}

interface Making {
  row: RecordingRow;
  file: RecordingFile;
  /** Null: not known yet. */
  event: (LegEvent & { type: 'recorded' }) | null;
  closing: Promise<void> | null;
  settling: Promise<void>;
  isFailed: boolean;
  /** Somebody has asked to be forgotten meanwhile. */
  isDoomed: boolean;
}

/** Recordings while they are made: whose they are, their files, and their rows in the index. */
export class RecordingDesk implements Recordings, RecordingsToCome {
  readonly #options: RecordingDeskOptions;
  readonly #expected = new Map<string, { legId: LegId; subject: RecordingSubject }>();
  /** Their files are being opened; what their legs have told meanwhile of how they ended. */
  readonly #opening = new Map<string, Making['event']>();
  readonly #making = new Map<string, Making>();
  /** Rows that the store has not taken yet. */
  readonly #unsaved = new Map<string, RecordingRow>();
  #cancelRetry: (() => void) | null = null;
  #saving: Promise<void> = Promise.resolve();
  #isStopped = false;

  constructor(options: RecordingDeskOptions) {
    this.#options = options;
  }

  /** How many are being made. */
  get making(): number {
    return this.#making.size;
  }

  isMaking(recordingId: string): boolean {
    return this.#making.has(recordingId);
  }

  /** Those of them go as soon as they are over. @returns how many */
  doom(isTheirs: (row: RecordingRow) => boolean): number {
    const theirs = [...this.#making.values()].filter(({ row }) => isTheirs(row));
    for (const making of theirs) making.isDoomed = true;
    return theirs.length;
  }

  /** What is known so far is in the index, if the store takes it. */
  async saved(): Promise<void> {
    await this.#saving;
  }

  expect(recordingId: string, legId: LegId, subject: RecordingSubject): void {
    const [oldest] = this.#expected.keys();
    if (this.#expected.size >= MOST_EXPECTED && oldest !== undefined) this.#expected.delete(oldest);
    this.#expected.set(recordingId, { legId, subject });
  }

  recorded(event: LegEvent & { type: 'recorded' }): void {
    this.#expected.delete(event.recordingId);
    if (this.#opening.has(event.recordingId)) this.#opening.set(event.recordingId, event);
    const making = this.#making.get(event.recordingId);
    if (making === undefined) return;
    making.event = event;
    void this.#settleNext(making);
  }

  async open(recordingId: string, { channels }: RecordingFormat): Promise<RecordingSink> {
    const { files, clock } = this.#options;
    const expected = this.#expected.get(recordingId);
    if (expected === undefined || this.#isStopped) throw new Error('nobody has asked for this recording');
    this.#expected.delete(recordingId);
    const { legId, subject } = expected;
    const label: RecordingLabel = {
      ...subject,
      ...{ recordingId, legId, channels, node: files.node, startedAt: clock.now() },
    };
    this.#opening.set(recordingId, null);
    const file = await files.create(label).catch((error: unknown) => {
      this.#opening.delete(recordingId);
      throw error;
    });
    const event = this.#opening.get(recordingId) ?? null;
    this.#opening.delete(recordingId);
    const { path, keyId } = file;
    const row: RecordingRow = { ...label, endedAt: null, why: null, seconds: 0, bytes: 0, path, keyId };
    const making: Making = {
      row,
      file,
      event,
      closing: null,
      settling: Promise.resolve(),
      isFailed: false,
      isDoomed: false,
    };
    this.#making.set(recordingId, making);
    this.#save(row);
    return { write: (samples) => this.#write(making, samples), close: () => this.#close(making) };
  }

  async #write(making: Making, samples: Int16Array): Promise<void> {
    try {
      await making.file.write(samples);
    } catch (error) {
      making.isFailed = true;
      throw error;
    }
  }

  #close(making: Making): Promise<void> {
    making.closing ??= this.#end(making);
    return making.closing;
  }

  async #end(making: Making): Promise<void> {
    try {
      await making.file.end();
    } catch (error) {
      making.isFailed = true;
      throw error;
    } finally {
      const endedAt = this.#options.clock.now();
      making.row = { ...making.row, ...making.file.size(), endedAt };
      await this.#settleNext(making);
    }
  }

  #settleNext(making: Making): Promise<void> {
    making.settling = making.settling.then(() => this.#settle(making));
    return making.settling;
  }

  /** Both the file and the leg have told how it ended, in whatever order, or one of them only. */
  async #settle(making: Making): Promise<void> {
    const { row, event, isFailed } = making;
    if (row.endedAt === null) return;
    const why = event?.why ?? (isFailed ? 'storage' : null);
    making.row = { ...row, why };
    const isEmpty = event !== null && row.kind === 'message' && event.silent === true;
    if (isEmpty || making.isDoomed) await this.#discard(making);
    else this.#save(making.row);
    if (event === null) return;
    this.#making.delete(row.recordingId);
    const { recordingId, callbackId, legId, kind, seconds } = making.row;
    this.#options.log.info(
      { recordingId, callbackId, legId, kind, seconds, why, empty: isEmpty },
      'a recording is over',
    );
  }

  async #discard({ row }: Making): Promise<void> {
    const { files, index, log } = this.#options;
    this.#unsaved.delete(row.recordingId);
    try {
      await this.#saving;
      await files.remove(row.path);
      await index.remove([row.recordingId]);
    } catch (error) {
      log.warn({ err: error, recordingId: row.recordingId }, 'a recording that is not kept could not be removed');
    }
  }

  /** One after the other, the latest of each; what the store does not take now it is given again. */
  #save(row: RecordingRow): void {
    this.#unsaved.set(row.recordingId, row);
    this.#saveSoon();
  }

  #saveSoon(): void {
    this.#saving = this.#saving.then(() => this.#saveAll());
  }

  async #saveAll(): Promise<void> {
    const { index, clock, log } = this.#options;
    for (const [recordingId, row] of [...this.#unsaved]) {
      try {
        await index.put(row);
        if (this.#unsaved.get(recordingId) === row) this.#unsaved.delete(recordingId);
      } catch (error) {
        log.warn({ err: error, waiting: this.#unsaved.size }, 'where a recording is can not be stored; trying again');
        this.#cancelRetry?.();
        // Not this row: by then there may be a later one of it, stored already, or it is erased.
        if (!this.#isStopped) this.#cancelRetry = clock.after(RETRY_MS, () => this.#saveSoon());
        return;
      }
    }
  }

  /** The legs are gone: what is still being written is waited for. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#cancelRetry?.();
    for (const making of [...this.#making.values()]) {
      await this.#close(making).catch(() => undefined);
      // One that is not kept is to be gone before the process is
      await making.settling;
    }
    await this.#saving;
    await this.#saveAll();
  }
}
