/** The media side of one leg: its endpoint, what is played on it, and its keys. Nothing comes out after `close`. */

import type { LegEvent, LegId } from '../../core/call/leg.ts';
import type { MediaEndpoint, MediaProfile } from '../../ports/media.ts';
import { LocalDescription } from '../message/local-description.ts';
import { KeyPresses } from './key-presses.ts';
import type { LegContext } from './leg-context.ts';

const openTimeoutMs = 5000;
const leastHoldMs = 200;

export interface LegMediaOptions {
  /** The leg's name of the moment. */
  legId: () => LegId;
  endpointId: string;
  context: Pick<LegContext, 'media' | 'clock' | 'log' | 'language'>;
  event(event: LegEvent): void;
  /** @param isFinal there will never be any media again */
  dead(reason: string, isFinal: boolean): void;
}

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
  #bridged = false;
  /** In which this peer was spoken to last. */
  #language: string | null = null;
  /** Counts holds; 0: the other side does not hold. */
  #holdTurn = 0;

  constructor(options: LegMediaOptions) {
    this.#options = options;
  }

  get endpoint(): MediaEndpoint | null {
    return this.#endpoint;
  }

  /** @returns null when it is open; else what was wrong. Never rejects, and ends within 5 s. */
  open(
    address: string,
    {
      like,
      profile,
      offer = null,
    }: { like: MediaEndpoint | null; profile: MediaProfile | null; offer?: string | null },
  ): Promise<MediaProblem | null> {
    const { endpointId, context } = this.#options;
    return new Promise((resolve) => {
      let timedOut = false;
      const cancelAlarm = context.clock.after(openTimeoutMs, () => {
        timedOut = true;
        resolve({ isFull: false, text: 'the media engine did not answer' });
      });
      context.media
        .createEndpoint({ endpointId, address, like, profile, remoteOffer: offer }, this.#events())
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
    this.#endpoint?.stop();
  }

  /** What we have said last, to be said again; null: there is no media. */
  current(): string | null {
    const said = this.#options.context.media.connectsEndToEnd ? this.#local.text : '';
    return said === '' ? this.offer() : said;
  }

  /** The answer to what we have said again. Where media goes past us it is between the two. */
  refreshed(answer: string): void {
    if (!this.#options.context.media.connectsEndToEnd) this.#endpoint?.applyAnswer(answer);
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

  /** Our answer; null: nothing in common. */
  answer(offer: string): string | null {
    return this.#said(this.#endpoint?.answer(offer) ?? null);
  }

  /** Where SDP of others passes, what we say ourselves has to continue it. */
  #said(text: string | null): string | null {
    return text === null || !this.#options.context.media.connectsEndToEnd ? text : this.#local.say(text);
  }

  /** The other side's offer in our session with this peer. */
  passOffer(offer: string): string {
    return this.#local.sayOffer(offer);
  }

  /** The other side's answer to what this peer has offered. */
  passAnswer(answer: string, offer: string): string {
    return this.#local.sayAnswer(answer, offer);
  }

  /** An answer with which nothing flows. */
  decline(offer: string): string {
    return this.answer(offer) ?? this.#local.sayNo(offer);
  }

  /** Media flows both ways between the two; an earlier bridge of either is undone. */
  bridge(other: LegMedia): void {
    if (!this.#endpoint || !other.#endpoint || other === this) return;
    for (const side of [this, other]) {
      side.#unbridge();
      side.#holdTurn = 0;
    }
    this.#options.context.media.bridge(this.#endpoint, other.#endpoint);
    this.#bridged = true;
    other.#bridged = true;
  }

  #unbridge(): void {
    if (this.#bridged && this.#endpoint) this.#options.context.media.unbridge(this.#endpoint);
    this.#bridged = false;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#unbridge();
    this.#endpoint?.close();
    this.#endpoint = null;
  }
}
