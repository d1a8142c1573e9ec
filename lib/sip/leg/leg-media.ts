/** The media side of one leg: its endpoint, what is played on it, and its keys. Nothing comes out after `close`. */

import type { LegEvent, LegId } from '../../core/call/leg.ts';
import type { MediaEndpoint, MediaEndpointOptions, MediaProfile, MediaQuality } from '../../ports/media.ts';
import { LocalDescription } from '../message/local-description.ts';
import { KeyPresses } from './key-presses.ts';
import type { LegContext } from './leg-context.ts';
import { LegListening } from './leg-listening.ts';

const openTimeoutMs = 5000;
const leastHoldMs = 200;

export interface LegMediaOptions {
  /** The leg's name of the moment. */
  legId: () => LegId;
  endpointId: string;
  context: Pick<LegContext, 'media' | 'clock' | 'log' | 'listening' | 'language'>;
  event(event: LegEvent): void;
  /** @param isFinal there will never be any media again */
  dead(reason: string, isFinal: boolean): void;
  /** Media went past us, and is wanted here. @returns whether it is here */
  takeBack(): Promise<boolean>;
}

/** Whom the media is for. */
type LegMediaPeer = Pick<MediaEndpointOptions, 'like' | 'sipAddress' | 'remoteOffer'> & {
  profile: MediaProfile | null;
};

export interface MediaProblem {
  /** All that the engine has is in use: it passes. */
  isFull: boolean;
  text: string;
}

function problemOf(error: unknown): MediaProblem {
  if (!(error instanceof Error)) return { isFull: false, text: 'no media endpoint' };
  const code = 'code' in error ? error.code : null;
  // A port that can't be bound for another cause than its owner is a matter of the address.
  const isFull = code === 'MEDIA_FULL' || (code === 'NO_PORTS' && error.cause === undefined);
  return { isFull, text: error.message };
}

export class LegMedia {
  readonly #options: LegMediaOptions;
  readonly #keys = new KeyPresses();
  readonly #local = new LocalDescription();
  #endpoint: MediaEndpoint | null = null;
  #closed = false;
  /** With what it was opened, to be opened again. */
  #peer: LegMediaPeer = { like: null, profile: null };
  #opened = { address: '', times: 0 };
  /** What we have said last to the peer is our own, and not somebody else's. */
  #saysOwn = true;
  /** The same before the offer that is still without its answer. */
  #didSayOwn = true;
  #isReleased = false;
  /** Counts what is to be played once media is here again. */
  #playTurn = 0;
  readonly listening: LegListening;
  /** Whom media flows to; null: nobody. */
  #other: LegMedia | null = null;
  #quality: MediaQuality | null = null;
  /** In which this peer was spoken to last. */
  #language: string | null = null;
  /** Counts holds; 0: the other side does not hold. */
  #holdTurn = 0;

  constructor(options: LegMediaOptions) {
    this.#options = options;
    const { legId, context, event } = options;
    this.listening = new LegListening({
      legId,
      event,
      listening: context.listening,
      own: () => this.#endpoint,
      other: () => this.#other?.endpoint ?? null,
    });
  }

  /** To be asked once it is closed: then it is known how it was. */
  withQuality<T extends object>(event: T): T & { media?: MediaQuality } {
    return this.#quality === null ? event : { ...event, media: this.#quality };
  }

  get endpoint(): MediaEndpoint | null {
    return this.#endpoint;
  }

