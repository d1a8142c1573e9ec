/** What is recorded of a leg, and how a recording ends. */

export interface RecordingOptions {
  /**
   * - `person`: what this leg says, one channel
   * - `mixed`: the same and what the leg that it is bridged with says, one channel
   * - `stereo`: the same two, left and right
   */
  what: 'person' | 'mixed' | 'stereo';
  /** Null: as long as the leg lives. */
  maxSeconds: number | null;
  /** Ends once this leg has said nothing for so long; null: silence ends nothing. */
  silenceSeconds: number | null;
}

/**
 * - `stopped`: by `stopRecord`; `maxSeconds`, `silence`: as was asked; `hangup`: the leg is over
 * - `noMedia`: nothing can be heard there (no media, or it goes past us)
 * - `storage`: it could not be written (disk full); `overrun`: it could not be written fast enough
 *
 * The call goes on whatever it was.
 */
export type RecordingEnd = 'stopped' | 'maxSeconds' | 'silence' | 'hangup' | 'noMedia' | 'storage' | 'overrun';
