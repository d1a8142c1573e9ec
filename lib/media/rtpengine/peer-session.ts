/**
 * What is said to the peer and what it says, in SDP. Plain RTP with G.711 is written here, with the port that rtpengine has
 * for it: it stays short, and keeps its o= and its order. An offer of another kind (SRTP, DTLS, ICE, other codecs) is
 * rtpengine's to answer; its text is passed on. What rtpengine gets of a plain peer is written anew as well, so that no
 * stranger's text reaches its parser without need.
 */

import type { MediaProfile } from '../../ports/media.ts';
import { writeDescription } from '../sdp/local-description.ts';
import { type Codec, type PayloadFormat, type RemoteMedia, readDescription } from '../sdp/remote-description.ts';
import { type AgreedMedia, SdpSession } from '../sdp/sdp-session.ts';
import { familyOf, type Place } from './place.ts';

/** What was agreed with the peer, as far as it matters for what is behind it. */
export interface PeerAgreement {
  /** To be told to rtpengine. */
  sdp: string;
  /** What the inner side best speaks; null: any G.711, as it is transcoded anyway. */
  codec: Codec | null;
  /** The peer takes telephone-event. */
  takesKeys: boolean;
  /** The peer takes RTP from us. */
  sending: boolean;
  /** RTP is to come from it. */
  expecting: boolean;
  /** The peer may send, be it music on hold. */
  receiving: boolean;
  /** rtpengine answers it in its own words. */
  isForeign: boolean;
}

export interface PeerSessionOptions {
  endpointId: string;
  /** Of the peer's family. */
  address: string;
  profile: MediaProfile | null;
  /** Comes first where it may be agreed: whom the peer will talk to has it, so that nothing is transcoded. */
  preferred: Codec | null;
}

const NOWHERE: Place = { address: '127.0.0.1', port: 9 };
const NOWHERE_6: Place = { address: '::1', port: 9 };
/** What rtpengine can answer in kind. */
const PROTOCOLS = /^(?:UDP\/TLS\/)?RTP\/S?AVPF?$/;

export class PeerSession {
  readonly #options: PeerSessionOptions;
  readonly #sdp: SdpSession;
  #agreement: PeerAgreement | null = null;
  #lastRemote: Place | null = null;
  #foreignVersion = 0;

  constructor(options: PeerSessionOptions) {
    const profile = inOrder(options.profile, options.preferred);
    this.#options = { ...options, profile };
    const { endpointId } = options;
    this.#sdp = new SdpSession({ endpointId, profile, ...this.nowhere, direction: 'sendrecv', takesMux: true });
  }

  get agreement(): PeerAgreement | null {
    return this.#agreement;
  }

  /** Where nobody listens. */
  get nowhere(): Place {
    return familyOf(this.#options.address) === 'IP6' ? NOWHERE_6 : NOWHERE;
  }

  /** Where rtpengine waits for the peer. */
  moveTo(place: Place): void {
    this.#sdp.moveTo(place);
  }

  offer(): string {
    return this.#sdp.offer([]);
  }

  /** @returns false when it can't be used */
  applyAnswer(text: string): boolean {
    const agreed = this.#sdp.applyAnswer(text);
    if (agreed === null) return false;
    this.#agreement = this.#plain(agreed);
    return true;
  }

  /** Takes an offer. @returns null when there is nothing in common */
  take(offer: string): PeerAgreement | null {
    const agreement = this.#sdp.answer(offer, []) === null ? this.#foreign(offer) : this.#plain(this.#sdp.agreed!);
    this.#agreement = agreement ?? this.#agreement;
    return agreement;
  }

  /** Our answer to a plain offer that was taken; null: it is rtpengine's to write. */
  answer(offer: string): string | null {
    return this.#sdp.answer(offer, []);
  }

  #plain(agreed: AgreedMedia): PeerAgreement {
    this.#lastRemote = agreed.remote ?? this.#lastRemote;
    const { address, port } = this.#lastRemote ?? this.nowhere;
    const formats: PayloadFormat[] = [];
    for (const [payload, kind] of agreed.receiveKinds.entries()) if (kind !== null) formats.push({ payload, kind });
    // The one that we send goes first; a number beside the peer's own, which it may use all the same, goes last
    const rank = ({ payload, kind }: PayloadFormat) =>
      (kind === agreed.codec ? 0 : 1) + (payload === agreed.sendPayloads[kind] ? 0 : 2);
    formats.sort((a, b) => rank(a) - rank(b));
    const direction = agreed.sending ? (agreed.expecting ? 'sendrecv' : 'recvonly') : 'sendonly';
    return {
      sdp: writeDescription({
        sessionId: '1',
        version: 1,
        address,
        time: '0 0',
        media: [{ type: 'audio', port, protocol: 'RTP/AVP', direction, formats, mux: agreed.mux }],
      }),
      codec: agreed.codec,
      takesKeys: agreed.sendPayloads.event !== null,
      sending: agreed.sending,
      expecting: agreed.expecting,
      receiving: true,
      isForeign: false,
    };
  }

