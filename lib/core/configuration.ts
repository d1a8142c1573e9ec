/**
 * The configuration as every room sees it: parsed, complete (each default filled in) and frozen.
 * The field names are those of the configuration file and of the API. Durations are in seconds where the user's
 * field is. Names of other resources are plain strings; `schema/` has checked that they exist.
 */

import type { CdrSettings } from './cdr/settings.ts';
import type { RingingMode } from './rules/ringing.ts';

/** Where a password comes from: written down, or read from the environment or a file when it is needed. */
export type Secret = string | { env: string } | { file: string };

/** How numbers are written towards a trunk. `asReceived` is octet for octet what came in. */
export type NumberFormat = 'asReceived' | 'e164' | 'e164NoPlus' | 'national';

/** What tells several trunks behind one proxy address apart; the most specific one wins. */
export interface TrunkMatch {
  header?: string;
  value?: string;
  host?: string;
  port?: number;
  tgrp?: string;
}

export interface Trunk {
  name: string;
  /** Next hop, a SIP URI; a domain is resolved by RFC 3263. */
  proxy: string;
  /** Host of From and Request-URI; null: the proxy's host. */
  domain: string | null;
  auth: { username: string; password: Secret; realm?: string } | null;
  /** `contact`: user part of our Contact; null: the user name of `auth`. */
  register: false | { expiresSeconds: number; contact: string | null };
  /** CIDRs of the sources whose INVITEs belong to this trunk; null: the proxy's addresses. */
  accept: string[] | null;
  match: TrunkMatch | null;
  trustIdentity: boolean;
  numberFormat: NumberFormat;
  identity: {
    pai: boolean;
    privacy: boolean;
    from: 'callerId' | 'username';
    /** false: the trunk does not get our X-Callback-ID. */
    callbackIdHeader: boolean;
  };
  callerIds: { allow: string[]; default: string | null };
  maxCallsPerSecond: number;
  maxConcurrentCalls: number;
  /** Null: 6 s on the embedded engine, 12 s on a real drachtio-server, which does not show 100. */
  noResponseSeconds: number | null;
  health: {
    /** OPTIONS so often; 0: never. */
    optionsSeconds: number;
    downAfter: number;
    upAfter: number;
    /** Where pings can't tell, one call is let through to a trunk that is down: after a tenth of this, then twice as long each time, up to it. */
    probeSeconds: number;
    /** The longest Retry-After of a 503 that is obeyed; 0: none is. */
    maxParkSeconds: number;
  };
  /** Calls whose identity is attested less are not called back; null: all are. */
  minimumAttestation?: AttestationLevel | null;
  /** The header in which this trunk writes the level; null: those that are usual. */
  attestationHeader?: string | null;
  /** The dearest price class that may leave here; null: as `limits.spend` says. */
  maxPriceClass?: string | null;
  /** Fields that are accepted and kept but not active yet (`weight`), as they were written. */
  inactive?: Record<string, unknown>;
}

/** RFC 8588: full (A), partial (B), gateway (C). */
export type AttestationLevel = 'A' | 'B' | 'C';

export interface OutgoingRoute {
  /** Regular expression (RE2 syntax) on E.164 without +, or on the number as received (`matchOn`). */
  match: string;
  matchOn: 'e164' | 'received';
  /** Replacement with $1..$9, sent exactly so; null: the number in the trunk's numberFormat. */
  rewrite: string | null;
  /** In order; the next one is tried only for the trunk's own faults. */
  trunks: string[];
}

export interface OutgoingRule {
  name: string;
  routes: OutgoingRoute[];
}

export interface Extension {
  number: string;
  /** A fixed contact (SIP URI); null: the extension registers here. */
  contact: string | null;
  password: Secret | null;
}

export interface InboundNumber {
  number: string;
  /** true: the callback rules are asked first. */
  callback: boolean;
  flow: string | null;
  /** The flow for callers without a number, before any rule is asked; left out: they are refused (433). */
  anonymous?: { flow: string };
}

export type CallbackMethod = 'caller' | 'number' | 'extension';

export interface CallerId {
  number: string;
  name: string | null;
}

