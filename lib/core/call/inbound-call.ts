/** An INVITE as the core sees it. Every string is hostile input. */

import type { LegId } from './leg.ts';

export interface InboundCall {
  legId: LegId;
  callId: string;
  source: {
    address: string;
    port: number;
    protocol: 'udp' | 'tcp' | 'tls' | 'ws' | 'wss' | 'unknown';
    /** The port of ours on which it came; 0: not known. */
    localPort: number;
    /** The proxy of ours through which it came, where that one said the address; left out: none. */
    proxy?: string;
  };
  /** Set by the SIP room when digest authentication or a registration proved it. */
  extension: string | null;
  /** The user part of the Request-URI, `+` and all, parameters cut off. */
  dialledUser: string;
  /** Host of the Request-URI. */
  dialledHost: string;
  /** User part of From's URI; empty when there is none. */
  fromUser: string;
  fromHost: string;
  fromName: string | null;
  /** User part of the first P-Asserted-Identity with one (RFC 3325); null: none. */
  assertedUser: string | null;
  assertedName: string | null;
  /** Remote-Party-ID's calling party, which older PBXs send instead; null: none. */
  remoteParty: { user: string; name: string | null; isPrivate: boolean } | null;
  /** Where the call was directed before it was forwarded (Diversion, History-Info): what was dialled first comes first. */
  history: string[];
  /** User part of P-Called-Party-ID (RFC 7315 4.2); null: none. */
  calledUser: string | null;
  /** User part of To's URI. */
  toUser: string;
  /** Values of the Privacy header (RFC 3323), lower case. */
  privacy: string[];
  /** Further headers in lower case, first values, for TrunkMatch. */
  headers: Record<string, string>;
  /** An SDP offer was in it. */
  hasOffer: boolean;
}
