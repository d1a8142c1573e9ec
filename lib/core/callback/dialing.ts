/** From the due time to the person's answer. */

import { dialledOf, viaOf } from '../call/candidate.ts';
import type { DialFacts } from '../call/dial-facts.ts';
import type { DialRequest } from '../call/dial-request.ts';
import { beginHunt, type HuntStep, huntAlarm, huntLeg, huntReconsider, huntSlot } from '../call/hunt.ts';
import { sentOf, shownOf } from '../call/identity-detail.ts';
import type { DialCandidate, LegEvent, LegId, LegResult } from '../call/leg.ts';
import type { Verdict } from '../call/outcome.ts';
import { gateBeforeDialling } from '../rules/gates.ts';
import { isTestCall } from '../rules/test-call.ts';
import type { Worded } from '../sentence.ts';
import type { Closure } from '../trunk/line-state.ts';
import type { Callback, CallbackLogEntry, CurrentAttempt } from './callback.ts';
import { areAllClosed, forgetClosed, unknownUntil } from './closing.ts';
import { startConversation } from './conversation.ts';
import type { CoreContext } from './event.ts';
import { heed } from './heed.ts';
import { closeAttempt, record } from './ledger.ts';
import { backToScheduled, finish, settle, stopLegs, takeBack } from './settle.ts';
import { counts, note, observe, partyOf, perform, type Turn } from './turn.ts';

/** Neither a rejection nor a CANCEL was reported for so long: the INVITE's transaction is long over (64*T1 = 32 s). */
const UNPROMISED_LIMIT_MS = 60_000;
/** Calls are over every second where there are so many of them. */
const ROOM_PAUSE_MS = 2_000;

/** A store that can't say whether somebody may be dialled is asked again after so long. */
const FACTS_PAUSE_MS = 1000;

/** A `scheduled` one for which the next alarm means dialling: what the store knows of it is needed now. */
export function isAboutToDial(callback: Callback, context: Pick<CoreContext, 'now' | 'aheadMs'>): boolean {
  const { now, aheadMs = 0 } = context;
  const { dueAt, expiresAt, promisedAt, state } = callback;
  const isDue = state === 'scheduled' && promisedAt !== null && now >= dueAt - aheadMs && now < expiresAt;
  return isDue && areAllClosed(callback, now);
}

/** By then it is known whether it was promised; else it is taken for promised. */
export function unpromisedUntil({ acceptedAt, ringingEndsAt }: Callback): number {
  return Math.max(acceptedAt, ringingEndsAt ?? acceptedAt) + UNPROMISED_LIMIT_MS;
}

/** The alarm of a scheduled one. */
export function scheduledAlarm(turn: Turn, facts: DialFacts = { type: 'free' }): void {
  const { callback, context } = turn;
  if (callback.promisedAt === null) {
    if (context.now >= unpromisedUntil(callback)) assumePromised(turn, context.now);
    return;
  }
  if (context.now < Math.min(callback.dueAt - (context.aheadMs ?? 0), callback.expiresAt)) return;
  if (context.now >= callback.expiresAt) {
    finish(turn, 'expired', 'expired');
    return;
  }
  forgetClosed(turn);
  if (callback.closing.length === 0) askGates(turn, facts);
}

/** The gates of the promise once more: lists, switches and the time of day may have changed since. */
function askGates(turn: Turn, facts: DialFacts): void {
  const { callback, context } = turn;
  if (facts.type === 'unknown') {
    // Not saved: it is the store that is away.
    callback.dueAt = context.now + FACTS_PAUSE_MS;
    return;
  }
  const gated = gateBeforeDialling(context.configuration, callback, leavesAt(turn));
  if (gated.type === 'refuse') {
    refused(turn, gated.gate, gated);
    return;
  }
  if (gated.type === 'wait') {
    putOff(turn, gated.until, gated);
    return;
  }
  if (facts.type === 'refused') refused(turn, facts.gate, facts);
  else beginAttempt(turn, gated.candidates);
}

/** Its INVITE, if it is ordered now. */
function leavesAt({ callback, context }: Turn): number {
  return Math.max(callback.dueAt, context.now);
}

const why = ({ text, sentences }: Worded) => ({ why: text, ...(sentences === undefined ? {} : { sentences }) });

function refused(turn: Turn, gate: string, said: Worded): void {
  note(turn, 'refused', { gate, ...why(said) });
  finish(turn, gate === 'no-route' ? 'failed' : 'refused', gate);
}

/** The time until the hours begin is not the person's fault: it does not count towards the expiry. */
function putOff(turn: Turn, until: number, said: Worded): void {
  const { callback } = turn;
  const expiresAt = Math.max(callback.expiresAt, until + callback.plan.terms.expiresSeconds * 1000);
  callback.dueAt = until;
  callback.isDueFixed = true;
  callback.expiresAt = expiresAt;
  note(turn, 'put-off', { gate: 'hours', ...why(said), dueAt: until, expiresAt });
}

