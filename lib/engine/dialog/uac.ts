import { randomUUID } from 'node:crypto';
import type { SipMessage } from '../message/sip-message.ts';
import { parseUri } from '../message/uri.ts';
import { responseTo } from '../transaction/response.ts';
import type { Destination, Flow, Target } from '../transaction/wire.ts';
import { trustOf, withoutTrust } from '../transport/uri-transport.ts';
import type { Application, Outcome, Peer } from './application.ts';
import type { Core } from './core.ts';
import { Dialog } from './dialog.ts';
import { localEndFor, repeatAck } from './dialog-sender.ts';
import { settleInDialog } from './in-dialog-response.ts';
import { nextHopOf } from './next-hop.ts';
import { type Failure, OutgoingRequest, type OutgoingUser } from './outgoing-request.ts';
import { peerOf } from './peer.ts';
import { addRoute, buildNewRequest, completeWithBody } from './request-builder.ts';
import { UacDialogs } from './uac-dialogs.ts';

const MADE_UP: Record<Failure, number> = { timeout: 408, unreachable: 503, cancelled: 487 };

export type Reply = (outcome: Outcome) => void;

/** The client side of the user agent core: requests of applications, their responses, CANCEL, and late answers. */
export class Uac implements OutgoingUser {
  readonly #core: Core;
  readonly #dialogs: UacDialogs;
  /** Requests without their final response, by the id that the application has. */
  readonly #byId = new Map<string, OutgoingRequest>();
  /** INVITEs by Call-ID, From tag and CSeq; some are kept for a while after their end, for late answers. */
  readonly #invites = new Map<string, OutgoingRequest>();
  /** Pending SUBSCRIBEs by Call-ID and From tag, for a NOTIFY that is quicker than the 2xx. */
  readonly #subscribes = new Map<string, OutgoingRequest>();

  constructor(core: Core) {
    this.#core = core;
    this.#dialogs = new UacDialogs(core);
  }

  get pending(): number {
    return this.#byId.size;
  }

