/**
 * What the peer may ask within an answered call. Re-INVITE and UPDATE are answered here, also inside a bridge, unless media
 * goes end to end: then the other side of the bridge has the answer.
 */

import { allowedMethods } from '../invite-request.ts';
import type { IncomingRequest, OutgoingResponse, SendResult } from '../link.ts';
import { contentTypeOf } from '../message/message-head.ts';
import { hasForeignBody, infoDigit, infoDigitTypes, isHold, sdpOf } from '../message/session-body.ts';
import type { LegMedia } from './leg-media.ts';

/** What may be required of us in a call. */
export const dialogExtensions: readonly string[] = ['timer'];
const sdpType = 'application/sdp';

export interface DialogRequestsOptions {
  media: LegMedia;
  now(): number;
  /** Our BYE is out. */
  isClosing(): boolean;
  /** A re-INVITE of ours has no final response yet. */
  isAsking(): boolean;
  /** Of the session timer that a refresh asks for (RFC 4028 9). */
  refusal(request: IncomingRequest): OutgoingResponse | null;
  respond(request: IncomingRequest, response: OutgoingResponse, done?: (result: SendResult) => void): void;
  /** Allow, and Contact where the engine's own is not right. */
  headers(): Record<string, string>;
  /** Hands a request of another kind to the other side of a bridge; false: there is none. */
  forward(request: IncomingRequest): boolean;
  /** The peer has put us on hold, or taken us back. */
  held(isHeld: boolean): void;
  /** REFER; null: it is answered later. */
  refer(request: IncomingRequest): OutgoingResponse | null;
  /** What a REFER of ours has come to. */
  notified(request: IncomingRequest): void;
  /** Media goes past us and has nobody to go to: it comes back. */
  takeBack(): void;
  /** Hands an offer, or the question for one, to the other side; false: there is none. */
  passOn(request: IncomingRequest, offer: string | null): boolean;
}

export class DialogRequests {
  readonly #options: DialogRequestsOptions;
  /** A re-INVITE without offer got ours; the answer comes in its ACK. */
  #awaitsAnswer = false;
  #unacknowledged = false;
  /** The media engine is being asked for the answer to an offer. */
  #isPreparing = false;

  constructor(options: DialogRequestsOptions) {
    this.#options = options;
  }

  /** A 2xx of ours to a re-INVITE has no ACK yet: its transaction is not over (RFC 3261 14.1). */
  get isUnacknowledged(): boolean {
    return this.#unacknowledged || this.#isPreparing;
  }

  answer(request: IncomingRequest): void {
    const offer = request.method === 'INVITE' || request.method === 'UPDATE' ? sdpOf(request) : null;
    // RFC 3261 14.2: an offer before the one before it has its answer
    if (offer !== null && this.#isPreparing) {
      this.#options.respond(request, { status: 500, headers: { 'Retry-After': '2' } });
      return;
    }
    // What is refused all the same changes nothing at the media engine
    const isRefused = offer === null || this.#options.isClosing() || this.#refusal(request, offer) !== null;
    const prepared = isRefused ? null : this.#options.media.prepareAnswer(offer);
    if (prepared === null) {
      this.#answer(request);
      return;
    }
    this.#isPreparing = true;
    prepared.then(() => {
      this.#isPreparing = false;
      this.#answer(request);
    });
  }

