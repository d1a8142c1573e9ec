/** `HOST:PORT` as flags and environment write it; IPv6 in brackets: `[::1]:8080`. */

import { type Flaw, flawText } from '../core/mistake.ts';
import { hostMistake, portMistake } from '../schema/sip-uri.ts';

export interface HostPort {
  /** Without brackets. */
  host: string;
  port: number;
}

export type Parsed<T> = { ok: true; value: T } | { ok: false; message: string };

const said = (what: Flaw | null): string | null => (what === null ? null : flawText(what));

/** @param standardPort where no port is written; null: it has to be. `lowest` 0: the system may choose */
export function parseHostPort(text: string, standardPort: number | null, lowest: 0 | 1 = 1): Parsed<HostPort> {
  const match = /^(\[[^\]]*\]|[^:[\]]*)(?::(\d+))?$/.exec(text);
  const form = text.includes('[') || !text.includes(':') ? 'HOST:PORT' : 'HOST:PORT (an IPv6 address in brackets)';
  if (match === null) return { ok: false, message: `\`${text}\` is not ${form}` };
  const [, written = '', digits] = match;
  const host = written.startsWith('[') ? written.slice(1, -1) : written;
  const bracketsFit = written.startsWith('[') === host.includes(':');
  const wrongHost = host === '' || !bracketsFit ? `is not ${form}` : said(hostMistake(host));
  if (wrongHost !== null) return { ok: false, message: `\`${text}\`: \`${written}\` ${wrongHost}` };
  if (digits === undefined && standardPort === null) return { ok: false, message: `\`${text}\` has no port: ${form}` };
  const wrongPort = digits === undefined ? null : said(portMistake(digits, lowest));
  if (wrongPort !== null) return { ok: false, message: `\`${text}\`: \`${digits}\` ${wrongPort}` };
  return { ok: true, value: { host, port: digits === undefined ? standardPort! : Number(digits) } };
}

/** As it stands in a URL. */
export function hostPortText({ host, port }: HostPort): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}
