import { METHODS } from '../message/methods.ts';
import type { SipMessage } from '../message/sip-message.ts';
import { randomToken } from '../transaction/branch.ts';
import { responseTo } from '../transaction/response.ts';
import type { ServerTransaction } from '../transaction/server-transaction.ts';
import type { Flow } from '../transaction/wire.ts';
import { AcceptedInvites } from './accepted-invites.ts';
import type { Application } from './application.ts';
import type { Core } from './core.ts';
import { Dialog, dialogIdOf } from './dialog.ts';
import { peerOf } from './peer.ts';
import { type Pending, PendingRequests } from './pending-requests.ts';
import { ReliableResponses } from './reliable-responses.ts';
import { buildResponse } from './response-builder.ts';
import type { Reply } from './uac.ts';

const KNOWN = new Set<string>(METHODS);
/** Requests that mean nothing without a dialog (RFC 3261 15.1.2, RFC 3311 5.2, RFC 3262 section 3). */
const ONLY_IN_DIALOG = new Set(['BYE', 'UPDATE', 'PRACK']);
const REFRESHES_TARGET = new Set(['INVITE', 'UPDATE', 'SUBSCRIBE', 'NOTIFY', 'REFER']);

/** Finds what a NOTIFY that is quicker than the 2xx of our SUBSCRIBE belongs to. */
export type EarlyNotify = (notify: SipMessage, flow: Flow) => Dialog | undefined;

/** The server side of the user agent core: requests of peers, the answers of applications to them, ACK and CANCEL. */
export class Uas {
  readonly #core: Core;
  readonly #earlyNotify: EarlyNotify;
  readonly #accepted: AcceptedInvites;
  readonly #pending = new PendingRequests();

  constructor(core: Core, earlyNotify: EarlyNotify) {
    this.#core = core;
    this.#earlyNotify = earlyNotify;
    this.#accepted = new AcceptedInvites(core);
  }

  get pending(): number {
    return this.#pending.size;
  }

  receive(transaction: ServerTransaction): void {
    if (transaction.request.toTag === undefined) this.#receiveNew(transaction);
    else this.#receiveInDialog(transaction);
  }

  /** RFC 3261 9.2. */
  cancel(cancel: ServerTransaction, invite: ServerTransaction | undefined): void {
    const pending = invite === undefined ? undefined : this.#pending.get(invite.id);
    const toTag = pending?.toTag ?? randomToken();
    if (invite === undefined) {
      cancel.respond(responseTo(cancel.request, 481, { toTag }));
      return;
    }
    cancel.respond(responseTo(cancel.request, 200, { toTag }));
    if (pending === undefined || invite.isFinished) return;
    // The dialog's name is told only if the application has answered, which is when it has one.
    const dialogId = invite.status > 100 ? dialogIdOf(invite.request.callId, invite.request.fromTag ?? '') : '';
    this.#refuse(pending, 487);
    const message = cancel.request;
    pending.owner.deliver({
      source: 'network',
      message,
      peer: peerOf(cancel.flow),
      transactionId: invite.id,
      dialogId,
    });
    if (!pending.isInDialog) {
      this.#core.applications.record({ type: 'stop', source: 'network', reason: 'call-canceled', message });
    }
  }

  /** The ACK to a 2xx. */
  acknowledge(ack: SipMessage, flow: Flow): void {
    this.#accepted.acknowledge(ack, flow);
  }

