import type { SipMessage } from '../message/sip-message.ts';
import type { Via } from '../message/via.ts';
import { MAGIC_COOKIE, randomToken } from './branch.ts';
import { ClientTransaction, type ClientUser, type TransactionContext } from './client-transaction.ts';
import { responseTo } from './response.ts';
import { retainedText } from './retained.ts';
import { ServerTransaction } from './server-transaction.ts';
import { destinationOf, type Flow, type Target } from './wire.ts';

/** The core above the transactions (RFC 3261 section 5). */
export interface TransactionUser {
  /** A new request other than ACK and CANCEL. An INVITE has had its 100. */
  onRequest(transaction: ServerTransaction): void;
  /** `invite` is the transaction that the CANCEL matches (RFC 3261 9.2). */
  onCancel(cancel: ServerTransaction, invite: ServerTransaction | undefined): void;
  /** The ACK to a 2xx, which belongs to no transaction (RFC 3261 17.1.1.3). */
  onAck(ack: SipMessage, flow: Flow): void;
  /** A response to no living transaction. */
  onStrayResponse(response: SipMessage, flow: Flow): void;
}

export interface LayerOptions extends TransactionContext {
  readonly user: TransactionUser;
  /** Where the responses to a request go. */
  readonly responseTarget: (via: Via, flow: Flow) => Target;
  /** Server transactions at once; above it a new request gets a stateless 503. */
  readonly maxServerTransactions: number;
}

/** Matches messages to transactions (RFC 3261 17.1.3, 17.2.3) and makes new ones. */
export class TransactionLayer {
  readonly #options: LayerOptions;
  readonly #clients = new Map<string, ClientTransaction>();
  readonly #servers = new Map<string, ServerTransaction>();
  /** Requests outside of a dialog by From tag, Call-ID and CSeq, to find merged ones (RFC 3261 8.2.2.2). */
  readonly #merge = new Map<string, ServerTransaction>();

  constructor(options: LayerOptions) {
    this.#options = options;
  }

  get counts(): { clients: number; servers: number } {
    return { clients: this.#clients.size, servers: this.#servers.size };
  }

  receive(message: SipMessage, flow: Flow): void {
    if (message.isRequest) this.#receiveRequest(message, flow);
    else this.#receiveResponse(message, flow);
  }

  /** Starts a client transaction; undefined if the same request is already under way. */
  request(request: SipMessage, target: Target, user: ClientUser): ClientTransaction | undefined {
    const key = clientKey(request);
    if (this.#clients.has(key)) return undefined;
    const onTerminated = () => this.#clients.delete(key);
    const transaction = new ClientTransaction({ key, request, target, user, onTerminated }, this.#options);
    this.#clients.set(key, transaction);
    transaction.start();
    return transaction;
  }

  /** The network reports that nobody listens at an address: whoever waits for it learns it now. */
  unreachable(address: string, port: number): void {
    for (const transaction of this.#clients.values()) {
      const end = destinationOf(transaction.target);
      if (end.address === address && end.port === port && end.protocol === 'udp') transaction.fail();
    }
  }

  /** Ends all transactions silently. */
  close(): void {
    for (const transaction of [...this.#clients.values(), ...this.#servers.values()]) transaction.abandon();
  }

  #receiveResponse(response: SipMessage, flow: Flow): void {
    const transaction = this.#clients.get(clientKey(response));
    if (transaction === undefined) this.#options.user.onStrayResponse(response, flow);
    else transaction.receive(response, flow);
  }

  #receiveRequest(request: SipMessage, flow: Flow): void {
    const via = request.topVia;
    if (via === undefined) return;
    const { method } = request;
    const existing = this.#servers.get(serverKey(request, via, method === 'ACK' ? 'INVITE' : method));
    if (method === 'ACK') {
      if (existing === undefined) this.#options.user.onAck(request, flow);
      else existing.acknowledge(request, flow);
    } else if (existing !== undefined) existing.repeat();
    else this.#newRequest(request, via, flow);
  }

  #newRequest(request: SipMessage, via: Via, flow: Flow): void {
    const { user, responseTarget, maxServerTransactions } = this.#options;
    const target = responseTarget(via, flow);
    if (this.#servers.size >= maxServerTransactions) {
      const refusal = responseTo(request, 503, { toTag: randomToken() });
      this.#options.wire.send(refusal.toBuffer(), target).catch(() => undefined);
      return;
    }
    const found = mergeKey(request);
    const merged = found === undefined ? undefined : retainedText(found);
    const isMerged = merged !== undefined && this.#merge.has(merged);
    const transaction = new ServerTransaction(
      request,
      {
        key: retainedText(serverKey(request, via, request.method)),
        flow,
        responseTarget: target,
        onRequest: (started) => this.#dispatch(started, isMerged),
        onAck: (ack, ackFlow) => user.onAck(ack, ackFlow),
        onTerminated: (ended) => this.#forget(ended, isMerged ? undefined : merged),
      },
      this.#options,
    );
    this.#servers.set(transaction.key, transaction);
    if (merged !== undefined && !isMerged) this.#merge.set(merged, transaction);
    transaction.start();
  }

  #dispatch(transaction: ServerTransaction, isMerged: boolean): void {
    const { request } = transaction;
    const { user } = this.#options;
    if (request.method === 'CANCEL') {
      user.onCancel(transaction, this.#servers.get(serverKey(request, request.topVia!, 'INVITE')));
      return;
    }
    // RFC 3261 8.2.2.2: the same request reached us by two ways.
    if (isMerged) {
      transaction.respond(responseTo(request, 482, { toTag: randomToken() }));
      transaction.release();
      return;
    }
    // RFC 3261 17.2.1: a 100 within 200 ms; at once is the simplest way to keep that.
    if (request.method === 'INVITE') transaction.respond(responseTo(request, 100));
    user.onRequest(transaction);
  }

  #forget(transaction: ServerTransaction, merged: string | undefined): void {
    this.#servers.delete(transaction.key);
    if (merged !== undefined) this.#merge.delete(merged);
  }
}

/** RFC 3261 17.1.3: the branch of the top Via and the method of CSeq. */
function clientKey(message: SipMessage): string {
  return `${message.topVia?.branch ?? ''}|${message.cseq?.method ?? ''}`;
}

/** RFC 3261 17.2.3. Without the cookie the request is of RFC 2543 and is known by its header fields. */
function serverKey(request: SipMessage, via: Via, method: string): string {
  const branch = via.branch ?? '';
  if (branch.startsWith(MAGIC_COOKIE)) return `${branch}|${via.host.toLowerCase()}:${via.port ?? ''}|${method}`;
  const { callId, fromTag, cseq, uri } = request;
  return `2543|${callId}|${fromTag ?? ''}|${cseq?.number ?? ''}|${uri}|${request.getFirst('via') ?? ''}|${method}`;
}

function mergeKey(request: SipMessage): string | undefined {
  if (request.method === 'CANCEL' || request.toTag !== undefined) return undefined;
  return `${request.fromTag ?? ''}|${request.callId}|${request.get('cseq') ?? ''}`;
}
