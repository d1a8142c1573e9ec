/** SIP and tel URIs and what stands around them, as far as a user agent needs them (RFC 3261 19.1, RFC 3966). */

import { splitOutside, unquoted } from './message-head.ts';

export interface Uri {
  scheme: 'sip' | 'sips' | 'tel';
  /** As written, escapes kept, user parameters (`;…`) and password cut off; empty: none. A tel URI's number. */
  user: string;
  /** IPv6 with its brackets; empty for tel. */
  host: string;
  /** 0: not given. */
  port: number;
  /** Lower-case names; a parameter without value is ''. No prototype. */
  params: Record<string, string>;
}

const maxUriLength = 1024;
const maxParams = 32;

/** @returns null for anything that is no sip, sips or tel URI */
export function parseUri(text: string): Uri | null {
  if (text.length > maxUriLength) return null;
  const colon = text.indexOf(':');
  const scheme = text.slice(0, colon).trim().toLowerCase();
  const rest = text.slice(colon + 1).trim();
  if (scheme === 'tel') return telUri(rest);
  if (scheme !== 'sip' && scheme !== 'sips') return null;
  const at = rest.lastIndexOf('@');
  const userInfo = at < 0 ? '' : rest.slice(0, at);
  const [hostPort = '', ...params] = (at < 0 ? rest : rest.slice(at + 1)).split('?', 1)[0]!.split(';', maxParams);
  const parts = /^(\[[0-9a-fA-F:.]{2,45}\]|[^\s:[\]<>"@,]{1,253})(?::(\d{1,5}))?$/.exec(hostPort.trim());
  if (!parts || Number(parts[2] ?? 0) > 65535) return null;
  const user = userInfo.split(/[;:]/, 1)[0]!;
  return { scheme, user, host: parts[1]!, port: Number(parts[2] ?? 0), params: paramsOf(params) };
}

function telUri(rest: string): Uri | null {
  const [user = '', ...params] = rest.split(';', maxParams);
  if (user.trim() === '') return null;
  return { scheme: 'tel', user: user.trim(), host: '', port: 0, params: paramsOf(params) };
}

function paramsOf(parts: readonly string[]): Record<string, string> {
  const params: Record<string, string> = Object.create(null);
  for (const part of parts) {
    const equals = part.indexOf('=');
    const name = (equals < 0 ? part : part.slice(0, equals)).trim().toLowerCase();
    if (name !== '' && !(name in params)) params[name] = equals < 0 ? '' : part.slice(equals + 1).trim();
  }
  return params;
}

/** Whether it can stand between angle brackets in a header as it is. */
export function isWrittenPlainly(text: string): boolean {
  return !/[^!-~]|[<>"\\^`{|}]/.test(text) && parseUri(text) !== null;
}

export interface NameAddress {
  name: string | null;
  /** The URI as written; `uri` null: not one that we read. */
  text: string;
  uri: Uri | null;
  /** Parameters of the header, not of the URI. No prototype. */
  params: Record<string, string>;
}

/** One `name-addr` or `addr-spec` with header parameters, e.g. a From value. Never throws. */
export function parseNameAddress(value: string): NameAddress {
  const open = openBracket(value);
  if (open < 0) {
    // RFC 3261 20: without angle brackets the parameters belong to the header
    const [text = '', ...params] = value.split(';', maxParams);
    return { name: null, text: text.trim(), uri: parseUri(text.trim()), params: paramsOf(params) };
  }
  const close = value.indexOf('>', open);
  const text = value.slice(open + 1, close < 0 ? undefined : close).trim();
  const name = unquoted(value.slice(0, open).trim()).trim();
  const params = close < 0 ? [] : splitOutside(value.slice(close + 1), ';').slice(0, maxParams);
  return { name: name === '' ? null : name, text, uri: parseUri(text), params: paramsOf(params) };
}

/** Index of the first `<` outside a quoted string. */
function openBracket(value: string): number {
  let quoted = false;
  for (let i = 0; i < value.length; i++) {
    if (quoted) {
      if (value[i] === '\\') i++;
      else if (value[i] === '"') quoted = false;
    } else if (value[i] === '"') quoted = true;
    else if (value[i] === '<') return i;
  }
  return -1;
}

/**
 * A text as the user part of a URI: whatever the grammar forbids there is escaped (RFC 3261 25.1, `user`), legal
 * characters and escapes that are already there stay octet for octet.
 */
export function escapeUser(user: string): string {
  return user.toWellFormed().replace(/%[0-9a-fA-F]{2}|[^A-Za-z0-9\-_.!~*'()&=+$,;?/]/gu, (text) => {
    if (text.length === 3 && text.startsWith('%')) return text;
    return [...Buffer.from(text)].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join('');
  });
}

/** `udp/192.0.2.1:5060` of the next hop that a URI names, as far as it is known without DNS. */
export function peerOf(uriText: string): string {
  const uri = parseUri(uriText);
  if (!uri || uri.host === '') return '';
  const transport = transportOf(uri);
  return `${transport}/${uri.host}:${uri.port || (transport === 'tls' ? 5061 : 5060)}`;
}

/** The transport a URI asks for, lower case. */
export function transportOf(uri: Uri): string {
  return uri.params['transport']?.toLowerCase() || (uri.scheme === 'sips' ? 'tls' : 'udp');
}