  /** What we have not, rtpengine may have; a trunk that is told which codecs it gets is not given others. */
  #foreign(offer: string): PeerAgreement | null {
    const audio = readDescription(offer)?.media.find(
      (media) => media.type === 'audio' && media.port !== 0 && PROTOCOLS.test(media.protocol),
    );
    if (audio === undefined) return null;
    const { profile } = this.#options;
    const formats = audio.formats.filter(
      ({ kind }) => kind === 'event' || profile?.codecs == null || profile.codecs.includes(kind),
    );
    const codec = (formats.find(({ kind }) => kind !== 'event')?.kind ?? null) as Codec | null;
    if (codec === null && profile?.codecs != null) return null;
    // With Opus it runs at 48 kHz; rtpengine makes the usual one of it
    const takesKeys = profile?.telephoneEvent !== false && /^a=rtpmap:\d+ telephone-event\//im.test(offer);
    const isHeld = audio.address.type === 'hold';
    return {
      sdp: offer,
      codec,
      takesKeys,
      sending: !isHeld && (audio.direction === 'sendrecv' || audio.direction === 'recvonly'),
      expecting: !isHeld && audio.direction === 'sendrecv',
      receiving: audio.direction === 'sendrecv' || audio.direction === 'sendonly',
      isForeign: true,
    };
  }

  /**
   * The inner party's answer to what rtpengine offers it: one audio stream, to a place or nowhere. Its o= is what a foreign
   * peer sees.
   */
  inner(offer: string, { codec, place, takesKeys, isHeard }: InnerSide): InnerAnswer | null {
    const media = readDescription(offer)?.media ?? [];
    const index = media.findIndex(({ type, port }) => type === 'audio' && port !== 0);
    const offered = media[index]?.formats.find(({ kind }) => kind === codec);
    if (offered === undefined) return null;
    const event = takesKeys ? media[index]!.formats.find(({ kind }) => kind === 'event') : undefined;
    const formats = event === undefined ? [offered] : [offered, event];
    const { address, port } = place ?? this.nowhere;
    this.#foreignVersion += 1;
    const sdp = writeDescription({
      sessionId: this.#sdp.sessionId,
      version: this.#foreignVersion,
      address,
      time: '0 0',
      media: media.map((line, at) =>
        at === index
          ? {
              type: 'audio',
              port,
              protocol: 'RTP/AVP',
              direction: innerDirection(line, place !== null || isHeard),
              formats,
              mux: false,
            }
          : { type: 'rejected', media: line.type, protocol: line.protocol, format: line.firstFormat },
      ),
    });
    return { sdp, eventPayload: event?.payload ?? null };
  }
}

/** What the inner party says. */
export interface InnerAnswer {
  sdp: string;
  /** Its number of telephone-event; null: there is none. */
  eventPayload: number | null;
}

/** rtpengine's answer says what the inner party does; the peer is to talk to us even while nobody else listens. */
export function toTalk(answer: string, { sending, receiving }: { sending: boolean; receiving: boolean }): string {
  const direction = sending ? (receiving ? 'sendrecv' : 'sendonly') : receiving ? 'recvonly' : 'inactive';
  return answer.replace(/^a=(?:sendrecv|sendonly|recvonly|inactive)(?=\r?$)/gm, `a=${direction}`);
}

/** What may be agreed, `preferred` first. */
function inOrder(profile: MediaProfile | null, preferred: Codec | null): MediaProfile | null {
  if (preferred === null || (profile?.codecs != null && !profile.codecs.includes(preferred))) return profile;
  const codecs = profile?.codecs ?? (['PCMA', 'PCMU'] as const);
  const others = codecs.filter((codec) => codec !== preferred);
  return { telephoneEvent: profile?.telephoneEvent ?? true, codecs: [preferred, ...others] };
}

export interface InnerSide {
  codec: Codec;
  takesKeys: boolean;
  /** Where the peer's audio goes; null: nowhere. */
  place: Place | null;
  /** We listen to a copy of it, which rtpengine makes of what it passes on. */
  isHeard: boolean;
}

/** As the inner party sees it; one that listens to nobody only sends (prompts and keys), so that nothing is sent to nowhere. */
function innerDirection(offered: RemoteMedia, isTaken: boolean): 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive' {
  const takes = isTaken && (offered.direction === 'sendrecv' || offered.direction === 'sendonly');
  const sends = offered.direction === 'sendrecv' || offered.direction === 'recvonly';
  if (takes) return sends ? 'sendrecv' : 'recvonly';
  return sends ? 'sendonly' : 'inactive';
}
