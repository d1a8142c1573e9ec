/** The callback: the row that is promised, kept and explained. Instants are epoch milliseconds. */

import type { Hunt } from '../call/hunt.ts';
import type { LegId } from '../call/leg.ts';
import type { Outcome } from '../call/outcome.ts';
import type { CallbackTerms } from '../configuration.ts';
import type { FlowState } from '../flow/flow-state.ts';
import type { Attestation } from '../policy/attestation.ts';
import type { PhoneNumber } from '../policy/phone-number.ts';
import type { Sentence } from '../sentence.ts';

export type CallbackId = string;
export type AttemptId = string;

/**
 * ```
 * scheduled --due--> queued --slot--> dialing --answer--> answered --flow dials--> connecting --answer--> connected --> done
 *     ^                 ^                |                   |                        |
 *     +------ retry ----+----------------+  busy, no answer, unreachable, gave up     +-- cancel, expiry: from any state
 * ```
 */
export type CallbackState = 'scheduled' | 'queued' | 'dialing' | 'answered' | 'connecting' | 'connected' | 'done';

/** What was promised: frozen when the callback is accepted, so that a later change of the rule does not change it. */
export interface CallbackPlan {
  /** `rule:NAME`, or `flow:FLOW/COMPONENT` for an inline component, `api:NAME`, or `test:TRUNK`. Part of the duplicate key. */
  origin: string;
  terms: CallbackTerms;
  /** Where the answered call goes on; component null: the flow's start. Null: nowhere, the call ends. */
  next: { flow: string; component: string | null } | null;
}

/**
 * The try at the person that is under way. It is made when the callback is `queued`; it counts (and is in the ledger)
 * once its first INVITE is ordered, that is when `number <= callback.attempts`.
 */
export interface CurrentAttempt extends Hunt {
  attemptId: AttemptId;
  /** 1 for the first one that counts. */
  number: number;
  /** The attempt was written down at this instant, before any INVITE. */
  plannedAt: number;
  /** The process died with this attempt in flight; what became of it is not known. */
  unknown: boolean;
}

export interface Callback {
  id: CallbackId;
  /** Counts saves (the shell does); the store refuses a save of any other version than the next one. */
  version: number;
  state: CallbackState;
  outcome: Outcome | null;
  /** Low-cardinality word behind the outcome; null while open. */
  reason: string | null;
  plan: CallbackPlan;
  /** The person who called (or for whom the API asked). */
  caller: PhoneNumber;
  callerName: string | null;
  /** The inbound number as configured; null: made by the API. */
  inboundNumber: string | null;
  /** Name of the trunk or `extension:NNN` the request came from; null: the API. */
  source: string | null;
  /** Of the call that asked for it, by a trunk that is trusted; left out: there is none. */
  attestation?: Attestation;
  /** The SIP Call-ID of the call that asked for it; a CANCEL finds its promise by it. */
  inboundCallId: string | null;
  acceptedAt: number;
  /**
   * The last rejection (or BYE) that carried this promise was sent; null: none yet, so it is not dialled. After a
   * restart it counts as sent.
   */
  promisedAt: number | null;
  /** The call that asked for it rings until then, and is promised a callback by hanging up; left out: it does not ring. */
  ringingEndsAt?: number;
  dueAt: number;
  /** Somebody named the instant `dueAt`; false: it is so long after something, however the clock is set meanwhile. */
  isDueFixed: boolean;
  /** Absolute; nothing is dialled at or after it. */
  expiresAt: number;
  /** Attempts that count so far, the current one included. */
  attempts: number;
  attempt: CurrentAttempt | null;
  /** Attempts and legs ever begun, counted or not: ids derive from it, so that the core needs no randomness. */
  serial: number;
  /** Legs towards the person that were hung up but have not reported their end; he is not dialled while one lives. */
  closing: Array<{ legId: LegId; since: number }>;
  /** While a person is on the line; opaque outside core/. Volatile: it need not be stored, a restart never reads it. */
  flow: FlowState | null;
  answeredAt: number | null;
  connectedAt: number | null;
  doneAt: number | null;
  userData: Record<string, unknown> | null;
  /** How many callbacks, with this one, have each been asked for while the one before had the person on the line; left out: 1. */
  inARow?: number;
}

/** One line of the append-only event log: what happened, and why. */
export interface CallbackLogEntry {
  at: number;
  /** Past-tense word: `accepted`, `promised`, `dialled`, `ringing`, `answered`, `rejected`, `retry-scheduled`, ... */
  type: string;
  attemptId: AttemptId | null;
  /** Small, JSON-safe, no secrets. */
  /** `sentences`: why, for those who word it themselves. */
  detail: Record<string, string | number | boolean | null | readonly Sentence[]>;
}

/** A row of the attempt ledger. */
export interface AttemptRecord {
  attemptId: AttemptId;
  callbackId: CallbackId;
  number: number;
  plannedAt: number;
  dialledAt: number | null;
  answeredAt: number | null;
  endedAt: number | null;
  /** Trunk name or `extension:NNN` of the last candidate. */
  via: string | null;
  /** What was dialled: the user part. */
  dialled: string | null;
  outcome: Outcome | null;
  reason: string | null;
  status: number | null;
  q850Cause: number | null;
}

/** The key under which one open callback per person and promise may exist; null: no duplicate check (API with its own id). */
export function duplicateKeyOf(callback: Pick<Callback, 'plan' | 'caller'>): string {
  return `${callback.plan.origin}|${callback.caller.e164 ?? callback.caller.received}`;
}
