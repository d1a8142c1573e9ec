import type { Buffer } from 'node:buffer';
import { parseNameAddr } from '../message/name-addr.ts';
import { SipMessage } from '../message/sip-message.ts';
import { parseUri } from '../message/uri.ts';
import type { Flow, Target } from '../transaction/wire.ts';
import type { AckWatch } from './ack-watch.ts';
import type { Application } from './application.ts';
import { natTarget } from './nat.ts';
import { type Routing, routeSetOfUac, routeSetOfUas, routingOf } from './route-set.ts';

export type DialogState = 'early' | 'confirmed' | 'terminated';

interface DialogFields {
  readonly role: 'uac' | 'uas';
  readonly kind: 'INVITE' | 'SUBSCRIBE';
  readonly owner: Application;
  readonly callId: string;
  readonly localTag: string;
  readonly remoteTag: string;
  /** From of our requests, with our tag. */
  readonly localParty: string;
  /** To of our requests, with the peer's tag. */
  readonly remoteParty: string;
  readonly localSeq: number;
  readonly remoteSeq: number | undefined;
  readonly routeSet: readonly string[];
  /** Where the peer is until it says so itself. */
  readonly remoteTarget: string;
  readonly natDetection: boolean;
}

/** The credentials of an INVITE stand in its ACK too (RFC 3261 22.1). */
interface ToAck {
  readonly cseq: number;
  readonly credentials: readonly (readonly [name: string, value: string])[];
  sent?: { bytes: Buffer; target: Target };
}

/** The name by which applications know a dialog: Call-ID and the From tag of the request that made it. */
export function dialogIdOf(callId: string, fromTag: string): string {
  return `${callId};from-tag=${fromTag}`;
}

/** A dialog of RFC 3261 chapter 12. */
export class Dialog {
  readonly fields: DialogFields;
  readonly id: string;
  state: DialogState = 'early';
  routeSet: readonly string[];
  remoteTarget: string;
  /** Overrides the resolution of the next hop. */
  target: Target | undefined;
  localSeq: number;
  remoteSeq: number | undefined;
  /** 2xx responses of ours that wait for their ACK, by CSeq number. */
  readonly awaitedAcks = new Map<number, { watch: AckWatch; transactionId: string }>();
  /** What the ACK to the 2xx of our newest INVITE needs, and the ACK once it went out. */
  toAck: ToAck | undefined;
  /** Requests that wait for the ACK to our 2xx (RFC 3261 section 15: no BYE before it). */
  readonly heldRequests: (() => void)[] = [];
  /** When a subscription ends if nobody refreshes it; undefined for a call. Epoch milliseconds. */
  expiresAt: number | undefined;
  /** RSeq of the peer's newest reliable provisional response (RFC 3262). */
  lastRseq: number | undefined;
  /** Keeps requests in order while the name of the next hop is resolved. */
  resolution: Promise<void> | undefined;
  /** A BYE of ours is on its way. */
  isEnding = false;

  constructor(fields: DialogFields) {
    this.fields = fields;
    this.id = dialogIdOf(fields.callId, fields.role === 'uac' ? fields.localTag : fields.remoteTag);
    this.routeSet = fields.routeSet;
    this.remoteTarget = fields.remoteTarget;
    this.localSeq = fields.localSeq;
    this.remoteSeq = fields.remoteSeq;
  }

  get owner(): Application {
    return this.fields.owner;
  }

  /** RFC 3261 12.1.2: from our request and a response with a To tag. */
  static ofUac(
    request: SipMessage,
    response: SipMessage,
    about: { owner: Application; natDetection: boolean },
  ): Dialog {
    return new Dialog({
      role: 'uac',
      kind: request.method === 'SUBSCRIBE' ? 'SUBSCRIBE' : 'INVITE',
      ...about,
      callId: request.callId,
      localTag: request.fromTag ?? '',
      remoteTag: response.toTag ?? '',
      localParty: request.get('from') ?? '',
      remoteParty: response.get('to') ?? '',
      localSeq: request.cseq?.number ?? 1,
      remoteSeq: undefined,
      routeSet: routeSetOfUac(response),
      remoteTarget: request.uri,
    });
  }

