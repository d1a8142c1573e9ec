/**
 * One endpoint as rtpengine has it: a call of its own with two parties. `peer` is whom we talk to; `inner` faces us, and is
 * told where the audio of the peer is to go: nowhere, or to the inner port of whom it is bridged with, be that on the same
 * rtpengine or another one. So what changes behind the inner party never moves the port that the peer knows.
 */

import type { MediaServer } from './media-server.ts';
import { type NgAnswer, NgError, type NgValue } from './ng-link.ts';
import { type Place, placeOf } from './place.ts';

/** How the peer's transport differs from plain RTP; what the inner party must be spared. */
const PLAIN_INSIDE = { 'transport-protocol': 'RTP/AVP', ICE: 'remove', DTLS: 'off' } as const;
export const PEER_TAG = 'peer';
const INNER_TAG = 'inner';
/** Of 160 ms each at the least: longer than any call. */
const ENDLESS_REPEATS = 1_000_000;

export class NgCall {
  readonly callId: string;
  readonly server: MediaServer;
  readonly #family: 'IP4' | 'IP6';

  constructor(server: MediaServer, callId: string, family: 'IP4' | 'IP6') {
    this.server = server;
    this.callId = callId;
    this.#family = family;
  }

  /** Opens the port for the peer, who is still to be asked. */
  async offer(innerSdp: string): Promise<Place> {
    const answer = await this.#send('offer', {
      'from-tag': INNER_TAG,
      sdp: innerSdp,
      flags: ['port-latching', 'trust-address', 'asymmetric'],
      'address-family': this.#family,
      ...SHORT_SDP,
      ...PLAIN_INSIDE,
    });
    return placeOf(sdpIn(answer));
  }

  /** The peer's answer to that. */
  async answer(peerSdp: string): Promise<Place> {
    const answer = await this.#send('answer', {
      'from-tag': INNER_TAG,
      'to-tag': PEER_TAG,
      sdp: peerSdp,
      flags: ['port-latching', 'trust-address'],
      ...SHORT_SDP,
    });
    return placeOf(sdpIn(answer));
  }

  /**
   * The peer's side anew, as its offer, and the inner side as the answer. Each may be as it was.
   * @param codec what the inner side speaks; the peer's audio is transcoded if it has another one
   * @param innerSdp made out of what rtpengine offers to the inner party
   * @returns our two ports, and what rtpengine would tell the peer; null: the offer can't be used, or answered
   */
  async exchange(
    peerSdp: string,
    { codec, innerSdp }: { codec: string; innerSdp: (offer: string) => string | null },
  ): Promise<{ inner: Place; outer: Place; sdp: string } | null> {
    const offered = await this.#send('offer', {
      'from-tag': PEER_TAG,
      'to-tag': INNER_TAG,
      sdp: peerSdp,
      flags: ['port-latching', 'trust-address'],
      codec: { transcode: [codec] },
      ...SHORT_SDP,
      ...PLAIN_INSIDE,
    }).catch(nullIfUnusable);
    if (offered === null) return null;
    const offer = sdpIn(offered);
    const inner = innerSdp(offer);
    if (inner === null) return null;
    const answered = await this.#send('answer', {
      'from-tag': PEER_TAG,
      'to-tag': INNER_TAG,
      sdp: inner,
      flags: ['port-latching', 'trust-address', 'asymmetric'],
      'address-family': this.#family,
      ...SHORT_SDP,
    });
    const sdp = sdpIn(answered);
    return { inner: placeOf(offer), outer: placeOf(sdp), sdp };
  }

  /** Nothing of the inner side reaches the peer, or all of it does again. */
  async block(isBlocked: boolean): Promise<void> {
    await this.#send(isBlocked ? 'blockMedia' : 'unblockMedia', { 'from-tag': INNER_TAG });
  }

  /** @returns how long it will be heard; null: it can't be played, and rtpengine says ok all the same */
  async play(file: string, isEndless: boolean): Promise<number | null> {
    const repeats = isEndless ? { 'repeat-times': ENDLESS_REPEATS } : {};
    const { duration } = await this.#send('playMedia', { 'from-tag': PEER_TAG, file, ...repeats });
    return typeof duration === 'number' && duration > 0 ? duration : null;
  }

  async stopPlaying(): Promise<void> {
    await this.#send('stopMedia', { 'from-tag': PEER_TAG });
  }

  async isKnown(): Promise<boolean> {
    try {
      await this.#send('query');
      return true;
    } catch (error) {
      if (isUnknownCall(error)) return false;
      throw error;
    }
  }

  /** How many RTP packets have come from the peer. */
  async packetsReceived(): Promise<number> {
    const { tags } = await this.#send('query');
    return packetsOf(tags);
  }

  /**
   * Where one of our inner ports is on its machine: SDP may carry an advertised address (`--interface=LOCAL!PUBLIC`), to
   * which the machine itself often has no way.
   */
  async near({ address, port }: Place): Promise<Place> {
    const known = this.server.localAddresses.get(address);
    if (known !== undefined) return { address: known, port };
    const { tags } = await this.#send('query');
    const local = localAddressOf(tags, port) ?? address;
    this.server.localAddresses.set(address, local);
    return { address: local, port };
  }

  /** A copy of what the peer says; @returns what it will be like, and the name of the copy. */
  async copy(): Promise<{ sdp: string; tag: string }> {
    const answer = await this.#send('subscribeRequest', {
      'from-tag': PEER_TAG,
      flags: ['trust-address'],
      // What is heard here is G.711, whatever the peer speaks
      codec: { transcode: ['PCMA'] },
      ...SHORT_SDP,
      ...PLAIN_INSIDE,
    });
    return { sdp: sdpIn(answer), tag: String(answer['to-tag'] ?? '') };
  }

  async takeCopy(tag: string, sdp: string): Promise<void> {
    // Without the last one an answer has to name all codecs of the copy
    const flags = ['trust-address', 'asymmetric', 'allow-transcoding'];
    await this.#send('subscribeAnswer', { 'to-tag': tag, sdp, flags });
  }

  async endCopy(tag: string): Promise<void> {
    await this.#send('unsubscribe', { 'to-tag': tag });
  }

  /** Never rejects. */
  async delete(): Promise<void> {
    await this.server.endCall(this.callId);
  }

  #send(command: Parameters<MediaServer['send']>[0], options: Readonly<Record<string, NgValue>> = {}) {
    return this.server.send(command, { 'call-id': this.callId, ...options });
  }
}

