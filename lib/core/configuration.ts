/**
 * The configuration as every room sees it: parsed, complete (each default filled in) and frozen.
 * The field names are those of the configuration file and of the API. Durations are in seconds where the user's
 * field is. Names of other resources are plain strings; `schema/` has checked that they exist.
 */

import type { CdrSettings } from './cdr/settings.ts';
import type { FlowComponent } from './flow-components.ts';
import type { Limits, PingPong, PrefixLimit, RateLimit, SpecialKind, Spend } from './limits.ts';
import type { RingingMode } from './rules/ringing.ts';
import type { CallSettings, RegistrarSettings } from './settings.ts';
import type {
  AudioCodec,
  NumberFormat,
  OutgoingRoute,
  OutgoingRule,
  RouteTrunk,
  TrunkCallerIds,
  TrunkIdentity,
  TrustedProxies,
} from './trunk-settings.ts';

export type * from './flow-components.ts';
export type {
  AudioCodec,
  Limits,
  NumberFormat,
  OutgoingRoute,
  OutgoingRule,
  PingPong,
  PrefixLimit,
  RateLimit,
  RouteTrunk,
  SpecialKind,
  Spend,
  TrunkCallerIds,
  TrunkIdentity,
  TrustedProxies,
};

/** Where a password comes from: written down, or read from the environment or a file when it is needed. */
export type Secret = string | { env: string } | { file: string };

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
  /** A SIP URI; null: none. It is the next hop then, by a Route, and `proxy` stands behind it. */
  outboundProxy: string | null;
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
  identity: TrunkIdentity;
  callerIds: TrunkCallerIds;
  /** At least one, in the order in which they are offered and preferred; null: all, and an answer keeps the offer's order. */
  codecs: AudioCodec[] | null;
  /** false: keys come and go by SIP INFO alone. */
  telephoneEvent: boolean;
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
  /** What calls through this trunk may cost within 24 hours; null: no limit of its own. */
  spendPerDay?: number | null;
  /**
   * Which certificate this trunk shows by TLS; null: that of its host (RFC 5922). `wildcard`: `*.example.com` is such a one too;
   * `none`: any; else the SHA-256 fingerprint of the one, 64 small hexadecimal digits.
   */
  tlsVerify?: string | null;
  /** Share of the calls of a route that names it without a weight of its own; null: such a route keeps its order. */
  weight: number | null;
}

/** RFC 8588: full (A), partial (B), gateway (C). */
export type AttestationLevel = 'A' | 'B' | 'C';

export interface Extension {
  number: string;
  /** A fixed contact (SIP URI); null: the extension registers here. */
  contact: string | null;
  password: Secret | null;
  /** Absent: as many as the registrar allows. */
  maxContacts?: number;
}

export interface InboundNumber {
  number: string;
  /** true: the callback rules are asked first. */
  callback: boolean;
  flow: string | null;
  /** The flow for callers without a number, before any rule is asked; left out: they are refused (433). */
  anonymous?: { flow: string };
  /** In which whoever calls it is spoken to; BCP 47; null or left out: the default. */
  language?: string | null;
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
  /** Empty: `byOutcome`. */
  intervalSeconds: number[];
  /** For outcomes that have their own. */
  intervals?: { [outcome in RetryOutcome]?: number[] | undefined } | undefined;
  /** Outcomes after which the person is called again. */
  on: RetryOutcome[];
}
export type RetryOutcome = 'busy' | 'no-answer' | 'unreachable' | 'rejected' | 'abandoned' | 'machine' | 'failed';

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
  /** In which the person is spoken to, BCP 47; null: that of the inbound number, else the default. In a promise: as promised. */
  language?: string | null;
  /** Media of the bridges that its call comes to goes past us, from peer to peer. */
  releaseMedia?: boolean | null;
  /** The talks that its call comes to are recorded; null or left out: not. */
  record?: boolean | null;
  /** Of `record`: it is known that both sides agree, nobody is told. */
  consent?: boolean | null;
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

export interface Flow {
  name: string;
  start: string;
  components: Record<string, FlowComponent>;
  /** Where the editor shows each component, in pixels; calls know nothing of it. Left out: laid out by itself. */
  layout?: Record<string, [x: number, y: number]>;
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
  /** BCP 47; null or left out: that of the country. */
  defaultLanguage?: string | null;
  trunks: Trunk[];
  defaultOutgoingRule: string | null;
  outgoingRules: OutgoingRule[];
  extensions: Extension[];
  inboundNumbers: InboundNumber[];
  callbackRules: CallbackRule[];
  flows: Flow[];
  hours: Hours[];
  limits: Limits;
  /** Absent: the usual ones (`settings.ts`). */
  registrar?: RegistrarSettings;
  calls?: CallSettings;
  trustedProxies: TrustedProxies;
  /** Left out: no records, unless a flag asks for them. */
  cdr?: CdrSettings;
  /** Sections that are accepted and kept but not active yet (queues, agents, services), as they were written. */
  inactive: Record<string, unknown>;
}

export type { Mistake } from './mistake.ts';
