/** What a dial candidate is called in events, records and the log. */

import type { DialCandidate } from './leg.ts';

/** The way: a trunk's name, `extension:200`, `extension:200,201` of a group, `uri` of a SIP URI. */
export function viaOf(candidate: DialCandidate): string {
  switch (candidate.kind) {
    case 'trunk':
      return candidate.trunk;
    case 'extension':
      return `extension:${candidate.extension}`;
    case 'group':
      return `extension:${candidate.extensions.join(',')}`;
    case 'uri':
      return 'uri';
  }
}

/** Who is dialled by it: the user part as it is sent, an extension, all of a group, or the URI. */
export function dialledOf(candidate: DialCandidate): string {
  switch (candidate.kind) {
    case 'trunk':
      return candidate.user;
    case 'extension':
      return candidate.extension;
    case 'group':
      return candidate.extensions.join(',');
    case 'uri':
      return candidate.uri;
  }
}

/** Whoever answers there is one of our extensions. */
export function isExtensions(candidate: DialCandidate | undefined): boolean {
  return candidate?.kind === 'extension' || candidate?.kind === 'group';
}
