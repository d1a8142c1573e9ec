/**
 * What inbound and outbound legs share: one last event, one guard timer, requests within the dialog, BYE.
 * Once answered both are the same.
 */

import type { HangupReason, LegEvent, LegId } from '../../core/call/leg.ts';
import type { IncomingRequest, IncomingResponse, OutgoingResponse, SendResult } from '../link.ts';
import { formatReason, whyOf } from '../message/reason.ts';
import { phraseOf } from '../message/status-phrases.ts';
import { DialogRequests } from './dialog-requests.ts';
import { type LegContext, peerText, transactionTimeoutMs } from './leg-context.ts';
import { LegMedia } from './leg-media.ts';

export type LastEvent = LegEvent & { type: 'rejected' | 'ended' };

export abstract class Leg {
  readonly legId: LegId;
  readonly media: LegMedia;
  protected readonly context: LegContext;
  readonly #requests: DialogRequests;
  #dialogId: string | null = null;
  /** What to say at the end once a hang-up is under way; null: none is. */
  #closing: LastEvent | null = null;
  #over = false;
  #guard: (() => void) | null = null;
  #remote = '';

  constructor(legId: LegId, context: LegContext) {
    this.legId = legId;
    this.context = context;
    this.media = new LegMedia({
      legId,
      context,
      event: (event) => this.emit(event),
      dead: (reason) => this.endDialog({ cause: 41, text: 'Media lost' }, this.ended('system', reason)),
    });
    this.#requests = new DialogRequests({
      media: this.media,
      now: () => this.context.clock.now(),
      isClosing: () => this.isClosing,
      respond: (request, response) => this.respond(request, response),
      contact: () => this.context.addresses.contact(this.transport),
    });
  }

  /** The one that our Contact names. */
  protected abstract get transport(): string;
  /** Ends the leg from whatever state it is in; `Calls.hangUp`. */
  abstract hangUp(reason: HangupReason): void;
  /** The control connection is gone: there is nothing left to send on. */
  abstract lost(): void;

  get isOver(): boolean {
    return this.#over;
  }

  get isClosing(): boolean {
    return this.#closing !== null || this.#over;
  }

  get dialogId(): string | null {
    return this.#dialogId;
  }

  protected get remote(): string {
    return this.#remote;
  }

  protected set remote(peer: string) {
    if (peer !== '') this.#remote = peer;
  }

  protected setDialog(dialogId: string): void {
    if (dialogId === '' || this.#dialogId === dialogId) return;
    this.#dialogId = dialogId;
    if (!this.#over) this.context.bind(dialogId, this);
  }

  protected emit(event: LegEvent): void {
    if (!this.#over) this.context.event(event);
  }

  protected ended(by: 'remote' | 'local' | 'system', text: string): LastEvent {
    return { type: 'ended', legId: this.legId, by, text };
  }

  protected sentLine(summary: string, at: number): void {
    this.context.wire(this.legId, { at, direction: 'sent', summary, peer: this.#remote });
  }

  protected receivedLine(summary: string, message: { at: number; source: IncomingRequest['source'] | null }): void {
    const peer = peerText(message.source);
    this.remote = peer;
    this.context.wire(this.legId, { at: message.at, direction: 'received', summary, peer });
  }

  /** Runs `expired` when the present wait has lasted too long; a new guard replaces the old one. */
  protected guard(ms: number, expired: () => void): void {
    this.#guard?.();
    this.#guard = this.context.clock.alarm(this.context.clock.now() + ms, () => {
      if (!this.#over) expired();
    });
  }

  protected stopGuard(): void {
    this.#guard?.();
    this.#guard = null;
  }

  /** Emits the last event, once, after everything that the leg held has been given back. */
  protected finish(last: LastEvent): void {
    if (this.#over) return;
    this.#over = true;
    this.stopGuard();
    this.media.close();
    this.context.release(this);
    this.context.event(last);
  }

  /** BYE, and `last` when it has its final response or 64*T1 have passed. */
  protected endDialog(reason: HangupReason, last: LastEvent): void {
    if (this.isClosing) return;
    this.#closing = last;
    this.media.close();
    this.guard(transactionTimeoutMs, () => this.finish(last));
    this.sendBye({ Reason: formatReason({ protocol: 'Q.850', ...reason }) }, last);
  }

  protected sendBye(headers: Record<string, string>, last: LastEvent, isRetry = false): void {
    if (this.#dialogId === null) {
      this.finish(last);
      return;
    }
    const bye = { method: 'BYE', uri: '', dialogId: this.#dialogId, nextHop: null, headers, body: null };
    let uri = '';
    this.context.link.send(bye, {
      sent: (sent) => {
        uri = sent.head.startLine.split(' ')[1] ?? '';
        this.sentLine('BYE', sent.at);
      },
      failed: () => this.finish(last),
      response: (response) => {
        if (response.source) this.receivedLine(`${response.status} ${response.phrase}`, response);
        if (response.status < 200) return;
        const isChallenge = response.status === 401 || response.status === 407;
        const authorization = isChallenge && !isRetry ? this.byeAuthorization(response, uri) : null;
        if (authorization) this.sendBye({ ...headers, [authorization.name]: authorization.value }, last, true);
        else this.finish(last);
      },
    });
  }

  /** Credentials for a challenged BYE; null: there are none. */
  protected byeAuthorization(_response: IncomingResponse, _uri: string): { name: string; value: string } | null {
    return null;
  }

  /** The ACK of a 2xx of ours; the body is an answer if the 2xx carried our offer. */
  protected abstract acknowledged(request: IncomingRequest): void;

  /** Any request of this leg's dialog. */
  inDialog(request: IncomingRequest): void {
    this.receivedLine(request.method, request);
    if (request.unsolicited) {
      this.remoteEnd('system', request);
      return;
    }
    if (request.method === 'BYE') {
      this.respond(request, { status: 200 });
      this.remoteEnd('remote', request);
    } else if (request.method === 'ACK') {
      this.#requests.acknowledged(request);
      this.acknowledged(request);
    } else this.#requests.answer(request);
  }

  /** A BYE that crosses ours (RFC 5407 3.1.5) ends the leg too; who hung up first stays who ended it. */
  protected remoteEnd(by: 'remote' | 'system', request: IncomingRequest): void {
    const { text } = whyOf(request.head.all('reason'));
    this.finish(this.#closing ?? this.ended(by, text));
  }

  protected respond(request: IncomingRequest, response: OutgoingResponse, done?: (result: SendResult) => void): void {
    request.respond(response, (result) => {
      if (result.sent) this.sentLine(`${response.status} ${response.phrase ?? phraseOf(response.status)}`, result.at);
      done?.(result);
    });
  }
}
