/**
 * One side of an offer/answer session with a single audio stream (RFC 3264). It holds what was agreed and the o= version;
 * it knows no sockets. A description that can't be used changes nothing.
 */

import { hash } from 'node:crypto';
import { isIPv6 } from 'node:net';
import type { MediaProfile } from '../../ports/media.ts';
import { type LocalMedia, writeDescription } from './local-description.ts';
import {
  type Codec,
  type Direction,
  type PayloadFormat,
  type PayloadKind,
  type RemoteDescription,
  type RemoteMedia,
  readDescription,
} from './remote-description.ts';

export interface SdpSessionOptions {
  endpointId: string;
  /** What o= and c= carry. */
  address: string;
  /** Our RTP port. */
  port: number;
  /** `inactive`: signalling only; no RTP ever flows. */
  direction: 'sendrecv' | 'inactive';
  /** RTCP on the port of RTP is taken where it is offered (RFC 5761); we offer it only once it is agreed. Left out: no. */
  takesMux?: boolean;
  /** What may be agreed, in our order of preference; null or left out: all that we have, in the order of the offerer. */
  profile?: MediaProfile | null;
}

export interface AgreedMedia {
  /** What we send by choice: the first codec in the order of whoever wrote the list. */
  codec: Codec;
  /** The peer's payload number of each kind; null: it does not take it. */
  sendPayloads: Readonly<Record<PayloadKind, number | null>>;
  /** By payload number: what a packet from the peer carries. */
  receiveKinds: readonly (PayloadKind | null)[];
  /** Where its SDP wants the RTP; null: a host name, or hold. */
  remote: { address: string; port: number } | null;
  /** Where its SDP wants RTCP; null: a host name, or hold. */
  control: { address: string; port: number } | null;
  /** RTCP goes where RTP goes. */
  mux: boolean;
  /** The peer wants no reports. */
  noReports: boolean;
  /** The peer takes RTP from us. */
  sending: boolean;
  /** RTP is to come from the peer: neither side holds. */
  expecting: boolean;
}

interface ChosenLine {
  index: number;
  media: RemoteMedia;
  formats: readonly PayloadFormat[];
}

/** All that we have. */
const OURS: readonly PayloadFormat[] = [
  { payload: 8, kind: 'PCMA' },
  { payload: 0, kind: 'PCMU' },
  { payload: 101, kind: 'event' },
];
/** Feedback (RFC 4585) is optional in AVPF: plain RTP is good enough for it. */
const PROTOCOLS: readonly string[] = ['RTP/AVP', 'RTP/AVPF'];

export class SdpSession {
  #options: SdpSessionOptions;
  readonly #family: 4 | 6;
  /** What may be agreed, with our payload numbers, in the order of an offer. */
  readonly #ours: readonly PayloadFormat[];
  readonly #sessionId: string;
  #version = 0;
  #lastBody = '';
  /** Our m= lines as last sent; a later offer keeps their number and order (RFC 3264 8). */
  #lines: LocalMedia[] = [];
  #offered: readonly PayloadFormat[] = [];
  #agreed: AgreedMedia | null = null;

  constructor(options: SdpSessionOptions) {
    this.#options = options;
    this.#family = isIPv6(options.address) ? 6 : 4;
    this.#ours = formatsOf(options.profile ?? null);
    // o= wants digits that are unique (RFC 4566 5.2); the endpoint's id is not shown as it is.
    this.#sessionId = Number.parseInt(hash('sha256', options.endpointId).slice(0, 12), 16).toString();
  }

  get agreed(): AgreedMedia | null {
    return this.#agreed;
  }

  /** What o= calls the session. */
  get sessionId(): string {
    return this.#sessionId;
  }

  /** Where our RTP port is from now on, of the same family. */
  moveTo({ address, port }: { address: string; port: number }): void {
    this.#options = { ...this.#options, address, port };
    this.#lines = this.#lines.map((line) => (line.type === 'audio' ? { ...line, port } : line));
  }

  /** @param codecs what to keep to when nothing was agreed before and one of them may be offered; empty: any */
  offer(codecs: readonly Codec[]): string {
    const previous = this.#lines.find((line) => line.type === 'audio');
    // What a payload number means must not change within a session (RFC 3264 8.3.2).
    const formats = this.#agreed !== null && previous !== undefined ? previous.formats : keptTo(this.#ours, codecs);
    const audio: LocalMedia = {
      type: 'audio',
      port: this.#options.port,
      protocol: previous?.protocol ?? 'RTP/AVP',
      direction: this.#options.direction,
      formats,
      mux: this.#agreed?.mux ?? false,
    };
    this.#offered = formats;
    this.#lines = previous === undefined ? [audio] : this.#lines.map((line) => (line === previous ? audio : line));
    return this.#write('0 0');
  }

  /** @returns what is agreed now; null when the answer rejects the stream, has no codec of the offer or can't be used */
  applyAnswer(text: string): AgreedMedia | null {
    const description = readDescription(text);
    const index = this.#lines.findIndex((line) => line.type === 'audio');
    const media = description?.media[index];
    if (media === undefined || !this.#isUsable(media)) return null;
    const offeredKinds = this.#offered.map((format) => format.kind);
    const formats = media.formats.filter((format) => offeredKinds.includes(format.kind));
    const line = this.#lines[index];
    const mux = media.mux && line?.type === 'audio' && line.mux;
    const agreed = this.#agree({ index, media, formats }, this.#offered, mux);
    if (agreed !== null) this.#agreed = agreed;
    return agreed;
  }

  /**
   * @param preferred codecs to keep to if the peer offers one of them; empty: any
   * @returns our answer; null when no line of the offer has a codec of ours
   */
  answer(text: string, preferred: readonly Codec[]): string | null {
    const description = readDescription(text);
    if (description === null) return null;
    const chosen = this.#choose(description, preferred);
    const agreed = chosen === null ? null : this.#agree(chosen, chosen.formats, this.#takesMux(chosen.media));
    if (chosen === null || agreed === null) return null;
    this.#agreed = agreed;
    this.#offered = chosen.formats;
    this.#lines = description.media.map((media, index) =>
      index === chosen.index ? this.#accepted(chosen) : rejected(media),
    );
    return this.#write(description.time);
  }

