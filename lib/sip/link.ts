/**
 * The way to the SIP engine in this room's words: requests and responses, no transport, no transaction timers. The engine
 * (embedded or a drachtio-server) does RFC 3261 chapters 17 and 18 and keeps dialogs; `srf-facade.ts` implements this.
 */

import type { MessageHead } from './message/message-head.ts';

export interface Peer {
  /** Lower case: udp, tcp, tls, ws, wss; empty: not known. */
  protocol: string;
  address: string;
  port: number;
}

export interface OutgoingRequest {
  method: string;
  /** Ignored by the engine for requests in a dialog, which go to the remote target. */
  uri: string;
  /** The engine's name of the dialog; null: outside of any. */
  dialogId: string | null;
  /** Where it is sent, a SIP URI; null: where `uri` says. */
  nextHop: string | null;
  headers: Record<string, string>;
  body: string | null;
  /** It leaves so many milliseconds from now, where the engine can wait (`holds`); left out: at once. */
  holdMs?: number;
}

/** A request of ours as it left. */
export interface SentRequest {
  transactionId: string;
  at: number;
  head: MessageHead;
  /** Bytes of the whole message. */
  bytes: number;
}

export interface IncomingResponse {
  status: number;
  phrase: string;
  head: MessageHead;
  body: string;
  at: number;
  /** Null: the engine made it up (Timer B, no route). */
  source: Peer | null;
  dialogId: string;
  /** Sends the ACK of a 2xx, with an SDP answer if there is one to give. */
  ack(body: string | null): void;
}

/** Exactly one of `sent` and `failed` comes first; after `sent`, responses until a final one. None after the link was lost. */
export interface RequestHandlers {
  sent(sent: SentRequest): void;
  /** It did not leave; the engine's words. */
  failed(text: string): void;
  response(response: IncomingResponse): void;
  /** The peer sent UPDATE before our INVITE was answered (RFC 3311). */
  update?(request: IncomingRequest): void;
}

export interface OutgoingResponse {
  status: number;
  /** Null: the usual one of the status. */
  phrase?: string;
  headers?: Record<string, string>;
  body?: string;
}

export type SendResult =
  | { sent: true; at: number; dialogId: string; head: MessageHead }
  /** Usually since a CANCEL was faster; `text` is the engine's. */
  | { sent: false; text: string };

export interface IncomingRequest {
  method: string;
  uri: string;
  head: MessageHead;
  body: string;
  at: number;
  transactionId: string;
  /** Null: outside of any dialog. */
  dialogId: string | null;
  source: Peer;
  /** Where it came in; null: not known. */
  receivedOn: { address: string; port: number } | null;
  /** The engine sent it itself (BYE on ACK timeout, session expiry): the dialog is over, there is nothing to answer. */
  unsolicited: boolean;
  /** At most one final response; a second one is dropped. `done` is called once, also when the link is lost. */
  respond(response: OutgoingResponse, done?: (result: SendResult) => void): void;
}

export interface LinkHandlers {
  request(request: IncomingRequest): void;
  /** CANCEL of an INVITE that was handed over; the engine has answered 200 and 487 (RFC 3261 9.2). */
  cancelled(transactionId: string, head: MessageHead): void;
  /** A 2xx to an INVITE of ours that nobody waits for any more: late, or of another fork. */
  strayAnswer(answer: { dialogId: string; transactionId: string; head: MessageHead }): void;
  /** The control connection is up; `proto/address:port` of each SIP socket. */
  connected(listening: string[]): void;
  /** The engine does not accept our secret. */
  refused(): void;
  /** The control connection is gone, and with it all transactions and dialogs. */
  lost(): void;
}

export interface SipLink {
  readonly connected: boolean;
  /** The engine can be given a request some milliseconds early (`holdMs`): it keeps the instant better than we do. */
  readonly holds: boolean;
  start(handlers: LinkHandlers): Promise<void>;
  stop(): Promise<void>;
  send(request: OutgoingRequest, handlers: RequestHandlers): void;
  /** CANCEL for an INVITE of ours (RFC 3261 9.1). */
  cancel(target: { transactionId: string; uri: string; headers: Record<string, string> }): void;
  /** ACK for a 2xx outside of its transaction's handlers. */
  ack(dialogId: string): void;
  /** No response of this request is waited for any more. */
  forget(transactionId: string): void;
  /** What drachtio-srf still keeps; 0 at rest. */
  pending(): number;
}
