/** The REFERs that one leg sends, one at a time. */

import type { TransferProgress } from '../../core/call/transfer.ts';
import type { IncomingRequest, OutgoingResponse } from '../link.ts';
import { readReferTo } from '../message/refer-to.ts';
import type { Leg } from './leg.ts';
import type { LegContext } from './leg-context.ts';
import { Referral } from './referral.ts';

export class Referrals {
  readonly #leg: Leg;
  readonly #context: Pick<LegContext, 'clock' | 'event' | 'findDialog' | 'join'>;
  #count = 0;
  #open: Referral | null = null;
  /** The call whose other side is to take this one's place. */
  #replaced: Leg | null = null;

  constructor(leg: Leg, context: Pick<LegContext, 'clock' | 'event' | 'findDialog' | 'join'>) {
    this.#leg = leg;
    this.#context = context;
  }

  /** @returns null: it is answered when somebody has decided */
  refer(request: IncomingRequest): OutgoingResponse | null {
    const asked = readReferTo(request.head);
    if (this.#leg.partner === null || this.#open !== null) return { status: 603 };
    if (asked.type === 'invalid') return { status: asked.status };
    const replaced = asked.replaces === null ? null : this.#context.findDialog(asked.replaces);
    if (asked.replaces !== null && (replaced === null || !this.#isTheirs(replaced))) return { status: 481 };
    this.#replaced = replaced;
    const { legId } = this.#leg;
    this.#count += 1;
    const transferId = `${legId}.refer${this.#count}`;
    this.#begin(request, { transferId, wantsNotify: asked.wantsNotify });
    const target = replaced === null ? ({ kind: 'user', user: asked.user } as const) : ({ kind: 'call' } as const);
    this.#context.event({ type: 'transferAsked', legId, transferId, target });
    return null;
  }

  /** A call of the same phone, with somebody on its other side. */
  #isTheirs(replaced: Leg): boolean {
    return replaced !== this.#leg && replaced.partner !== null && hostOf(replaced.remote) === hostOf(this.#leg.remote);
  }

  #begin(request: IncomingRequest, about: { transferId: string; wantsNotify: boolean }): void {
    const leg = this.#leg;
    this.#open = new Referral({
      ...about,
      request,
      clock: this.#context.clock,
      respond: (one, response) => leg.respond(one, response),
      notify: (notify) => leg.request(notify),
      done: (isHandedOver) => {
        this.#open = null;
        this.#replaced = null;
        if (isHandedOver) leg.hangUp({ cause: 16, text: 'Transferred' });
      },
    });
  }

  transfer(transferId: string, progress: TransferProgress): void {
    if (this.#open?.transferId !== transferId) return;
    const isImpossible = progress.type === 'join' && !this.#join();
    this.#open.progress(isImpossible ? { type: 'failed', status: 481 } : progress);
  }

  /** Both others have been talked to by one phone: they talk to each other now. */
  #join(): boolean {
    const replaced = this.#replaced;
    if (this.#leg.partner === null || replaced === null || replaced.partner === null || replaced.isClosing)
      return false;
    this.#context.join(this.#leg, replaced);
    return true;
  }

  stop(): void {
    this.#open?.stop();
    this.#open = null;
  }
}

/** `udp/192.0.2.1:5060` without its port: a phone may have several. */
function hostOf(peer: string): string {
  return peer.slice(peer.indexOf('/') + 1, peer.lastIndexOf(':'));
}