export interface RejectReason {
  status: number;
  reason: { protocol: string; cause: number; text: string };
}

/** Seconds from an attempt to the next; the last one counts for all further attempts. */
export interface RetryPolicy {
  /** Including the first. */
  attempts: number;
  intervalSeconds: number[];
  /** Outcomes after which the person is called again. */
  on: RetryOutcome[];
}
export type RetryOutcome = 'busy' | 'no-answer' | 'unreachable' | 'rejected' | 'abandoned' | 'failed';

/** What a rule and an inline `callback` component have in common: seed 000's fields and their relatives. */
export interface CallbackTerms {
  method: CallbackMethod;
  trunk: string | null;
  outgoingRule: string | null;
  number: string | null;
  extension: string | null;
  /** Null: the dialled inbound number; towards an extension: the original caller. */
  callerId: CallerId | null;
  delaySeconds: number;
  timeoutSeconds: number;
  ringTimeoutSeconds: number;
  retry: RetryPolicy;
  expiresSeconds: number;
  maxCallSeconds: number;
  reject: RejectReason;
  // What follows is missing in promises that an older version stored: missing is null.
  /** A calendar of `hours`, by its own zone: nobody is called outside it. */
  hours?: string | null;
  /** When people may be called, by the clocks where they are, as in `Mon-Fri 08:00-21:00`; null: `limits.callingHours`. */
  callingHours?: string[] | null;
  /** What becomes of a call that would come outside the hours; null: `refuse`. */
  outsideHours?: 'refuse' | 'wait' | null;
  /** A talk shorter than this counts as not reached (`abandoned`). */
  minimumTalkSeconds?: number | null;
  minimumAttestation?: AttestationLevel | null;
  /** The dearest price class that this rule may call. */
  maxPriceClass?: string | null;
  /** Callbacks of this rule; null: `limits.perRule`. */
  limit?: RateLimit | null;
  /** In the currency of the price list. */
  spendPerDay?: number | null;
  /** Fields that are accepted and kept but not active yet (`releaseMedia`), as they were written. */
  inactive?: Record<string, unknown>;
}

export interface CallbackRule extends CallbackTerms {
  name: string;
  /** `any`, numbers in any usual form, prefixes ending in `*`. */
  origin: 'any' | string[];
  /** Empty: all that have callback on. */
  inboundNumbers: string[];
  /** The flow that the answered call enters; null: the call ends after the answer. */
  next: string | null;
  /** Left out: the call is rejected at once. */
  ringing?: { mode: RingingMode; seconds: number };
}

export interface MenuComponent {
  type: 'menu';
  prompt: string;
  interruptible: boolean;
  firstDigitTimeoutSeconds: number;
  /** Null: the rule's timeoutSeconds, else 5. */
  interDigitTimeoutSeconds: number | null;
  onInterDigitTimeout: 'disconnect' | 'take';
  choices: Record<string, string>;
  maxDigits: number;
  otherwise: string | null;
}
export interface DialComponent {
  type: 'dial';
  extension: string | null;
  /** May hold the variables `{caller}`, `{inboundNumber}`, `{digits}`. */
  number: string | null;
  trunk: string | null;
  outgoingRule: string | null;
  callerId: CallerId | null;
  ringTimeoutSeconds: number;
  otherwise: string | null;
}
export interface CallbackComponent {
  type: 'callback';
  /** A rule by name, or null: `terms` inline. */
  rule: string | null;
  terms: CallbackTerms | null;
  /** The component of the same flow at which the called-back person goes on. */
  next: string | null;
}
export interface AnnounceComponent {
  type: 'announce';
  prompt: string;
  next: string | null;
}
export interface HangupComponent {
  type: 'hangup';
  /** Text of the BYE's Reason; null: the default one. */
  reason: string | null;
}
/** A component of a type that is known but not built yet: it behaves as a hangup. */
export interface InactiveComponent {
  type: 'inactive';
  /** The type as written: `collect`, `hours`, ... */
  was: string;
  /** The whole component as written, `type` included. */
  raw: Record<string, unknown>;
}
export type FlowComponent =
  | MenuComponent
  | DialComponent
  | CallbackComponent
  | AnnounceComponent
  | HangupComponent
  | InactiveComponent;

