import { randomBytes } from 'node:crypto';
import type { Behaviour } from './behaviour.ts';
import type { Hop, LegEnd, LegHost, ResponseParts } from './leg-host.ts';
import { Retransmission } from './retransmission.ts';
import { sdpAnswer } from './sdp-answer.ts';
import { hostPortOf, type SipHead, uriOf, userOf } from './sip-head.ts';

/** A provisional response other than 100 at least each minute (RFC 3261 13.3.1.1). */
const RING_AGAIN_MS = 60_000;

export type { Hop, LegEnd, LegHost, ResponseParts };

/** One call of a called phone: a user agent server that is right about RFC 3261 and forgets as much as it may. */
export class PhoneLeg {
  /** User of the Request-URI. */
  readonly number: string;
  /** User of From. */
  readonly from: string;
  readonly callId: string;
  readonly callbackId: string;
  readonly tag = uniqueToken();
  readonly rungAt: number;
  /** When it was cleared, for those who forget it. */
  clearedAt = 0;
  /** Its 2xx was acknowledged. */
  wasAnswered = false;
  state: 'ringing' | 'answered' | 'talking' | 'rejected' | 'over' = 'ringing';
  readonly #host: LegHost;
  readonly #behaviour: Behaviour;
  /** Dropped with the end of the call: thousands of ended calls are kept for their retransmissions. */
  #invite: SipHead | null;
  #inviteBranch: string;
  #inviteCseq: number;
  #lastStatus = 0;
  #peerCseq: number;
  #script: NodeJS.Timeout | null = null;
  #repeat: Retransmission | null = null;
  #awaitedAck: number | null = null;
  #bye: { branch: string; cseq: number } | null = null;

  constructor(host: LegHost, invite: SipHead, call: { behaviour: Behaviour; at: number }) {
    this.#host = host;
    this.#invite = invite;
    this.#inviteBranch = invite.branch;
    this.#inviteCseq = invite.cseq;
    this.#peerCseq = invite.cseq;
    this.#behaviour = call.behaviour;
    this.rungAt = call.at;
    this.number = userOf(invite.uri);
    this.from = userOf(uriOf(invite.from));
    this.callId = invite.callId;
    this.callbackId = invite.header('x-callback-id');
  }

