/** The RTP of endpoints as they see it: in this thread, or in another one. */

import type { Log } from '../../ports/log.ts';
import type { PromptSound } from '../prompts/prompt-sound.ts';
import type { AgreedMedia } from '../sdp/sdp-session.ts';
import type { RtpFigures } from './rtp-figures.ts';

/** Of one endpoint; it has its sockets until it is closed. */
export interface RtpPath {
  readonly figures: RtpFigures;
  /** A description of the peer was taken. */
  configure(agreed: AgreedMedia): void;
  /** Ends what plays. Resolves when it has ended itself. */
  play(sounds: readonly PromptSound[]): Promise<'played' | 'stopped' | 'failed'>;
  stopPlaying(): void;
  sendKey(key: string): void;
  /** @returns how to stop, which may be called again */
  hear(listener: (frame: Int16Array) => void): () => void;
  /** What comes from the peer is passed on to the peer of another one of the same host; null: to nobody. */
  relayTo(other: RtpPath | null): void;
  close(): void;
}

export interface RtpOpening {
  /** A local one. */
  address: string;
  /** Even. */
  port: number;
  /** Where the peer's SIP comes from or goes to; null: not known. */
  sipAddress: string | null;
  /** The two are likely to be bridged; null: nobody is known. */
  like: RtpPath | null;
  log: Log;
  digit(digit: string): void;
  /** It is gone without having been closed. */
  lost(reason: string): void;
}

/** Where the RTP of all endpoints of an engine is. */
export interface RtpHost {
  start(): Promise<void>;
  /** Rejects with the error of the system (EADDRINUSE, EADDRNOTAVAIL), or a MediaError; nothing stays open then. */
  open(opening: RtpOpening): Promise<RtpPath>;
  /** No thread has room for one more. To be asked each half second. */
  isFull(): boolean;
  /** Milliseconds that each of its own threads was busy, by name. */
  busyMs(): Record<string, number>;
  /** All paths have been closed. */
  stop(): Promise<void>;
}
