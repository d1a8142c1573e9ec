import { closingQuote, formatParams, type Params, parseParams } from './params.ts';

/**
 * The value of From, To, Contact, Route and their like. `displayName` is unquoted (undefined when there is none), `uri` is
 * the URI's text, `params` are the header's parameters (`tag`, `expires`).
 */
export type NameAddr = { displayName: string | undefined; uri: string; params: Params };

/** What `formatNameAddr` needs. */
export type NameAddrParts = {
  displayName?: string | undefined;
  uri: string;
  params?: ReadonlyMap<string, string | true> | undefined;
};

const TOKENS = /^[\w\-.!%*+`'~]+(?: [\w\-.!%*+`'~]+)*$/;
const FORBIDDEN_IN_URI = /[\s<>"]/;

/**
 * Reads one name-addr or addr-spec (RFC 3261 20.10). Undefined for an unclosed quote or bracket or a missing URI. Liberal
 * where RFC 4475 allows it: unquoted display names that are no tokens (3.1.2.15) and spaces inside the brackets (3.1.2.14).
 */
export function parseNameAddr(value: string): NameAddr | undefined {
  const text = value.trim();
  if (text.charCodeAt(0) === 0x22) return parseQuoted(text);
  const open = text.indexOf('<');
  if (open < 0) return parseAddrSpec(text);
  const name = text.slice(0, open).trimEnd();
  if (name.includes('"')) return undefined;
  return parseBracketed(text, open, name === '' ? undefined : name);
}

function parseQuoted(text: string): NameAddr | undefined {
  const close = closingQuote(text, 0);
  if (close < 0) return undefined;
  const open = text.indexOf('<', close + 1);
  if (open < 0 || text.slice(close + 1, open).trim() !== '') return undefined;
  const inner = text.slice(1, close);
  return parseBracketed(text, open, inner.includes('\\') ? inner.replace(/\\(.)/gs, '$1') : inner);
}

function parseBracketed(text: string, open: number, displayName: string | undefined): NameAddr | undefined {
  const close = text.indexOf('>', open);
  if (close < 0) return undefined;
  const uri = text.slice(open + 1, close).trim();
  if (uri === '' || FORBIDDEN_IN_URI.test(uri)) return undefined;
  const params = parseParams(text.slice(close + 1));
  return params === undefined ? undefined : { displayName, uri, params };
}

/** Without brackets everything behind the first semicolon belongs to the header, not to the URI (RFC 3261 20.10). */
function parseAddrSpec(text: string): NameAddr | undefined {
  const semicolon = text.indexOf(';');
  const uri = (semicolon < 0 ? text : text.slice(0, semicolon)).trim();
  if (uri === '' || FORBIDDEN_IN_URI.test(uri)) return undefined;
  const params = semicolon < 0 ? new Map<string, string | true>() : parseParams(text.slice(semicolon));
  return params === undefined ? undefined : { displayName: undefined, uri, params };
}

/** The value as text, the URI always in brackets, the display name quoted where it has to be. */
export function formatNameAddr(parts: NameAddrParts): string {
  const params = parts.params === undefined ? '' : formatParams(parts.params);
  return `${formatDisplayName(parts.displayName)}<${parts.uri}>${params}`;
}

function formatDisplayName(name: string | undefined): string {
  if (name === undefined) return '';
  if (TOKENS.test(name)) return `${name} `;
  return `"${name.replace(/["\\]/g, '\\$&').replace(/[\r\n\0]+/g, ' ')}" `;
}