  /** An application's response to a request. */
  respond(transactionId: string, app: SipMessage, reply: Reply): void {
    const pending = this.#pending.get(transactionId);
    if (pending === undefined || pending.transaction.isFinished) {
      reply({ ok: false, reason: 'Response not sent due to unknown transaction' });
      return;
    }
    const { transaction } = pending;
    const forced = transaction.request.toTag === undefined && transaction.status <= 100 ? app.toTag : undefined;
    const toTag = forced ?? pending.toTag;
    const response = buildResponse(this.#core, { transaction, app, toTag });
    if (typeof response === 'string') {
      reply({ ok: false, reason: response });
      return;
    }
    pending.toTag = toTag;
    pending.reliable.prepare(response);
    this.#track(pending, response);
    transaction.respond(response);
    if (response.status >= 200) this.#settle(pending, response);
    else if (response.status > 100) {
      pending.giveUp?.cancel();
      pending.reliable.watch(response, () => this.#refuse(pending, 504));
    }
    const { method, callId, fromTag = '' } = transaction.request;
    const hasDialog = pending.dialog !== undefined || method === 'INVITE' || method === 'SUBSCRIBE';
    const dialogId = hasDialog && method !== 'BYE' ? (pending.dialog?.id ?? dialogIdOf(callId, fromTag)) : '';
    reply({ ok: true, sent: response, peer: peerOf(transaction.flow), transactionId, dialogId });
    this.#recordFinal(pending, response);
    if (response.status >= 200) transaction.release();
  }

  /** The application has gone: nobody will answer, so the callers hear it now. */
  ownerGone(owner: Application): void {
    for (const pending of this.#pending.ownedBy(owner)) this.#refuse(pending, 503);
  }

  #receiveNew(transaction: ServerTransaction): void {
    const { request, flow } = transaction;
    const { method } = request;
    if (ONLY_IN_DIALOG.has(method)) {
      refuse(transaction, 481);
      return;
    }
    const owner = this.#core.applications.next(method);
    if (owner === undefined) {
      refuse(transaction, KNOWN.has(method) ? 503 : 501);
      return;
    }
    this.#expect({ transaction, owner, dialog: undefined });
    const receivedOn = { address: flow.localAddress, port: flow.localPort };
    const peer = peerOf(flow);
    owner.deliver({
      source: 'network',
      message: request,
      peer,
      transactionId: transaction.id,
      dialogId: '',
      receivedOn,
    });
    if (method === 'INVITE') this.#core.applications.record({ type: 'attempt', source: 'network', message: request });
  }

  #receiveInDialog(transaction: ServerTransaction): void {
    const { request, flow } = transaction;
    const dialog = this.#core.dialogs.ofRequest(request) ?? this.#earlyNotify(request, flow);
    if (dialog === undefined) {
      refuse(transaction, 481);
      return;
    }
    const cseq = request.cseq?.number ?? 0;
    // RFC 3261 12.2.2: an older request than the last one is out of order.
    if (!dialog.acceptSeq(cseq)) {
      refuse(transaction, 500);
      return;
    }
    if (!dialog.owner.isOpen) {
      refuse(transaction, request.method === 'BYE' ? 200 : 481);
      return;
    }
    if (request.method === 'INVITE' && this.#pending.inviteOf(dialog) !== undefined) {
      // RFC 3261 14.2: one INVITE at a time.
      const busy = responseTo(request, 500);
      busy.append('Retry-After', String(1 + (cseq % 10)));
      transaction.respond(busy);
      transaction.release();
      return;
    }
    if (request.method === 'PRACK' && this.#pending.inviteOf(dialog)?.reliable.acknowledge(request) !== true) {
      refuse(transaction, 481);
      return;
    }
    this.#expect({ transaction, owner: dialog.owner, dialog });
    dialog.owner.deliver({
      source: 'network',
      message: request,
      peer: peerOf(flow),
      transactionId: transaction.id,
      dialogId: dialog.id,
    });
    if (request.method === 'BYE') {
      this.#core.applications.record({ type: 'stop', source: 'network', reason: 'normal-release', message: request });
    }
  }

  #expect(about: { transaction: ServerTransaction; owner: Application; dialog: Dialog | undefined }): void {
    const { transaction, owner, dialog } = about;
    const { clock, timers, options } = this.#core;
    const isInvite = transaction.request.method === 'INVITE';
    const pending: Pending = {
      transaction,
      owner,
      dialog,
      isInDialog: dialog !== undefined,
      toTag: transaction.request.toTag ?? randomToken(),
      reliable: new ReliableResponses(this.#core, transaction),
      giveUp: undefined,
    };
    this.#pending.add(pending);
    // A non-INVITE client has given up by then, and RFC 4320 4.2 forbids a late 408; an INVITE's caller would ring on for ever.
    pending.giveUp = clock.after(isInvite ? options.unansweredMs : timers.t1x64, () => {
      if (isInvite) this.#refuse(pending, 503);
      else this.#abandon(pending);
    });
  }

  /** Makes, confirms or ends the dialog of an INVITE or SUBSCRIBE by our response (RFC 3261 12.1.1). */
  #track(pending: Pending, response: SipMessage): void {
    const { request, flow } = pending.transaction;
    const { status } = response;
    const isInvite = request.method === 'INVITE';
    if (pending.isInDialog) {
      if (status >= 200 && status < 300 && REFRESHES_TARGET.has(request.method))
        pending.dialog!.refreshTarget(request, flow);
      return;
    }
    const makesDialog =
      (isInvite && status > 100 && status < 300) || (request.method === 'SUBSCRIBE' && status >= 200 && status < 300);
    if (!makesDialog) return;
    if (pending.dialog === undefined) {
      const about = { owner: pending.owner, natDetection: this.#core.options.natDetection };
      const dialog = Dialog.ofUas(request, pending.toTag, about);
      dialog.refreshTarget(request, flow);
      this.#core.dialogs.add(dialog);
      this.#pending.join(pending, dialog);
    }
    if (status >= 200) pending.dialog!.state = 'confirmed';
  }

  /** The final response has gone out. */
  #settle(pending: Pending, response: SipMessage): void {
    const { transaction, dialog } = pending;
    const { method } = transaction.request;
    const isSuccess = response.status < 300;
    this.#drop(pending);
    if (dialog === undefined) return;
    if (method === 'INVITE' && isSuccess) this.#accepted.expectAck(dialog, transaction, response.toBuffer());
    else if (method === 'INVITE' && !pending.isInDialog) this.#core.dialogs.remove(dialog);
    else if (method === 'BYE') this.#ended(dialog);
    else if (dialog.fields.kind === 'SUBSCRIBE') this.#settleSubscription(pending, response);
  }