  /** @returns null when it is open; else what was wrong. Never rejects, and ends within 5 s. */
  open(
    address: string,
    { like, profile, sipAddress = null, remoteOffer = null }: LegMediaPeer,
  ): Promise<MediaProblem | null> {
    const { context } = this.#options;
    const times = this.#opened.times + 1;
    this.#opened = { address, times };
    this.#peer = { like: null, profile, sipAddress };
    // The one before may still be on its way out
    const endpointId = times === 1 ? this.#options.endpointId : `${this.#options.endpointId}.${times}`;
    return new Promise((resolve) => {
      let timedOut = false;
      const cancelAlarm = context.clock.after(openTimeoutMs, () => {
        timedOut = true;
        resolve({ isFull: false, text: 'the media engine did not answer' });
      });
      context.media
        .createEndpoint({ endpointId, address, like, profile, sipAddress, remoteOffer }, this.#events())
        .then((endpoint) => {
          cancelAlarm();
          if (this.#closed || timedOut) endpoint.close();
          else this.#endpoint = endpoint;
          resolve(this.#closed ? { isFull: false, text: 'the call is over' } : null);
        })
        .catch((error: unknown) => {
          cancelAlarm();
          context.log.warn({ legId: endpointId, error: String(error) }, 'no media endpoint for a call');
          resolve(problemOf(error));
        });
    });
  }

  #events() {
    return {
      digit: (digit: string) => this.press(digit, 'rtp'),
      dead: (reason: string, isFinal = false) => {
        if (!this.#closed) this.#options.dead(reason, isFinal);
      },
    };
  }

  press(digit: string, channel: 'rtp' | 'info'): void {
    const { legId, context, event } = this.#options;
    if (this.#closed || !this.#keys.press(digit, channel, context.clock.now())) return;
    event({ type: 'digit', legId: legId(), digit });
  }

  play(playId: string, prompt: string, language: string | null): void {
    const { legId, event } = this.#options;
    const ended = (result: 'played' | 'stopped' | 'failed') => {
      if (!this.#closed) event({ type: 'playEnded', legId: legId(), playId, result });
    };
    this.#language = language ?? this.#language;
    if (this.#isReleased) {
      const turn = ++this.#playTurn;
      const isWanted = () => this.#playTurn === turn;
      this.#options.takeBack().then((isHere) => {
        if (!isWanted()) ended('stopped');
        else if (isHere) this.play(playId, prompt, language);
        else ended('failed');
      });
      return;
    }
    if (!this.#endpoint) {
      ended('failed');
      return;
    }
    this.#endpoint.play(prompt, language).then(ended, () => ended('failed'));
  }

  /** The other side holds: this one hears the prompt until it is back; null: it is back, or silent. */
  hold(prompt: string | null): void {
    const wasHeld = this.#holdTurn !== 0;
    this.#holdTurn = prompt === null ? 0 : this.#holdTurn + 1;
    if (wasHeld) this.#endpoint?.stop();
    if (prompt !== null) this.#holdOn(prompt, this.#holdTurn);
  }

  #holdOn(prompt: string, turn: number): void {
    const startedAt = this.#options.context.clock.now();
    const language = this.#language ?? this.#options.context.language();
    const again = (result: 'played' | 'stopped' | 'failed') => {
      // A prompt that ends at once is not begun again: no busy loop
      const isSound = result === 'played' && this.#options.context.clock.now() - startedAt >= leastHoldMs;
      if (isSound && this.#holdTurn === turn && !this.#closed) this.#holdOn(prompt, turn);
    };
    this.#endpoint?.play(prompt, language).then(again, () => {});
  }

  stopPlay(): void {
    this.#playTurn += 1;
    this.#endpoint?.stop();
  }

  /** The peer's session is with us: what we have said last is our own. */
  get isOurs(): boolean {
    return this.#saysOwn && !this.#isReleased;
  }

  /** The endpoint was let go: media flows between the peer and somebody else. */
  get isReleased(): boolean {
    return this.#isReleased;
  }

  /** What we have said last, to be said again; null: there is no media. */
  current(): string | null {
    return this.#saysOwn ? this.offer() : this.#local.text;
  }

  /** The answer to what we have said again. Where media goes past us it is between the two. */
  refreshed(answer: string): void {
    if (this.#saysOwn) this.#endpoint?.applyAnswer(answer);
  }

  /** Our offer; null: there is no media any more. */
  offer(): string | null {
    return this.#said(this.#endpoint?.offer() ?? null);
  }

  /** What has to be awaited before `answer` to this offer; null: nothing. Never rejects. */
  prepareAnswer(offer: string): Promise<void> | null {
    const prepared = this.#endpoint?.prepareAnswer?.(offer) ?? null;
    return prepared === null ? null : prepared.catch(() => {});
  }

  /** Our offer to a peer with which others have talked: with as many streams as there were. */
  returnOffer(): string | null {
    const offer = this.#endpoint?.offer() ?? null;
    this.#didSayOwn = this.#saysOwn;
    this.#saysOwn ||= offer !== null;
    return offer === null ? null : this.#local.sayOffer(offer);
  }

  /** Our answer; null: nothing in common. */
  answer(offer: string): string | null {
    return this.#said(this.#endpoint?.answer(offer) ?? null);
  }

  /** Where SDP of others passes, too, what we say ourselves has to continue it. */
  #said(text: string | null): string | null {
    if (text === null) return null;
    this.#saysOwn = true;
    return this.#local.say(text);
  }

  /** The other side's offer in our session with this peer. */
  passOffer(offer: string): string {
    this.#didSayOwn = this.#saysOwn;
    this.#saysOwn = false;
    return this.#local.sayOffer(offer);
  }

  /** The peer has not taken it: the session is as it was. */
  refusedOffer(): void {
    this.#saysOwn = this.#didSayOwn;
  }

  /** The other side's answer to what this peer has offered. */
  passAnswer(answer: string, offer: string): string {
    this.#saysOwn = false;
    return this.#local.sayAnswer(answer, offer);
  }

  /** An answer with which nothing flows, or only between the peer and us. */
  decline(offer: string): string {
    const answer = this.answer(offer);
    if (answer !== null) return answer;
    this.#saysOwn = false;
    return this.#local.sayNo(offer);
  }

  /** The peer's media goes past us: our ports are free. */
  release(): void {
    if (this.#endpoint === null || this.#closed) return;
    this.listening.close('noMedia');
    this.#unbridge();
    this.#isReleased = true;
    this.#quality = this.#endpoint.quality?.() ?? null;
    this.#endpoint.close();
    this.#endpoint = null;
  }

  /** An endpoint as at first, if there is none. */
  async reopen(): Promise<MediaProblem | null> {
    const problem = this.#endpoint !== null ? null : await this.open(this.#opened.address, this.#peer);
    if (problem === null) this.#isReleased = false;
    return problem;
  }

  /** Media flows both ways between the two; an earlier bridge of either is undone. */
  bridge(other: LegMedia): void {
    if (!this.#endpoint || !other.#endpoint || other === this || this.#other === other) return;
    for (const side of [this, other]) {
      side.#unbridge();
      side.#holdTurn = 0;
    }
    this.#options.context.media.bridge(this.#endpoint, other.#endpoint);
    this.#other = other;
    other.#other = this;
    for (const side of [this, other]) side.listening.bridged();
  }

  #unbridge(): void {
    const other = this.#other;
    if (other === null) return;
    if (this.#endpoint) this.#options.context.media.unbridge(this.#endpoint);
    this.#other = null;
    if (other.#other === this) other.#other = null;
    for (const side of [this, other]) side.listening.bridged();
  }

  close(): void {
    if (this.#closed) return;
    this.listening.close();
    this.#closed = true;
    this.#unbridge();
    this.#quality = this.#endpoint?.quality?.() ?? this.#quality;
    this.#endpoint?.close();
    this.#endpoint = null;
  }
}