  /** RFC 6665 4.4.1: a NOTIFY that comes before the 2xx of our SUBSCRIBE makes its dialog too. */
  static ofNotify(
    subscribe: SipMessage,
    notify: SipMessage,
    about: { owner: Application; natDetection: boolean },
  ): Dialog {
    return new Dialog({
      role: 'uac',
      kind: 'SUBSCRIBE',
      ...about,
      callId: subscribe.callId,
      localTag: subscribe.fromTag ?? '',
      remoteTag: notify.fromTag ?? '',
      localParty: subscribe.get('from') ?? '',
      remoteParty: notify.get('from') ?? '',
      localSeq: subscribe.cseq?.number ?? 1,
      remoteSeq: undefined,
      routeSet: routeSetOfUas(notify),
      remoteTarget: subscribe.uri,
    });
  }

  /** RFC 3261 12.1.1: from a request of the peer and the tag that we answer with. */
  static ofUas(request: SipMessage, localTag: string, about: { owner: Application; natDetection: boolean }): Dialog {
    const to = request.get('to') ?? '';
    return new Dialog({
      role: 'uas',
      kind: request.method === 'SUBSCRIBE' ? 'SUBSCRIBE' : 'INVITE',
      ...about,
      callId: request.callId,
      localTag,
      remoteTag: request.fromTag ?? '',
      localParty: request.toTag === undefined ? `${to};tag=${localTag}` : to,
      remoteParty: request.get('from') ?? '',
      localSeq: 0,
      remoteSeq: request.cseq?.number,
      routeSet: routeSetOfUas(request),
      remoteTarget: request.from?.uri ?? '',
    });
  }

  /**
   * Takes the remote target from the peer's Contact (RFC 3261 12.2.1.2, 12.2.2) and decides about NAT. Without a usable
   * Contact the present one stays.
   */
  refreshTarget(message: SipMessage, flow: Flow): void {
    const contact = message.getFirst('contact');
    const uri = contact === undefined ? undefined : parseNameAddr(contact)?.uri;
    if (uri === undefined || parseUri(uri) === undefined) return;
    this.remoteTarget = uri;
    if (this.routeSet.length > 0 || !this.fields.natDetection) this.target = undefined;
    else this.target = natTarget(message, uri, flow);
  }

  get routing(): Routing {
    return routingOf(this.routeSet, this.remoteTarget);
  }

  /** A request of ours within the dialog, without Via and Contact. An ACK takes the CSeq number of its INVITE. */
  request(method: string, cseq: number = this.#nextSeq()): SipMessage {
    const { requestUri, routes } = this.routing;
    const request = SipMessage.request(method, requestUri);
    for (const route of routes) request.append('Route', route);
    request.append('From', this.fields.localParty);
    request.append('To', this.fields.remoteParty);
    request.append('Call-ID', this.fields.callId);
    request.append('CSeq', `${cseq} ${method}`);
    request.append('Max-Forwards', '70');
    return request;
  }

  /** A 2xx to this INVITE of ours came: it wants an ACK. */
  expectToAck(invite: SipMessage): void {
    const credentials = ['Authorization', 'Proxy-Authorization'].flatMap((name) =>
      invite.lines(name).map((value) => [name, value] as const),
    );
    this.toAck = { cseq: invite.cseq?.number ?? this.localSeq, credentials };
  }

  /** RFC 3261 12.2.2: requests of the peer count upwards. False for one that is out of order. */
  acceptSeq(number: number): boolean {
    if (this.remoteSeq !== undefined && number < this.remoteSeq) return false;
    this.remoteSeq = number;
    return true;
  }

  #nextSeq(): number {
    // A UAS starts its own count here (RFC 3261 12.2.1.1: an arbitrary value below 2^31).
    this.localSeq += 1;
    return this.localSeq;
  }
}
