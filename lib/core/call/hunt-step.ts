/** A hunt as it stands, on whose behalf it dials, and what one step of it asks for. */

import type { CallerId, Configuration } from '../configuration.ts';
import type { CallCost } from '../policy/charges.ts';
import type { Closure, LineState } from '../trunk/line-state.ts';
import type { DialRequest } from './dial-request.ts';
import type { DialCandidate, HangupReason, LegId, LegResult } from './leg.ts';
import type { Verdict } from './outcome.ts';

export interface Hunt {
  candidates: DialCandidate[];
  /** The candidate being tried. */
  index: number;
  /** A candidate was given up for a `once` verdict: there is no further one. */
  onceUsed: boolean;
  /** This candidate has refused the caller ID that was wanted: it is shown its trunk's default. */
  callerIdRefused?: boolean;
  /** A candidate was given up: what is closed now is not waited for. */
  failedOver?: boolean;
  /** How often it went to another trunk while it was waiting: legs of one candidate must not have one name. */
  moves?: number;
  /** The INVITE of this candidate: its Call-ID and From tag derive from it, so that it can be repeated identically. */
  legId: LegId;
  phase: 'slot' | 'dialling' | 'givenUp';
  /** The present leg's slot was asked for (`slot`), its INVITE was first ordered (`dialling`). */
  orderedAt: number;
  /** The timers of the present phase count from here: its begin; the INVITE on the wire, once that is known. */
  timedFrom: number;
  /** The INVITE of the present leg is known to be on the wire since; null: not known. */
  dialledAt: number | null;
  /** Something (100 or 18x) came back since. */
  heardAt: number | null;
  /** The present leg's INVITE was sent once more: who has it already refuses it with 482 (RFC 3261 8.2.2.2). */
  isRepeated: boolean;
  /** So long the present leg may be silent; null: only the ring timeout counts (extensions). */
  noResponseMs: number | null;
}

/** On whose behalf the hunt dials. */
export interface HuntParty {
  /** Legs are called `${legPrefix}.${index}`: unique among all hunts. */
  legPrefix: string;
  callerId: CallerId;
  /** The inbound number that was dialled; null: none. */
  onBehalfOf: string | null;
  callbackId: string | null;
  likeLeg: LegId | null;
  ringTimeoutSeconds: number;
  /** No INVITE of it leaves before this instant (epoch milliseconds); null: at once. */
  notBefore: number | null;
  /** Nobody is on the line: it may wait until a trunk opens. */
  mayWait: boolean;
  /** As what a call through a trunk is counted; null: an extension is rung, which costs nothing. */
  cost: CallCost | null;
}

export interface HuntContext {
  now: number;
  configuration: Configuration;
  engine: { showsTrying: boolean };
  /** Left out: nothing is closed. */
  line?: LineState;
  /**
   * So long before a callback is due everything is done for it but its INVITE, which leaves when it is due; left out: 0.
   * Milliseconds.
   */
  aheadMs?: number;
}

export type HuntEffect =
  /**
   * Asks for one INVITE through the trunk, in turn with all others (calls per second, concurrency); `slotGranted` follows.
   * `cost`: the store is asked too, at that moment, and what the call is assumed to cost is counted until it is over.
   */
  | { type: 'reserveSlot'; legId: LegId; trunk: string; cost?: CallCost }
  /** The slot, asked for or granted, is not needed. To be ignored for a leg that was dialled: its slot is free at its end. */
  | { type: 'withdrawSlot'; legId: LegId }
  | { type: 'dial'; request: DialRequest }
  | { type: 'hangUp'; legId: LegId; reason: HangupReason };

export type HuntResult = { type: 'answered' } | { type: 'failed'; verdict: Verdict; leg: LegResult | null };

export interface HuntStep {
  hunt: Hunt;
  effects: HuntEffect[];
  /** Null: it goes on. */
  result: HuntResult | null;
  /** Candidates that were passed over, and why. */
  skipped?: Skip[];
  /** Why it waits, though it has not been dialled yet by any trunk. */
  waitsFor?: Closure;
  /** The present candidate had a slot, and was not dialled all the same. */
  refused?: { lane: string; gate: string; text: string };
}

export interface Skip {
  /** Its trunk, or `extension:`. */
  lane: string;
  why: Closure;
}