  /** Begins to ring, or whatever its behaviour says. */
  start(): void {
    const { isSilent, ringAfterMs, answerAfterMs } = this.#behaviour;
    if (isSilent) return;
    if (answerAfterMs === 0) return this.#final();
    if (ringAfterMs === 0) this.#ring();
    else this.#respond(100);
    if (ringAfterMs === null || ringAfterMs === 0) return this.#awaitFinal(0);
    if (answerAfterMs !== null && answerAfterMs <= ringAfterMs) return this.#awaitFinal(0);
    this.#after(ringAfterMs, () => {
      this.#ring();
      this.#awaitFinal(ringAfterMs);
    });
  }

  /** A request of this call other than ACK. */
  receive(request: SipHead): void {
    switch (request.method) {
      case 'INVITE':
        return request.toTag === '' ? this.#inviteAgain(request) : this.#reInvite(request);
      case 'CANCEL':
        return this.#cancelled(request);
      case 'BYE':
        return this.#hungUp(request);
      default:
        return this.#other(request);
    }
  }

  acknowledge(ack: SipHead): void {
    if (ack.cseq !== this.#awaitedAck) return;
    this.#stopRepeating();
    if (this.state === 'rejected') return this.#clear();
    if (this.state !== 'answered') return;
    this.state = 'talking';
    this.wasAnswered = true;
    this.#host.answered(this);
    if (this.#behaviour.talkMs !== null) this.#after(this.#behaviour.talkMs, () => this.hangUp());
  }

  /** The response to our BYE. */
  responded(response: SipHead): void {
    if (response.status < 200 || response.branch !== this.#bye?.branch) return;
    this.#stopRepeating();
    this.#clear();
  }

  /** Our BYE, repeated until it is answered (RFC 3261 17.1.2.2); nothing when the call is not up. */
  hangUp(how: LegEnd = 'hungUpByUs'): void {
    const invite = this.#invite;
    if (this.state !== 'talking' || !invite) return;
    this.#stopScript();
    const { routes, hop, target } = this.#routeOf(invite);
    this.#bye = { branch: `z9hG4bK${uniqueToken()}`, cseq: 1 };
    const { address, port } = this.#host.contactHop;
    const text =
      `BYE ${target} SIP/2.0\r\nVia: SIP/2.0/UDP ${address}:${port};rport;branch=${this.#bye.branch}\r\n` +
      `Max-Forwards: 70\r\n${routes}From: ${invite.to};tag=${this.tag}\r\nTo: ${invite.from}\r\n` +
      `Call-ID: ${this.callId}\r\nCSeq: 1 BYE\r\nContent-Length: 0\r\n\r\n`;
    this.#end(how);
    this.#host.send(text, hop);
    this.#repeatUntilGivenUp(
      () => this.#host.send(text, hop),
      () => this.#givenUpBye(),
    );
  }

  /** Whatever was to happen does not. */
  stop(): void {
    this.#stopScript();
    this.#stopRepeating();
  }

  /** May a new INVITE with the same Call-ID begin a new call? So it is after a challenge (RFC 3261 22.2). */
  isFollowedBy(invite: SipHead): boolean {
    const isRejected = this.state === 'rejected' || (this.state === 'over' && this.#lastStatus >= 300);
    return isRejected && invite.toTag === '' && invite.cseq > this.#inviteCseq;
  }

  #awaitFinal(passedMs: number): void {
    const { answerAfterMs, ringAfterMs } = this.#behaviour;
    if (answerAfterMs !== null && answerAfterMs - passedMs < RING_AGAIN_MS) {
      return this.#after(answerAfterMs - passedMs, () => this.#final());
    }
    this.#after(RING_AGAIN_MS, () => {
      if (ringAfterMs === null) this.#respond(100);
      else this.#ring();
      this.#awaitFinal(passedMs + RING_AGAIN_MS);
    });
  }

  #ring(): void {
    this.#respond(180);
  }

  #final(): void {
    const { status } = this.#behaviour;
    if (status >= 300) return this.#reject(status, 'rejected');
    this.state = 'answered';
    const invite = this.#invite!;
    this.#answer(invite);
  }

  /** A 2xx is repeated until its ACK whatever the transport (RFC 3261 13.3.1.4). */
  #answer(invite: SipHead): void {
    this.#awaitedAck = invite.cseq;
    const send = () => this.#respondWithSdp(invite);
    send();
    this.#repeatUntilGivenUp(send, () => this.#givenUpAnswer());
  }

  #respondWithSdp(request: SipHead): void {
    const { contactHop } = this.#host;
    if (request === this.#invite) this.#lastStatus = 200;
    const body = sdpAnswer(request.body, contactHop.address, MEDIA_PORT);
    const headers = { ...this.#behaviour.headers, 'Content-Type': 'application/sdp' };
    this.#send(request, this.#host.respond(request, 200, { toTag: this.tag, headers, body, hasContact: true }));
  }

  /** Timers G and H (RFC 3261 17.2.1). */
  #reject(status: number, how: LegEnd): void {
    this.#stopScript();
    this.state = 'rejected';
    this.#awaitedAck = this.#inviteCseq;
    this.#respond(status);
    const invite = this.#invite!;
    const text = this.#responseTo(invite, status);
    const hop = this.#host.hopOf(invite);
    this.#end(how, 'rejected');
    this.#repeatUntilGivenUp(
      () => this.#host.send(text, hop),
      () => this.#givenUpRejection(),
    );
  }

  #inviteAgain(invite: SipHead): void {
    // RFC 3261 8.2.2.2: the same request by another way.
    if (invite.branch !== this.#inviteBranch) {
      this.#host.merged(this);
      return this.#refuse(invite, 482);
    }
    if (this.#lastStatus === 0) return;
    if (this.#lastStatus === 200) return this.#respondWithSdp(invite);
    this.#send(invite, this.#responseTo(invite, this.#lastStatus));
  }

  #reInvite(invite: SipHead): void {
    if (!this.#isOurs(invite)) return this.#refuse(invite, 481);
    if (this.state !== 'answered' && this.state !== 'talking') return this.#refuse(invite, 481);
    // RFC 3261 12.2.2; the same one again is a retransmission, and gets the same answer.
    if (invite.cseq < this.#peerCseq) return this.#refuse(invite, 500);
    if (invite.cseq === this.#peerCseq && this.#awaitedAck !== invite.cseq) return this.#respondWithSdp(invite);
    // RFC 5407 3.1.4: our own offer is still unanswered.
    if (this.state === 'answered' && this.#invite?.body === '') return this.#refuse(invite, 491);
    this.#peerCseq = invite.cseq;
    this.#stopRepeating();
    this.#answer(invite);
  }

  #cancelled(cancel: SipHead): void {
    if (cancel.branch !== this.#inviteBranch) return this.#refuse(cancel, 481);
    this.#send(cancel, this.#host.respond(cancel, 200, { toTag: this.tag }));
    if (this.state === 'ringing' && !this.#behaviour.isSilent) this.#reject(487, 'cancelled');
  }

  #hungUp(bye: SipHead): void {
    if (!this.#isOurs(bye) || (this.state === 'over' && this.#lastStatus !== 200)) return this.#refuse(bye, 481);
    this.#send(bye, this.#host.respond(bye, 200, { toTag: this.tag }));
    // RFC 3261 15.1.2: an early dialog is ended by BYE too.
    if (this.state === 'ringing') return this.#reject(487, 'cancelled');
    // In glare ours is awaited all the same; a retransmission changes nothing.
    if (this.state !== 'answered' && this.state !== 'talking') return;
    this.#stopRepeating();
    this.#end('hungUpByThem');
    this.#clear();
  }

  #other(request: SipHead): void {
    if (request.toTag !== '' && (!this.#isOurs(request) || this.state === 'over')) return this.#refuse(request, 481);
    if (!ACCEPTED.has(request.method)) return this.#refuse(request, 501);
    if (request.method === 'UPDATE' && request.body !== '') return this.#respondWithSdp(request);
    this.#send(request, this.#host.respond(request, 200, { toTag: this.tag }));
  }

  #isOurs(request: SipHead): boolean {
    return request.toTag === this.tag;
  }

  #refuse(request: SipHead, status: number): void {
    this.#send(request, this.#host.respond(request, status, request.toTag === '' ? { toTag: this.tag } : {}));
  }

  #respond(status: number): void {
    this.#lastStatus = status;
    this.#send(this.#invite!, this.#responseTo(this.#invite!, status));
  }

  #responseTo(invite: SipHead, status: number): string {
    if (status === 100) return this.#host.respond(invite, 100);
    const headers = status >= 300 && status !== 487 ? this.#behaviour.headers : {};
    return this.#host.respond(invite, status, { toTag: this.tag, headers, hasContact: status < 300 });
  }

  #send(request: SipHead, text: string): void {
    this.#host.send(text, this.#host.hopOf(request));
  }

  /** Where a request of ours goes: the routes in the order of the INVITE (RFC 3261 12.1.1), then the Contact. */
  #routeOf(invite: SipHead): { routes: string; hop: Hop; target: string } {
    const routes = invite.recordRoutes;
    const source = this.#host.hopOf(invite);
    const target = uriOf(invite.contact) || `sip:${source.address}:${source.port}`;
    const hop = hostPortOf(routes.length > 0 ? uriOf(routes[0]!) : target);
    // A name is not looked up: whoever sent the INVITE knows where it goes.
    const isAddress = hop !== null && /^[\d.]+$|:/.test(hop.address);
    return { routes: routes.map((route) => `Route: ${route}\r\n`).join(''), hop: isAddress ? hop : source, target };
  }

  #end(how: LegEnd, state: 'rejected' | 'over' = 'over'): void {
    this.#stopScript();
    this.state = state;
    this.#host.ended(this, how);
  }

  #clear(): void {
    this.state = 'over';
    this.#invite = null;
    this.#bye = null;
    this.#host.cleared(this);
  }

  #givenUpAnswer(): void {
    this.#host.unanswered(this, 'INVITE');
    // A re-INVITE without ACK ends the call as well (RFC 3261 13.3.1.4).
    this.state = 'talking';
    this.hangUp('unacknowledged');
  }

  #givenUpRejection(): void {
    this.#host.unanswered(this, 'INVITE');
    this.#clear();
  }

  #givenUpBye(): void {
    this.#host.unanswered(this, 'BYE');
    this.#clear();
  }

  #after(ms: number, then: () => void): void {
    this.#script = setTimeout(then, ms);
  }

  #stopScript(): void {
    if (this.#script) clearTimeout(this.#script);
    this.#script = null;
  }

  #repeatUntilGivenUp(send: () => void, givenUp: () => void): void {
    this.#repeat = new Retransmission(send, givenUp);
  }

  #stopRepeating(): void {
    this.#repeat?.stop();
    this.#repeat = null;
    this.#awaitedAck = null;
  }
}

/** Unique in the world by its run, and cheap (RFC 3261 8.1.1.7, 19.3). */
function uniqueToken(): string {
  serial += 1;
  return `${RUN}${serial.toString(36)}`;
}

const RUN = randomBytes(6).toString('hex');
let serial = 0;

/** Nobody listens on the discard port: what comes there costs nobody anything. */
const MEDIA_PORT = 9;
const ACCEPTED = new Set(['INFO', 'UPDATE', 'OPTIONS', 'PRACK', 'NOTIFY', 'MESSAGE']);
