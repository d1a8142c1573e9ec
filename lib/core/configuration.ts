/**
 * The configuration as every room sees it: parsed, complete (each default filled in) and frozen.
 * The field names are those of the configuration file and of the API. Durations are in seconds where the user's
 * field is. Names of other resources are plain strings; `schema/` has checked that they exist.
 */

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
    /** Where pings can't tell, one call is let through to a trunk that is down, so long after its last fault. */
    probeSeconds: number;
    /** The longest Retry-After of a 503 that is obeyed; 0: none is. */
    maxParkSeconds: number;
  };
  /** Fields that are accepted and kept but not active yet (`weight`), as they were written. */
  inactive?: Record<string, unknown>;
}

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

/**
 * How a call that a rule takes is treated before its callback is promised: rung for a while, then rejected with the
 * promise; or rung, and promised only if the caller hangs up (a missed call).
 */
export type RingingMode = 'ring' | 'missedCall';

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
  /** Fields that are accepted and kept but not active yet (`hours`, `releaseMedia`), as they were written. */
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

export interface Limits {
  duplicate: 'merge';
  perNumber: { max: number; perSeconds: number };
  countries: { allow: string[] };
  /** Prefixes ending in `*`, whole numbers, or /regular expressions/ (RE2 syntax). */
  blockedNumbers: string[];
  /** What a caller gets while the switch *accept* is off. */
  notAccepting: RejectReason;
}

export interface CdrWebhook {
  url: string;
  /** Key of the signature; null: not signed. */
  secret: Secret | null;
  timeoutSeconds: number;
  /** So much may wait; beyond that the oldest records go. */
  maxQueueMegabytes: number;
}

/** Call detail records: files, and a webhook. */
export interface CdrSettings {
  /** Empty: no files. */
  formats: Array<'ndjson' | 'csv'>;
  maxFileMegabytes: number;
  /** Files of earlier days are removed; 0: none. */
  keepDays: number;
  /** What is written is on the disk after so long; 0: before the next is written. */
  syncSeconds: number;
  webhook: CdrWebhook | null;
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
  limits: Limits;
  /** Left out: no records, unless a flag asks for them. */
  cdr?: CdrSettings;
  /** Sections that are accepted and kept but not active yet (hours, queues, agents, services), as they were written. */
  inactive: Record<string, unknown>;
}

/** Something wrong in a configuration. `path` as in `callbackRules[0].trunk`; empty: the whole. */
export interface Mistake {
  path: string;
  message: string;
}
