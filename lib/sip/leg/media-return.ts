/**
 * A leg whose media went past us has it here again: an endpoint, and a re-INVITE that tells the peer of it. What was agreed
 * stays as it is where the peer refuses.
 */

import type { Clock } from '../../ports/clock.ts';
import type { Log } from '../../ports/log.ts';
import { glareWaitMs } from './glare.ts';
import { transactionTimeoutMs } from './leg-context.ts';
import type { LegMedia } from './leg-media.ts';
import type { Reinvite, ReinviteOutcome, ReinviteRequest } from './reinvite.ts';

export interface ReturningLeg {
  readonly legId: string;
  readonly isClosing: boolean;
  readonly ownsCallId: boolean;
  readonly media: LegMedia;
  reinvite(request: ReinviteRequest): Reinvite | null;
  abandon(reason: { cause: number; text: string }, text: string): void;
}

const mostTries = 5;

export class MediaReturn {
  readonly #leg: ReturningLeg;
  readonly #context: { clock: Clock; log: Log; random(): number };
  #present: Promise<boolean> | null = null;

  constructor(leg: ReturningLeg, context: { clock: Clock; log: Log; random(): number }) {
    this.#leg = leg;
    this.#context = context;
  }

  /** @returns whether media flows between the peer and us. Never rejects */
  take(): Promise<boolean> {
    this.#present ??= this.#take().finally(() => {
      this.#present = null;
    });
    return this.#present;
  }

  async #take(): Promise<boolean> {
    const { media, legId } = this.#leg;
    if (this.#leg.isClosing) return false;
    if (media.isOurs) return media.endpoint !== null;
    const wasReleased = media.isReleased;
    const problem = await media.reopen();
    if (problem !== null) {
      this.#context.log.warn({ legId, why: problem.text }, 'media could not be taken back');
      return false;
    }
    for (let tries = 0; tries < mostTries && !this.#leg.isClosing; tries += 1) {
      const outcome = await this.#ask();
      if (outcome === 'accepted') return true;
      if (outcome === 'refused') break;
      await this.#wait(glareWaitMs(this.#leg.ownsCallId, this.#context.random()));
    }
    // Nobody sends to it
    if (wasReleased) media.release();
    return false;
  }

  #ask(): Promise<'accepted' | 'refused' | 'glare'> {
    const { media, legId } = this.#leg;
    const offer = media.returnOffer();
    if (offer === null) return Promise.resolve('refused');
    return new Promise((resolve) => {
      const done = (outcome: ReinviteOutcome) => {
        if (outcome.type === 'accepted') {
          outcome.ack(null);
          const isUsable = outcome.sdp !== null && media.endpoint?.applyAnswer(outcome.sdp) === true;
          resolve(isUsable ? 'accepted' : 'refused');
          return;
        }
        media.refusedOffer();
        this.#context.log.debug({ legId, ...outcome, head: null }, 'a re-INVITE was not accepted');
        // RFC 3261 12.2.1.2: there is no dialog any more
        if (outcome.type === 'lost') this.#leg.abandon({ cause: 102, text: 'No answer to re-INVITE' }, outcome.text);
        resolve(outcome.type === 'refused' && outcome.status === 491 ? 'glare' : 'refused');
      };
      this.#leg.reinvite({ offer, timeoutMs: transactionTimeoutMs, done });
    });
  }

  #wait(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.#context.clock.after(ms, resolve);
    });
  }
}
