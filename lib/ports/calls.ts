/** Calls as the application needs them: legs with one vocabulary, whatever SIP and media stand behind it. */

import type { Detection } from '../core/call/detection.ts';
import type { DialRequest } from '../core/call/dial-request.ts';
import type { InboundCall } from '../core/call/inbound-call.ts';
import type { HangupReason, LegEvent, LegId } from '../core/call/leg.ts';
import type { RecordingOptions } from '../core/call/recording.ts';
import type { ReferRequest } from '../core/call/referral.ts';
import type { TransferProgress } from '../core/call/transfer.ts';

export type { DialRequest };

export interface Rejection {
  status: number;
  /** `Reason: PROTOCOL;cause=N;text="…"`; null: none. */
  reason: { protocol: string; cause: number; text: string } | null;
  /** X-Callback-ID; null on every refusal. */
  callbackId: string | null;
  /** Of a 3xx: the host (SIP URI without user) where the same number is to be tried (RFC 3261 8.1.3.4). */
  redirectTo?: string;
  /** Retry-After (RFC 3261 20.33). */
  retryAfterSeconds?: number;
}

export interface BridgeOptions {
  release: boolean;
}

/** One line of a leg's SIP ladder. */
export interface WireMessage {
  legId: LegId;
  at: number;
  direction: 'sent' | 'received';
  /** Method, or status and phrase: `INVITE`, `486 Busy Here`. */
  summary: string;
  /** The other side, `udp/127.0.0.1:5070`; empty when not known. */
  peer: string;
  /** Start line and headers, without what proves who we are. Made when it is asked for; left out: not known. */
  text?: () => string;
}

/** An inbound call is offered once, before any event of its leg. */
export interface CallsListener {
  offered(call: InboundCall): void;
  event(event: LegEvent): void;
  wire(message: WireMessage): void;
  /**
   * The SIP engine is gone, and all legs with it: none of them reports its end, and what becomes of an INVITE that was in
   * flight nobody knows. Until `found` nothing can be dialled.
   */
  lost(): void;
  /** It is there, for the first time or again. */
  found(): void;
}

/** Commands never throw for what the peer or the network does: the leg's events tell. Unknown or ended legs are ignored. */
export interface Calls {
  listen(listener: CallsListener): void;
  dial(request: DialRequest): void;
  /**
   * Gives an offered call its final response.
   * @returns `sent` and the instant it left; `cancelled` if the caller had given up before (487 went out instead)
   */
  reject(
    legId: LegId,
    rejection: Rejection,
  ): Promise<{ result: 'sent'; at: number } | { result: 'cancelled' | 'gone' }>;
  /** Has the caller prove by digest which extension he is: he calls again, as that extension, or not at all. */
  challenge(legId: LegId): void;
  /** Tells an offered call that it rings (180); it is still to be rejected or answered, within 50 s. */
  ring(legId: LegId): void;
  /**
   * Answers an offered call with media; `answered` or `rejected`/`ended` follows.
   * @param source the trunk that it came by, whose codecs count; left out or anything else: all of ours
   */
  answer(legId: LegId, source?: string | null): void;
  /** @param prompt as of `MediaEndpoint.play`. @param language BCP 47; null or left out: English */
  play(legId: LegId, playId: string, prompt: string, language?: string | null): void;
  stopPlay(legId: LegId): void;
  /**
   * Media flows between the two answered legs until one ends.
   * @param options `release`: past us, once both peers have agreed to it; left out: through us
   */
  bridge(a: LegId, b: LegId, options?: BridgeOptions): void;
  /** Answers `transferAsked`. After `answered` the leg is hung up once it has been told; `join` joins two bridges. */
  transfer(legId: LegId, transferId: string, progress: TransferProgress): void;
  /** Has the peer of an answered leg call somebody else; `referred` follows, or the leg's last event. */
  refer(legId: LegId, referId: string, request: ReferRequest): void;
  /** Listens to the leg; `detected` follows once. A second one takes the place of the first, which reports no more. */
  detect(legId: LegId, detectId: string, detection: Detection): void;
  stopDetect(legId: LegId): void;
  /** Records the leg; `recorded` follows once, before the leg's last event. One at a time: a second one ends the first. */
  record(legId: LegId, recordingId: string, options: RecordingOptions): void;
  stopRecord(legId: LegId): void;
  /**
   * Ends the leg in whatever state it is: CANCEL once a provisional response came (RFC 3261 9.1), ACK and BYE on a late
   * 2xx, a final response for an unanswered inbound call, BYE else.
   */
  hangUp(legId: LegId, reason: HangupReason): void;
  /** Source of a request that belongs to nobody: the engine may keep silent towards it for a while. */
  silence(address: string, untilMs: number): void;
}