  #settleSubscription(pending: Pending, response: SipMessage): void {
    const { request } = pending.transaction;
    const dialog = pending.dialog!;
    const isOver = request.method === 'NOTIFY' && /^terminated\b/i.test(request.get('subscription-state') ?? '');
    if (isOver) this.#core.dialogs.remove(dialog);
    else if (request.method === 'SUBSCRIBE' && response.status < 300) {
      const seconds = Number(/^\d{1,9}$/.exec(response.get('expires') ?? request.get('expires') ?? '')?.[0] ?? 3600);
      dialog.expiresAt = this.#core.clock.now() + seconds * 1000 + this.#core.timers.t1x64;
    }
  }

  /** RFC 3261 15.1.2: a BYE also ends what is still being asked in the dialog. */
  #ended(dialog: Dialog): void {
    this.#core.dialogs.remove(dialog);
    for (const pending of this.#pending.of(dialog)) this.#refuse(pending, 487);
  }

  /** The engine itself answers in the application's place. */
  #refuse(pending: Pending, status: number): void {
    const { transaction, toTag, dialog } = pending;
    this.#drop(pending);
    if (!transaction.isFinished) transaction.respond(responseTo(transaction.request, status, { toTag }));
    transaction.release();
    if (dialog !== undefined && !pending.isInDialog) this.#core.dialogs.remove(dialog);
  }

  #abandon(pending: Pending): void {
    this.#drop(pending);
    pending.transaction.abandon();
    if (pending.transaction.request.method === 'BYE' && pending.dialog !== undefined)
      this.#core.dialogs.remove(pending.dialog);
  }

  #drop(pending: Pending): void {
    this.#pending.delete(pending);
    pending.giveUp?.cancel();
    pending.reliable.stop();
  }

  #recordFinal(pending: Pending, response: SipMessage): void {
    if (pending.isInDialog || pending.transaction.request.method !== 'INVITE' || response.status < 200) return;
    const { applications } = this.#core;
    if (response.status < 300)
      applications.record({ type: 'start', source: 'application', role: 'uas', message: response });
    else applications.record({ type: 'stop', source: 'application', reason: 'call-rejected', message: response });
  }
}

function refuse(transaction: ServerTransaction, status: number): void {
  transaction.respond(responseTo(transaction.request, status, { toTag: randomToken() }));
  transaction.release();
}
