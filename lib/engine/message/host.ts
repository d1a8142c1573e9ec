import { isIPv4, isIPv6 } from 'node:net';

/** `host[:port]` with an IPv6 host without its brackets. */
export type HostPort = { host: string; port: number | undefined };

const HOST_NAME = /^[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_.])?$/;
const PORT = /^[0-9]{1,5}$/;
const MAX_HOST_CHARS = 255;

/**
 * Reads `host`, `host:port`, `[v6]` or `[v6]:port`, white space around the colon tolerated (RFC 4475 3.1.1.1).
 * Undefined when the host is none or the port is outside 1-65535.
 */
export function parseHostPort(text: string): HostPort | undefined {
  const trimmed = text.trim();
  if (trimmed.charCodeAt(0) === 0x5b) return parseBracketed(trimmed);
  const colon = trimmed.indexOf(':');
  const host = colon < 0 ? trimmed : trimmed.slice(0, colon).trimEnd();
  if (host.length > MAX_HOST_CHARS || !HOST_NAME.test(host)) return undefined;
  if (colon < 0) return { host, port: undefined };
  const port = parsePort(trimmed.slice(colon + 1).trimStart());
  return port === undefined ? undefined : { host, port };
}

function parseBracketed(text: string): HostPort | undefined {
  const close = text.indexOf(']');
  if (close < 0 || close > 64) return undefined;
  const host = text.slice(1, close);
  if (!isIPv6(host) || host.includes('%')) return undefined;
  const rest = text.slice(close + 1).trim();
  if (rest === '') return { host, port: undefined };
  if (rest.charCodeAt(0) !== 0x3a) return undefined;
  const port = parsePort(rest.slice(1).trimStart());
  return port === undefined ? undefined : { host, port };
}

function parsePort(text: string): number | undefined {
  if (!PORT.test(text)) return undefined;
  const port = Number(text);
  return port >= 1 && port <= 65535 ? port : undefined;
}

/** `host[:port]`, an IPv6 host in brackets. */
export function formatHostPort(host: string, port?: number | undefined): string {
  const text = host.includes(':') && !host.startsWith('[') ? `[${host}]` : host;
  return port === undefined ? text : `${text}:${port}`;
}

/** 4, 6, or 0 for a name; brackets around an IPv6 address are tolerated. */
export function ipFamily(host: string): 0 | 4 | 6 {
  if (!host.includes(':')) return isIPv4(host) ? 4 : 0;
  return isIPv6(stripBrackets(host)) ? 6 : 0;
}

/** The address without its brackets. */
export function stripBrackets(host: string): string {
  return host.charCodeAt(0) === 0x5b && host.endsWith(']') ? host.slice(1, -1) : host;
}
