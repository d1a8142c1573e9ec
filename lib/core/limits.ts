/** What is refused, and how much is too much: the `limits` of the configuration. */

import type { RejectReason } from './configuration.ts';
import type { OverloadSettings } from './policy/overload.ts';

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
  /** false: calls are taken however late the process gets. */
  overload?: OverloadSettings | false;
  /** What a caller gets while the switch *accept* is off. */
  notAccepting: RejectReason;
}
