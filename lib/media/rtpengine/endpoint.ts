/**
 * One side of a call on an rtpengine. What is wanted of it (whom it is bridged with, whether it hears a prompt or holds) is
 * kept here at once; a queue of commands brings rtpengine there, one after the other.
 */

import type { Log } from '../../ports/log.ts';
import type { MediaEndpoint, MediaEndpointEvents, MediaEndpointOptions } from '../../ports/media.ts';
import type { Codec } from '../sdp/remote-description.ts';
import { CommandQueue } from './command-queue.ts';
import { KeyFlood } from './key-flood.ts';
import type { KeySender } from './key-sender.ts';
import type { MediaServer, ServedEndpoint } from './media-server.ts';
import { NgCall, PEER_TAG } from './ng-call.ts';
import { NgError } from './ng-link.ts';
import { type InnerSide, type PeerAgreement, PeerSession } from './peer-session.ts';
import { familyOf, isSamePlace, type Place } from './place.ts';
import { Playback } from './playback.ts';
import type { PromptFiles } from './prompt-files.ts';
import { SilenceWatch } from './silence-watch.ts';

export interface RtpengineEndpointParts {
  server: MediaServer;
  /** Unguessable: who knows it could make up keys. */
  callId: string;
  prompts: PromptFiles;
  keys: KeySender;
  log: Log;
  /** Called once. */
  closed(endpoint: RtpengineEndpoint): void;
}

/** The number that our own offers give telephone-event. */
const OUR_EVENT_PAYLOAD = 101;

export class RtpengineEndpoint implements MediaEndpoint, ServedEndpoint {
  readonly #parts: RtpengineEndpointParts;
  readonly #events: MediaEndpointEvents;
  readonly #log: Log;
  readonly #session: PeerSession;
  readonly #call: NgCall;
  readonly #playback: Playback;
  readonly #flood: KeyFlood;
  readonly #queue = new CommandQueue((error) => this.#failed(error));
  readonly #silence = new SilenceWatch();
  /** rtpengine has the call. */
  #isOpen = false;
  /** It has heard the peer's first answer, or its offer. */
  #isConnected = false;
  #inner: Place | null = null;
  #partner: RtpengineEndpoint | null = null;
  /** The bridge was made from this side: its codec is spoken within. */
  #leads = false;
  /** What rtpengine was told last. */
  #told = '';
  #isBlocked = false;
  /** The answer to an offer, once rtpengine has given it. */
  #prepared: { offer: string; answer: string | null } | null = null;
  /** rtpengine's own words to the peer, the last ones. */
  #answered: string | null = null;
  #isLost = false;
  #isClosed = false;

