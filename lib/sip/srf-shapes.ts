/** The parts of drachtio-srf 5.0.29 that we use, typed as they behave. */

import type { Socket } from 'node:net';
import type { OutgoingRequest, Peer } from './link.ts';

export interface SrfRequest {
  method: string;
  uri: string;
  raw: string;
  source: string;
  source_address: string;
  source_port: number;
  protocol: string;
  stackTime: string;
  stackTxnId: string;
  stackDialogId: string;
  receivedOn?: string;
  msg: object;
  on(event: 'response', handler: (response: SrfResponse, ack: (options?: object) => void) => void): void;
  on(event: 'update', handler: (request: SrfRequest, response: SrfResponse) => void): void;
}
export interface SrfResponse {
  status: number;
  statusCode: number;
  reason: string;
  raw: string;
  finished: boolean;
  msg: { raw?: string };
  meta: { time: string; dialogId: string };
  source_address: string;
  source_port: number;
  protocol: string;
  stackTime: string;
  stackDialogId: string;
}
export interface SrfConnection {
  pendingRequests: Map<string, unknown>;
  pendingSipRequests: Map<string, unknown>;
  pendingNetworkInvites: Map<string, unknown>;
}
export interface SrfAgent {
  mapServer: Map<Socket, SrfConnection>;
  wp: {
    closing?: boolean;
    reconnectVars?: { retryTimer: NodeJS.Timeout | null };
    on(event: 'msg', handler: (socket: Socket, text: string) => void): void;
    listeners(event: 'msg'): Array<(socket: Socket, text: string) => void>;
    removeAllListeners(event: 'msg'): void;
    send(socket: Socket, text: string): string;
  };
  on(event: 'connect', handler: (error: Error | null, hostports?: string) => void): void;
  on(event: 'close' | 'error', handler: (...args: unknown[]) => void): void;
  request(options: object, callback: (error: Error | null, request?: SrfRequest) => void): void;
  sendResponse(
    response: SrfResponse,
    options: object,
    callback: (error: unknown, message?: { raw?: string }) => void,
  ): void;
}
export interface SrfInstance {
  app: { client: SrfAgent };
  use(handler: (request: SrfRequest, response: SrfResponse) => void): void;
  use(method: string, handler: () => void): void;
  on(event: 'error', handler: (error: unknown) => void): void;
  connect(options: object): void;
  listen(options: object): void;
}

/**
 * Of the embedded engine alone, which takes it out (lib/engine/control/held-requests.ts). On the clock of the machine that
 * nobody sets, which both threads read.
 */
const NOT_BEFORE = 'X-Not-Before';
const notBefore = (holdMs: number): string => String(Number(process.hrtime.bigint()) / 1e6 + holdMs);

export function srfRequest(request: OutgoingRequest): object {
  const options = {
    method: request.method,
    uri: request.dialogId === null ? request.uri : 'sip:placeholder',
    ...(request.nextHop === null ? {} : { proxy: request.nextHop }),
    ...(request.dialogId === null ? {} : { stackDialogId: request.dialogId }),
  };
  const { holdMs } = request;
  const headers = holdMs === undefined ? request.headers : { ...request.headers, [NOT_BEFORE]: notBefore(holdMs) };
  return { ...options, ...(request.body === null ? { headers: { ...headers } } : withBody(headers, request.body)) };
}

/** Our bodies are SDP unless they say what else they are; a real drachtio-server refuses a body without a type. */
export function withBody(
  headers: Record<string, string>,
  body: string,
): { headers: Record<string, string>; body: string } {
  return { headers: { 'Content-Type': 'application/sdp', ...headers }, body };
}

export function peerOf(message: { protocol: string; source_address: string; source_port: number }): Peer {
  const protocol = (message.protocol ?? '').toLowerCase();
  return { protocol, address: message.source_address ?? '', port: message.source_port || 0 };
}

export function receivedOn(text: string | undefined): { address: string; port: number } | null {
  const colon = text?.lastIndexOf(':') ?? -1;
  if (!text || colon <= 0) return null;
  return { address: text.slice(0, colon), port: Number(text.slice(colon + 1)) || 0 };
}
