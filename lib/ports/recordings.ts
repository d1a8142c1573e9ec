/** Where recordings go. What stands behind it keeps them: encrypted, for as long as they may be kept. */

import type { LegEvent, LegId } from '../core/call/leg.ts';
import type { RecordingEnd, RecordingSubject } from '../core/call/recording.ts';
import type { Page } from './store.ts';

export interface RecordingFormat {
  /** Linear samples of 16 bits, 8,000 a second; two channels are interleaved, left first. */
  channels: 1 | 2;
}

/** One recording that is being made. Its owner writes one piece at a time: the next one after `write` has resolved. */
export interface RecordingSink {
  /**
   * @param samples not kept by the caller and not changed after the call
   * Rejects when nothing can be written any more, with the system's `code` (ENOSPC, EIO): `close` follows all the same.
   */
  write(samples: Int16Array): Promise<void>;
  /** What was written stands. Idempotent. Rejects as `write` does. */
  close(): Promise<void>;
}

/** Where nothing is kept: every recording ends before it has begun. */
export const NO_RECORDINGS: Recordings = {
  open: () => Promise.reject(new Error('no recordings are kept here')),
};

export interface Recordings {
  /** @param recordingId names it for ever: a second one of the same name is refused. Rejects as `write` does. */
  open(recordingId: string, format: RecordingFormat): Promise<RecordingSink>;
}

/** What the application tells of recordings, before and after they are made. */
export interface RecordingsToCome {
  /** A recording of this name begins: whose it is. */
  expect(recordingId: string, legId: LegId, subject: RecordingSubject): void;
  recorded(event: LegEvent & { type: 'recorded' }): void;
}

/** `cut`: the process that recorded died; what it had written stands. */
export type RecordingWhy = RecordingEnd | 'cut';

/** Where a recording is, and what of. */
export interface RecordingRow extends RecordingSubject {
  recordingId: string;
  /** The node that has the file. */
  node: string;
  legId: LegId;
  startedAt: number;
  /** Null: it is being made. */
  endedAt: number | null;
  /** Null: not known yet. */
  why: RecordingWhy | null;
  channels: 1 | 2;
  /** How long it is. */
  seconds: number;
  /** Of the file. */
  bytes: number;
  /** Below the folder of recordings. */
  path: string;
  keyId: string;
}

export interface RecordingQuery {
  callbackId?: string;
  /** Of these inbound numbers only. */
  inboundNumbers?: readonly string[];
  /** On startedAt, inclusive / exclusive. */
  from?: number;
  to?: number;
  /** Anywhere in the caller's number, the inbound number or a name. */
  text?: string;
  page: number;
  pageSize: number;
  descending: boolean;
}

/** Of all nodes, in the store. */
export interface RecordingIndex {
  /** Adds it, or takes the place of what stands there. */
  put(row: RecordingRow): Promise<void>;
  get(recordingId: string): Promise<RecordingRow | null>;
  list(query: RecordingQuery): Promise<Page<RecordingRow>>;
  /** @returns how many there were */
  remove(recordingIds: readonly string[]): Promise<number>;
  /** Of one node, by their names, behind `after`. */
  of(node: string, of: { after: string; most: number; unfinished: boolean }): Promise<RecordingRow[]>;
  /** Those that began before, the first ones first; `node` null: of whatever node. */
  before(at: number, most: number, of: { node: string | null; held: readonly string[] }): Promise<RecordingRow[]>;
}

/** A part of a file as it is to be heard: a WAV, from `start` to `end` (included). */
export interface Audio {
  size: number;
  pieces(start: number, end: number): AsyncIterable<Buffer>;
}

/** `elsewhere`: the file is on another node; `gone`: there is none any more; `damaged`: it is not what was written, or its key is missing. */
export type OpenedAudio =
  | { result: 'open'; row: RecordingRow; audio: Audio }
  | { result: 'unknown' }
  | { result: 'elsewhere'; row: RecordingRow }
  | { result: 'gone'; row: RecordingRow }
  | { result: 'damaged'; row: RecordingRow };

/** Recordings as people ask for them. */
export interface RecordingService {
  readonly node: string;
  list(query: RecordingQuery): Promise<Page<RecordingRow>>;
  get(recordingId: string): Promise<RecordingRow | null>;
  audio(recordingId: string): Promise<OpenedAudio>;
  /** `busy`: it is being made. */
  remove(recordingId: string): Promise<'removed' | 'unknown' | 'elsewhere' | 'busy'>;
}
