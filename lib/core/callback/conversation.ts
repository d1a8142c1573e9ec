/** From the person's answer to the end: the flow that the callback goes on with, and what its end means. */

import type { DialFacts } from '../call/dial-facts.ts';
import type { LegId } from '../call/leg.ts';
import type { Configuration } from '../configuration.ts';
import { startFlow, stepFlow, wantsSlot } from '../flow/flow.ts';
import type { FlowEnd, FlowEvent, FlowHost, FlowState, FlowStep, Place } from '../flow/flow-state.ts';
import { callOnwards } from '../flow/flow-turn.ts';
import { defaultLanguageOf } from '../language.ts';
import { spendingRule } from '../policy/charges.ts';
import type { Callback, CallbackState, CurrentAttempt } from './callback.ts';
import { watch } from './closing.ts';
import { finish, settle, stopLegs } from './settle.ts';
import { callOf, hangUpPerson, note, observe, type Turn } from './turn.ts';

/** The call as the flow sees it. */
export function hostOf(callback: Callback, attempt: CurrentAttempt, configuration: Configuration): FlowHost {
  return {
    legId: attempt.legId,
    namePrefix: attempt.attemptId,
    call: callOf(callback),
    timeoutSeconds: callback.plan.terms.timeoutSeconds,
    isExtension: callback.plan.terms.method === 'extension',
    callbackId: callback.id,
    language: callback.plan.terms.language ?? defaultLanguageOf(configuration),
    attempt: { id: attempt.attemptId, number: attempt.number },
    record: callback.plan.terms.record ? { consent: callback.plan.terms.consent ?? false } : null,
    releaseMedia: callback.plan.terms.releaseMedia ?? false,
    rule: spendingRule(callback.plan),
  };
}

export function startConversation(turn: Turn, attempt: CurrentAttempt): void {
  const { callback, context } = turn;
  const { next } = callback.plan;
  if (next === null) {
    hangUpPerson(turn, attempt.legId, { cause: 16, text: 'Call ended' });
    finish(turn, 'connected', 'answered');
    return;
  }
  after(
    turn,
    attempt,
    startFlow({ ...next, answered: true }, hostOf(callback, attempt, context.configuration), context),
  );
}

/** An event of a leg or of the clock while somebody is on the line. */
export function stepConversation(turn: Turn, event: FlowEvent): void {
  const { callback, context } = turn;
  const { attempt, flow } = callback;
  if (attempt === null || flow === null) return;
  after(turn, attempt, stepFlow(flow, event, hostOf(callback, attempt, context.configuration), context));
}

function after(turn: Turn, attempt: CurrentAttempt, step: FlowStep): void {
  const { callback } = turn;
  turn.effects.push(...step.effects.filter((effect) => effect.type !== 'answer'));
  for (const { type, detail } of step.notes) observe(turn, type, detail);
  callback.flow = step.state;
  if (step.end !== null) {
    ended(turn, attempt, { end: step.end, talkedMs: talkedMs(step.state, turn.context.now) });
    return;
  }
  const state = stateAt(step.state.place);
  // A target has answered: that stays so, whatever the person does after the talk.
  if (state === callback.state || callback.state === 'connected') return;
  callback.state = state;
  if (state === 'connected') callback.connectedAt = turn.context.now;
  note(turn, state);
}

function stateAt(place: Place): CallbackState {
  if (place.type === 'dial' || place.type === 'transfer') return 'connecting';
  return place.type === 'bridged' ? 'connected' : 'answered';
}

/** How long it was talked to targets. */
function talkedMs({ talkedMs: before, place }: FlowState, now: number): number {
  return before + (place.type === 'bridged' ? now - place.since : 0);
}

function ended(turn: Turn, attempt: CurrentAttempt, { end, talkedMs }: { end: FlowEnd; talkedMs: number }): void {
  const { callback } = turn;
  if (end.type === 'asked') {
    if (!end.isGone) watch(turn, attempt.legId);
    finish(turn, 'connected', 'callback-requested');
    return;
  }
  if (end.type === 'callback') {
    requestCallback(turn, attempt, end);
    return;
  }
  if (end.hangUp !== null) hangUpPerson(turn, attempt.legId, end.hangUp);
  // A person who answered is not rung again, whatever became of the target, unless `retry.on` says so.
  const { outcome, reason } = verdictOn(callback, end, talkedMs);
  const isOfPerson = outcome === 'abandoned' || outcome === 'failed' || outcome === 'machine';
  const mayRetry = isOfPerson && callback.plan.terms.retry.on.includes(outcome);
  settle(turn, { outcome, reason, leg: null }, mayRetry);
}

type Verdict = Pick<Extract<FlowEnd, { type: 'over' }>, 'outcome' | 'reason'>;

/** Once a target has answered it is `connected`, unless hardly a word was spoken: a mailbox, a slip of the finger. */
function verdictOn({ connectedAt, plan }: Callback, { outcome, reason }: Verdict, talkedMs: number): Verdict {
  if (connectedAt === null) return { outcome, reason };
  const leastMs = (plan.terms.minimumTalkSeconds ?? 0) * 1000;
  return talkedMs < leastMs ? { outcome: 'abandoned', reason: 'talk-too-short' } : { outcome: 'connected', reason };
}

/** This callback is done before the new one is asked for: the two may have the same duplicate key. */
function requestCallback(turn: Turn, attempt: CurrentAttempt, end: Extract<FlowEnd, { type: 'callback' }>): void {
  const { callback } = turn;
  const { flow, component } = end;
  const call = callback.flow === null ? callOf(callback) : callOnwards(callOf(callback), callback.flow);
  watch(turn, attempt.legId);
  turn.effects.push({
    type: 'requestCallback',
    legId: attempt.legId,
    flow,
    component,
    call,
    how: 'hangUp',
  });
  finish(turn, 'connected', 'callback-requested');
}

/** The longest time: of the menus from the person's answer, of the talk from the target's. */
export function conversationEndsAt(callback: Callback): number {
  const from = callback.connectedAt ?? callback.answeredAt ?? 0;
  return from + callback.plan.terms.maxCallSeconds * 1000;
}

export function conversationAlarm(turn: Turn): void {
  const { callback, context } = turn;
  if (context.now < conversationEndsAt(callback)) {
    stepConversation(turn, { type: 'alarm' });
    return;
  }
  const wasConnected = callback.state === 'connected';
  stopLegs(turn, { cause: 16, text: 'Longest call time reached' });
  note(turn, 'max-call-time', { seconds: callback.plan.terms.maxCallSeconds });
  const end = { outcome: wasConnected ? 'connected' : 'abandoned', reason: 'max-call-time', leg: null } as const;
  settle(turn, end, false);
}

/** A slot that nobody waits for any more goes back. */
export function conversationSlot(turn: Turn, legId: LegId, facts?: DialFacts): void {
  const { callback } = turn;
  if (callback.flow !== null && wantsSlot(callback.flow, legId)) {
    stepConversation(turn, { type: 'slotGranted', legId, ...(facts && { facts }) });
    return;
  }
  if (callback.attempt?.legId !== legId) turn.effects.push({ type: 'withdrawSlot', legId });
}

export function conversationClosed(turn: Turn, legId: LegId): void {
  const { flow } = turn.callback;
  if (flow !== null && wantsSlot(flow, legId)) stepConversation(turn, { type: 'slotClosed', legId });
}
