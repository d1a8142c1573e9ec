/** Recordings in memory: what was written, and a store that is slow, full, or refuses. */

import type { RecordingFormat, RecordingSink, Recordings } from '../../lib/ports/recordings.ts';

export class MemoryRecording implements RecordingSink {
  readonly format: RecordingFormat;
  readonly pieces: Int16Array[] = [];
  isClosed = false;
  readonly #store: MemoryRecordings;

  constructor(format: RecordingFormat, store: MemoryRecordings) {
    this.format = format;
    this.#store = store;
  }

  async write(samples: Int16Array): Promise<void> {
    await this.#store.gate;
    if (this.pieces.length >= this.#store.roomForPieces)
      throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
    this.pieces.push(samples.slice());
  }

  async close(): Promise<void> {
    await this.#store.gate;
    this.isClosed = true;
  }

  get samples(): Int16Array {
    return Int16Array.from(this.pieces.flatMap((piece) => [...piece]));
  }
}

export class MemoryRecordings implements Recordings {
  readonly all = new Map<string, MemoryRecording>();
  /** Nothing is written before it resolves. */
  gate: Promise<void> = Promise.resolve();
  roomForPieces = Number.POSITIVE_INFINITY;
  refuses = false;

  async open(recordingId: string, format: RecordingFormat): Promise<RecordingSink> {
    if (this.refuses) throw Object.assign(new Error('read-only file system'), { code: 'EROFS' });
    const recording = new MemoryRecording(format, this);
    this.all.set(recordingId, recording);
    return recording;
  }
}
