import { randomUUID } from 'node:crypto';
import type { Timer } from '../clock.ts';
import { SipMessage } from '../message/sip-message.ts';
import { derivedBranch, randomBranch } from '../transaction/branch.ts';
import { ackForFailure, type ClientTransaction } from '../transaction/client-transaction.ts';
import type { Flow, Target } from '../transaction/wire.ts';
import { destinationOf } from '../transaction/wire.ts';
import type { Application } from './application.ts';
import type { Core } from './core.ts';
import type { Dialog } from './dialog.ts';
import { copyHeaders, type LocalEnd, viaOf } from './request-builder.ts';

export type Failure = 'timeout' | 'unreachable' | 'cancelled';

export interface OutgoingUser {
  onResponse(outgoing: OutgoingRequest, response: SipMessage, flow: Flow): void;
  /** The engine has to make the final response up. */
  onFailure(outgoing: OutgoingRequest, failure: Failure): void;
}

interface OutgoingOptions {
  readonly owner: Application;
  /** The request without its Via. */
  readonly template: SipMessage;
  readonly local: LocalEnd;
  /** In order of preference; the later ones are tried while nothing at all has been heard. */
  readonly targets: readonly Target[];
  /** Derive the branch from the request's identity, see `derivedBranch`. */
  readonly isIdentified: boolean;
  readonly dialog: Dialog | undefined;
  readonly user: OutgoingUser;
}

/** What went to one address. */
interface Attempt {
  readonly request: SipMessage;
  readonly target: Target;
  transaction: ClientTransaction | undefined;
  hasResponse: boolean;
  cancelSent: boolean;
}

/** One request of an application, over all addresses that are tried for it, until its final response. */
export class OutgoingRequest {
  readonly transactionId = randomUUID();
  readonly owner: Application;
  readonly dialog: Dialog | undefined;
  readonly local: LocalEnd;
  /** A final response has been seen or made up. */
  isFinal = false;
  /** To tag of the 2xx that the application was told of. */
  acceptedTag: string | undefined;
  /** Nobody is interested any more: a late answer is acknowledged and ended by the engine. */
  isOrphaned = false;
  readonly #core: Core;
  readonly #options: OutgoingOptions;
  readonly #attempts: Attempt[] = [];
  #cancel: SipMessage | undefined;
  #cancelDeadline: Timer | undefined;

  constructor(core: Core, options: OutgoingOptions) {
    this.#core = core;
    this.#options = options;
    this.owner = options.owner;
    this.dialog = options.dialog;
    this.local = options.local;
    this.#attempts.push(this.#prepare(options.targets[0]!));
  }

  /** The request as it went out last. */
  get request(): SipMessage {
    return this.#current.request;
  }

  get target(): Target {
    return this.#current.target;
  }

  get isInvite(): boolean {
    return this.#options.template.method === 'INVITE';
  }

  /** More than one address has been tried, so that answers may come from one that was given up. */
  get hasFailedOver(): boolean {
    return this.#attempts.length > 1;
  }

  get hasResponse(): boolean {
    return this.#attempts.some((attempt) => attempt.hasResponse);
  }

  /** Sends to the first address; false if the very same request is under way already. */
  start(): boolean {
    return this.#launch(this.#current);
  }

  /**
   * Asks the peer to stop. RFC 3261 9.1: a CANCEL may only follow a provisional response, so before one it is kept back and
   * goes out as soon as there is one. Meanwhile a call is not repeated; an INVITE within a dialog is, since the dialog hangs on
   * its end (14.1). Undefined if there is nothing to cancel.
   */
  cancel(headers?: SipMessage): SipMessage | undefined {
    if (!this.isInvite || this.isFinal) return undefined;
    this.#cancel = this.#cancelFor(this.#current, headers);
    for (const attempt of this.#attempts) {
      if (attempt.hasResponse) this.#sendCancel(attempt);
      else if (this.dialog === undefined) attempt.transaction?.cease();
    }
    return this.#cancel;
  }

  /** A response that no transaction wanted: too late, or from an address that was given up. */
  stray(response: SipMessage, flow: Flow): void {
    const branch = response.topVia?.branch;
    const attempt = this.#attempts.find(({ request }) => request.topVia?.branch === branch);
    if (attempt === undefined) return;
    if (response.status >= 300) {
      const ack = ackForFailure(attempt.request, response).toBuffer();
      this.#core.wire.send(ack, attempt.target).catch(() => undefined);
    } else if (response.status >= 200) this.#options.user.onResponse(this, response, flow);
    else this.#sendCancel(attempt);
  }

