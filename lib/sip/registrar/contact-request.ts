/** What a REGISTER asks for (RFC 3261 10.2, 10.3). */

import type { IncomingRequest, OutgoingResponse } from '../link.ts';
import { splitList } from '../message/message-head.ts';
import { parseNameAddress, parseUri } from '../message/uri.ts';

const maxContactLength = 512;
/** More than any phone has; what is beyond is not read. */
const maxValues = 16;
const maxHops = 8;

export interface WantedContact {
  uri: string;
  /** Thousandths. */
  q: number;
  /** 0: it is taken back. */
  expiresSeconds: number;
}

export type ContactRequest =
  | { kind: 'query' }
  /** `*`: all of them. */
  | { kind: 'removeAll' }
  | { kind: 'change'; contacts: WantedContact[] }
  | { kind: 'invalid'; response: OutgoingResponse };

export interface ExpiryLimits {
  minExpiresSeconds: number;
  maxExpiresSeconds: number;
}

export function contactRequest(request: IncomingRequest, limits: ExpiryLimits): ContactRequest {
  const values = request.head.all('contact').slice(0, maxValues).flatMap(splitList).slice(0, maxValues);
  const general = seconds(request.head.first('expires') ?? undefined);
  if (values.length === 0) return { kind: 'query' };
  if (values.includes('*')) {
    // 10.3 step 6: only alone and only with Expires 0
    if (values.length > 1 || general !== 0) return { kind: 'invalid', response: { status: 400 } };
    return { kind: 'removeAll' };
  }
  const contacts = values.map((value) => contactOf(value, general ?? limits.maxExpiresSeconds));
  if (contacts.includes(null)) return { kind: 'invalid', response: { status: 400, phrase: 'Bad Contact' } };
  const wanted = distinct(contacts as WantedContact[]);
  const { minExpiresSeconds: least, maxExpiresSeconds: most } = limits;
  if (wanted.some(({ expiresSeconds }) => expiresSeconds > 0 && expiresSeconds < least)) {
    return { kind: 'invalid', response: { status: 423, headers: { 'Min-Expires': String(least) } } };
  }
  const cut = wanted.map((contact) => ({ ...contact, expiresSeconds: Math.min(contact.expiresSeconds, most) }));
  return { kind: 'change', contacts: cut };
}

/** Of two that are the same the later one counts. */
function distinct(contacts: WantedContact[]): WantedContact[] {
  return [...new Map(contacts.map((contact) => [contactKey(contact.uri), contact])).values()];
}

function contactOf(value: string, general: number): WantedContact | null {
  const address = parseNameAddress(value);
  if (!isContactUri(address.text)) return null;
  const q = qualityOf(address.params['q']);
  return { uri: address.text, q, expiresSeconds: seconds(address.params['expires']) ?? general };
}

/** It becomes a Request-URI, and a Path a Route: nothing that could end either. */
function isContactUri(text: string): boolean {
  const uri = parseUri(text);
  const isSip = uri !== null && uri.scheme !== 'tel' && uri.host !== '';
  return isSip && text.length <= maxContactLength && /^[\x21\x23-\x3b\x3d\x3f-\x7e]+$/.test(text);
}

/** What RFC 3261 19.1.4 compares first; phones write their other parameters the same each time. */
export function contactKey(text: string): string {
  const uri = parseUri(text);
  if (uri === null) return text;
  const params = Object.entries(uri.params).map(([name, value]) => `${name}=${value.toLowerCase()}`);
  return `${uri.scheme}:${uri.user}@${uri.host.toLowerCase()}:${uri.port};${params.sort().join(';')}`;
}

/** RFC 3261 20.10; what is no quality counts as the highest. */
function qualityOf(text: string | undefined): number {
  return text !== undefined && /^(0(\.\d{0,3})?|1(\.0{0,3})?)$/.test(text) ? Math.round(Number(text) * 1000) : 1000;
}

/** 20.19: a value that is no number counts as the longest. */
function seconds(text: string | undefined): number | null {
  if (text === undefined) return null;
  return /^\d{1,10}$/.test(text.trim()) ? Number(text) : Number.MAX_SAFE_INTEGER;
}

/** The route to the contacts (RFC 3327 5.3), as Route values; null: it cannot be read. */
export function pathOf(request: IncomingRequest): string[] | null {
  const values = request.head
    .all('path')
    .slice(0, maxHops + 1)
    .flatMap(splitList);
  if (values.length > maxHops) return null;
  const hops = values.map((value) => parseNameAddress(value).text);
  return hops.every(isContactUri) ? hops.map((hop) => `<${hop}>`) : null;
}