  /** A request outside of a dialog. `routeUri` is where it goes if that is not its Request-URI. */
  send(owner: Application, about: { app: SipMessage; routeUri: string | undefined }, reply: Reply): void {
    const { app, routeUri } = about;
    const uri = /^[a-z][a-z0-9+.-]*:/i.test(app.uri) ? app.uri : `sip:${app.uri}`;
    const named = routeUri ?? this.#core.options.outboundProxy;
    const hop = nextHopOf(named ?? uri);
    if (hop.kind === 'invalid') {
      reply({ ok: false, reason: `invalid request uri or route: ${routeUri ?? uri}` });
      return;
    }
    if (hop.kind === 'literal') {
      this.#sendTo(owner, { app, uri, routeUri, targets: trusted([hop.destination], named) }, reply);
      return;
    }
    this.#core.resolve(hop.uri, {}).then((targets) => {
      if (targets.length === 0) reply({ ok: false, reason: `unable to resolve ${hop.uri.host}` });
      else if (owner.isOpen) this.#sendTo(owner, { app, uri, routeUri, targets: trusted(targets, named) }, reply);
    });
  }

  /** A CANCEL for a pending INVITE of the application's. */
  cancel(transactionId: string, app: SipMessage, reply: Reply): void {
    const outgoing = this.#byId.get(transactionId);
    const sent = outgoing?.cancel(app);
    if (outgoing === undefined || sent === undefined) {
      reply({ ok: false, reason: 'unable to find transaction to cancel' });
      return;
    }
    reply({ ok: true, sent, peer: localPeer(outgoing), transactionId: randomUUID(), dialogId: '' });
  }

  /** Sends a request of a dialog; `isHeld` prepares it and leaves the moment to the caller. */
  sendInDialog(
    dialog: Dialog,
    about: { owner: Application; request: SipMessage; targets: readonly Target[]; isHeld: boolean },
    reply: Reply,
  ): void {
    const { owner, request, targets, isHeld } = about;
    const local = localEndFor(this.#core, targets[0]!);
    if (local === undefined) {
      reply({ ok: false, reason: 'requested protocol/transport not available' });
      return;
    }
    const outgoing = new OutgoingRequest(this.#core, {
      owner,
      template: request,
      local,
      targets,
      isIdentified: false,
      dialog,
      user: this,
    });
    if (isHeld) dialog.heldRequests.push(() => this.#launch(outgoing));
    else this.#launch(outgoing);
    reply({
      ok: true,
      sent: outgoing.request,
      peer: localPeer(outgoing),
      transactionId: outgoing.transactionId,
      dialogId: dialog.id,
    });
  }

  /** An answer that no transaction wanted (RFC 3261 13.2.2.4 for late 2xx; the rest is courtesy). */
  strayResponse(response: SipMessage, flow: Flow): void {
    if (response.cseq?.method !== 'INVITE') return;
    const outgoing = this.#invites.get(inviteKey(response));
    if (outgoing !== undefined) {
      outgoing.stray(response, flow);
      return;
    }
    const dialog = this.#core.dialogs.ofResponse(response);
    if (dialog !== undefined && response.status >= 200 && response.status < 300) repeatAck(this.#core, dialog);
  }

  /** The dialog of a NOTIFY that overtook the 2xx to our SUBSCRIBE. */
  earlyNotify(notify: SipMessage, flow: Flow): Dialog | undefined {
    if (notify.method !== 'NOTIFY') return undefined;
    const outgoing = this.#subscribes.get(subscribeKey(notify.callId, notify.toTag));
    if (outgoing === undefined) return undefined;
    const { natDetection } = this.#core.options;
    const dialog = Dialog.ofNotify(outgoing.request, notify, { owner: outgoing.owner, natDetection });
    dialog.refreshTarget(notify, flow);
    this.#core.dialogs.add(dialog);
    return dialog;
  }

  /** The application has gone: its calls that ring are cancelled, those that are answered nevertheless are ended. */
  ownerGone(owner: Application): void {
    for (const outgoing of [...this.#byId.values()]) {
      if (outgoing.owner !== owner) continue;
      outgoing.isOrphaned = true;
      outgoing.cancel();
    }
  }

  onResponse(outgoing: OutgoingRequest, response: SipMessage, flow: Flow): void {
    const { status } = response;
    if (status === 100) {
      if (this.#core.options.passTrying) this.#deliver(outgoing, response, flow);
      return;
    }
    if (status < 200) {
      if (outgoing.dialog === undefined) this.#dialogs.takeProvisional(outgoing, response, flow);
      this.#deliver(outgoing, response, flow);
    } else if (outgoing.isInvite && status < 300) this.#accepted(outgoing, response, flow);
    else this.#final(outgoing, response, flow);
  }

  onFailure(outgoing: OutgoingRequest, failure: Failure): void {
    if (outgoing.isInvite) outgoing.isOrphaned = true;
    this.#final(outgoing, responseTo(outgoing.request, MADE_UP[failure]), undefined);
  }

  #sendTo(
    owner: Application,
    about: { app: SipMessage; uri: string; routeUri: string | undefined; targets: readonly Destination[] },
    reply: Reply,
  ): void {
    const { app, uri, routeUri, targets } = about;
    const first = targets[0]!;
    if (this.#core.isOwnAddress(first)) {
      reply({ ok: false, reason: 'can not send request to myself' });
      return;
    }
    const local = localEndFor(this.#core, first);
    if (local === undefined) {
      reply({ ok: false, reason: 'requested protocol/transport not available' });
      return;
    }
    const { request: template, isIdentified } = buildNewRequest(app, uri, local);
    // RFC 3261 8.1.2: an outbound proxy is a route set of one, which it takes itself out of
    if (routeUri !== undefined && app.has('route')) addRoute(app, template);
    else if (routeUri !== undefined && isLooseRoute(routeUri))
      template.append('Route', `<${withoutTrust(routeUri.trim())}>`);
    const problem = completeWithBody(app, template);
    if (problem !== undefined) {
      reply({ ok: false, reason: problem });
      return;
    }
    const outgoing = new OutgoingRequest(this.#core, {
      owner,
      template,
      local,
      targets,
      isIdentified,
      dialog: undefined,
      user: this,
    });
    if (!this.#launch(outgoing)) {
      reply({ ok: false, reason: 'the same request is already under way' });
      return;
    }
    reply({
      ok: true,
      sent: outgoing.request,
      peer: localPeer(outgoing),
      transactionId: outgoing.transactionId,
      dialogId: '',
    });
    if (outgoing.isInvite)
      this.#core.applications.record({ type: 'attempt', source: 'application', message: outgoing.request });
  }

  #launch(outgoing: OutgoingRequest): boolean {
    this.#byId.set(outgoing.transactionId, outgoing);
    const { request } = outgoing;
    if (outgoing.isInvite) this.#invites.set(inviteKey(request), outgoing);
    if (request.method === 'SUBSCRIBE') this.#subscribes.set(subscribeKey(request.callId, request.fromTag), outgoing);
    if (outgoing.start()) return true;
    this.#byId.delete(outgoing.transactionId);
    return false;
  }

  #accepted(outgoing: OutgoingRequest, response: SipMessage, flow: Flow): void {
    const isWanted = outgoing.owner.isOpen && !outgoing.isFinal;
    if (outgoing.dialog !== undefined) {
      this.#reInviteAccepted(outgoing, response, flow);
      return;
    }
    if (isWanted) {
      this.#dialogs.confirm(outgoing, response, flow);
      this.#finish(outgoing);
      this.#deliver(outgoing, response, flow);
      this.#core.applications.record({ type: 'start', source: 'network', role: 'uac', message: response });
      return;
    }
    if (outgoing.acceptedTag === (response.toTag ?? '')) {
      const dialog = this.#core.dialogs.ofResponse(response);
      if (dialog !== undefined) repeatAck(this.#core, dialog);
      return;
    }
    this.#dialogs.decline(outgoing, response, {
      flow,
      reason: outgoing.acceptedTag === undefined ? 'Call given up' : 'Answered elsewhere',
    });
    if (!outgoing.isFinal) this.#finish(outgoing);
  }

  #reInviteAccepted(outgoing: OutgoingRequest, response: SipMessage, flow: Flow): void {
    const dialog = outgoing.dialog!;
    if (outgoing.acceptedTag !== undefined) {
      repeatAck(this.#core, dialog);
      return;
    }
    outgoing.acceptedTag = response.toTag ?? '';
    dialog.expectToAck(outgoing.request);
    dialog.refreshTarget(response, flow);
    this.#finish(outgoing);
    this.#deliver(outgoing, response, flow);
  }

  #final(outgoing: OutgoingRequest, response: SipMessage, flow: Flow | undefined): void {
    const { method } = outgoing.request;
    this.#finish(outgoing);
    if (outgoing.dialog !== undefined) settleInDialog(this.#core, outgoing, { response, flow });
    else if (method === 'SUBSCRIBE' && response.status < 300) this.#dialogs.confirm(outgoing, response, flow!);
    else if (outgoing.isInvite) this.#dialogs.dropEarly(outgoing);
    this.#deliver(outgoing, response, flow);
    if (!outgoing.isInvite || outgoing.dialog !== undefined) return;
    const reason = response.status === 487 ? 'call-canceled' : 'call-rejected';
    this.#core.applications.record({ type: 'stop', source: 'network', reason, message: response });
  }

  #finish(outgoing: OutgoingRequest): void {
    outgoing.finish();
    const { request } = outgoing;
    this.#byId.delete(outgoing.transactionId);
    if (request.method === 'SUBSCRIBE') this.#subscribes.delete(subscribeKey(request.callId, request.fromTag));
    if (!outgoing.isInvite) return;
    const key = inviteKey(outgoing.request);
    const forget = () => {
      if (this.#invites.get(key) === outgoing) this.#invites.delete(key);
    };
    if (outgoing.isOrphaned || outgoing.hasFailedOver) this.#core.clock.after(this.#core.timers.t1x64, forget);
    else forget();
  }

  #deliver(outgoing: OutgoingRequest, response: SipMessage, flow: Flow | undefined): void {
    const { method, callId, fromTag = '' } = outgoing.request;
    const makesDialog = method === 'INVITE' || method === 'SUBSCRIBE';
    outgoing.owner.deliver({
      source: 'network',
      message: response,
      peer: flow === undefined ? undefined : peerOf(flow),
      transactionId: outgoing.transactionId,
      dialogId: outgoing.dialog?.id ?? (makesDialog ? `${callId};from-tag=${fromTag}` : ''),
    });
  }
}

/** Whom TLS may meet there: what the application says of the next hop that it names, never what a peer wrote into a URI. */
function trusted(targets: readonly Destination[], named: string | undefined): readonly Destination[] {
  const uri = named === undefined ? undefined : parseUri(named.trim());
  const trust = uri === undefined ? 'name' : trustOf(uri);
  return targets.map((target) => (target.protocol === 'tls' ? { ...target, trust } : target));
}

function isLooseRoute(uri: string): boolean {
  return parseUri(uri.trim())?.params.has('lr') === true;
}

function localPeer(outgoing: OutgoingRequest): Peer {
  const { protocol, host, port } = outgoing.local;
  return { protocol, address: host, port };
}

function subscribeKey(callId: string, localTag: string | undefined): string {
  return `${callId}\n${localTag ?? ''}`;
}

function inviteKey(message: SipMessage): string {
  return `${message.callId}\n${message.fromTag ?? ''}\n${message.cseq?.number ?? ''}`;
}
