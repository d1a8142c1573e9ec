/**
 * What inbound and outbound legs share: one last event, one guard timer, requests within the dialog, BYE.
 * Once answered both are the same.
 */

import type { HangupReason, LegEvent, LegId } from '../../core/call/leg.ts';
import type { ReferRequest } from '../../core/call/referral.ts';
import type { TransferProgress } from '../../core/call/transfer.ts';
import { allowedMethods } from '../invite-request.ts';
import type { IncomingRequest, IncomingResponse, OutgoingResponse, SendResult } from '../link.ts';
import { formatReason, whyOf } from '../message/reason.ts';
import type { Bond } from './bond.ts';
import { sendBye } from './bye.ts';
import { type DialogAnswer, DialogClient, type DialogRequest } from './dialog-client.ts';
import { DialogRequests } from './dialog-requests.ts';
import type { EndToEndBridge } from './end-to-end-bridge.ts';
import { Ladder } from './ladder.ts';
import { type LegContext, transactionTimeoutMs } from './leg-context.ts';
import { LegMedia } from './leg-media.ts';
import { keeperOf, SilenceWatch } from './leg-session.ts';
import { MediaReturn } from './media-return.ts';
import { Referrals } from './referrals.ts';
import type { Reinvite, ReinviteRequest } from './reinvite.ts';
import { Reinvites } from './reinvites.ts';
import type { SessionKeeper } from './session-keeper.ts';

export type LastEvent = Extract<LegEvent, { type: 'rejected' | 'ended' }>;

export abstract class Leg {
  #legId: LegId;
  readonly media: LegMedia;
  protected readonly context: LegContext;
  protected readonly ladder: Ladder;
  protected readonly session: SessionKeeper;
  readonly #requests: DialogRequests;
  readonly #client: DialogClient;
  #dialogId: string | null = null;
  /** What to say at the end once a hang-up is under way; null: none is. */
  #closing: LastEvent | null = null;
  #over = false;
  #guard: (() => void) | null = null;
  #answeredAt = 0;
  #bond: Bond | null = null;
  readonly #referrals: Referrals;
  #endToEnd: EndToEndBridge | null = null;
  readonly #reinvites: Reinvites;
  readonly #return: MediaReturn;

