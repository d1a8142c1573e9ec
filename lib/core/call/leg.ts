/**
 * One vocabulary for every leg, inbound or outbound. SIP's races (200 crossing CANCEL, BYE glare, late 2xx) live inside
 * the leg and never show here.
 *
 * A leg's life as seen from outside:
 *   outbound: dialled -> trying? -> ringing* -> answered -> (digit | playEnded)* -> ended
 *                                            \-> rejected
 *   inbound:  offered -> answered -> (digit | playEnded)* -> ended
 *                    \-> rejected (the final response that we gave is out) | ended (the caller gave up: CANCEL)
 * Exactly one of `rejected` and `ended` is the last event of every leg, at the latest 64*T1 after it was hung up.
 */

import type { CallerId } from '../configuration.ts';
import type { DetectionCause, DetectionResult } from './detection.ts';
import type { MediaQuality } from './media-quality.ts';
import type { RecordingEnd } from './recording.ts';
import type { TransferTarget } from './transfer.ts';

export type LegId = string;

/** How an outbound INVITE ended without an answer. Codes are as on the wire. */
export interface LegResult {
  /**
   * - `final`: a final response came (`status`)
   * - `noResponse`: nothing came before the transaction timed out (Timer B)
   * - `transport`: it could not be sent (connection refused, name not resolved, no such transport)
   * - `cancelled`: we hung up before an answer
   * - `media`: answered, but no common codec or an unusable SDP; the leg has been ended
   * - `notReachable`: an extension with no registered contact
   * - `noCapacity`: nothing was sent, for we have no room for another call (media ports)
   */
  kind: 'final' | 'noResponse' | 'transport' | 'cancelled' | 'media' | 'notReachable' | 'noCapacity';
  /** SIP status; 0 where there was none. */
  status: number;
  phrase: string;
  /** Q.850 cause of the Reason header (RFC 6432), if any. */
  q850Cause: number | null;
  /** Reason's `location` (RFC 8606), if any. */
  location: string | null;
  /** Text of the Reason header, or of the local failure. */
  text: string;
  /** Retry-After in seconds, if any. */
  retryAfterSeconds: number | null;
  /** A 18x had been seen before. */
  rang: boolean;
  /** The rejection promises a callback itself (X-Callback-ID): another system like this one. */
  callsBack?: boolean;
  /** Where to complain of a call that the network blocked: Call-Info of a 608 (RFC 8688), Reason's text of a 603+. */
  redress?: string;
  /** It failed here, by no fault of the peer: the engine was lost, there was no media. */
  ours?: boolean;
}

export type LegEvent =
  /** The INVITE is on the wire. `sent`: what it said; null where nobody looked. */
  | { type: 'dialled'; legId: LegId; callId: string; sent?: SentIdentity | null }
  /** Somebody is there: 100 (embedded engine) or any other provisional response. */
  | { type: 'trying'; legId: LegId }
  | { type: 'ringing'; legId: LegId; status: number }
  /** `extension`: which one has answered, where one or several were dialled. */
  | { type: 'answered'; legId: LegId; extension?: string }
  | { type: 'rejected'; legId: LegId; result: LegResult }
  | {
      type: 'ended';
      legId: LegId;
      by: 'remote' | 'local' | 'system';
      text: string;
      /** Of the peer's BYE or CANCEL, where its Reason has one. */
      q850Cause?: number;
      /** The CANCEL says that the call was answered or declined elsewhere; the caller has not hung up. */
      elsewhere?: true;
      /** The name alone has ended: an attended transfer has put the call in the place of this leg, whose name it has now. */
      continuesAs?: LegId;
      /** Left out: it had no media of ours, or the engine does not say. */
      media?: MediaQuality;
    }
  /** REFER of a leg that talks to another one; `transferId` names it in the answers. */
  | { type: 'transferAsked'; legId: LegId; transferId: string; target: TransferTarget }
  /** One key press, counted once however it came (RFC 4733, INFO). */
  | { type: 'digit'; legId: LegId; digit: string }
  | { type: 'playEnded'; legId: LegId; playId: string; result: 'played' | 'stopped' | 'failed' }
  /**
   * How a REFER of ours went; the leg is still there, and hung up by whoever has asked. `status`: the final one that the peer
   * tells of, its refusal, 202 where it has taken the call over without a word; 408: nothing more came.
   */
  | { type: 'referred'; legId: LegId; referId: string; result: 'transferred' | 'failed'; status: number }
  /** Once for each `detect`, unless that is stopped or the leg ends before. */
  | { type: 'detected'; legId: LegId; detectId: string; result: DetectionResult; cause: DetectionCause }
  /** Once for each `record`. `seconds`: how long it is. `silent`: nothing was said; left out: it is not known. */
  | { type: 'recorded'; legId: LegId; recordingId: string; seconds: number; why: RecordingEnd; silent?: boolean };

/** What to INVITE: a number through a trunk, an extension at its contacts, or what only a configuration names. */
export type DialCandidate =
  | {
      kind: 'trunk';
      trunk: string;
      /** The user part of Request-URI and To, exactly as it is to be sent. */
      user: string;
    }
  | { kind: 'extension'; extension: string }
  /** All contacts of all of them ring as one leg, and the first answer wins. */
  | { kind: 'group'; extensions: string[] }
  /** A SIP URI as the configuration has it, never one that a caller or a peer has a say in. */
  | { kind: 'uri'; uri: string };

/** Why a leg is hung up: `Reason: Q.850;cause=16;text="…"` in BYE, CANCEL or a final response. */
export interface HangupReason {
  cause: number;
  text: string;
}

/** Whom an outbound call shows; the SIP room makes all its headers of it, by the trunk's settings. */
export interface Identity {
  callerId: CallerId;
  /** The inbound number that was dialled, on whose behalf we call; null or left out: none. */
  onBehalfOf?: string | null;
}

/** What an INVITE said of who calls whom, as it left: header values, `requestUri` its first line's. */
export interface SentIdentity {
  requestUri: string;
  from: string;
  pai: string | null;
  ppi: string | null;
  rpid: string | null;
  privacy: string | null;
  diversion: string | null;
  historyInfo: string | null;
  callInfo: string | null;
}
