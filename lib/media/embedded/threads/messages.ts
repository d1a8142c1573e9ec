/** What a thread of the RTP is told, and what it tells. A path is named by a number that its thread never has twice. */

import type { MessagePort } from 'node:worker_threads';
import type { PromptSound } from '../../prompts/prompt-sound.ts';
import type { PayloadKind } from '../../sdp/remote-description.ts';
import type { AgreedMedia } from '../../sdp/sdp-session.ts';

/** Its `workerData`. */
export interface MediaThreadData {
  /** Where the time of the thread begins that asks when a peer was heard. */
  timeStartMs: number;
}

export type ToMediaThread =
  /** `opened` or `notOpened` comes back. */
  | {
      type: 'open';
      id: number;
      address: string;
      port: number;
      sipAddress: string | null;
      /** Of its figures. */
      memory: SharedArrayBuffer;
    }
  | { type: 'configure'; id: number; agreed: AgreedMedia }
  /** `played` comes back, unless it is stopped before. */
  | { type: 'play'; id: number; playId: number; sounds: readonly PromptSound[] }
  | { type: 'stopPlaying'; id: number }
  | { type: 'sendKey'; id: number; key: string }
  /** `heard` comes back each 20 ms. */
  | { type: 'hear'; id: number; isHeard: boolean }
  /** To a path of this thread, or through a port to one of another thread; null: to nobody. */
  | { type: 'relayTo'; id: number; to: number | MessagePort | null }
  | { type: 'relayFrom'; id: number; from: MessagePort }
  | { type: 'close'; id: number }
  /** All that is open is closed, and the thread ends. */
  | { type: 'stop' };

export type FromMediaThread =
  /** The first one. */
  | { type: 'ready' }
  | { type: 'opened'; id: number }
  | { type: 'notOpened'; id: number; code: string | undefined; message: string }
  | { type: 'digit'; id: number; digit: string }
  | { type: 'played'; id: number; playId: number }
  /** A frame of 160 samples of each path, in that order. */
  | { type: 'heard'; ids: number[]; samples: Int16Array }
  | { type: 'warning'; id: number; fields: object; text: string };

/** From thread to thread, where the two sides of a bridge are in different ones. */
export interface CrossingPacket {
  packet: Uint8Array;
  kind: PayloadKind;
}
