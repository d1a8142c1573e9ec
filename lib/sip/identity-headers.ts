/** One place makes From, P-Asserted-Identity and Privacy of whom a call shows (RFC 3261, 3325, 3323). */

import type { CallerId, Trunk } from '../core/configuration.ts';
import { printable, quoted } from './message/message-head.ts';
import { escapeUser } from './message/uri.ts';

/** RFC 3323 4.1.1.3. */
const anonymousUri = 'sip:anonymous@anonymous.invalid';
const maxNameLength = 64;

export interface IdentityHeaders {
  /** Without tag. */
  from: string;
  headers: Record<string, string>;
}

/**
 * @param domain host part of our URIs towards this peer
 * @param identity the trunk's settings; null: an extension, which simply sees the caller
 */
export function identityHeaders(
  callerId: CallerId,
  domain: string,
  identity: { settings: Trunk['identity']; username: string | null } | null,
): IdentityHeaders {
  const shown = address(callerId.name, callerId.number === '' ? anonymousUri : uriOf(callerId.number, domain));
  if (identity === null) return { from: shown, headers: {} };
  const { settings, username } = identity;
  const headers: Record<string, string> = {};
  // RFC 3325 9.1: the asserted identity goes to the trusted trunk also when it is withheld from the callee
  if (settings.pai) headers['P-Asserted-Identity'] = shown;
  if (settings.privacy) {
    headers['Privacy'] = 'id';
    return { from: address('Anonymous', anonymousUri), headers };
  }
  if (settings.from === 'username' && username !== null) {
    return { from: address(callerId.name, uriOf(username, domain)), headers };
  }
  return { from: shown, headers };
}

/** The same without display names: what is given up first when a message gets too long. */
export function withoutNames(identity: IdentityHeaders): IdentityHeaders {
  const bare = (value: string) => value.slice(value.lastIndexOf('<'));
  const headers = { ...identity.headers };
  const asserted = headers['P-Asserted-Identity'];
  if (asserted !== undefined) headers['P-Asserted-Identity'] = bare(asserted);
  return { from: bare(identity.from), headers };
}

function uriOf(user: string, domain: string): string {
  return `sip:${escapeUser(user)}@${domain}`;
}

function address(name: string | null, uri: string): string {
  const text = printable(name ?? '').trim();
  const cut = [...text].slice(0, maxNameLength).join('');
  return cut === '' ? `<${uri}>` : `${quoted(cut)} <${uri}>`;
}
