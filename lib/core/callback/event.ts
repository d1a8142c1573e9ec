/** What a callback is told, and what it asks for in return. */

import type { DialFacts } from '../call/dial-facts.ts';
import type { HuntContext } from '../call/hunt.ts';
import type { LegEvent, LegId } from '../call/leg.ts';
import type { AnsweredEffect, CallbackDecision } from '../flow/flow-state.ts';
import type { HookResult } from '../flow/hook.ts';
import type { AttemptRecord, Callback, CallbackLogEntry } from './callback.ts';

export type CallbackEvent =
  /** The rejection (or BYE) with the promise was sent; or, of a call that rang, it ended so: the promise begins with that. */
  | { type: 'promised'; at: number; by?: 'missed-call' | 'cut-off' }
  /** CANCEL won against the rejection of this call: no promise stands, unless another call of his got it. */
  | { type: 'callerGaveUp'; callId: string }
  /**
   * A call that would have been called back as a missed one was not missed: the caller stayed on the line, or somebody
   * else took the call. No promise stands, unless another call of his got it.
   */
  | { type: 'notMissed'; callId: string; why: 'caller-stayed' | 'taken-elsewhere' }
  /** `facts`: what the store says of a callback that falls due; left out: nothing stands against it. */
  | { type: 'alarm'; facts?: DialFacts }
  /** `facts`: what the store says of a leg that was reserved with its cost; left out: nothing stands against it. */
  | { type: 'slotGranted'; legId: LegId; facts?: DialFacts }
  /** The lane in which the slot of this leg is waited for is closed, and what is closed has changed. */
  | { type: 'slotClosed'; legId: LegId }
  /** The same caller called again and got the same promise; `at`: his new rejection was sent. */
  | { type: 'calledAgain'; at: number }
  | { type: 'fetched'; requestId: string; result: HookResult }
  | { type: 'leg'; event: LegEvent }
  /** Answers a `requestCallback` that `goesOn`. Granted: this callback is done, and whoever has asked ends the leg. */
  | CallbackDecision
  /** `by`: who wants it, for the log. */
  | { type: 'cancel'; by: string }
  | { type: 'reschedule'; dueAt: number }
  /** Dial now; re-opens a done one that was not `connected`, with all its attempts. */
  | { type: 'retry' }
  /** The first event after a restart, for whatever a former process left. */
  | { type: 'recovered' }
  /** Deadline of a shutdown: live legs are ended. */
  | { type: 'drain' };

/**
 * Effects are performed in their order, after the save (if the step needs one). `reserveSlot` and `withdrawSlot`
 * touch memory only and may be performed before it.
 */
export type CallbackEffect = AnsweredEffect;

/** A number that goes on the suppression list together with the callback's save. */
export interface SuppressionWish {
  number: string;
  /** Low-cardinality word. */
  reason: string;
  at: number;
  /** Null: for ever. */
  expiresAt: number | null;
}

/** Instants are epoch milliseconds. `showsTrying`: the engine reports 100 (the embedded one does). */
export type CoreContext = HuntContext;

export interface Step {
  callback: Callback;
  effects: CallbackEffect[];
  log: CallbackLogEntry[];
  /** Ledger rows to insert or replace. */
  attempts: AttemptRecord[];
  /** Left out: none. */
  suppressions?: SuppressionWish[];
  /** false: only volatile state changed; effects may go out at once, log entries go with the next save. */
  persist: boolean;
}
