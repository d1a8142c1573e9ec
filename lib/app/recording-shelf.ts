import type { IsTheirs } from '../core/policy/number-trace.ts';
import type { RecordKeeper } from '../ports/erasure.ts';
import type { Log } from '../ports/log.ts';
import type { RecordingFiles } from '../ports/recording-files.ts';
import type { OpenedAudio, RecordingIndex, RecordingRow, RecordingService } from '../ports/recordings.ts';
import type { RecordingDesk } from './recording-desk.ts';

const PORTION = 500;
const WAV_HEAD_BYTES = 44;
/** Of one channel. */
const BYTES_PER_SECOND = 16_000;
/** A node that is away for so long after its recordings' time is not coming back for them. */
const FORSAKEN_MS = 7 * 86_400_000;

export interface RecordingShelfOptions {
  files: RecordingFiles;
  index: RecordingIndex;
  desk: Pick<RecordingDesk, 'isMaking' | 'doom' | 'saved'>;
  log: Log;
}

/** Recordings that are there: listed, heard, removed, forgotten. The files of other nodes are theirs. */
export class RecordingShelf implements RecordingService, RecordKeeper {
  readonly #options: RecordingShelfOptions;

  constructor(options: RecordingShelfOptions) {
    this.#options = options;
  }

  get node(): string {
    return this.#options.files.node;
  }

  /** Makes good what a former process left; before the first recording. */
  async start(): Promise<void> {
    const { files, index, log } = this.#options;
    const recovered = await files.recover();
    for (const { label, ...found } of recovered) await index.put({ ...label, ...found, why: 'cut' });
    if (recovered.length > 0) log.info({ recordings: recovered.length }, 'recordings that were cut are whole again');
    await this.#each(true, async (row) => {
      const audio = await files.read(row);
      if (audio === 'gone') await index.remove([row.recordingId]);
      // Its end is written, but the store was not told.
      else if (audio !== 'damaged') await index.put(endedLike(row, audio.size));
    });
  }

  /** Those of this node. */
  async #each(unfinished: boolean, visit: (row: RecordingRow) => Promise<void>): Promise<void> {
    for (let after = ''; ; ) {
      const rows = await this.#options.index.of(this.node, { after, most: PORTION, unfinished });
      for (const row of rows) await visit(row);
      const last = rows.at(-1);
      if (last === undefined || rows.length < PORTION) return;
      after = last.recordingId;
    }
  }

  list(query: Parameters<RecordingIndex['list']>[0]): ReturnType<RecordingIndex['list']> {
    return this.#options.index.list(query);
  }

  get(recordingId: string): Promise<RecordingRow | null> {
    return this.#options.index.get(recordingId);
  }

  async audio(recordingId: string): Promise<OpenedAudio> {
    const row = await this.get(recordingId);
    if (row === null) return { result: 'unknown' };
    if (row.node !== this.node) return { result: 'elsewhere', row };
    const audio = await this.#options.files.read(row);
    if (audio === 'damaged')
      this.#options.log.error({ recordingId }, 'a recording is not what was written, or its key is missing');
    return typeof audio === 'string' ? { result: audio, row } : { result: 'open', row, audio };
  }

  async remove(recordingId: string): Promise<'removed' | 'unknown' | 'elsewhere' | 'busy'> {
    const row = await this.get(recordingId);
    if (row === null) return 'unknown';
    if (row.node !== this.node) return 'elsewhere';
    if (this.#options.desk.isMaking(recordingId)) return 'busy';
    await this.#take([row]);
    return 'removed';
  }

  /** First the files: a row without one is found again. */
  async #take(rows: readonly RecordingRow[]): Promise<number> {
    const { files, index } = this.#options;
    for (const { path } of rows) await files.remove(path);
    return index.remove(rows.map(({ recordingId }) => recordingId));
  }

  /** Takes those that began before. @returns how many */
  async purge(before: number, { most, held }: { most: number; held: readonly string[] }): Promise<number> {
    const { index, desk } = this.#options;
    const own = await index.before(before, most, { node: this.node, held });
    const taken = await this.#take(own.filter(({ recordingId }) => !desk.isMaking(recordingId)));
    const forsaken = await index.before(before - FORSAKEN_MS, most, { node: null, held });
    const others = forsaken.filter(({ node }) => node !== this.node).map(({ recordingId }) => recordingId);
    return taken + (await index.remove(others));
  }

  async forget(isTheirs: IsTheirs, until: number): Promise<number> {
    const { desk } = this.#options;
    const isMeant = (row: RecordingRow) => row.startedAt <= until && isOf(row, isTheirs);
    let total = desk.doom(isMeant);
    await desk.saved();
    await this.#each(false, async (row) => {
      if (!isMeant(row) || desk.isMaking(row.recordingId)) return;
      await this.#take([row]);
      total += 1;
    });
    return total;
  }
}

/** Its file is whole, and of the audio that stands in it. */
function endedLike(row: RecordingRow, wavBytes: number): RecordingRow {
  const seconds = Math.max(0, wavBytes - WAV_HEAD_BYTES) / (row.channels * BYTES_PER_SECOND);
  return { ...row, seconds, endedAt: row.startedAt + Math.round(seconds * 1000), why: 'cut' };
}

function isOf({ caller }: RecordingRow, isTheirs: IsTheirs): boolean {
  return [caller.received, caller.e164 ?? ''].some((text) => {
    const digits = text.replace(/\D/g, '');
    return digits !== '' && isTheirs(digits);
  });
}
