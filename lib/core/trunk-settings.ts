/** Groups of settings that trunks, routes and the edge have. Fields as in the configuration file. */

/** How numbers are written towards a trunk. `asReceived` is octet for octet what came in. */
export type NumberFormat = 'asReceived' | 'e164' | 'e164NoPlus' | 'national';

export type AudioCodec = 'PCMA' | 'PCMU';

/** What a trunk is told of who calls, and how (RFC 3261, 3323, 3325, 5806, 7044, 9796). */
export interface TrunkIdentity {
  /** P-Asserted-Identity. */
  pai: boolean;
  /** P-Preferred-Identity: what an account asks its provider to assert. */
  ppi: boolean;
  /** Remote-Party-ID, which some older PBXs read instead. */
  rpid: boolean;
  /** `Privacy: id`, and From is anonymous. */
  privacy: boolean;
  from: 'callerId' | 'username';
  /** How the caller ID is written, and the number on whose behalf we call; `asReceived`: as it is configured. */
  numberFormat: NumberFormat;
  /** false: the trunk does not get our X-Callback-ID. */
  callbackIdHeader: boolean;
  /** On whose behalf we call: true: the inbound number that was dialled; a number: always this one. */
  diversion: boolean | string;
  /** The same as History-Info. */
  historyInfo: boolean | string;
  /** Call-Info's call-reason; null: none. */
  callReason: string | null;
}

/** The caller IDs that a trunk lets us show; `allow` empty: any. */
export interface TrunkCallerIds {
  /** Numbers, and prefixes ending in `*`. */
  allow: string[];
  default: string | null;
}

/** Proxies of our own at the edge, which say where a request came from. */
export interface TrustedProxies {
  /** Addresses and CIDRs; empty: there is none. */
  addresses: string[];
  /** Its value is `ADDRESS` or `ADDRESS:PORT`; null: nothing is believed. */
  sourceHeader: string | null;
}

/** A trunk of a route: by its name, or with its share of the calls. */
export type RouteTrunk = string | { name: string; weight: number };

export interface OutgoingRoute {
  /** Regular expression (RE2 syntax) on E.164 without +, or on the number as received (`matchOn`). */
  match: string;
  matchOn: 'e164' | 'received';
  /** Replacement with $1..$9, sent exactly so; null: the number in the trunk's numberFormat. */
  rewrite: string | null;
  /**
   * In order; the next one is tried only for the trunk's own faults. Neighbours with a weight share one place: which of
   * them is tried first is drawn for each attempt.
   */
  trunks: RouteTrunk[];
  /** A calendar of `hours`, outside of which the route is passed over; null or left out: it is always open. */
  hours?: string | null;
  /** The same written here, as in `Mon-Fri 08:00-18:00`, by the clocks of `timezone` (IANA). */
  between?: string[] | null;
  timezone?: string | null;
}

export interface OutgoingRule {
  name: string;
  routes: OutgoingRoute[];
}