  /** Only the first audio line that can be used is taken. */
  #choose(description: RemoteDescription, preferred: readonly Codec[]): ChosenLine | null {
    for (const [index, media] of description.media.entries()) {
      if (!this.#isUsable(media)) continue;
      // With the offerer's numbers, and in the offerer's order (RFC 3264 6.1) unless ours was asked for.
      const formats = keptTo(this.#inOrder(media.formats), preferred);
      if (formats.some(({ kind }) => kind !== 'event')) return { index, media, formats };
    }
    return null;
  }

  /** Those of the peer's formats that may be agreed. */
  #inOrder(formats: readonly PayloadFormat[]): PayloadFormat[] {
    const placeOf = (kind: PayloadKind) => this.#ours.findIndex((format) => format.kind === kind);
    const common = formats.filter(({ kind }) => placeOf(kind) >= 0);
    if (this.#options.profile?.codecs == null) return common;
    return common.sort((a, b) => placeOf(a.kind) - placeOf(b.kind));
  }

  #isUsable(media: RemoteMedia): boolean {
    if (media.type !== 'audio' || media.port === 0 || !PROTOCOLS.includes(media.protocol)) return false;
    if (media.address.type === 'literal') return media.address.family === this.#family;
    return media.address.type !== 'unusable';
  }

  #accepted({ media, formats }: ChosenLine): LocalMedia {
    const direction = this.#options.direction === 'inactive' ? 'inactive' : answerDirection(media);
    const mux = this.#takesMux(media);
    return { type: 'audio', port: this.#options.port, protocol: media.protocol, direction, formats, mux };
  }

  #takesMux({ mux }: RemoteMedia): boolean {
    return mux && this.#options.takesMux === true;
  }

  /** @param ours the formats with the numbers that our SDP gives them */
  #agree({ media, formats }: ChosenLine, ours: readonly PayloadFormat[], mux: boolean): AgreedMedia | null {
    const codec = formats.map((format) => format.kind).find((kind) => kind !== 'event');
    if (codec === undefined) return null;
    const sendPayloads: Record<PayloadKind, number | null> = { PCMA: null, PCMU: null, event: null };
    const receiveKinds: (PayloadKind | null)[] = new Array(128).fill(null);
    // The peer has to send our numbers (RFC 3264 5.1), yet some send their own: taken where they mean nothing else.
    for (const { payload, kind } of formats) {
      sendPayloads[kind] = payload;
      receiveKinds[payload] = kind;
    }
    for (const { payload, kind } of ours) {
      if (kind === 'event' || sendPayloads[kind] !== null) receiveKinds[payload] = kind;
    }
    const active = this.#options.direction === 'sendrecv' && media.address.type !== 'hold';
    const { address, port, direction, control } = media;
    const remote = address.type === 'literal' ? { address: address.address, port } : null;
    return {
      codec,
      sendPayloads,
      receiveKinds,
      remote,
      control: remote && {
        address: control?.address ?? remote.address,
        // RFC 3550 11: one above RTP.
        port: mux ? remote.port : (control?.port ?? remote.port + 1),
      },
      mux,
      noReports: media.noReports,
      sending: active && (direction === 'sendrecv' || direction === 'recvonly'),
      expecting: active && direction === 'sendrecv',
    };
  }

  #write(time: string): string {
    const { address } = this.#options;
    const body = (version: number) =>
      writeDescription({ sessionId: this.#sessionId, version, address, time, media: this.#lines });
    // The version rises with every change, and only then: same version, same text (RFC 3264 8).
    if (body(this.#version) !== this.#lastBody) this.#version += 1;
    this.#lastBody = body(this.#version);
    return this.#lastBody;
  }
}

function formatsOf(profile: MediaProfile | null): PayloadFormat[] {
  const codecs = profile?.codecs ?? OURS.map(({ kind }) => kind).filter((kind) => kind !== 'event');
  const audio = codecs.map((codec) => OURS.find(({ kind }) => kind === codec)!);
  return profile?.telephoneEvent === false ? audio : [...audio, ...OURS.filter(({ kind }) => kind === 'event')];
}

/** Without the other codecs, where one of `codecs` is left then: two bridged legs need no transcoding so. */
function keptTo(formats: readonly PayloadFormat[], codecs: readonly Codec[]): readonly PayloadFormat[] {
  const kept = formats.filter(({ kind }) => kind === 'event' || codecs.includes(kind));
  return kept.some(({ kind }) => kind !== 'event') ? kept : formats;
}

function rejected(media: RemoteMedia): LocalMedia {
  return { type: 'rejected', media: media.type, protocol: media.protocol, format: media.firstFormat };
}

/** RFC 3264 6.1; c=0.0.0.0 is the older hold: whatever else it says, the peer takes nothing (8.4). */
function answerDirection({ direction, address }: RemoteMedia): Direction {
  const takes = address.type !== 'hold' && (direction === 'sendrecv' || direction === 'recvonly');
  const sends = direction === 'sendrecv' || direction === 'sendonly';
  if (takes) return sends ? 'sendrecv' : 'sendonly';
  return sends ? 'recvonly' : 'inactive';
}
