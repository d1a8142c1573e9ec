/** Where recordings go. What stands behind it keeps them: encrypted, for as long as they may be kept. */

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
