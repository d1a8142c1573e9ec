/**
 * A caller's INVITE, from the offer to the core to the last event.
 *
 * ```
 * offered -> rejecting -> (over)
 *    |  \-> answering -> accepted -> answered -> (base class: BYE)
 *    +---- CANCEL ----> (over)        ACK
 * ```
 */

import type { HangupReason, LegResult } from '../../core/call/leg.ts';
import type { Rejection } from '../../ports/calls.ts';
import type { MediaProfile } from '../../ports/media.ts';
import { allowedMethods } from '../invite-request.ts';
import type { IncomingRequest, OutgoingResponse, SendResult } from '../link.ts';
import { printable } from '../message/message-head.ts';
import { endedElsewhere, formatReason, statusOfCause, whyOf } from '../message/reason.ts';
import { sdpOf } from '../message/session-body.ts';
import { phraseOf } from '../message/status-phrases.ts';
import { parseNameAddress, parseUri } from '../message/uri.ts';
import { unanswerable } from './answerable.ts';
import { Leg } from './leg.ts';
import { type LegContext, transactionTimeoutMs } from './leg-context.ts';

/** A drachtio-server forgets an INVITE that the application leaves without a final response for 64 s. */
const decisionTimeoutMs = 55_000;

export type RejectResult = { result: 'sent'; at: number } | { result: 'cancelled' | 'gone' };

export class InboundLeg extends Leg {
  readonly callId: string;
  readonly invite: IncomingRequest;
  #state: 'offered' | 'rejecting' | 'answering' | 'accepted' | 'answered' = 'offered';
  /** The 2xx carried our offer, so that the ACK carries the answer. */
  #awaitsAnswer = false;
  #hangup: HangupReason | null = null;
  #localTag = '';
  #rings = false;
  #domain: string | null = null;