  /** The final response has been handled: no further address is tried, and whoever still rings is told to stop. */
  finish(): void {
    this.isFinal = true;
    this.#cancelDeadline?.cancel();
    for (const attempt of this.#attempts) {
      if (this.isInvite && attempt.transaction?.state === 'proceeding') this.#sendCancel(attempt);
    }
  }

  get #current(): Attempt {
    return this.#attempts.at(-1)!;
  }

  #prepare(target: Target): Attempt {
    const { template, isIdentified } = this.#options;
    const request = template.clone();
    const branch = isIdentified ? branchOf(template, this.#attempts.length) : randomBranch();
    request.prepend('Via', viaOf(this.#localFor(target), branch));
    return { request, target, transaction: undefined, hasResponse: false, cancelSent: false };
  }

  #launch(attempt: Attempt): boolean {
    attempt.transaction = this.#core.transactions.request(attempt.request, attempt.target, {
      onResponse: (response, flow) => this.#onResponse(attempt, response, flow),
      onFailure: (failure) => this.#onFailure(failure),
    });
    return attempt.transaction !== undefined;
  }

  #localFor(target: Target): LocalEnd {
    const { protocol, address } = destinationOf(target);
    if (this.#attempts.length === 0) return this.local;
    return { protocol, ...(this.#core.wire.sentByFor(protocol, address) ?? this.local) };
  }

  #onResponse(attempt: Attempt, response: SipMessage, flow: Flow): void {
    attempt.hasResponse = true;
    if (response.status < 200 && (this.#cancel !== undefined || (this.isFinal && this.isInvite)))
      this.#sendCancel(attempt);
    if (this.isFinal && (response.status < 200 || response.status >= 300)) return;
    this.#options.user.onResponse(this, response, flow);
  }

  #onFailure(failure: 'timeout' | 'unreachable'): void {
    if (this.isFinal) return;
    const next = this.#options.targets[this.#attempts.length];
    // RFC 3263 4.3: the next address, unless somebody has been heard or the application has given up.
    if (next !== undefined && !this.hasResponse && this.#cancel === undefined && this.owner.isOpen) {
      const attempt = this.#prepare(next);
      this.#attempts.push(attempt);
      if (this.#launch(attempt)) return;
    }
    this.#options.user.onFailure(this, failure);
  }

  #sendCancel(attempt: Attempt): void {
    if (attempt.cancelSent) return;
    attempt.cancelSent = true;
    const isLast = attempt === this.#current;
    const cancel = isLast && this.#cancel !== undefined ? this.#cancel : this.#cancelFor(attempt);
    this.#core.transactions.request(cancel, attempt.target, {
      onResponse: () => undefined,
      onFailure: () => undefined,
    });
    if (this.isFinal) return;
    // RFC 3261 9.1: without a final response 64*T1 after the CANCEL the INVITE counts as cancelled.
    this.#cancelDeadline ??= this.#core.clock.after(this.#core.timers.t1x64, () => {
      if (this.isFinal) return;
      for (const { transaction } of this.#attempts) transaction?.abandon();
      this.#options.user.onFailure(this, 'cancelled');
    });
  }

  /** RFC 3261 9.1: the fields of the INVITE, its topmost Via alone, and its route. */
  #cancelFor(attempt: Attempt, headers?: SipMessage): SipMessage {
    const { request } = attempt;
    const cancel = SipMessage.request('CANCEL', request.uri);
    cancel.append('Via', request.getFirst('via') ?? '');
    cancel.append('Max-Forwards', '70');
    for (const route of request.lines('route')) cancel.append('Route', route);
    for (const name of ['From', 'To', 'Call-ID']) cancel.append(name, request.get(name) ?? '');
    cancel.append('CSeq', `${request.cseq?.number ?? 1} CANCEL`);
    if (headers !== undefined) copyHeaders(headers, cancel, this.local);
    return cancel;
  }
}

function branchOf(template: SipMessage, targetIndex: number): string {
  const { callId, method, uri, fromTag = '', cseq } = template;
  return derivedBranch({ callId, fromTag, cseq: cseq?.number ?? 0, method, uri, targetIndex });
}
