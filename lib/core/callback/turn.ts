/** One step of a callback while it is being made: a shallow copy of the row that may be written, and what comes of it. */

import type { HuntEffect, HuntParty } from '../call/hunt.ts';
import type { HangupReason, LegId } from '../call/leg.ts';
import { spendingRule } from '../policy/charges.ts';
import type { CallContext } from '../rules/request.ts';
import { defaultCallerId, routeSpecOf } from '../rules/request.ts';
import type { AttemptRecord, Callback, CallbackLogEntry, CurrentAttempt } from './callback.ts';
import { watch } from './closing.ts';
import type { CallbackEffect, CoreContext, Step, SuppressionWish } from './event.ts';

export interface Turn {
  readonly context: CoreContext;
  readonly callback: Callback;
  readonly effects: CallbackEffect[];
  readonly log: CallbackLogEntry[];
  readonly attempts: AttemptRecord[];
  readonly suppressions: SuppressionWish[];
  persist: boolean;
}

export function beginTurn(callback: Callback, context: CoreContext): Turn {
  return { context, callback: { ...callback }, effects: [], log: [], attempts: [], suppressions: [], persist: false };
}

export function stepOf(turn: Turn): Step {
  const { callback, effects, log, attempts, suppressions, persist } = turn;
  return { callback, effects, log, attempts, ...(suppressions.length === 0 ? {} : { suppressions }), persist };
}

/** A log entry that can wait for the next save. */
export function observe(turn: Turn, type: string, detail: CallbackLogEntry['detail'] = {}): void {
  turn.log.push({ at: turn.context.now, type, attemptId: turn.callback.attempt?.attemptId ?? null, detail });
}

/** A log entry of something that must not be forgotten. */
export function note(turn: Turn, type: string, detail: CallbackLogEntry['detail'] = {}): void {
  observe(turn, type, detail);
  turn.persist = true;
}

export function callOf(callback: Callback): CallContext {
  const { caller, callerName, inboundNumber, source, attestation, plan } = callback;
  const { language } = plan.terms;
  return {
    caller,
    callerName,
    inboundNumber,
    source,
    ...(attestation && { attestation }),
    ...(language && { language }),
  };
}

/** The person of the callback as the target of a hunt. */
export function partyOf(callback: Callback, attemptId: string, { configuration, now }: CoreContext): HuntParty {
  const { terms } = callback.plan;
  const { number } = routeSpecOf(configuration, terms, callback.caller);
  const towards = terms.method === 'extension' ? 'extension' : 'trunk';
  return {
    legPrefix: attemptId,
    callerId: terms.callerId ?? defaultCallerId(callOf(callback), towards) ?? { number: '', name: null },
    onBehalfOf: callback.inboundNumber,
    callbackId: callback.id,
    likeLeg: null,
    ringTimeoutSeconds: terms.ringTimeoutSeconds,
    notBefore: callback.dueAt > now ? callback.dueAt : null,
    mayWait: true,
    cost: number === null ? null : { number, rule: spendingRule(callback.plan), isAttempt: true },
  };
}

/** Performs an effect towards the person: a leg that is hung up is watched until it reports its end. */
export function perform(turn: Turn, effect: HuntEffect): void {
  turn.effects.push(effect);
  if (effect.type === 'hangUp') watch(turn, effect.legId);
}

export function hangUpPerson(turn: Turn, legId: LegId, reason: HangupReason): void {
  perform(turn, { type: 'hangUp', legId, reason });
}

/** The attempt counts, and its row is in the ledger. */
export function counts(callback: Callback, attempt: CurrentAttempt): boolean {
  return attempt.number <= callback.attempts;
}