/** The caller may have got his promise: better called for nothing than promised for nothing. */
export function assumePromised(turn: Turn, at: number): void {
  promiseGiven(turn, at);
  note(turn, 'promise-assumed', { dueAt: turn.callback.dueAt });
}

/** The delay counts from the promise; an instant that somebody named may be later. */
export function promiseGiven(turn: Turn, at: number): void {
  const { callback } = turn;
  const dueAt = at + callback.plan.terms.delaySeconds * 1000;
  callback.promisedAt = at;
  if (callback.isDueFixed !== true || callback.dueAt < dueAt) redate(turn, dueAt);
}

/** Another first due time, and the expiry with it. */
export function redate(turn: Turn, dueAt: number): void {
  const { callback } = turn;
  callback.dueAt = dueAt;
  callback.isDueFixed = false;
  callback.expiresAt = dueAt + callback.plan.terms.expiresSeconds * 1000;
}

function beginAttempt(turn: Turn, candidates: DialCandidate[]): void {
  const { callback, context } = turn;
  callback.serial += 1;
  const attemptId = `${callback.id}.${callback.serial}`;
  callback.answeredAt = null;
  callback.connectedAt = null;
  const step = beginHunt(candidates, partyOf(callback, attemptId, context), context);
  const attempt = { attemptId, number: callback.attempts + 1, plannedAt: leavesAt(turn), unknown: false };
  callback.attempt = { ...attempt, ...step.hunt };
  applyHunt(turn, step);
}

/** Takes the hunt's new state over, performs its effects, and goes on with its result. */
function applyHunt(turn: Turn, step: HuntStep): void {
  const { callback } = turn;
  const { attemptId, number, plannedAt, unknown } = callback.attempt!;
  callback.attempt = { attemptId, number, plannedAt, unknown, ...step.hunt };
  if (step.refused) note(turn, 'trunk-refused', refusalDetail(step.refused));
  for (const { lane, why } of step.skipped ?? []) note(turn, 'trunk-skipped', { trunk: lane, why });
  for (const effect of step.effects) {
    if (effect.type === 'dial') order(turn, callback.attempt, effect.request);
    if (effect.type === 'reserveSlot') queue(turn, effect.trunk, step.waitsFor ?? null);
    if (effect.type === 'hangUp') note(turn, 'given-up', { legId: effect.legId, why: effect.reason.text });
    perform(turn, effect);
  }
  if (step.result?.type === 'answered') {
    answered(turn, callback.attempt);
    return;
  }
  if (step.result?.type === 'failed') failed(turn, step.result.verdict, step.result.leg);
}

function refusalDetail({ lane, gate, text }: NonNullable<HuntStep['refused']>): CallbackLogEntry['detail'] {
  return { trunk: lane, gate, why: text };
}

/** @param closed why its turn can't come for the time being; null: it is in an open lane */
function queue(turn: Turn, trunk: string, closed: Closure | null): void {
  turn.callback.state = 'queued';
  note(turn, 'queued', closed === null ? { trunk } : { trunk, closed });
}

/** The attempt is written down before its INVITE leaves; from its first INVITE on it counts. */
function order(turn: Turn, attempt: CurrentAttempt, request: DialRequest): void {
  const { callback } = turn;
  callback.state = 'dialing';
  if (!counts(callback, attempt)) {
    callback.attempts = attempt.number;
    attempt.plannedAt = leavesAt(turn);
  }
  record(turn, attempt, null);
  const candidate = attempt.candidates[attempt.index]!;
  const [via, dialled] = [viaOf(candidate), dialledOf(candidate)];
  note(turn, 'dial-ordered', { legId: attempt.legId, via, dialled, attempt: attempt.number, ...shownOf(request) });
}

/** A call that had to wait for its trunk until it expired is not made. */
export function queuedAlarm(turn: Turn): void {
  if (turn.context.now < turn.callback.expiresAt) return;
  stopLegs(turn, { cause: 16, text: 'Expired' });
  finish(turn, 'expired', 'expired');
}

export function slotGranted(turn: Turn, legId: LegId, facts?: DialFacts): void {
  const { callback, context } = turn;
  const { attempt } = callback;
  // In `dialing` and later it is a repetition for a leg that uses its slot, in `queued` the one that was asked for.
  if (attempt?.legId !== legId) {
    turn.effects.push({ type: 'withdrawSlot', legId });
    return;
  }
  if (callback.state !== 'queued') return;
  if (context.now >= callback.expiresAt) {
    queuedAlarm(turn);
    return;
  }
  if (!counts(callback, attempt) && !mayStillBeDialled(turn)) return;
  if (!counts(callback, attempt) && facts?.type === 'unknown') {
    takeBack(turn, 'store-away', 'The store is away');
    backToScheduled(turn, context.now + FACTS_PAUSE_MS);
    return;
  }
  applyHunt(turn, huntSlot(attempt, partyOf(callback, attempt.attemptId, context), context, facts));
}

