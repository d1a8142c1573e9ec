/** What a REGISTER asks for (RFC 3261 10.2, 10.3). */

import type { IncomingRequest, OutgoingResponse } from '../link.ts';
import { splitList } from '../message/message-head.ts';
import { parseNameAddress } from '../message/uri.ts';

const minExpiresSeconds = 60;
const maxExpiresSeconds = 3600;
const maxContactLength = 512;

export type ContactRequest =
  | { kind: 'query' }
  /** `uri` null: all of them (`*`). */
  | { kind: 'remove'; uri: string | null }
  | { kind: 'add'; uri: string; expiresSeconds: number }
  | { kind: 'invalid'; response: OutgoingResponse };

/** Of several contacts the last one that is not taken back counts. */
export function contactRequest(request: IncomingRequest): ContactRequest {
  const values = request.head.all('contact').slice(0, 8).flatMap(splitList).slice(0, 8);
  const general = seconds(request.head.first('expires') ?? undefined);
  if (values.length === 0) return { kind: 'query' };
  if (values.includes('*')) {
    // 10.3 step 6: only alone and only with Expires 0
    if (values.length > 1 || general !== 0) return { kind: 'invalid', response: { status: 400 } };
    return { kind: 'remove', uri: null };
  }
  const contacts = values.map((value) => contactOf(value, general ?? maxExpiresSeconds));
  const wanted = contacts.filter((contact) => contact !== null);
  const last = wanted.findLast((contact) => contact.expiresSeconds > 0) ?? wanted.at(-1);
  if (!last) return { kind: 'invalid', response: { status: 400, phrase: 'Bad Contact' } };
  if (last.expiresSeconds === 0) return { kind: 'remove', uri: last.uri };
  if (last.expiresSeconds < minExpiresSeconds) {
    const headers = { 'Min-Expires': String(minExpiresSeconds) };
    return { kind: 'invalid', response: { status: 423, headers } };
  }
  return { kind: 'add', uri: last.uri, expiresSeconds: Math.min(last.expiresSeconds, maxExpiresSeconds) };
}

function contactOf(value: string, general: number): { uri: string; expiresSeconds: number } | null {
  const address = parseNameAddress(value);
  const isSip = address.uri !== null && address.uri.scheme !== 'tel' && address.uri.host !== '';
  // It becomes a Request-URI and stands in a Contact of ours: nothing that could end either
  if (!isSip || address.text.length > maxContactLength || !/^[\x21\x23-\x3b\x3d\x3f-\x7e]+$/.test(address.text))
    return null;
  return { uri: address.text, expiresSeconds: seconds(address.params['expires']) ?? general };
}

/** 20.19: a value that is no number counts as 3600. */
function seconds(text: string | undefined): number | null {
  if (text === undefined) return null;
  return /^\d{1,10}$/.test(text.trim()) ? Number(text) : maxExpiresSeconds;
}
