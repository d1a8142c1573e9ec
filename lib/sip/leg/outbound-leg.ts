/**
 * An INVITE of ours, from the decision to dial to the last event. The races of RFC 3261 9 and 13 and RFC 5407 end here: a 2xx
 * that crosses our CANCEL is acknowledged and hung up, a provisional response after the hang-up gets its CANCEL, a call is
 * answered once.
 *
 * ```
 * preparing -> sending -> calling -> proceeding -> answered -> (base class: BYE)
 *                 ^          |  401/407 once
 *                 +----------+
 * ```
 */

import type { KeyObject } from 'node:crypto';
import type { HangupReason, LegResult } from '../../core/call/leg.ts';
import type { Secret } from '../../core/configuration.ts';
import type { DialRequest } from '../../ports/calls.ts';
import type { MediaEndpoint } from '../../ports/media.ts';
import type { DialTarget, DialTargetResult } from '../dial-target.ts';
import { sentIdentity } from '../identity-headers.ts';
import { derivedToken, inviteRequest } from '../invite-request.ts';
import type { IncomingResponse, OutgoingRequest, SentRequest } from '../link.ts';
import { formatReason } from '../message/reason.ts';
import { sdpOf } from '../message/session-body.ts';
import { parseNameAddress, parseUri, peerOf } from '../message/uri.ts';
import { Credentials } from './credentials.ts';
import { HandOver } from './hand-over.ts';
import { Leg } from './leg.ts';
import { type LegContext, transactionTimeoutMs } from './leg-context.ts';
import { saidBeside } from './said-beside.ts';

/** Looking up where to send and opening media; both are local. */
const prepareTimeoutMs = 10_000;
/** The engine takes the time to resolve a name. */
const sendTimeoutMs = 40_000;
/** A peer that rings for ever; the core's ring timeout is far below. */
const ringLimitMs = 15 * 60_000;

export interface OutboundOptions {
  request: DialRequest;
  context: LegContext;
  target: DialTargetResult;
  like: MediaEndpoint | null;
  secretOf: (secret: Secret) => string;
  keySecret: KeyObject;
}

type State = 'preparing' | 'sending' | 'calling' | 'proceeding' | 'answered';

export class OutboundLeg extends Leg {
  readonly callId: string;
  readonly #options: OutboundOptions;
  readonly #fromTag: string;
  readonly #credentials: Credentials;
  #state: State = 'preparing';
  #dial: DialTarget | null = null;
  #sdp = '';
  readonly #handOver = new HandOver(() => this.isOver || this.#send());
  #remoteTag = '';
  #cseq = 1;
  #authorization: { name: string; value: string } | null = null;
  #transactionId = '';
  #hangup: (HangupReason & { protocol?: 'SIP' }) | null = null;
  #cancelGiven = false;
  #cancelWritten = false;
  #dialled = false;
  #tried = false;
  #rang = false;
  /** SDP of a provisional response, for peers that leave it out of the 2xx. */
  #earlySdp: string | null = null;

  constructor(options: OutboundOptions) {
    super(options.request.legId, options.context);
    this.#options = options;
    const { idempotencyKey } = options.request;
    this.#credentials = new Credentials({ ...options, idempotencyKey });
    this.callId = derivedToken(options.keySecret, 'call-id', idempotencyKey);
    this.#fromTag = derivedToken(options.keySecret, 'from-tag', idempotencyKey).slice(0, 16);
  }

  get ownsCallId(): boolean {
    return true;
  }

