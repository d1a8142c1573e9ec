/** How a leg keeps its session: what the keeper asks for, in the leg's own requests. */

import type { DialogAnswer, DialogRequest } from './dialog-client.ts';
import { type LegContext, transactionTimeoutMs } from './leg-context.ts';
import type { LegMedia } from './leg-media.ts';
import type { Reinvite, ReinviteOutcome, ReinviteRequest } from './reinvite.ts';
import { SessionKeeper } from './session-keeper.ts';

export interface KeptLeg {
  readonly ownsCallId: boolean;
  readonly media: LegMedia;
  readonly sessionHeaders: Record<string, string>;
  request(request: DialogRequest): Promise<DialogAnswer>;
  reinvite(request: ReinviteRequest): Reinvite | null;
  abandon(reason: { cause: number; text: string }, text: string): void;
}

export function keeperOf(leg: KeptLeg, context: LegContext): SessionKeeper {
  const { clock, random, showsTrying, calls } = context;
  return new SessionKeeper({
    clock,
    random,
    settings: () => calls().sessionTimers,
    speaks: showsTrying,
    ownsCallId: () => leg.ownsCallId,
    update: (headers) => leg.request({ method: 'UPDATE', headers: { ...leg.sessionHeaders, ...headers }, body: null }),
    reinvite: () => refreshed(leg),
    lost: (text) => leg.abandon({ cause: 102, text: 'Session expired' }, text),
  });
}

/** A re-INVITE that changes nothing. */
function refreshed(leg: KeptLeg): Promise<ReinviteOutcome> {
  return new Promise((resolve) => {
    const offer = leg.media.current();
    const done = (outcome: ReinviteOutcome) => {
      if (outcome.type === 'accepted') {
        outcome.ack(null);
        if (outcome.sdp !== null) leg.media.refreshed(outcome.sdp);
      }
      resolve(outcome);
    };
    if (offer === null) done({ type: 'refused', status: 488, retryAfterSeconds: null, head: null });
    else leg.reinvite({ offer, timeoutMs: transactionTimeoutMs, done });
  });
}

/** Somebody whose media has stopped may be asked once; who stays silent is gone. */
export class SilenceWatch {
  readonly #context: Pick<LegContext, 'clock' | 'calls'>;
  #silentSince = Number.NEGATIVE_INFINITY;

  constructor(context: Pick<LegContext, 'clock' | 'calls'>) {
    this.#context = context;
  }

  /** @returns true when he has been asked before */
  isAgain(): boolean {
    const now = this.#context.clock.now();
    const isAgain = now - this.#silentSince < 1500 * this.#context.calls().mediaTimeoutSeconds;
    this.#silentSince = now;
    return isAgain;
  }
}
