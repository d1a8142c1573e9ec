/** The lines that one leg adds to the SIP ladder, and where its peer was seen last. */

import type { LegId } from '../../core/call/leg.ts';
import type { IncomingRequest, OutgoingResponse, SendResult } from '../link.ts';
import type { MessageHead } from '../message/message-head.ts';
import { phraseOf } from '../message/status-phrases.ts';
import { type LegContext, peerText, type Received } from './leg-context.ts';

export class Ladder {
  readonly #wire: LegContext['wire'];
  readonly #legId: () => LegId;
  #remote = '';

  constructor(wire: LegContext['wire'], legId: () => LegId) {
    this.#wire = wire;
    this.#legId = legId;
  }

  /** `udp/192.0.2.1:5060`; empty: not known. */
  get remote(): string {
    return this.#remote;
  }

  set remote(peer: string) {
    if (peer !== '') this.#remote = peer;
  }

  readonly sentLine = (summary: string, at: number, head?: MessageHead): void => {
    this.#wire(this.#legId(), { at, direction: 'sent', summary, peer: this.#remote, head });
  };

  /** A response of ours, and its line once it has left. */
  respond(request: IncomingRequest, response: OutgoingResponse, done?: (result: SendResult) => void): void {
    const { status, phrase = phraseOf(status) } = response;
    request.respond(response, (result) => {
      if (result.sent) this.sentLine(`${status} ${phrase}`, result.at, result.head);
      done?.(result);
    });
  }

  readonly receivedLine = (summary: string, message: Received): void => {
    const peer = peerText(message.source);
    this.remote = peer;
    this.#wire(this.#legId(), { at: message.at, direction: 'received', summary, peer, head: message.head });
  };
}
