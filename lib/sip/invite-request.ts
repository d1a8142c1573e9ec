/** The INVITE of an outbound leg: the same request gives the same text, and it fits into a datagram. */

import { createHmac, type KeyObject } from 'node:crypto';
import { type IdentityHeaders, withoutNames } from './identity-headers.ts';
import type { OutgoingRequest } from './link.ts';
import { printable } from './message/message-head.ts';

/** RFC 3261 18.1.1: above 1,300 bytes UDP is not allowed when the path MTU is not known. */
export const maxDatagramBytes = 1300;
/** Via, Max-Forwards, Content-Length and Contact, which the engine writes. */
const engineHeaderBytes = 260;

/**
 * What we take within a dialog. There is no Supported header: neither 100rel (RFC 3262) nor timer (RFC 4028) is offered, so a
 * peer's Session-Expires is ignored here, as RFC 4028 9 allows; its refreshes, re-INVITE or UPDATE, are answered.
 */
export const allowedMethods = 'INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE, MESSAGE, NOTIFY';
export const userAgent = 'drachtio-callback';

export interface InviteTarget {
  /** Request-URI. */
  uri: string;
  /** The URI of To. */
  to: string;
  nextHop: string | null;
  /** Lower case. */
  transport: string;
}

export interface InviteParts {
  target: InviteTarget;
  identity: IdentityHeaders;
  contact: string | null;
  callbackId: string | null;
  sdp: string;
  callId: string;
  fromTag: string;
  /** 1 for the first request, one more for each digest retry (RFC 3261 22.2). */
  cseq: number;
  authorization: { name: string; value: string } | null;
}

export function inviteRequest(parts: InviteParts): OutgoingRequest {
  const full = compose(parts, parts.identity, true);
  if (parts.target.transport !== 'udp' || fits(full)) return full;
  const plain = compose(parts, parts.identity, false);
  return fits(plain) ? plain : compose(parts, withoutNames(parts.identity), false);
}

function compose(parts: InviteParts, identity: IdentityHeaders, withOptional: boolean): OutgoingRequest {
  const headers: Record<string, string> = {
    From: `${identity.from};tag=${parts.fromTag}`,
    To: `<${parts.target.to}>`,
    'Call-ID': parts.callId,
    CSeq: `${parts.cseq} INVITE`,
    ...identity.headers,
  };
  if (parts.contact !== null) headers['Contact'] = parts.contact;
  if (parts.callbackId !== null) headers['X-Callback-ID'] = printable(parts.callbackId);
  if (parts.authorization !== null) headers[parts.authorization.name] = parts.authorization.value;
  if (withOptional) Object.assign(headers, { Allow: allowedMethods, 'User-Agent': userAgent });
  const { uri, nextHop } = parts.target;
  return { method: 'INVITE', uri, dialogId: null, nextHop, headers, body: parts.sdp };
}

function fits(request: OutgoingRequest): boolean {
  const lines = Object.entries(request.headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const text = `INVITE ${request.uri} SIP/2.0\r\n${lines.join('')}Content-Type: application/sdp\r\n\r\n${request.body ?? ''}`;
  return Buffer.byteLength(text) + engineHeaderBytes < maxDatagramBytes;
}

/**
 * A name that follows from a key and cannot be guessed without the secret. The secret is a KeyObject: to make one of its
 * bytes takes eight times as long as the rest.
 */
export function derivedToken(secret: KeyObject, purpose: string, key: string): string {
  return createHmac('sha256', secret).update(`${purpose}\n${key}`).digest('hex').slice(0, 32);
}
