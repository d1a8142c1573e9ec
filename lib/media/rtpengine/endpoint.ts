/**
 * One side of a call on an rtpengine. What is wanted of it (whom it is bridged with, whether it hears a prompt or holds) is
 * kept here at once; a queue of commands brings rtpengine there, one after the other.
 */

import { shownPrompt } from '../../core/flow/prompt.ts';
import type { Log } from '../../ports/log.ts';
import type { MediaEndpoint, MediaEndpointEvents, MediaEndpointOptions } from '../../ports/media.ts';
import { KeyFlood } from '../embedded/key-flood.ts';
import type { Ticker } from '../embedded/ticker.ts';
import { CommandQueue } from './command-queue.ts';
import type { HeardKey } from './dtmf-log.ts';
import { InnerParty } from './inner-party.ts';
import type { KeySender } from './key-sender.ts';
import type { MediaServer, ServedEndpoint } from './media-server.ts';
import { isUnknownCall, NgCall, PEER_TAG } from './ng-call.ts';
import { PeerCopy } from './peer-copy.ts';
import { type InnerSide, type PeerAgreement, PeerSession } from './peer-session.ts';
import { familyOf } from './place.ts';
import { Playback } from './playback.ts';
import type { PromptFiles } from './prompt-files.ts';
import { SilenceWatch } from './silence-watch.ts';

export interface RtpengineEndpointParts {
  server: MediaServer;
  /** Unguessable: who knows it could make up keys. */
  callId: string;
  prompts: PromptFiles;
  keys: KeySender;
  ticker: Ticker;
  /** Of ours, where rtpengine reaches us. */
  localAddress: string;
  log: Log;
  /** Called once. */
  closed(endpoint: RtpengineEndpoint): void;
}

export class RtpengineEndpoint implements MediaEndpoint, ServedEndpoint {
  readonly #parts: RtpengineEndpointParts;
  readonly #events: MediaEndpointEvents;
  readonly #log: Log;
  readonly #session: PeerSession;
  readonly #call: NgCall;
  readonly #inner: InnerParty;
  readonly #playback: Playback;
  readonly #copy: PeerCopy;
  readonly #flood: KeyFlood;
  readonly #queue = new CommandQueue((error) => this.#failed(error));
  readonly #silence = new SilenceWatch();
  /** rtpengine has the call. */
  #isOpen = false;
  /** It has heard the peer's first answer, or its offer. */
  #isConnected = false;
  #partner: RtpengineEndpoint | null = null;
  #joinedOrLeftAtMs = Number.NEGATIVE_INFINITY;
  /** The bridge was made from this side: its codec is spoken within. */
  #leads = false;
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
    this.#inner = new InnerParty(this.#call, this.#session);
    this.#flood = new KeyFlood(this.#log);
    this.#copy = new PeerCopy({ ...parts, call: this.#call, queue: this.#queue, changed: () => this.settle() });
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

  get inner(): Pick<InnerParty, 'placeFor' | 'eventPayload'> {
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
      // Part of it may have been done
      void this.#call.delete();
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

  async play(prompt: string, language: string | null = null): Promise<'played' | 'stopped' | 'failed'> {
    this.stop();
    const reason = this.#obstacle();
    const file = () => this.#parts.prompts.file(prompt, language);
    const result = reason === null ? await this.#playback.play(file) : ({ type: 'failed', reason } as const);
    if (result.type === 'failed')
      this.#log.warn({ prompt: shownPrompt(prompt), reason: result.reason }, 'Prompt not played.');
    return result.type;
  }

  stop(): void {
    this.#playback.stop();
  }

  hear(listener: (frame: Int16Array) => void): () => void {
    return this.#copy.listen(listener);
  }

  sendDigit(digit: string): void {
    const { place, eventPayload: payload } = this.#inner;
    const target = this.#isClosed || payload === null || place === null ? null : { ...place, payload };
    const isSent = target !== null && this.#parts.keys.send(this, digit, target);
    if (!isSent) this.#log.warn({}, 'Key not sent: the peer takes no telephone-event, too many wait, or it is no key.');
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.separate();
    this.#playback.close();
    this.#copy.close();
    this.#queue.add(() => (this.#isOpen ? this.#call.delete() : Promise.resolve()), { evenIfStopped: true });
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
    this.#meet(other);
    other.#meet(this);
    this.#leads = true;
    other.#leads = false;
    this.settle();
    other.settle();
  }

  /** Ends the relay, if there is one. */
  separate(): void {
    const partner = this.#partner;
    if (partner === null) return;
    this.#meet(null);
    partner.#meet(null);
    this.settle();
    partner.settle();
  }

  #meet(partner: RtpengineEndpoint | null): void {
    this.#partner = partner;
    this.#joinedOrLeftAtMs = performance.now();
  }

  /** rtpengine has heard a key. What comes from within is ours or was heard at the other side. */
  heardKey({ tag, digit, durationMs }: HeardKey): void {
    if (tag !== PEER_TAG || this.#isClosed || this.#isLost || !this.#flood.accepts(performance.now())) return;
    const partner = this.#partner;
    // It belongs to what there was when it was pressed; it is told when it is let go
    const isOfBefore = performance.now() - durationMs < this.#joinedOrLeftAtMs;
    if (isOfBefore === (partner !== null)) this.#events.digit(digit);
    else if (partner === null) return;
    // With the same number a key has gone through the bridge as it is
    else if (partner.inner.eventPayload !== this.#inner.eventPayload) partner.sendDigit(digit);
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

  verify(reason: string): void {
    this.#queue.add(async () => {
      if (this.#isOpen && !this.#isClosed && !(await this.#call.isKnown())) this.lost(reason);
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
    if (isUnknownCall(error)) this.lost(`rtpengine ${this.server.name} has ended the call`);
    else this.#log.warn({ error: String(error) }, 'rtpengine has not done what it was asked.');
  }

  /** Why nothing can be played; null: it can. */
  #obstacle(): string | null {
    if (this.#isClosed) return 'the endpoint is closed';
    if (this.#isLost) return 'rtpengine has lost the call';
    return this.#session.agreement === null ? 'no media is agreed' : null;
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
    this.#copy.settle();
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
      await this.#inner.connect(this.#innerSide());
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
    if (!this.#inner.isTold(this.#innerSide())) await this.#exchange();
    await this.#block();
  }

  /** @returns rtpengine's answer to the peer; null: there is nothing in common */
  async #exchange(): Promise<string | null> {
    const done = await this.#inner.exchange(this.#innerSide());
    this.#isOpen = true;
    if (done === null) return null;
    this.#isConnected = true;
    if (done.hasMoved) this.#partner?.settle();
    return done.answer;
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
    const { agreement } = this.#session;
    const partner = this.#partner;
    const others = partner?.agreement?.codec ?? null;
    const own = agreement?.codec ?? null;
    const codec = (partner === null || this.#leads ? (own ?? others) : (others ?? own)) ?? 'PCMA';
    const takesKeys = agreement?.takesKeys === true;
    return { codec, takesKeys, place: partner?.inner.placeFor(this.server) ?? null, isHeard: this.#copy.isWanted };
  }
}
