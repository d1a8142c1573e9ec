/** The files of recordings on this node: encrypted, and readable up to the last piece whatever happens to the process. */

import type { Audio, RecordingRow } from './recordings.ts';

/** One that is being made. One call at a time. */
export interface RecordingFile {
  /** Below the folder of recordings. */
  readonly path: string;
  readonly keyId: string;
  /** Rejects when nothing can be written any more; what was written before stands. */
  write(samples: Int16Array): Promise<void>;
  /** It is whole from now on. Idempotent. Rejects as `write` does. */
  end(): Promise<void>;
  size(): { seconds: number; bytes: number };
}

/** What a file knows of its recording. */
export type RecordingLabel = Omit<RecordingRow, 'endedAt' | 'why' | 'seconds' | 'bytes' | 'path' | 'keyId'>;

export interface Recovered {
  label: RecordingLabel;
  path: string;
  keyId: string;
  /** Its last piece was written then. */
  endedAt: number;
  seconds: number;
  bytes: number;
}

export interface RecordingFiles {
  /** What the file's folder is called among others that have such files. */
  readonly node: string;
  /** Rejects as `write` does; a second one of the same name is refused. */
  create(label: RecordingLabel): Promise<RecordingFile>;
  read(row: Pick<RecordingRow, 'path' | 'endedAt' | 'why' | 'channels'>): Promise<Audio | 'gone' | 'damaged'>;
  /** Whatever is there of it. */
  remove(path: string): Promise<void>;
  /** Makes whole what a former process left; to be called before the first `create`. */
  recover(): Promise<Recovered[]>;
}
