/** Media as the SIP room needs it: SDP in and out, prompts, digits, a bridge. SDP is text. */

import type { MediaQuality } from '../core/call/media-quality.ts';
import type { AudioCodec } from '../core/configuration.ts';

export type { MediaQuality };

/** What may be agreed with a peer. */
export interface MediaProfile {
  /** At least one, in the order of preference; null: all that the engine has, and an answer keeps the offer's order. */
  codecs: readonly AudioCodec[] | null;
  /** false: no RFC 4733 keys. */
  telephoneEvent: boolean;
}

export interface MediaEndpointOptions {
  /** Unguessable and unique; used in o= and for logs. */
  endpointId: string;
  /** The address that SDP carries; chosen by the SIP room for the peer (advertised or local). */
  address: string;
  /** Codec agreement with another endpoint of the same engine; only its payload is offered. */
  like: MediaEndpoint | null;
  /** Null or left out: all that the engine has. */
  profile?: MediaProfile | null;
  /**
   * The IP address that its SIP comes from or goes to: RTP from there is more likely the peer's than what comes from anywhere
   * else; null or left out: not known.
   */
  sipAddress?: string | null;
  /**
   * The peer's offer, if it has made one: an engine that is asked over the network then has the answer to it when the
   * endpoint is there.
   */
  remoteOffer?: string | null;
}

export interface MediaEndpointEvents {
  /** An RFC 4733 key, once per press. */
  digit(digit: string): void;
  /**
   * No RTP for the engine's media timeout though nobody holds; said again after each timeout.
   * @param isFinal the engine has lost it: there will never be any again
   */
  dead(reason: string, isFinal?: boolean): void;
}

export interface MediaEndpoint {
  /** Our SDP offer. */
  offer(): string;
  /** @returns false when there is no common codec or the SDP can't be used */
  applyAnswer(sdp: string): boolean;
  /** What has to be awaited before `answer` to this offer; an engine that answers out of itself has no such method. */
  prepareAnswer?(offerSdp: string): Promise<void>;
  /** Our answer to the peer's offer (also re-INVITE, hold); null: no common codec. */
  answer(offerSdp: string): string | null;
  /**
   * Plays to the peer; a second call replaces the first. Resolves when it ended, was stopped or could not be played.
   * @param prompt several, joined by `&`, are played as one, without a gap
   * @param language BCP 47; null or left out: English. A recording that it has not is played in a near one, then in English
   */
  play(prompt: string, language?: string | null): Promise<'played' | 'stopped' | 'failed'>;
  stop(): void;
  /** Sends an RFC 4733 key to the peer. */
  sendDigit(digit: string): void;
  /**
   * What the peer says, while it is listened to: one frame of 160 linear samples (8 kHz) each 20 ms, in order and a little
   * late, silence where nothing came. Also while bridged; by several at once, who share the frame and must not change it.
   * @returns how to stop (it ends with the endpoint, too); null: this engine can't
   */
  hear(listener: (frame: Int16Array) => void): (() => void) | null;
  /** So far; left out: this engine does not know. */
  quality?(): MediaQuality;
  /** Frees the ports (into quarantine). Idempotent. */
  close(): void;
}

/** A machine beside us that media is left to. */
export interface MediaServerStatus {
  name: string;
  isUp: boolean;
  endpoints: number;
  /** How often it was found to have been started anew. */
  restarts: number;
  commands: number;
  /** Sent again, as no answer came. */
  resent: number;
  unanswered: number;
}

export interface MediaEngine {
  readonly name: 'embedded' | 'rtpengine' | 'none';
  /**
   * true: no RTP passes here, and `bridge` alone lets nobody hear anything. Two legs are then connected end to end, each
   * with the other's SDP (RFC 3725).
   */
  readonly connectsEndToEnd: boolean;
  start(): Promise<void>;
  /** Rejects with an Error with code `NO_PORTS` or `MEDIA_FULL`. */
  createEndpoint(options: MediaEndpointOptions, events: MediaEndpointEvents): Promise<MediaEndpoint>;
  /** Relays both ways, DTMF events included; ends what plays on them. */
  bridge(a: MediaEndpoint, b: MediaEndpoint): void;
  unbridge(a: MediaEndpoint): void;
  /** true if the prompt, with all its parts, is known and can be played; in English where the language has it not. */
  hasPrompt(prompt: string, language?: string | null): boolean;
  /**
   * Ports are counted in pairs, RTP and RTCP. `capacity`: so many endpoints there may be at this moment, those in use
   * included; left out: nobody knows.
   */
  stats(): { endpoints: number; portsInUse: number; portsInQuarantine: number; capacity?: number };
  /** Milliseconds that each of its threads was busy, by name; one without threads has no such method, or none to name. */
  busyMs?(): Record<string, number>;
  /** An engine without servers beside us has no such method. */
  servers?(): MediaServerStatus[];
  stop(): Promise<void>;
}