  constructor(options: MediaEndpointOptions, events: MediaEndpointEvents, parts: RtpengineEndpointParts) {
    this.#parts = parts;
    this.#events = events;
    this.#log = parts.log.child({ endpointId: options.endpointId, rtpengine: parts.server.name });
    const { endpointId, address, profile = null, like } = options;
    const preferred = like instanceof RtpengineEndpoint ? (like.agreement?.codec ?? null) : null;
    this.#session = new PeerSession({ endpointId, address, profile, preferred });
    this.#call = new NgCall(parts.server, parts.callId, familyOf(address));
    this.#flood = new KeyFlood(this.#log);
    this.#playback = new Playback({
      play: (file, isEndless) => this.#call.play(file, isEndless),
      stop: () => this.#call.stopPlaying(),
      isHeard: () => this.#session.agreement?.sending === true,
      enqueue: (run) => this.#queue.add(run),
      changed: () => this.settle(),
    });
  }

  get callId(): string {
    return this.#parts.callId;
  }

  get agreement(): PeerAgreement | null {
    return this.#session.agreement;
  }

  /** Our inner port. */
  get inner(): Place | null {
    return this.#inner;
  }

  get server(): MediaServer {
    return this.#parts.server;
  }

  /**
   * Makes the call at rtpengine, with the peer's offer if there is one.
   * @throws NgError
   */
  async open(remoteOffer: string | null): Promise<void> {
    this.server.add(this);
    try {
      if (remoteOffer !== null) await this.#prepare(remoteOffer);
      else {
        // Nobody listens behind it yet, so nothing is to be sent there
        const inner = this.#session.offer().replace('a=sendrecv', 'a=sendonly');
        const place = await this.#call.offer(inner);
        this.#isOpen = true;
        this.#session.moveTo(place);
      }
    } catch (error) {
      this.server.remove(this);
      if (this.#isOpen || (error instanceof NgError && error.kind === 'unanswered'))
        this.#call.delete().catch(() => {});
      throw error;
    }
  }

  offer(): string {
    return this.#session.offer();
  }

  applyAnswer(sdp: string): boolean {
    if (this.#isClosed || !this.#session.applyAnswer(sdp)) return false;
    this.#agreed();
    return true;
  }

  async prepareAnswer(offerSdp: string): Promise<void> {
    if (this.#isClosed || this.#isLost || this.#prepared?.offer === offerSdp) return;
    await this.#queue.add(async () => {
      if (!this.#isClosed) await this.#prepare(offerSdp);
    });
  }

  answer(offerSdp: string): string | null {
    if (this.#isClosed || this.#prepared?.offer !== offerSdp) return null;
    const { answer } = this.#prepared;
    this.#prepared = null;
    return answer;
  }

  async play(prompt: string): Promise<'played' | 'stopped' | 'failed'> {
    const reason = this.#isClosed
      ? 'the endpoint is closed'
      : this.#isLost
        ? 'rtpengine has lost the call'
        : this.#session.agreement === null
          ? 'no media is agreed'
          : null;
    this.stop();
    if (reason === null) {
      const result = await this.#playback.play(() => this.#parts.prompts.file(prompt));
      if (result.type !== 'failed') return result.type;
      this.#log.warn({ prompt: prompt.slice(0, 100), reason: result.reason }, 'Prompt not played.');
    } else this.#log.warn({ prompt: prompt.slice(0, 100), reason }, 'Prompt not played.');
    return 'failed';
  }

  stop(): void {
    this.#playback.stop();
  }

  sendDigit(digit: string): void {
    const payload = this.#session.agreement?.eventPayload ?? null;
    const isSent =
      !this.#isClosed &&
      payload !== null &&
      this.#inner !== null &&
      this.#parts.keys.send(this, digit, { ...this.#inner, payload });
    if (!isSent) this.#log.warn({}, 'Key not sent: the peer takes no telephone-event, too many wait, or it is no key.');
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.separate();
    this.#playback.close();
    this.#queue.add(async () => {
      if (this.#isOpen) await this.#call.delete();
    });
    this.server.remove(this);
    this.#parts.closed(this);
  }

  /** Resolves when rtpengine has been told everything. */
  async settled(): Promise<void> {
    await this.#queue.done();
  }

  /** Relays between the two from now on; what plays on them ends. */
  join(other: RtpengineEndpoint): void {
    if (this.#isClosed || other.#isClosed || other === this || this.#partner === other) return;
    for (const endpoint of [this, other]) {
      endpoint.separate();
      endpoint.stop();
    }
    this.#partner = other;
    other.#partner = this;
    this.#leads = true;
    other.#leads = false;
    this.settle();
    other.settle();
  }

  /** Ends the relay, if there is one. */
  separate(): void {
    const partner = this.#partner;
    this.#partner = null;
    if (partner === null) return;
    partner.#partner = null;
    this.settle();
    partner.settle();
  }

  /** rtpengine has heard a key. What comes from within is ours or was heard at the other side. */
  heardKey(tag: string, digit: string): void {
    if (tag !== PEER_TAG || this.#isClosed || this.#isLost || !this.#flood.accepts()) return;
    const partner = this.#partner;
    if (partner === null) this.#events.digit(digit);
    // With the same number a key has gone through the bridge as it is
    else if (partner.agreement?.eventPayload !== this.#session.agreement?.eventPayload) partner.sendDigit(digit);
  }

  /** Reports `dead` when RTP was to be expected and none came, and again after each further timeout. */
  checkAlive(mediaTimeoutMs: number): void {
    if (!this.#isConnected) return;
    this.#queue.add(async () => {
      if (this.#isClosed) return;
      const isExpected = this.#session.agreement?.expecting === true;
      const watched = { isExpected, timeoutMs: mediaTimeoutMs };
      if (this.#silence.isSilent(await this.#call.packetsReceived(), watched) && !this.#isClosed)
        this.#events.dead(`no RTP for ${mediaTimeoutMs / 1000} s at rtpengine ${this.server.name}`);
      // What could not be told before
      await this.#tell();
    });
  }

  lost(reason: string): void {
    if (this.#isClosed || this.#isLost) return;
    this.#isLost = true;
    this.#queue.stop();
    this.#playback.fail(reason);
    this.#events.dead(reason, true);
  }

  #failed(error: unknown): void {
    if (this.#isClosed) return;
    if (error instanceof NgError && error.kind === 'refused' && /unknown call-id/i.test(error.message))
      this.lost(`rtpengine ${this.server.name} has ended the call`);
    else this.#log.warn({ error: String(error) }, 'rtpengine has not done what it was asked.');
  }

  async #prepare(offer: string): Promise<void> {
    const before = this.#session.agreement?.sdp ?? null;
    const agreement = this.#session.take(offer);
    this.#prepared = { offer, answer: null };
    if (agreement === null) return;
    const isAsBefore = agreement.sdp === before && this.#isConnected;
    if (!isAsBefore) this.#answered = await this.#exchange();
    if (this.#answered === null && !isAsBefore) return;
    this.#silence.reset();
    this.#prepared = { offer, answer: agreement.isForeign ? this.#answered : this.#session.answer(offer) };
    this.#playback.heardChanged();
    await this.#block();
    this.#partner?.settle();
  }

  /** An answer of the peer's has been taken. */
  #agreed(): void {
    this.#silence.reset();
    if (this.#isConnected) {
      this.#playback.heardChanged();
      this.settle();
      this.#partner?.settle();
      return;
    }
    this.#isConnected = true;
    this.#queue.add(async () => {
      const { agreement } = this.#session;
      if (agreement === null || this.#isClosed) return;
      this.#inner = await this.#call.answer(agreement.sdp);
      const isAsOffered = (agreement.eventPayload ?? OUR_EVENT_PAYLOAD) === OUR_EVENT_PAYLOAD;
      if (isAsOffered) this.#told = this.#toTell({ ...this.#innerSide(), place: null });
      await this.#tell();
      this.#partner?.settle();
    });
  }

  /** What is wanted has changed, here or at the other side of the bridge. */
  settle(): void {
    this.#queue.add(() => this.#tell());
  }

  /** Brings rtpengine to what is wanted now. */
  async #tell(): Promise<void> {
    if (this.#isClosed || !this.#isConnected || this.#session.agreement === null) return;
    if (this.#toTell(this.#innerSide()) !== this.#told) await this.#exchange();
    await this.#block();
  }

  /** @returns rtpengine's answer to the peer; null: there is nothing in common */
  async #exchange(): Promise<string | null> {
    const agreement = this.#session.agreement!;
    const side = this.#innerSide();
    const toTell = this.#toTell(side);
    const innerSdp = (offer: string) => this.#session.inner(offer, side);
    const done = await this.#call.exchange(agreement.sdp, { codec: side.codec, innerSdp });
    this.#isOpen = true;
    if (done === null) return null;
    this.#isConnected = true;
    this.#told = toTell;
    this.#session.moveTo(done.outer);
    const hasMoved = !isSamePlace(this.#inner, done.inner);
    this.#inner = done.inner;
    if (hasMoved) this.#partner?.settle();
    return done.sdp;
  }

  /** While the peer holds, and while a prompt is played to it, it hears nothing of the bridge. */
  async #block(): Promise<void> {
    const isBlocked =
      this.#session.agreement?.sending === false || (this.#playback.isPlaying && this.#partner !== null);
    if (isBlocked === this.#isBlocked) return;
    await this.#call.block(isBlocked);
    this.#isBlocked = isBlocked;
  }

  #innerSide(): InnerSide {
    const agreement = this.#session.agreement;
    const partner = this.#partner;
    const leader = partner === null || this.#leads ? this : partner;
    const codec: Codec = leader.agreement?.codec ?? agreement?.codec ?? 'PCMA';
    return { codec, eventPayload: agreement?.eventPayload ?? null, place: partner?.inner ?? null };
  }

  #toTell(side: InnerSide): string {
    return JSON.stringify([this.#session.agreement?.sdp, side]);
  }
}
