/** What is recorded of a leg, whose it is, and how a recording ends. */

import type { PhoneNumber } from '../policy/phone-number.ts';
import type { LegId } from './leg.ts';

/** What a recording belongs to. */
export interface RecordingSubject {
  /** `message`: what a person left; `talk`: of two. */
  kind: 'message' | 'talk';
  /** Null: the person has called, nobody was called back. */
  callbackId: string | null;
  attemptId: string | null;
  /** Whom the leg talks to; null: nobody. */
  otherLegId: LegId | null;
  caller: PhoneNumber;
  inboundNumber: string | null;
  flow: string;
  component: string;
}

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
