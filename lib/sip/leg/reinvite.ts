/**
 * A re-INVITE of ours (RFC 3261 14.1), once: with credentials where the peer asks for them, and with one outcome. The ACK of a
 * 2xx is left to whoever asked, since it may have to carry an answer that somebody else gives.
 */

import type { Clock } from '../../ports/clock.ts';
import type { IncomingRequest, IncomingResponse, SentRequest, SipLink } from '../link.ts';
import type { MessageHead } from '../message/message-head.ts';
import { parseRetryAfter } from '../message/reason.ts';
import { sdpOf } from '../message/session-body.ts';

export type ReinviteOutcome =
  /** `sdp`: the answer, or the offer if we made none; null: there was none. `ack` sends the ACK, once. */
  | { type: 'accepted'; sdp: string | null; ack: (answer: string | null) => void; head: MessageHead | null }
  /** The session stays as it was. */
  | { type: 'refused'; status: number; retryAfterSeconds: number | null; head: MessageHead | null }
  /** There is no dialog any more: 408, 481 or silence (RFC 3261 12.2.1.2), or nothing could be sent. */
  | { type: 'lost'; text: string };

export interface ReinviteRequest {
  /** Null: the peer is to make the offer. */
  offer: string | null;
  /** How long a final response may take. */
  timeoutMs: number;
  done(outcome: ReinviteOutcome): void;
}

export interface ReinviteOptions extends ReinviteRequest {
  link: SipLink;
  clock: Clock;
  dialogId: string;
  /** Contact and Allow. */
  headers: Record<string, string>;
  /** Credentials for a challenge; null: there are none. */
  authorization(response: IncomingResponse, uri: string): { name: string; value: string } | null;
  sentLine(summary: string, at: number, head?: MessageHead): void;
  receivedLine(summary: string, response: IncomingResponse): void;
  update(request: IncomingRequest): void;
}

export class Reinvite {
  readonly #options: ReinviteOptions;
  #sent: { transactionId: string; uri: string } | null = null;
  #isCancelled = false;
  #isChallenged = false;
  #isDone = false;
  #isFinal = false;
  readonly #stopAlarm: () => void;

  constructor(options: ReinviteOptions) {
    this.#options = options;
    const { clock, timeoutMs } = options;
    this.#stopAlarm = clock.after(timeoutMs, () => this.#done({ type: 'lost', text: 'no answer to a re-INVITE' }));
    this.#send(options.headers);
  }

  /** Our INVITE is still being asked: nobody may send another one in this dialog (RFC 3261 14.2). */
  get isPending(): boolean {
    return !this.#isFinal;
  }

  /** The peer may give up the question; whatever it answers is the outcome. */
  cancel(): void {
    this.#isCancelled = true;
    if (this.#sent === null || this.#isFinal) return;
    const { transactionId, uri } = this.#sent;
    this.#options.link.cancel({ transactionId, uri, headers: {} });
    this.#options.sentLine('CANCEL', this.#options.clock.now());
  }

  #send(headers: Record<string, string>): void {
    const { link, dialogId, offer, update } = this.#options;
    link.send(
      { method: 'INVITE', uri: '', dialogId, nextHop: null, headers, body: offer },
      {
        sent: (sent) => this.#left(sent),
        failed: (text) => {
          this.#isFinal = true;
          this.#done({ type: 'lost', text: `a re-INVITE could not be sent: ${text}` });
        },
        response: (response) => this.#response(response),
        update,
      },
    );
  }

  #left(sent: SentRequest): void {
    this.#sent = { transactionId: sent.transactionId, uri: sent.head.startLine.split(' ')[1] ?? '' };
    this.#options.sentLine('INVITE', sent.at, sent.head);
    if (this.#isCancelled) this.cancel();
  }

  #response(response: IncomingResponse): void {
    const { status } = response;
    if (response.source) this.#options.receivedLine(`${status} ${response.phrase}`, response);
    if (status < 200) return;
    if ((status === 401 || status === 407) && this.#answerChallenge(response)) return;
    this.#isFinal = true;
    if (status < 300) this.#accepted(response);
    else if (status === 408 || status === 481) this.#done({ type: 'lost', text: `a re-INVITE got ${status}` });
    else {
      const retryAfterSeconds = parseRetryAfter(response.head.first('retry-after'));
      this.#done({ type: 'refused', status, retryAfterSeconds, head: response.head });
    }
  }

  #answerChallenge(response: IncomingResponse): boolean {
    if (this.#isChallenged || this.#isCancelled || this.#isDone) return false;
    this.#isChallenged = true;
    const credentials = this.#options.authorization(response, this.#sent?.uri ?? '');
    if (credentials === null) return false;
    this.#sent = null;
    this.#send({ ...this.#options.headers, [credentials.name]: credentials.value });
    return true;
  }

  #accepted(response: IncomingResponse): void {
    let isAcknowledged = false;
    const ack = (answer: string | null) => {
      if (isAcknowledged) return;
      isAcknowledged = true;
      response.ack(answer);
      this.#options.sentLine('ACK', this.#options.clock.now());
    };
    // Too late for anything but the ACK that every 2xx must have (RFC 3261 13.2.2.4)
    if (this.#isDone) ack(null);
    else this.#done({ type: 'accepted', sdp: sdpOf(response), ack, head: response.head });
  }

  #done(outcome: ReinviteOutcome): void {
    if (this.#isDone) return;
    this.#isDone = true;
    this.#stopAlarm();
    this.#options.done(outcome);
  }
}