  constructor(legId: LegId, context: LegContext) {
    this.#legId = legId;
    this.context = context;
    this.ladder = new Ladder(context.wire, () => this.#legId);
    const silence = new SilenceWatch(context);
    this.media = new LegMedia({
      legId: () => this.#legId,
      endpointId: legId,
      context,
      event: (event) => this.emit(event),
      takeBack: () => context.takeBack(this),
      dead: (reason, isFinal) => {
        if (!isFinal && !silence.isAgain()) void this.session.probe();
        else this.#mediaLost(reason);
      },
    });
    this.#client = new DialogClient({
      ...context,
      ...this.ladder,
      dialogId: () => this.#dialogId,
      authorization: (response, request) => this.authorization(response, request),
    });
    this.session = keeperOf(this, context);
    this.#return = new MediaReturn(this, context);
    this.#reinvites = new Reinvites({
      ...context,
      ...this.ladder,
      dialogId: () => (this.isClosing ? null : this.#dialogId),
      isUnacknowledged: () => this.#requests.isUnacknowledged,
      headers: () => ({ ...this.sessionHeaders, ...this.session.refreshHeaders }),
      accepted: (head) => this.session.accepted(head),
      authorization: (response, uri) => this.authorization(response, { method: 'INVITE', uri }),
      update: (update) => this.inDialog(update),
    });
    this.#referrals = new Referrals(this, { ...context, event: (event) => this.emit(event) });
    this.#requests = new DialogRequests({
      media: this.media,
      now: () => this.context.clock.now(),
      isClosing: () => this.isClosing,
      respond: (request, response, done) => this.respond(request, response, done),
      headers: () => this.sessionHeaders,
      forward: (request) => this.#bond?.forward(this, request) ?? false,
      held: (isHeld) => this.partner?.media.hold(isHeld ? this.context.calls().holdMusic : null),
      refer: (request) => this.#referrals.refer(request),
      isAsking: () => this.#reinvites.isAsking,
      refusal: (request) => this.session.refusal(request),
      notified: (request) => this.#referrals.notified(request),
      takeBack: () => void context.takeBack(this),
      passOn: (request, offer) => this.#endToEnd?.request(this, request, offer) ?? false,
    });
  }

  #mediaLost(reason: string): void {
    const hangup = { cause: 41, text: 'Media lost' };
    if (this.#answeredAt === 0) this.hangUp(hangup);
    else this.endDialog(hangup, this.ended('system', reason));
  }

  get legId(): LegId {
    return this.#legId;
  }

  /** From now on it is that leg to everybody outside. */
  rename(legId: LegId): void {
    this.#legId = legId;
  }

  /** Call-ID and tags as our side has them. */
  abstract get dialogNames(): { callId: string; localTag: string; remoteTag: string };

  /** How the transfer goes that this leg has asked for. */
  transfer(transferId: string, progress: TransferProgress): void {
    this.#referrals.transfer(transferId, progress);
  }

  /** Has the peer call somebody else. */
  refer(referId: string, request: ReferRequest): void {
    this.#referrals.ask(referId, request);
  }

  /** Whom this leg talks to; an earlier one talks to nobody then. */
  bindTo(bond: Bond): void {
    this.#bond?.dissolve();
    this.#bond = bond;
  }

  unbind(bond: Bond): void {
    if (this.#bond === bond) this.#bond = null;
  }

  get partner(): Leg | null {
    return this.#bond?.partnerOf(this) ?? null;
  }

  sendDigit(digit: string): void {
    this.media.endpoint?.sendDigit(digit);
  }

  /** No INVITE. */
  request(request: DialogRequest): Promise<DialogAnswer> {
    if (this.isClosing || this.#dialogId === null) return Promise.resolve({ type: 'lost', text: 'the call is over' });
    return this.#client.request(request);
  }

  /** The Call-ID is ours: who has made it waits longer after glare (RFC 3261 14.1). */
  abstract get ownsCallId(): boolean;
  /** Host part of numbers at the peer's; null: it has none of its own, as a phone of ours. */
  abstract get peerDomain(): string | null;
  /** Our From or To in this dialog. */
  abstract get localUri(): string;
  /** Where the peer is. */
  abstract get peer(): { host: string; protocol: string };
  /** The one that our Contact names. */
  protected abstract get transport(): string;
  /** Ends the leg from whatever state it is in; `Calls.hangUp`. */
  abstract hangUp(reason: HangupReason): void;

  get isOver(): boolean {
    return this.#over;
  }

  get isClosing(): boolean {
    return this.#closing !== null || this.#over;
  }

  /** Epoch milliseconds; 0: not yet. */
  get answeredAt(): number {
    return this.#answeredAt;
  }

  get dialogId(): string | null {
    return this.#dialogId;
  }

  get remote(): string {
    return this.ladder.remote;
  }

  protected setDialog(dialogId: string): void {
    if (dialogId === '' || this.#dialogId === dialogId) return;
    this.#dialogId = dialogId;
    if (!this.#over) this.context.bind(dialogId, this);
  }

  protected emit(event: LegEvent): void {
    if (this.#over) return;
    if (event.type === 'answered') this.#answeredAt = this.context.clock.now();
    this.context.event(event);
  }

  protected ended(by: 'remote' | 'local' | 'system', text: string): Extract<LegEvent, { type: 'ended' }> {
    return { type: 'ended', legId: this.legId, by, text };
  }

  /** Runs `expired` when the present wait has lasted too long; a new guard replaces the old one. */
  protected guard(ms: number, expired: () => void): void {
    this.#guard?.();
    this.#guard = this.context.clock.after(ms, () => {
      if (!this.#over) expired();
    });
  }

  protected stopGuard(): void {
    this.#guard?.();
    this.#guard = null;
  }

  /** Emits the last event, once, after everything that the leg held has been given back. */
  protected finish(last: LastEvent): void {
    if (this.#over) return;
    this.#referrals.ending(last);
    this.lost();
    this.context.event(last.type === 'ended' ? this.media.withQuality(last) : last);
  }

  /** The control connection is gone: there is nothing left to send on, and how the leg ends nobody knows. */
  lost(): void {
    if (this.#over) return;
    // Whoever has a recording of it is told that it is over
    this.media.listening.close();
    this.#over = true;
    this.session.stop();
    this.#client.close();
    this.#bond?.dissolve();
    this.#referrals.stop();
    this.#endToEnd?.leave();
    this.stopGuard();
    this.media.close();
    this.context.release(this);
  }

  /** BYE, and `last` when it has its final response or 64*T1 have passed. */
  protected endDialog(reason: HangupReason, last: LastEvent): void {
    if (this.isClosing) return;
    this.#closing = last;
    this.session.stop();
    // What the peer still waits for comes first: no BYE before an ACK
    this.#endToEnd?.leave();
    this.media.close();
    this.guard(transactionTimeoutMs, () => this.finish(last));
    this.sendBye({ Reason: formatReason({ protocol: 'Q.850', ...reason }) }, last);
  }

  protected sendBye(headers: Record<string, string>, last: LastEvent): void {
    if (this.#dialogId === null) {
      this.finish(last);
      return;
    }
    sendBye({
      link: this.context.link,
      dialogId: this.#dialogId,
      headers,
      ...this.ladder,
      authorization: (response, request) => this.authorization(response, request),
      done: () => this.finish(last),
    });
  }

  /** Credentials for a challenged request of ours in the dialog; null: there are none. */
  protected authorization(
    _response: IncomingResponse,
    _request: { method: string; uri: string },
  ): { name: string; value: string } | null {
    return null;
  }

  /** What a session description of ours travels with. */
  get sessionHeaders(): Record<string, string> {
    const contact = this.context.addresses.contact(this.transport);
    return { Allow: allowedMethods, ...(contact === null ? {} : { Contact: contact }) };
  }

  get isEndToEnd(): boolean {
    return this.#endToEnd !== null;
  }

  /** Offers of this peer are answered by us again. */
  leaveEndToEnd(): void {
    this.#endToEnd?.leave();
    this.#endToEnd = null;
  }

  /** The bridge that answers offers of this peer; an earlier one is undone. */
  joinEndToEnd(bridge: EndToEndBridge): void {
    this.#endToEnd?.leave();
    this.#endToEnd = bridge;
  }

  readonly reinvite = (request: ReinviteRequest): Reinvite | null => this.#reinvites.ask(request);

  /** Media flows between the peer and us again. @returns whether it does */
  takeMediaBack(): Promise<boolean> {
    this.leaveEndToEnd();
    return this.#return.take();
  }

  /** Ends the leg at once; its BYE goes out, but nobody waits for the answer of a peer that gives none. */
  abandon(reason: HangupReason, text: string): void {
    if (this.isClosing) return;
    const last = this.ended('system', text);
    this.#closing = last;
    this.#endToEnd?.leave();
    this.sendBye({ Reason: formatReason({ protocol: 'Q.850', ...reason }) }, last);
    this.finish(last);
  }

  /** The ACK of a 2xx of ours; the body is an answer if the 2xx carried our offer. */
  protected abstract acknowledged(request: IncomingRequest): void;

  /** Any request of this leg's dialog. */
  inDialog(request: IncomingRequest): void {
    this.ladder.receivedLine(request.method, request);
    if (request.unsolicited) this.remoteEnd('system', request);
    else if (request.method === 'BYE') {
      // RFC 3261 15.1.2: what is still being asked is answered; and with our 200 the engine has no dialog for an ACK any more
      this.#endToEnd?.leave();
      this.respond(request, { status: 200 });
      this.remoteEnd('remote', request);
    } else if (request.method === 'ACK') {
      this.#requests.acknowledged(request);
      this.#endToEnd?.acknowledged(this, request);
      this.acknowledged(request);
    } else this.#requests.answer(request);
  }

  /** A BYE that crosses ours (RFC 5407 3.1.5) ends the leg too; who hung up first stays who ended it. */
  protected remoteEnd(by: 'remote' | 'system', request: IncomingRequest): void {
    const { text, q850Cause } = whyOf(request.head.all('reason'));
    const last = this.ended(by, text);
    this.finish(this.#closing ?? (q850Cause === null ? last : { ...last, q850Cause }));
  }

  respond(request: IncomingRequest, given: OutgoingResponse, done?: (result: SendResult) => void): void {
    const isRefresh = request.method === 'INVITE' || request.method === 'UPDATE';
    const timed = isRefresh && given.status >= 200 && given.status < 300 ? this.session.answered(request) : {};
    const response = { ...given, headers: { ...given.headers, ...timed } };
    this.ladder.respond(request, response, done);
  }
}
