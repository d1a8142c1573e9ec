/** The form of a SIP URI (RFC 3261 19.1.1) as far as a configuration needs it. */

import ipaddr from 'ipaddr.js';
import { type Flaw, flaw } from '../core/mistake.ts';

const URI =
  /^sips?:(?:[A-Za-z0-9\-_.!~*'()&=+$,;?/%]+(?::[A-Za-z0-9\-_.!~*'()&=+$,%]*)?@)?(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9_.-]+)(?::(\d{1,5}))?((?:;[A-Za-z0-9\-_.!~*'()%[\]/:&+$]+(?:=[A-Za-z0-9\-_.!~*'()%[\]/:&+$,]+)?)*)$/;
const TRANSPORTS = new Set(['udp', 'tcp', 'tls', 'ws', 'wss', 'sctp']);
const LONGEST_URI = 256;

/** @returns what is wrong with `text` as a host name or address; null: nothing */
export function hostMistake(text: string): Flaw | null {
  const bare = text.startsWith('[') && text.endsWith(']') ? text.slice(1, -1) : text;
  if (bare.includes(':')) return ipaddr.IPv6.isValid(bare) ? null : flaw('not-ipv6');
  if (/^[\d.]+$/.test(bare)) return ipaddr.IPv4.isValidFourPartDecimal(bare) ? null : flaw('not-ipv4');
  if (bare.length > 253) return flaw('host-too-long');
  const label = /^[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?$/;
  const labels = bare.replace(/\.$/, '').split('.');
  return labels.every((part) => label.test(part)) ? null : flaw('not-a-host');
}

export function portMistake(digits: string, lowest = 1): Flaw | null {
  const port = Number(digits);
  return /^\d{1,5}$/.test(digits) && port >= lowest && port <= 65535 ? null : flaw('not-a-port', { lowest });
}

function parameterMistake(parameters: string): Flaw | null {
  for (const parameter of parameters.split(';').slice(1)) {
    const [name, value] = parameter.split('=', 2);
    if (name?.toLowerCase() !== 'transport') continue;
    // drachtio's notation of several transports on one address is `transport=udp,tcp`
    const unknown = (value ?? '').split(',').find((word) => !TRANSPORTS.has(word.toLowerCase()));
    if (unknown !== undefined) return flaw('unknown-transport');
  }
  return null;
}

/** @returns what is wrong with `text` as a SIP URI; null: nothing */
export function sipUriMistake(text: string): Flaw | null {
  if (text.length > LONGEST_URI) return flaw('longer-than', { most: LONGEST_URI });
  if (!/^sips?:/i.test(text)) return flaw('sip-uri-beginning');
  const match = URI.exec(text.replace(/^sip(s?):/i, (scheme) => scheme.toLowerCase()));
  if (match === null) return flaw('not-a-sip-uri');
  const [, host = '', port, parameters = ''] = match;
  const wrongHost = hostMistake(host);
  if (wrongHost !== null) return flaw('sip-uri-host', { what: wrongHost });
  if (port !== undefined && portMistake(port) !== null) return flaw('sip-uri-port');
  return parameterMistake(parameters);
}

/** Host of a checked SIP URI, brackets and all. */
export function sipUriHost(uri: string): string {
  return URI.exec(uri.replace(/^sip(s?):/i, (scheme) => scheme.toLowerCase()))?.[1] ?? '';
}