  #answer(request: IncomingRequest): void {
    const response = this.#responseTo(request);
    if (response === null) return;
    const awaitsAck = request.method === 'INVITE' && response.status < 300;
    if (awaitsAck) this.#unacknowledged = true;
    this.#options.respond(request, response, ({ sent }) => {
      // Taken back (RFC 3261 9.2): no ACK comes
      if (awaitsAck && !sent) this.#unacknowledged = this.#awaitsAnswer = false;
    });
  }

  acknowledged(request: IncomingRequest): void {
    this.#unacknowledged = false;
    if (!this.#awaitsAnswer) return;
    this.#awaitsAnswer = false;
    const sdp = sdpOf(request);
    if (sdp !== null) this.#options.media.endpoint?.applyAnswer(sdp);
  }

  /** @returns null: the other side answers */
  #responseTo(request: IncomingRequest): OutgoingResponse | null {
    if (this.#options.isClosing()) return { status: 481 };
    switch (request.method) {
      case 'INVITE':
        return this.#session(request, true);
      case 'UPDATE':
        return this.#session(request, false);
      case 'INFO':
        return this.#info(request);
      case 'OPTIONS':
        return { status: 200, headers: { Allow: allowedMethods, Accept: sdpType } };
      case 'MESSAGE':
        if (this.#options.forward(request)) return null;
        return contentTypeOf(request.head) === 'text/plain'
          ? { status: 200 }
          : { status: 415, headers: { Accept: 'text/plain' } };
      case 'NOTIFY':
        if (eventOf(request) === 'refer') this.#options.notified(request);
        else if (eventOf(request) !== 'keep-alive' && this.#options.forward(request)) return null;
        // We have no subscription; a 481 (RFC 6665) makes some peers end the call, and keep-alives come this way too
        return { status: 200 };
      case 'SUBSCRIBE':
        return { status: 489 };
      case 'REFER':
        return this.#options.refer(request);
      case 'PRACK':
        return { status: 481 };
      default:
        return unsupported(request.method);
    }
  }

  /** Of an INVITE or UPDATE, whatever it offers. */
  #refusal(request: IncomingRequest, offer: string | null): OutgoingResponse | null {
    const required = requiredExtensions(request, dialogExtensions);
    if (required !== null) return required;
    if (hasForeignBody(request)) return { status: 415, headers: { Accept: sdpType } };
    const refusal = this.#options.refusal(request);
    if (refusal !== null) return refusal;
    // RFC 3261 14.2, RFC 3311 5.2: two offers at once are none
    return (request.method === 'INVITE' || offer !== null) && this.#options.isAsking() ? { status: 491 } : null;
  }

  /** Hold, codec change, new address (RFC 3264 8). */
  #session(request: IncomingRequest, isInvite: boolean): OutgoingResponse | null {
    const { media } = this.#options;
    const offer = sdpOf(request);
    const refusal = this.#refusal(request, offer);
    if (refusal !== null) return refusal;
    const headers = this.#options.headers();
    if (offer === null && !isInvite) return { status: 200, headers };
    if (this.#options.passOn(request, offer)) return null;
    if (media.isReleased) {
      this.#options.takeBack();
      // The peer asks again, and there is an endpoint then
      return { status: 491 };
    }
    const body = offer === null ? media.offer() : media.answer(offer);
    if (body === null) return { status: 488 };
    if (offer !== null) this.#options.held(isHold(offer));
    if (offer === null) this.#awaitsAnswer = true;
    return { status: 200, headers, body };
  }

  #info(request: IncomingRequest): OutgoingResponse | null {
    const type = contentTypeOf(request.head);
    if (request.body.trim() === '') return { status: 200 };
    const isKey = infoDigitTypes.includes(type);
    // A key is heard here too, whatever the other side makes of it
    const key = isKey ? infoDigit(type, request.body) : null;
    if (key !== null) this.#options.media.press(key, 'info');
    if (this.#options.forward(request)) return null;
    if (!isKey) return { status: 415, headers: { Accept: infoDigitTypes.join(', ') } };
    return { status: 200 };
  }
}

/** Keep-alives are ours, and so is what a REFER has to tell; the rest is for the other side. */
function eventOf(request: IncomingRequest): string {
  return (request.head.first('event') ?? '').split(';', 1)[0]!.trim().toLowerCase();
}

/** RFC 3261 8.2.2.3: whatever is required beyond `known` is one too much. */
export function requiredExtensions(request: IncomingRequest, known: readonly string[]): OutgoingResponse | null {
  const required = request.head.all('require').slice(0, 4).join(', ').slice(0, 256).split(',');
  const unknown = required.map((tag) => tag.trim()).filter((tag) => tag !== '' && !known.includes(tag.toLowerCase()));
  return unknown.length === 0 ? null : { status: 420, headers: { Unsupported: unknown.join(', ') } };
}

const knownMethods = ['REGISTER', 'PUBLISH', 'REFER', 'SUBSCRIBE', 'NOTIFY', 'MESSAGE', 'INFO', 'UPDATE', 'PRACK'];

/** RFC 3261 8.2.1: known but not taken here is 405, unknown is 501. */
export function unsupported(method: string): OutgoingResponse {
  return { status: knownMethods.includes(method) ? 405 : 501, headers: { Allow: allowedMethods } };
}
