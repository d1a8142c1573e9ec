import type { SipUri } from '../message/uri.ts';
import { isFingerprint, type Protocol, type Trust } from './flow.ts';

/** Of the engine alone, in the URI of a next hop that an application names; it leaves in no message. */
const TRUST_PARAM = 'tls-verify';
const WORDS: ReadonlySet<string> = new Set(['name', 'wildcard', 'none', 'flow']);

/**
 * The transport that a URI asks for (RFC 3261 19.1.1, 26.2.2); undefined: one that we have not. `sips` is TLS, be it written with
 * `transport=tcp` as it should, or with `tls` as it often is.
 */
export function protocolOf(uri: SipUri, preferred: Protocol = 'udp'): Protocol | undefined {
  const given = uri.params.get('transport');
  const named = typeof given === 'string' ? given.toLowerCase() : given;
  if (uri.scheme === 'sips') return named === undefined || named === 'tcp' || named === 'tls' ? 'tls' : undefined;
  if (named === undefined) return preferred;
  return named === 'udp' || named === 'tcp' || named === 'tls' ? named : undefined;
}

/** What `;tls-verify=` of a next hop says; what is no word of ours is taken for the strictest. */
export function trustOf(uri: SipUri): Trust {
  const given = uri.params.get(TRUST_PARAM);
  const word = typeof given === 'string' ? given.toLowerCase() : '';
  return WORDS.has(word) || isFingerprint(word) ? word : 'name';
}

export function withoutTrust(uri: string): string {
  return uri.replace(/;tls-verify=[^;>?]*/gi, '');
}