const SHORT_SDP = { replace: ['origin', 'session-connection'], 'rtcp-mux': ['demux'] } as const;

function sdpIn(answer: NgAnswer): string {
  const sdp = answer['sdp'];
  return typeof sdp === 'string' ? sdp : '';
}

/** rtpengine has no such call any more. */
export function isUnknownCall(error: unknown): boolean {
  return error instanceof NgError && error.kind === 'refused' && /unknown call-id/i.test(error.message);
}

/** Of an SDP in which it finds no way. */
function nullIfUnusable(error: unknown): null {
  if (error instanceof NgError && error.kind === 'refused' && /\bSDP\b/.test(error.message)) return null;
  throw error;
}

/** A stream as `query` shows it. */
interface QueriedStream {
  'local address'?: unknown;
  'local port'?: unknown;
  stats?: { packets?: unknown };
}

function streamsOf(tags: unknown, tag: string): QueriedStream[][] {
  const party = (tags as Record<string, { medias?: unknown }> | undefined)?.[tag];
  const medias = Array.isArray(party?.medias) ? (party.medias as { streams?: unknown }[]) : [];
  return medias.map(({ streams }) => (Array.isArray(streams) ? (streams as QueriedStream[]) : []));
}

/** The first stream of each medium is its RTP. */
function packetsOf(tags: unknown): number {
  const packets = streamsOf(tags, PEER_TAG).map(([rtp]) => Number(rtp?.stats?.packets ?? 0) || 0);
  return packets.reduce((sum, count) => sum + count, 0);
}

function localAddressOf(tags: unknown, port: number): string | null {
  const stream = streamsOf(tags, INNER_TAG)
    .flat()
    .find((one) => one['local port'] === port);
  const address = stream?.['local address'];
  return typeof address === 'string' && address !== '' ? address : null;
}
