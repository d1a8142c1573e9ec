/** The REFERs of one leg, those that its peer sends and those of ours: one at a time of each. */

import type { LegEvent } from '../../core/call/leg.ts';
import type { ReferRequest, ReferTarget } from '../../core/call/referral.ts';
import type { TransferProgress } from '../../core/call/transfer.ts';
import type { IncomingRequest, OutgoingResponse } from '../link.ts';
import { readReferTo } from '../message/refer-to.ts';
import { escapeUser, isWrittenPlainly } from '../message/uri.ts';
import type { LastEvent, Leg } from './leg.ts';
import type { LegContext } from './leg-context.ts';
import { OwnReferral } from './own-referral.ts';
import { Referral } from './referral.ts';

type ReferralContext = Pick<LegContext, 'clock' | 'event' | 'findDialog' | 'join' | 'addresses'>;

/** Who has taken the call over hangs up at once; this is for one that does not. */
const byeTimeoutMs = 2000;

export class Referrals {
  readonly #leg: Leg;
  readonly #context: ReferralContext;
  #count = 0;
  #open: Referral | null = null;
  #own: OwnReferral | null = null;
  /** The call whose other side is to take this one's place. */
  #replaced: Leg | null = null;

  constructor(leg: Leg, context: ReferralContext) {
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

  /** Has the peer call somebody else. */
  ask(referId: string, { target, timeoutSeconds }: ReferRequest): void {
    const failed = (status: number) => this.#tell(referId, { result: 'failed', status });
    const referTo = this.#referTo(target);
    if (referTo === null) return failed(400);
    if (this.#own !== null) return failed(491);
    if (this.#leg.answeredAt === 0) return failed(481);
    const leg = this.#leg;
    this.#own = new OwnReferral({
      clock: this.#context.clock,
      referTo: `<${referTo}>`,
      referredBy: `<${leg.localUri}>`,
      timeoutMs: timeoutSeconds * 1000,
      request: (request) => leg.request(request),
      done: (result) => {
        this.#own = null;
        this.#tell(referId, result);
        if (result.result === 'failed') return;
        this.#context.clock.after(byeTimeoutMs, () => leg.hangUp({ cause: 16, text: 'Transferred' }));
      },
    });
    this.#own.start();
  }

  #tell(referId: string, result: Pick<LegEvent & { type: 'referred' }, 'result' | 'status'>): void {
    this.#context.event({ type: 'referred', legId: this.#leg.legId, referId, ...result });
  }

  /** Null: that can't be written. */
  #referTo(target: ReferTarget): string | null {
    if (target.kind === 'uri') return isWrittenPlainly(target.uri) ? target.uri : null;
    const { peerDomain, peer } = this.#leg;
    const user = escapeUser(target.kind === 'number' ? target.number : target.extension);
    if (target.kind === 'number' && peerDomain !== null) return `sip:${user}@${peerDomain}`;
    // Ours, as this peer sees us; a phone has no other domain than we are
    return this.#context.addresses.contactOf(user, peer);
  }

  /** NOTIFY of the event `refer`. */
  notified(request: IncomingRequest): void {
    this.#own?.notified(request);
  }

  /** The leg's last event comes next. */
  ending(last: LastEvent): void {
    this.#own?.ending(last.type === 'ended' && last.by === 'remote');
  }

  stop(): void {
    this.#open?.stop();
    this.#open = null;
    this.#own?.stop();
    this.#own = null;
  }
}

/** `udp/192.0.2.1:5060` without its port: a phone may have several. */
function hostOf(peer: string): string {
  return peer.slice(peer.indexOf('/') + 1, peer.lastIndexOf(':'));
}
