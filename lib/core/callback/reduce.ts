/**
 * The life of a callback, one event at a time.
 *
 * - The row decides, not the event: an alarm looks at the time again, a leg's event at whose leg it is. What belongs to
 *   an earlier attempt or leg is dropped, so that late, repeated and reordered events are harmless.
 * - The result is saved before its effects are performed; after a crash in between, `recovered` settles it.
 * - A person is rung by one INVITE at a time: legs that were hung up are watched (`closing`) until they report their end.
 */

import type { DialFacts } from '../call/dial-facts.ts';
import type { LegEvent } from '../call/leg.ts';
import { isLegOf } from '../flow/flow.ts';
import type { Callback } from './callback.ts';
import { calledAgain, cancel, promised, reschedule, retry, unpromised } from './command.ts';
import { conversationAlarm, conversationClosed, conversationSlot, stepConversation } from './conversation.ts';
import { dialingAlarm, personLeg, queuedAlarm, scheduledAlarm, slotClosed, slotGranted } from './dialing.ts';
import type { CallbackEvent, CoreContext, Step } from './event.ts';
import { heed } from './heed.ts';
import { drained, recovered } from './recovery.ts';
import { beginTurn, note, stepOf, type Turn } from './turn.ts';

export function reduceCallback(callback: Callback, event: CallbackEvent, context: CoreContext): Step {
  const turn = beginTurn(callback, context);
  handle(turn, event);
  return stepOf(turn);
}

function handle(turn: Turn, event: CallbackEvent): void {
  switch (event.type) {
    case 'promised':
      promised(turn, event);
      break;
    case 'callerGaveUp':
      unpromised(turn, event.callId, 'caller-gave-up');
      break;
    case 'notMissed':
      unpromised(turn, event.callId, event.why);
      break;
    case 'alarm':
      alarm(turn, event.facts);
      break;
    case 'slotGranted':
      if (isConversation(turn.callback)) conversationSlot(turn, event.legId, event.facts);
      else slotGranted(turn, event.legId, event.facts);
      break;
    case 'slotClosed':
      if (isConversation(turn.callback)) conversationClosed(turn, event.legId);
      else slotClosed(turn, event.legId);
      break;
    case 'calledAgain':
      calledAgain(turn, event.at);
      break;
    case 'leg':
      leg(turn, event.event);
      break;
    case 'fetched':
    case 'callbackDecided':
      if (isConversation(turn.callback)) stepConversation(turn, event);
      break;
    case 'cancel':
      cancel(turn, event.by);
      break;
    case 'reschedule':
      reschedule(turn, event.dueAt);
      break;
    case 'retry':
      retry(turn);
      break;
    case 'recovered':
      recovered(turn);
      break;
    case 'drain':
      drained(turn);
      break;
  }
}

function isConversation({ state }: Callback): boolean {
  return state === 'answered' || state === 'connecting' || state === 'connected';
}

function alarm(turn: Turn, facts?: DialFacts): void {
  switch (turn.callback.state) {
    case 'scheduled':
      scheduledAlarm(turn, facts);
      break;
    case 'queued':
      queuedAlarm(turn);
      break;
    case 'dialing':
      dialingAlarm(turn);
      break;
    case 'answered':
    case 'connecting':
    case 'connected':
      conversationAlarm(turn);
      break;
    case 'done':
  }
}

function leg(turn: Turn, event: LegEvent): void {
  const { callback } = turn;
  const isClosing = callback.closing.some(({ legId }) => legId === event.legId);
  if (isClosing) closed(turn, event);
  const { attempt } = callback;
  if (attempt?.unknown === true) return;
  if (isConversation(callback)) {
    conversationLeg(turn, event, isClosing);
    return;
  }
  const isCurrent = attempt?.legId === event.legId;
  if (callback.state === 'dialing' && isCurrent) {
    personLeg(turn, event);
    return;
  }
  if (event.type === 'recorded') recorded(turn, event);
  else if (!isClosing) stray(turn, event);
}

/** The talk is over, its recording has just been written. */
function recorded(turn: Turn, { recordingId, seconds, why }: LegEvent & { type: 'recorded' }): void {
  note(turn, 'recorded', { recordingId, seconds, why });
}

/** A leg that was hung up reported its end: nothing rings there any more. */
function closed(turn: Turn, event: LegEvent): void {
  const { callback } = turn;
  if (event.type !== 'rejected' && event.type !== 'ended') return;
  if (event.type === 'rejected' && callback.attempt?.legId !== event.legId) heed(turn, event.result);
  callback.closing = callback.closing.filter(({ legId }) => legId !== event.legId);
}

function conversationLeg(turn: Turn, event: LegEvent, isClosing: boolean): void {
  const { attempt, flow } = turn.callback;
  if (event.legId === attempt?.legId || (flow !== null && isLegOf(flow, event.legId))) {
    stepConversation(turn, { type: 'leg', event });
    return;
  }
  if (!isClosing) stray(turn, event);
}

/** Nobody waits for this leg: if somebody answers it all the same, he must not be left with silence. */
function stray(turn: Turn, event: LegEvent): void {
  if (event.type !== 'answered') return;
  turn.effects.push({ type: 'hangUp', legId: event.legId, reason: { cause: 16, text: 'Call ended' } });
}
