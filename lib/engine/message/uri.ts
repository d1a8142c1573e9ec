import { formatHostPort, parseHostPort } from './host.ts';
import { formatParams, type Params } from './params.ts';

/**
 * A `sip:`, `sips:` or `tel:` URI. `user`, `password`, parameters and headers keep their escapes as written; the host of
 * an IPv6 URI has no brackets. A `tel:` URI has its number in `user` and an empty host; a URI of another scheme has
 * everything behind the colon in `user` and an empty host.
 */
export type SipUri = {
  scheme: string;
  user: string | undefined;
  password: string | undefined;
  host: string;
  port: number | undefined;
  params: Params;
  headers: Map<string, string>;
};

/** What `formatUri` needs; the scheme is `sip` when it is not given. */
export type SipUriParts = {
  scheme?: string | undefined;
  user?: string | undefined;
  password?: string | undefined;
  host: string;
  port?: number | undefined;
  params?: ReadonlyMap<string, string | true> | undefined;
  headers?: ReadonlyMap<string, string> | undefined;
};

const SCHEME = /^[A-Za-z][A-Za-z0-9+.-]*$/;
const FORBIDDEN = /[\s<>"\0-\x1f\x7f]/;
const MAX_SCHEME_CHARS = 32;

/** Reads a URI (RFC 3261 19.1, RFC 3966); undefined when it is none. Linear in its length. */
export function parseUri(text: string): SipUri | undefined {
  const colon = text.indexOf(':');
  if (colon < 1 || colon > MAX_SCHEME_CHARS || FORBIDDEN.test(text)) return undefined;
  const written = text.slice(0, colon);
  if (!SCHEME.test(written)) return undefined;
  const scheme = written.toLowerCase();
  const rest = text.slice(colon + 1);
  if (rest === '') return undefined;
  if (scheme === 'sip' || scheme === 'sips') return parseSipRest(scheme, rest);
  if (scheme === 'tel') return parseTelRest(rest);
  return emptyUri(scheme, rest);
}

function emptyUri(scheme: string, user: string | undefined): SipUri {
  return { scheme, user, password: undefined, host: '', port: undefined, params: new Map(), headers: new Map() };
}

function parseSipRest(scheme: string, rest: string): SipUri | undefined {
  // The user may hold ; and ? (RFC 4475 3.1.1.2, 3.1.1.9), so the @ is looked for first; only one may stand.
  const at = rest.indexOf('@');
  if (at === 0 || (at >= 0 && rest.indexOf('@', at + 1) >= 0)) return undefined;
  const userInfo = at < 0 ? undefined : rest.slice(0, at);
  const tail = rest.slice(at + 1);
  const question = tail.indexOf('?');
  const beforeHeaders = question < 0 ? tail : tail.slice(0, question);
  const semicolon = beforeHeaders.indexOf(';');
  const hostPort = parseHostPort(semicolon < 0 ? beforeHeaders : beforeHeaders.slice(0, semicolon));
  if (hostPort === undefined) return undefined;
  const password = userInfo?.indexOf(':') ?? -1;
  return {
    scheme,
    user: password < 0 ? userInfo : userInfo?.slice(0, password),
    password: password < 0 ? undefined : userInfo?.slice(password + 1),
    host: hostPort.host,
    port: hostPort.port,
    params: semicolon < 0 ? new Map() : parseUriParams(beforeHeaders.slice(semicolon + 1)),
    headers: question < 0 ? new Map() : parseUriHeaders(tail.slice(question + 1)),
  };
}

function parseTelRest(rest: string): SipUri | undefined {
  const semicolon = rest.indexOf(';');
  const uri = emptyUri('tel', semicolon < 0 ? rest : rest.slice(0, semicolon));
  if (uri.user === '') return undefined;
  if (semicolon >= 0) uri.params = parseUriParams(rest.slice(semicolon + 1));
  return uri;
}

/** URI parameters know no quotes (RFC 3261 25.1). */
function parseUriParams(text: string): Params {
  const params: Params = new Map();
  for (const part of text.split(';')) {
    const equals = part.indexOf('=');
    const name = (equals < 0 ? part : part.slice(0, equals)).toLowerCase();
    if (name !== '' && !params.has(name)) params.set(name, equals < 0 ? true : part.slice(equals + 1));
  }
  return params;
}

function parseUriHeaders(text: string): Map<string, string> {
  const headers = new Map<string, string>();
  for (const part of text.split('&')) {
    const equals = part.indexOf('=');
    const name = equals < 0 ? part : part.slice(0, equals);
    if (name !== '' && !headers.has(name)) headers.set(name, equals < 0 ? '' : part.slice(equals + 1));
  }
  return headers;
}

/** The URI as text; what `parseUri` read comes out the same but for the case of the scheme and of parameter names. */
export function formatUri(uri: SipUriParts): string {
  const scheme = uri.scheme ?? 'sip';
  const params = uri.params === undefined ? '' : formatParams(uri.params);
  if (scheme !== 'sip' && scheme !== 'sips') return `${scheme}:${uri.user ?? ''}${params}`;
  const password = uri.password === undefined ? '' : `:${uri.password}`;
  const userInfo = uri.user === undefined ? '' : `${uri.user}${password}@`;
  return `${scheme}:${userInfo}${formatHostPort(uri.host, uri.port)}${params}${formatUriHeaders(uri.headers)}`;
}

function formatUriHeaders(headers: ReadonlyMap<string, string> | undefined): string {
  if (headers === undefined || headers.size === 0) return '';
  return `?${[...headers].map(([name, value]) => `${name}=${value}`).join('&')}`;
}
