/**
 * What a trunk that is trusted says of a caller's identity (STIR): `verstat` in P-Asserted-Identity or From (3GPP TS 24.229,
 * 7.2A.20; RFC 8224 verified by the provider), and the level of RFC 8588 in a header of its own. Signatures are the
 * provider's to check: an Identity header is not looked at here.
 */

import type { InboundCall } from '../call/inbound-call.ts';
import type { AttestationLevel, Trunk } from '../configuration.ts';

export interface Attestation {
  /** Null: nobody vouches for the number. */
  level: AttestationLevel | null;
  /** The provider found the signature wrong: worse than none. */
  failed: boolean;
}

const LEVEL_HEADERS = ['p-attestation-indicator', 'attestation-info', 'x-attestation'];
const RANKS: Readonly<Record<AttestationLevel, number>> = { C: 1, B: 2, A: 3 };
const MAX_VALUE = 1024;

/** Without what the caller himself wrote: the display name, in quotes or before the bracket. */
function withoutDisplayName(value: string): string {
  const unquoted = value.slice(0, MAX_VALUE).replace(/"(?:[^"\\]|\\.)*"/g, '');
  // A quote that does not end: everything may be the caller's.
  if (unquoted.includes('"')) return '';
  const bracket = unquoted.indexOf('<');
  return bracket < 0 ? unquoted : unquoted.slice(bracket);
}

function headerOf(call: InboundCall, name: string): string {
  return Object.hasOwn(call.headers, name) ? (call.headers[name] ?? '') : '';
}

function verstatOf(call: InboundCall): string | null {
  for (const name of ['p-asserted-identity', 'from']) {
    const found = /;\s*verstat\s*=\s*"?([A-Za-z-]{1,40})/i.exec(withoutDisplayName(headerOf(call, name)));
    if (found !== null) return (found[1] ?? '').toLowerCase();
  }
  return null;
}

function levelHeaderOf(call: InboundCall, trunk: Trunk): AttestationLevel | null {
  const own = trunk.attestationHeader ?? null;
  for (const name of own === null ? LEVEL_HEADERS : [own.toLowerCase()]) {
    const level = /^\s*"?([ABC])"?\s*(?:;|,|$)/i.exec(headerOf(call, name).slice(0, MAX_VALUE))?.[1]?.toUpperCase();
    if (level === 'A' || level === 'B' || level === 'C') return level;
  }
  return null;
}

/**
 * `TN-Validation-Passed` without a level counts as the lowest, since a signature of any level may have passed; some
 * networks write the level behind it (`TN-Validation-Passed-A`).
 */
export function attestationOf(call: InboundCall, trunk: Trunk): Attestation {
  if (!trunk.trustIdentity) return { level: null, failed: false };
  const verstat = verstatOf(call);
  if (verstat?.startsWith('tn-validation-failed')) return { level: null, failed: true };
  if (verstat === 'no-tn-validation') return { level: null, failed: false };
  const written = /^tn-validation-passed-([abc])$/.exec(verstat ?? '')?.[1]?.toUpperCase() as
    | AttestationLevel
    | undefined;
  const level = levelHeaderOf(call, trunk) ?? written ?? null;
  if (level !== null) return { level, failed: false };
  return { level: verstat === 'tn-validation-passed' ? 'C' : null, failed: false };
}

export function isAttested(attestation: Attestation, minimum: AttestationLevel): boolean {
  return attestation.level !== null && RANKS[attestation.level] >= RANKS[minimum];
}

/** The stricter of two; null: none is asked for. */
export function stricter(a: AttestationLevel | null, b: AttestationLevel | null): AttestationLevel | null {
  if (a === null || b === null) return a ?? b;
  return RANKS[a] >= RANKS[b] ? a : b;
}