  constructor(options: { legId: string; invite: IncomingRequest; context: LegContext }) {
    super(options.legId, options.context);
    this.invite = options.invite;
    this.callId = options.invite.head.first('call-id') ?? '';
    this.guard(decisionTimeoutMs, () => this.#refuse({ status: 480 }));
  }

  get ownsCallId(): boolean {
    return false;
  }

  get dialogNames(): { callId: string; localTag: string; remoteTag: string } {
    const remoteTag = parseNameAddress(this.invite.head.first('from') ?? '').params['tag'] ?? '';
    return { callId: this.callId, localTag: this.#localTag, remoteTag };
  }

  get peerDomain(): string | null {
    return this.#domain;
  }

  get localUri(): string {
    return parseNameAddress(this.invite.head.first('to') ?? '').text;
  }

  get peer(): { host: string; protocol: string } {
    const { address: host, protocol } = this.invite.source;
    return { host, protocol };
  }

  protected get transport(): string {
    return this.invite.source.protocol;
  }

  /** The core knows the leg: its first line of the ladder. */
  offered(): void {
    this.ladder.receivedLine('INVITE', this.invite);
  }

  /** The caller gave up (RFC 3261 9.2); the engine has sent the 487. */
  cancelled(reasons: readonly string[]): void {
    this.ladder.receivedLine('CANCEL', { at: this.context.clock.now(), source: this.invite.source });
    // A response of ours is on its way to the engine: whether it came first is in its echo
    if (this.#state === 'rejecting' || this.#state === 'accepted' || this.#state === 'answered') return;
    const { text, q850Cause } = whyOf(reasons);
    const last = this.ended('remote', text || 'cancelled by the caller');
    if (q850Cause !== null) last.q850Cause = q850Cause;
    this.finish(endedElsewhere(reasons) ? { ...last, elsewhere: true } : last);
  }

  /** 180, once; an INVITE that wants reliable provisional responses (RFC 3262 3) or can't be answered hears none. */
  ring(): void {
    if (this.#state !== 'offered' || this.isOver || this.#rings || unanswerable(this.invite) !== null) return;
    this.#rings = true;
    // RFC 3261 12.1.1: its To tag begins a dialog; a drachtio-server writes a Contact into a 2xx alone
    const contact = this.context.addresses.contact(this.transport) ?? this.#nearContact();
    this.respond(this.invite, { status: 180, headers: contact === null ? {} : { Contact: contact } });
  }

  #nearContact(): string | null {
    const uri = this.context.addresses.contactOf('', this.peer);
    return uri === null ? null : `<${uri}>`;
  }

  reject(rejection: Rejection): Promise<RejectResult> {
    if (this.#state !== 'offered' || this.isOver) return Promise.resolve({ result: 'gone' });
    const headers: Record<string, string> = {};
    if (rejection.reason) headers['Reason'] = formatReason(rejection.reason);
    if (rejection.callbackId !== null) headers['X-Callback-ID'] = printable(rejection.callbackId);
    if (rejection.retryAfterSeconds !== undefined) headers['Retry-After'] = String(rejection.retryAfterSeconds);
    if (rejection.redirectTo !== undefined) headers['Contact'] = this.#elsewhere(rejection.redirectTo);
    const isFinal = rejection.status >= 300 && rejection.status <= 699;
    return new Promise((resolve) => {
      this.#refuse({ status: isFinal ? rejection.status : 480, headers }, (result) => {
        resolve(result.sent ? { result: 'sent', at: result.at } : { result: result.lost ? 'gone' : 'cancelled' });
      });
    });
  }

  /** A refusal of this room's own, before anybody has decided. */
  refuse(response: OutgoingResponse): void {
    if (this.#state === 'offered' && !this.isOver) this.#refuse(response);
  }

  /** The dialled number at another host. */
  #elsewhere(host: string): string {
    // RFC 3261 25.1: what a user part may hold; escapes are as the caller wrote them
    const user = (parseUri(this.invite.uri)?.user ?? '').replaceAll('#', '%23').replace(/[^\w\-.!~*'()&=+$,;?/%]/g, '');
    return `<${host.replace(/^(sips?):/i, user === '' ? '$1:' : `$1:${user}@`)}>`;
  }

  /** Sends a final response other than 2xx and ends the leg when the engine has said what became of it. */
  #refuse(
    response: OutgoingResponse,
    done?: (result: { sent: true; at: number } | { sent: false; lost: boolean }) => void,
  ): void {
    this.#state = 'rejecting';
    this.media.close();
    this.stopGuard();
    this.respond(this.invite, response, (result) => {
      const lost = !result.sent && !this.context.link.connected;
      this.finish(result.sent ? this.#rejected(response) : this.#notSent(lost, result.text));
      done?.(result.sent ? { sent: true, at: result.at } : { sent: false, lost });
    });
  }

  #rejected(response: OutgoingResponse) {
    const result: LegResult = {
      kind: 'final',
      status: response.status,
      phrase: response.phrase ?? phraseOf(response.status),
      q850Cause: null,
      location: null,
      text: '',
      retryAfterSeconds: null,
      rang: false,
    };
    return { type: 'rejected', legId: this.legId, result } as const;
  }

  /** The engine did not send our response: CANCEL was faster, or the engine is gone. */
  #notSent(lost: boolean, text: string) {
    return lost ? this.ended('system', text) : this.ended('remote', 'cancelled by the caller');
  }

  /**
   * Ends the leg as well if anything is wrong with the offer or with media.
   * @param trunk what it takes, and its domain; null: all that we have, at no domain
   */
  answer(trunk: { media: MediaProfile; domain: string | null } | null): void {
    if (this.#state !== 'offered' || this.isOver) return;
    this.#domain = trunk?.domain ?? null;
    this.#state = 'answering';
    const refusal = unanswerable(this.invite) ?? this.session.refusal(this.invite);
    if (refusal) {
      this.#refuse(refusal);
      return;
    }
    const address = this.context.addresses.mediaAddress(this.peer, this.invite.receivedOn?.address ?? null);
    const { source } = this.invite;
    const from = { like: null, sipAddress: source.address, remoteOffer: sdpOf(this.invite) };
    this.media.open(address, { ...from, profile: trunk?.media ?? null }).then((problem) => {
      if (this.isOver || this.#state !== 'answering') return;
      if (problem !== null) this.#refuse({ status: 503 });
      else this.#accept();
    });
  }

  #accept(): void {
    const offer = sdpOf(this.invite);
    const body = offer === null ? this.media.offer() : this.media.answer(offer);
    if (body === null) {
      this.#refuse({ status: 488, headers: { Reason: formatReason({ protocol: 'Q.850', cause: 88, text: '' }) } });
      return;
    }
    this.#awaitsAnswer = offer === null;
    this.#state = 'accepted';
    const contact = this.context.addresses.contact(this.transport);
    const headers = { Allow: allowedMethods, ...(contact === null ? {} : { Contact: contact }) };
    // RFC 3261 13.3.1.4: the engine repeats the 2xx and gives up after 64*T1 with a BYE; this is for an engine that does not
    this.guard(transactionTimeoutMs + 1000, () => this.#unacknowledged());
    this.respond(this.invite, { status: 200, headers, body }, (result) => this.#acceptSent(result));
  }

  #acceptSent(result: SendResult): void {
    if (result.sent) {
      this.#localTag = parseNameAddress(result.head.first('to') ?? '').params['tag'] ?? '';
      this.setDialog(result.dialogId);
    } else this.finish(this.#notSent(!this.context.link.connected, result.text));
  }

  #unacknowledged(): void {
    this.endDialog({ cause: 102, text: 'No ACK' }, this.ended('system', 'no ACK'));
  }

  protected acknowledged(request: IncomingRequest): void {
    if (this.#state !== 'accepted' || this.isClosing) return;
    this.#state = 'answered';
    this.stopGuard();
    if (this.#hangup) {
      this.endDialog(this.#hangup, this.ended('local', this.#hangup.text));
      return;
    }
    const sdp = this.#awaitsAnswer ? sdpOf(request) : null;
    if (this.#awaitsAnswer && (sdp === null || !this.media.endpoint?.applyAnswer(sdp))) {
      this.endDialog({ cause: 88, text: 'Incompatible media' }, this.ended('system', 'no usable SDP in the ACK'));
      return;
    }
    this.emit({ type: 'answered', legId: this.legId });
  }

  hangUp(reason: HangupReason): void {
    if (this.isClosing || this.#hangup) return;
    if (this.#state === 'offered' || this.#state === 'answering') {
      const headers = { Reason: formatReason({ protocol: 'Q.850', ...reason }) };
      this.#refuse({ status: statusOfCause(reason.cause), headers });
    } else if (this.#state === 'accepted') {
      // RFC 3261 15: the callee waits for the ACK, or for its timeout, before BYE
      this.#hangup = reason;
      this.media.close();
    } else if (this.#state === 'answered') this.endDialog(reason, this.ended('local', reason.text));
  }
}