  get dialogNames(): { callId: string; localTag: string; remoteTag: string } {
    return { callId: this.callId, localTag: this.#fromTag, remoteTag: this.#remoteTag };
  }

  get peerDomain(): string | null {
    return this.#dial?.domain ?? null;
  }

  get localUri(): string {
    return parseNameAddress(this.#dial?.identity.from ?? '').text;
  }

  get peer(): { host: string; protocol: string } {
    const hop = parseUri(this.#dial?.target.nextHop ?? this.#dial?.target.uri ?? '');
    return { host: hop?.host ?? '', protocol: this.transport };
  }

  protected get transport(): string {
    return this.#dial?.target.transport ?? 'udp';
  }

  start(): void {
    const { clock, link } = this.context;
    this.#handOver.begin(this.#options.request.notBefore ?? 0, { clock, holds: link.holds });
    this.guard(prepareTimeoutMs, () => this.#oursFailed('preparing the call took too long'));
    this.#prepare().catch((error: unknown) => {
      this.context.log.error({ legId: this.legId, error: String(error) }, 'a call could not be prepared');
      this.#oursFailed('internal error');
    });
  }

  async #prepare(): Promise<void> {
    const result = this.#options.target;
    if (!result.found) {
      this.#reject({ kind: result.kind, text: result.text });
      return;
    }
    this.#dial = result.dial;
    const next = result.dial.target.nextHop ?? result.dial.target.uri;
    this.ladder.remote = peerOf(next);
    const { mediaAddress, media: profile } = result.dial;
    const sipAddress = parseUri(next)?.host.replace(/^\[|\]$/g, '') ?? null;
    const problem = await this.media.open(mediaAddress, { like: this.#options.like, profile, sipAddress });
    if (this.isOver) return;
    const offer = problem === null ? this.media.offer() : null;
    if (offer === null) {
      if (problem?.isFull) this.#reject({ kind: 'noCapacity', text: problem.text });
      else this.#oursFailed(problem?.text ?? 'no media');
      return;
    }
    this.#sdp = offer;
    if (this.#handOver.prepared()) this.stopGuard();
  }

  #send(): void {
    const { request } = this.#options;
    this.guard(sendTimeoutMs, () => this.#oursFailed('the SIP engine did not send the INVITE'));
    const dial = this.#dial!;
    this.#state = 'sending';
    const invite = inviteRequest({
      target: dial.target,
      identity: dial.identity,
      contact: dial.contact,
      callbackId: dial.callbackIdHeader ? request.callbackId : null,
      sdp: this.#sdp,
      callId: this.callId,
      fromTag: this.#fromTag,
      cseq: this.#cseq,
      authorization: this.#authorization,
      timer: this.session.invitation,
    });
    this.context.link.send(
      { ...invite, ...this.#handOver.hold() },
      {
        sent: (sent) => this.#sent(invite, sent),
        failed: (text) => {
          // Without the engine it is not known whether it left: `lost` follows.
          if (this.context.link.connected) this.#reject({ kind: 'transport', text });
        },
        response: (response) => this.#response(response),
        update: (update) => this.respond(update, { status: 500, headers: { 'Retry-After': '5' } }),
      },
    );
  }

  #sent(invite: OutgoingRequest, sent: SentRequest): void {
    this.#transactionId = sent.transactionId;
    this.#state = 'calling';
    this.ladder.sentLine('INVITE', sent.at, sent.head);
    if (this.isOver) {
      this.#hangup ??= { cause: 16, text: 'Given up' };
      this.#cancelIfSent();
      return;
    }
    if (sent.bytes > 1300 && this.transport === 'udp') {
      const fields = { legId: this.legId, bytes: sent.bytes };
      this.context.log.warn(fields, 'an INVITE is larger than a UDP datagram should be');
    }
    if (!this.#dialled) {
      this.#dialled = true;
      this.emit({ type: 'dialled', legId: this.legId, callId: this.callId, sent: sentIdentity(invite) });
    }
    if (this.#hangup) this.#cancelIfSent();
    else this.guard(ringLimitMs, () => this.hangUp({ cause: 19, text: 'No answer' }));
  }

  #response(response: IncomingResponse): void {
    if (response.source) this.ladder.receivedLine(`${response.status} ${response.phrase}`, response);
    if (response.status < 200) this.#provisional(response);
    else if (response.status < 300) this.#accepted(response);
    else this.#refused(response);
  }

  #provisional(response: IncomingResponse): void {
    if (this.#state === 'answered') return;
    this.#state = 'proceeding';
    this.#earlySdp = sdpOf(response) ?? this.#earlySdp;
    if (this.#hangup) this.#cancelIfSent();
    if (this.#hangup || this.isOver) return;
    if (!this.#tried) {
      this.#tried = true;
      this.emit({ type: 'trying', legId: this.legId });
    }
    // 199 says that one fork ended (RFC 6228), nothing rings by it
    if (response.status < 180 || response.status === 199) return;
    this.#rang = true;
    this.emit({ type: 'ringing', legId: this.legId, status: response.status });
  }

  #accepted(response: IncomingResponse): void {
    this.setDialog(response.dialogId);
    this.#remoteTag = parseNameAddress(response.head.first('to') ?? '').params['tag'] ?? '';
    this.#state = 'answered';
    response.ack(null);
    this.ladder.sentLine('ACK', response.at);
    if (this.isOver) {
      // The guard had given the leg up: nobody may stay connected (RFC 3261 9.1, 15)
      this.sendBye({ Reason: formatReason({ protocol: 'Q.850', cause: 16, text: 'Given up' }) }, this.#lastOf({}));
      return;
    }
    if (this.#hangup) {
      this.endDialog(this.#hangup, this.#lastOf({ kind: 'cancelled', status: 0, text: this.#hangup.text }));
      return;
    }
    const sdp = sdpOf(response) ?? this.#earlySdp;
    if (sdp === null || !this.media.endpoint?.applyAnswer(sdp)) {
      const text = sdp === null ? 'no SDP in the answer' : 'no common codec';
      this.endDialog(
        { cause: 88, text: 'Incompatible media' },
        this.#lastOf({ kind: 'media', status: response.status, text }),
      );
      return;
    }
    this.stopGuard();
    this.session.accepted(response.head);
    this.emit({ type: 'answered', legId: this.legId });
  }

  #refused(response: IncomingResponse): void {
    if (this.isOver) return;
    const challenged = response.status === 401 || response.status === 407;
    if (challenged && !this.#hangup && this.#authorize(response)) {
      this.#cseq++;
      this.#send();
      return;
    }
    // RFC 4028 7.4
    if (response.status === 422 && !this.#hangup && this.session.raise(response.head)) {
      this.#cseq++;
      this.#send();
      return;
    }
    this.#reject({
      kind: this.#kindOf(response),
      // What the engine made up for a call that we took back is no answer of the peer.
      status: this.#hangup && response.source === null ? 0 : response.status,
      phrase: response.phrase,
      ...saidBeside(response, this.#options.request.callbackId),
    });
  }

  #kindOf(response: IncomingResponse): LegResult['kind'] {
    if (this.#hangup) return 'cancelled';
    if (response.source !== null) return 'final';
    // Made up by the engine: Timer B, or it could not be delivered (RFC 3261 8.1.3.1)
    return response.status === 408 ? 'noResponse' : 'transport';
  }

  #authorize(response: IncomingResponse): boolean {
    const header = this.#credentials.once(this.#dial!.credentials, response, this.#dial!.target.uri);
    if (header !== null) this.#authorization = header;
    return header !== null;
  }

  /** Some trunks challenge re-INVITE and BYE too; without an answer to the BYE they keep the call and charge it. */
  protected override authorization(response: IncomingResponse, request: { method: string; uri: string }) {
    return this.#credentials.within(this.#dial?.credentials ?? null, response, request);
  }

  /** @param reason of protocol Q.850 unless it says so */
  hangUp(reason: HangupReason & { protocol?: 'SIP' }): void {
    if (this.isClosing || this.#hangup) return;
    this.#hangup = reason;
    if (this.#state === 'answered') {
      this.endDialog(reason, this.ended('local', reason.text));
      return;
    }
    if (this.#state === 'preparing') {
      this.#reject({ kind: 'cancelled', text: reason.text });
      return;
    }
    this.media.close();
    this.guard(transactionTimeoutMs, () => this.#reject({ kind: 'cancelled', text: 'no final response' }));
    this.#cancelIfSent();
  }

  /**
   * The engine is told at once, so that it repeats the INVITE no more, and keeps the CANCEL back until there was a provisional
   * response (RFC 3261 9.1). The line is written when it leaves, as far as the engine shows that.
   */
  #cancelIfSent(): void {
    const reason = this.#hangup;
    if (!reason || (this.#state !== 'calling' && this.#state !== 'proceeding')) return;
    if (!this.#cancelGiven) {
      this.#cancelGiven = true;
      const headers = { Reason: formatReason({ protocol: 'Q.850', ...reason }) };
      this.context.link.cancel({ transactionId: this.#transactionId, uri: this.#dial!.target.uri, headers });
    }
    if (this.#cancelWritten || (this.#state === 'calling' && this.context.showsTrying)) return;
    this.#cancelWritten = true;
    this.ladder.sentLine('CANCEL', this.context.clock.now());
  }

  /** It is no fault of the peer's: nothing is to be concluded about the trunk. */
  #oursFailed(text: string): void {
    this.#reject({ kind: 'transport', text, ours: true });
  }

  protected acknowledged(): void {}

  #reject(result: Partial<LegResult>): void {
    this.finish(this.#lastOf(this.#hangup ? { ...result, kind: 'cancelled' } : result));
  }

  #lastOf(result: Partial<LegResult>) {
    const empty = { kind: 'cancelled', status: 0, phrase: '', q850Cause: null, location: null, text: '' } as const;
    const full: LegResult = { ...empty, retryAfterSeconds: null, rang: this.#rang, ...result };
    return { type: 'rejected', legId: this.legId, result: full } as const;
  }
}