/** A trunk may have kept him waiting into the night: the gates once more, as far as they need no store. */
function mayStillBeDialled(turn: Turn): boolean {
  const { callback, context } = turn;
  const gated = gateBeforeDialling(context.configuration, callback, leavesAt(turn));
  // A trunk that is gone is the hunt's business: the next one may be there.
  if (gated.type === 'pass' || gated.gate === 'no-route') return true;
  takeBack(turn, gated.gate, gated.text);
  if (gated.type === 'refuse') refused(turn, gated.gate, gated);
  else {
    backToScheduled(turn, gated.until);
    putOff(turn, gated.until, gated);
  }
  return false;
}

/** Where it waits nobody is served now: it goes on through another trunk, if there is one. */
export function slotClosed(turn: Turn, legId: LegId): void {
  const { callback, context } = turn;
  const { attempt } = callback;
  if (callback.state !== 'queued' || attempt?.legId !== legId) return;
  const step = huntReconsider(attempt, partyOf(callback, attempt.attemptId, context), context);
  if (step.effects.length > 0) applyHunt(turn, step);
}

export function dialingAlarm(turn: Turn): void {
  const { callback, context } = turn;
  const attempt = callback.attempt!;
  if (attempt.unknown) {
    unknownAlarm(turn, attempt);
    return;
  }
  applyHunt(turn, huntAlarm(attempt, partyOf(callback, attempt.attemptId, context), context));
}

/** Nobody knows whether he answered nothing or was not rung at all: it counts as not answered, and as an attempt. */
function unknownAlarm(turn: Turn, attempt: CurrentAttempt): void {
  const { callback, context } = turn;
  const { retry } = callback.plan.terms;
  if (context.now < unknownUntil(callback, attempt)) return;
  const mayRetry = retry.on.includes('no-answer') || retry.on.includes('failed');
  settle(turn, { outcome: 'failed', reason: 'unknown-after-restart', leg: null }, mayRetry);
}

/** We had no room for the call, and nothing has left: that is no attempt, and the promise waits a moment longer. */
function outOfRoom(turn: Turn, text: string): void {
  const dueAt = turn.context.now + ROOM_PAUSE_MS;
  note(turn, 'no-capacity', { text, dueAt });
  closeAttempt(turn, { outcome: 'cancelled', reason: 'no-capacity', leg: null }, false);
  backToScheduled(turn, dueAt);
}

/** Nobody knows whether it rings: it is waited for until it has stopped for certain. */
export function becomeUnknown(turn: Turn, attempt: CurrentAttempt): void {
  const { callback, context } = turn;
  const since = Math.min(attempt.dialledAt ?? attempt.orderedAt, context.now);
  callback.attempt = { ...attempt, unknown: true, timedFrom: since };
  note(turn, 'recovered', { was: 'dialing', until: unknownUntil(callback, callback.attempt) });
}

/** The INVITE of a former process rings there, and what follows from it goes to that one. */
const isMerged = (attempt: CurrentAttempt, event: LegEvent): boolean =>
  attempt.isRepeated === true && event.type === 'rejected' && event.result.status === 482;

/** An event of the leg that is dialled. */
export function personLeg(turn: Turn, event: LegEvent): void {
  const { callback, context } = turn;
  const attempt = callback.attempt!;
  if (event.type === 'rejected' && event.result.kind === 'noCapacity' && attempt.phase === 'dialling') {
    outOfRoom(turn, event.result.text);
    return;
  }
  if (isMerged(attempt, event)) {
    becomeUnknown(turn, attempt);
    return;
  }
  const step = huntLeg(attempt, event, partyOf(callback, attempt.attemptId, context), context);
  if (event.type === 'rejected') {
    const { kind, status, phrase, text } = event.result;
    note(turn, 'rejected', { legId: event.legId, kind, status, phrase, text });
    heed(turn, event.result);
  }
  // Whoever tests a trunk looks on; of others it is enough to know it with the next thing that must not be forgotten.
  const noted = isTestCall(callback.plan) ? note : observe;
  if (event.type === 'ringing' && attempt.phase === 'dialling') noted(turn, 'ringing', { status: event.status });
  applyHunt(turn, step);
  if (event.type !== 'dialled' || attempt.dialledAt !== null || callback.attempt?.dialledAt == null) return;
  record(turn, callback.attempt, null);
  note(turn, 'dialled', { legId: event.legId, ...sentOf(event) });
}

function failed(turn: Turn, verdict: Verdict, leg: LegResult | null): void {
  const { retry } = turn.callback.plan.terms;
  const wanted = (retry.on as string[]).includes(verdict.outcome);
  settle(turn, { outcome: verdict.outcome, reason: verdict.reason, leg }, verdict.retryPerson && wanted);
}

function answered(turn: Turn, attempt: CurrentAttempt): void {
  const { callback, context } = turn;
  callback.answeredAt = context.now;
  callback.state = 'answered';
  record(turn, attempt, null);
  note(turn, 'answered', { legId: attempt.legId });
  startConversation(turn, attempt);
}