export interface Flow {
  name: string;
  start: string;
  components: Record<string, FlowComponent>;
}

/** At most so many in any sliding window of so many seconds. */
export interface RateLimit {
  max: number;
  perSeconds: number;
}

/** Numbers that begin with `prefix`, or those that have their first `digits` digits in common. */
export type PrefixLimit = RateLimit & ({ prefix: string; digits: null } | { prefix: null; digits: number });

/** Kinds of numbers that are not simply somebody's telephone. */
export type SpecialKind =
  | 'premiumRate'
  | 'sharedCost'
  | 'universal'
  | 'personal'
  | 'pager'
  | 'voicemail'
  | 'satellite'
  | 'internationalNetwork'
  | 'tollFree'
  | 'voip'
  | 'unallocated';

/** What calls cost, and how dear they may be. */
export interface Spend {
  /** CSV with the head `prefix,class,perMinute`; empty: there is no price list, and this gate is open. */
  prices: string;
  /** From cheap to dear; a number without a price counts as the last. */
  classes: string[];
  /** For rules and trunks that say nothing; null: any. */
  maxPriceClass: string | null;
  /** A call is counted as so many minutes until it is known how long it was. */
  assumedMinutes: number;
  /** All calls together within any 24 hours; null: no limit. */
  perDay: number | null;
}

export interface PingPong {
  /** A call from a number that we rang in vain not longer ago than this continues a round. */
  withinSeconds: number;
  /** So many rounds are taken for a person who missed us. */
  rounds: number;
  /** Who answered and was gone sooner than this was rung in vain, too; 0: whoever answers is a person. */
  answeredSeconds: number;
}

/** The fields with a question mark are missing in what an older version stored: missing is the default. */
export interface Limits {
  duplicate: 'merge';
  perNumber: RateLimit;
  perPrefix?: PrefixLimit[];
  /** For each rule that has no `limit` of its own. */
  perRule?: RateLimit | null;
  /** All callbacks together. */
  total?: RateLimit | null;
  /** Numbers that were never called back before. */
  newNumbers?: RateLimit | null;
  pingPong?: PingPong | false;
  countries: { allow: string[] };
  /** Prefixes ending in `*`, whole numbers, or /regular expressions/ (RE2 syntax). */
  blockedNumbers: string[];
  /** true: numbers of this kind may be called. */
  specialNumbers?: Partial<Record<SpecialKind, boolean>>;
  spend?: Spend;
  /** For rules without their own. */
  callingHours?: string[];
  /** How long a number that answered 607 stays on the suppression list; null: for ever. */
  unwantedSeconds?: number | null;
  /** What a caller gets while the switch *accept* is off. */
  notAccepting: RejectReason;
}

/** A calendar of opening hours. */
export interface Hours {
  name: string;
  /** IANA. */
  timezone: string;
  /** As in `Mon-Fri 08:00-12:00, 13:00-18:00`. */
  regular: string[];
  /** As in `12-05 09:00-12:00` or `2026-12-05 09:00-12:00`: beside the regular ones, and on holidays too. */
  extra: string[];
  /** `MM-DD` or `YYYY-MM-DD`: closed. */
  holidays: string[];
}

export interface Configuration {
  version: 1;
  /** ISO 3166-1 alpha-2. */
  defaultCountry: string;
  trunks: Trunk[];
  defaultOutgoingRule: string | null;
  outgoingRules: OutgoingRule[];
  extensions: Extension[];
  inboundNumbers: InboundNumber[];
  callbackRules: CallbackRule[];
  flows: Flow[];
  hours: Hours[];
  limits: Limits;
  /** Left out: no records, unless a flag asks for them. */
  cdr?: CdrSettings;
  /** Sections that are accepted and kept but not active yet (queues, agents, services), as they were written. */
  inactive: Record<string, unknown>;
}

/** Something wrong in a configuration. `path` as in `callbackRules[0].trunk`; empty: the whole. */
export interface Mistake {
  path: string;
  message: string;
}
