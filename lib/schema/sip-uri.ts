/** The form of a SIP URI (RFC 3261 19.1.1) as far as a configuration needs it. */

import ipaddr from 'ipaddr.js';

const URI =
  /^sips?:(?:[A-Za-z0-9\-_.!~*'()&=+$,;?/%]+(?::[A-Za-z0-9\-_.!~*'()&=+$,%]*)?@)?(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9_.-]+)(?::(\d{1,5}))?((?:;[A-Za-z0-9\-_.!~*'()%[\]/:&+$]+(?:=[A-Za-z0-9\-_.!~*'()%[\]/:&+$,]+)?)*)$/;
const TRANSPORTS = new Set(['udp', 'tcp', 'tls', 'ws', 'wss', 'sctp']);
const LONGEST_URI = 256;

/** @returns what is wrong with `text` as a host name or address; null: nothing */
export function hostMistake(text: string): string | null {
  const bare = text.startsWith('[') && text.endsWith(']') ? text.slice(1, -1) : text;
  if (bare.includes(':')) return ipaddr.IPv6.isValid(bare) ? null : 'is not an IPv6 address';
  if (/^[\d.]+$/.test(bare)) return ipaddr.IPv4.isValidFourPartDecimal(bare) ? null : 'is not an IPv4 address';
  if (bare.length > 253) return 'is too long for a host name';
  const label = /^[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?$/;
  const labels = bare.replace(/\.$/, '').split('.');
  return labels.every((part) => label.test(part)) ? null : 'is not a host name or address';
}

export function portMistake(digits: string, lowest = 1): string | null {
  const port = Number(digits);
  return /^\d{1,5}$/.test(digits) && port >= lowest && port <= 65535 ? null : `is not a port (${lowest}-65535)`;
}

function parameterMistake(parameters: string): string | null {
  for (const parameter of parameters.split(';').slice(1)) {
    const [name, value] = parameter.split('=', 2);
    if (name?.toLowerCase() !== 'transport') continue;
    // drachtio's notation of several transports on one address is `transport=udp,tcp`
    const unknown = (value ?? '').split(',').find((word) => !TRANSPORTS.has(word.toLowerCase()));
    if (unknown !== undefined) return 'has an unknown transport (udp, tcp, tls, ws, wss)';
  }
  return null;
}

/** @returns what is wrong with `text` as a SIP URI; null: nothing */
export function sipUriMistake(text: string): string | null {
  if (text.length > LONGEST_URI) return `is longer than ${LONGEST_URI} characters`;
  if (!/^sips?:/i.test(text)) return 'is not a SIP URI: it has to begin with `sip:`, as in `sip:127.0.0.1:5060`';
  const match = URI.exec(text.replace(/^sip(s?):/i, (scheme) => scheme.toLowerCase()));
  if (match === null) return 'is not a SIP URI (sip:USER@HOST:PORT;transport=udp)';
  const [, host = '', port, parameters = ''] = match;
  const wrongHost = hostMistake(host);
  if (wrongHost !== null) return `is not a SIP URI: its host ${wrongHost}`;
  if (port !== undefined && portMistake(port) !== null) return 'is not a SIP URI: its port is not in 1-65535';
  return parameterMistake(parameters);
}

/** Host of a checked SIP URI, brackets and all. */
export function sipUriHost(uri: string): string {
  return URI.exec(uri.replace(/^sip(s?):/i, (scheme) => scheme.toLowerCase()))?.[1] ?? '';
}
