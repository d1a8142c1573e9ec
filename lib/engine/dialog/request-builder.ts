import { canonicalHeaderName } from '../message/header-names.ts';
import { formatHostPort } from '../message/host.ts';
import { SipMessage } from '../message/sip-message.ts';
import { MAGIC_COOKIE, randomToken } from '../transaction/branch.ts';
import type { Protocol } from '../transaction/wire.ts';
import { unsoundness } from './soundness.ts';

/** Our end towards a peer, as it stands in Via and Contact. */
export interface LocalEnd {
  readonly protocol: Protocol;
  readonly host: string;
  readonly port: number;
}

/** Header fields that the engine alone writes; what an application sets is dropped. */
const ENGINE_OWNED = new Set(['via', 'route', 'record-route', 'rseq', 'content-length']);
/** More hops than any path has. */
const MOST_ROUTES = 8;
/** Fields with one value: the application's takes the place of the engine's. */
const SINGLE = new Set(['max-forwards']);
const IDENTITY = new Set(['from', 'to', 'call-id', 'cseq']);
const LOCALHOST = /@localhost(?::\d{1,5})?(?=[;>?,\s]|$)/g;
const WITH_HOST_OF_OURS = new Set(['from', 'to', 'contact', 'p-asserted-identity']);

/** Contact of the engine towards a peer. */
export function contactOf(local: LocalEnd): string {
  return `<sip:${formatHostPort(local.host, local.port)}${transportParam(local)}>`;
}

/**
 * RFC 3261 8.1.1.8, 12.1.1: what is asked for by `sips` has a `sips` Contact, so that what follows is TLS too. The transport
 * under it is TCP then, which nobody writes (RFC 5630 3.1.4).
 */
export function secureContact(message: SipMessage, requestUri: string): void {
  const contact = message.get('contact');
  if (contact === undefined || !/^sips:/i.test(requestUri)) return;
  message.set('Contact', contact.replace(/(^|<)sip:/i, '$1sips:').replace(/;transport=tls(?=[;>]|$)/i, ''));
}

/** The Via of a request of ours; `rport` asks for the answer to come to where the request came from (RFC 3581). */
export function viaOf(local: LocalEnd, branch: string): string {
  if (!branch.startsWith(MAGIC_COOKIE)) throw new TypeError('a branch begins with the magic cookie');
  return `SIP/2.0/${local.protocol.toUpperCase()} ${formatHostPort(local.host, local.port)};rport;branch=${branch}`;
}

/** Writes our address where an application wrote `@localhost`. */
export function withLocalHost(key: string, value: string, local: LocalEnd): string {
  if (!WITH_HOST_OF_OURS.has(key) || !value.includes('@localhost')) return value;
  const isContact = key === 'contact';
  const bracketed = isContact && !value.includes('<') ? `<${value}>` : value;
  const param = isContact ? transportParam(local) : '';
  return bracketed.replace(LOCALHOST, `@${formatHostPort(local.host, local.port)}${param}`);
}

/** `x-a-b` stays, `some-header` becomes `Some-Header`, a known header takes its usual form. */
export function headerNameOf(name: string): string {
  const canonical = canonicalHeaderName(name);
  if (canonical !== name || /^x-/i.test(name)) return canonical;
  return name.replace(/(?:^|-)[a-z]/g, (start) => start.toUpperCase());
}

/** Copies the application's own header fields, those aside that the engine or the dialog decides. */
export function copyHeaders(from: SipMessage, to: SipMessage, local: LocalEnd): void {
  for (const name of from.headerNames()) {
    const key = name.toLowerCase();
    if (ENGINE_OWNED.has(key) || IDENTITY.has(key)) continue;
    if (SINGLE.has(key)) to.set(name, from.get(name) ?? '');
    else
      for (const value of from.lines(name))
        if (value !== '') to.append(headerNameOf(name), withLocalHost(key, value, local));
  }
}

/** Takes over the body, which completes a message. Undefined, or why it cannot be sent. */
export function completeWithBody(from: SipMessage, to: SipMessage): string | undefined {
  if (from.body.length > 0 && !to.has('content-type')) {
    if (from.body.subarray(0, 3).toString('latin1') !== 'v=0') return 'missing content-type';
    to.append('Content-Type', 'application/sdp');
  }
  to.body = from.body;
  return unsoundness(to);
}

export interface NewRequest {
  readonly request: SipMessage;
  /** The application chose Call-ID and From tag, so that the request has an identity of its own. */
  readonly isIdentified: boolean;
}

/** A request outside of a dialog from what the application wrote (RFC 3261 8.1.1), still without its Via. */
export function buildNewRequest(app: SipMessage, uri: string, local: LocalEnd): NewRequest {
  const request = SipMessage.request(app.method, uri);
  request.append('Max-Forwards', '70');
  const from = withLocalHost('from', app.get('from') ?? `<sip:${formatHostPort(local.host, local.port)}>`, local);
  request.append('From', app.fromTag === undefined ? `${from};tag=${randomToken()}` : from);
  request.append('To', withLocalHost('to', app.get('to') ?? `<${uri}>`, local));
  request.append('Call-ID', app.callId === '' ? randomToken() : app.callId);
  request.append('CSeq', `${cseqNumberOf(app) ?? 1} ${app.method}`);
  const needsContact = app.method === 'INVITE' || app.method === 'SUBSCRIBE';
  if (needsContact && !app.has('contact')) request.append('Contact', contactOf(local));
  copyHeaders(app, request, local);
  secureContact(request, uri);
  return { request, isIdentified: app.callId !== '' && app.fromTag !== undefined };
}

/**
 * A route that is known beforehand (RFC 3327 5.4), of an application that also says where the request goes first. A
 * drachtio-server drops it in any case.
 */
export function addRoute(app: SipMessage, request: SipMessage): void {
  for (const route of app.getAll('route').slice(0, MOST_ROUTES)) request.append('Route', route);
}

/** The number alone: an application may leave the method out. */
export function cseqNumberOf(message: SipMessage): number | undefined {
  const digits = /^\s*(\d{1,10})(?:\s|$)/.exec(message.get('cseq') ?? '')?.[1];
  const number = Number(digits);
  return digits !== undefined && number < 2 ** 31 ? number : undefined;
}

function transportParam(local: LocalEnd): string {
  return local.protocol === 'udp' ? '' : `;transport=${local.protocol}`;
}
