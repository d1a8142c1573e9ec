/** What the peer may ask within an answered call. Re-INVITE and UPDATE are answered here, also inside a bridge. */

import { allowedMethods } from '../invite-request.ts';
import type { IncomingRequest, OutgoingResponse } from '../link.ts';
import { contentTypeOf } from '../message/message-head.ts';
import { hasForeignBody, infoDigit, infoDigitTypes, sdpOf } from '../message/session-body.ts';
import type { LegMedia } from './leg-media.ts';

const sdpType = 'application/sdp';

export interface DialogRequestsOptions {
  media: LegMedia;
  now(): number;
  /** Our BYE is out. */
  isClosing(): boolean;
  respond(request: IncomingRequest, response: OutgoingResponse): void;
  contact(): string | null;
}

export class DialogRequests {
  readonly #options: DialogRequestsOptions;
  /** A re-INVITE without offer got ours; the answer comes in its ACK. */
  #awaitsAnswer = false;

  constructor(options: DialogRequestsOptions) {
    this.#options = options;
  }

  answer(request: IncomingRequest): void {
    this.#options.respond(request, this.#responseTo(request));
  }

  acknowledged(request: IncomingRequest): void {
    if (!this.#awaitsAnswer) return;
    this.#awaitsAnswer = false;
    const sdp = sdpOf(request);
    if (sdp !== null) this.#options.media.endpoint?.applyAnswer(sdp);
  }

  #responseTo(request: IncomingRequest): OutgoingResponse {
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
        return contentTypeOf(request.head) === 'text/plain'
          ? { status: 200 }
          : { status: 415, headers: { Accept: 'text/plain' } };
      case 'NOTIFY':
        // We have no subscription; a 481 (RFC 6665) makes some peers end the call, and keep-alives come this way too
        return { status: 200 };
      case 'SUBSCRIBE':
        return { status: 489 };
      case 'REFER':
        return { status: 603 };
      case 'PRACK':
        return { status: 481 };
      default:
        return unsupported(request.method);
    }
  }

  /** Hold, codec change, new address (RFC 3264 8): each side of a bridge on its own. */
  #session(request: IncomingRequest, isInvite: boolean): OutgoingResponse {
    const endpoint = this.#options.media.endpoint;
    const required = requiredExtensions(request);
    if (required !== null) return required;
    if (hasForeignBody(request)) return { status: 415, headers: { Accept: sdpType } };
    const contact = this.#options.contact();
    const headers: Record<string, string> = {
      Allow: allowedMethods,
      ...(contact === null ? {} : { Contact: contact }),
    };
    const offer = sdpOf(request);
    if (offer === null && !isInvite) return { status: 200, headers };
    if (!endpoint) return { status: 488 };
    if (offer === null) {
      this.#awaitsAnswer = true;
      return { status: 200, headers, body: endpoint.offer() };
    }
    const answer = endpoint.answer(offer);
    return answer === null ? { status: 488 } : { status: 200, headers, body: answer };
  }

  #info(request: IncomingRequest): OutgoingResponse {
    const type = contentTypeOf(request.head);
    if (request.body.trim() === '') return { status: 200 };
    if (!infoDigitTypes.includes(type)) return { status: 415, headers: { Accept: infoDigitTypes.join(', ') } };
    const digit = infoDigit(type, request.body);
    if (digit !== null) this.#options.media.press(digit, 'info');
    return { status: 200 };
  }
}

/** RFC 3261 8.2.2.3: we know no extension, so whatever is required is one too much. */
export function requiredExtensions(request: IncomingRequest): OutgoingResponse | null {
  const required = request.head.all('require').slice(0, 4).join(', ').slice(0, 256);
  return required.trim() === '' ? null : { status: 420, headers: { Unsupported: required } };
}

const knownMethods = ['REGISTER', 'PUBLISH', 'REFER', 'SUBSCRIBE', 'NOTIFY', 'MESSAGE', 'INFO', 'UPDATE', 'PRACK'];

/** RFC 3261 8.2.1: known but not taken here is 405, unknown is 501. */
export function unsupported(method: string): OutgoingResponse {
  return { status: knownMethods.includes(method) ? 405 : 501, headers: { Allow: allowedMethods } };
}
