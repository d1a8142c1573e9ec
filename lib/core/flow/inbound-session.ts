/**
 * An inbound call that runs a flow directly. It is answered by the first component that needs media (a `dial` counts as
 * one: the caller is answered first, then the target is rung). A `callback` component reached before that rejects the
 * call unanswered; after it, the call is ended by BYE.
 */

import type { DialFacts } from '../call/dial-facts.ts';
import type { LegEvent, LegId } from '../call/leg.ts';
import type { Rejection } from '../call/rejection.ts';
import type { Configuration } from '../configuration.ts';
import { defaultLanguageOf } from '../language.ts';
import type { CallContext } from '../rules/request.ts';
import { flowDeadlineOf, startFlow, stepFlow, targetsStopped, wantsSlot } from './flow.ts';
import type {
  CallbackDecision,
  FlowContext,
  FlowEffect,
  FlowEnd,
  FlowHost,
  FlowNote,
  FlowState,
  FlowStep,
} from './flow-state.ts';
import { callOnwards } from './flow-turn.ts';
import type { HookResult } from './hook.ts';

/** A call that was offered and is to run a flow. */
export interface InboundStart {
  legId: LegId;
  call: CallContext;
  flow: string;
  /** Null: the flow's start. */
  component: string | null;
}

export interface InboundSession {
  legId: LegId;
  call: CallContext;
  state: FlowState;
  startedAt: number;
  /** Null: no target has answered yet. */
  connectedAt: number | null;
}

export type InboundEvent =
  /** Once, for an `InboundStart`. */
  | { type: 'offered' }
  | { type: 'alarm' }
  /** `facts`: of a leg that was reserved with its cost. */
  | { type: 'slotGranted'; legId: LegId; facts?: DialFacts }
  | { type: 'slotClosed'; legId: LegId }
  | { type: 'fetched'; requestId: string; result: HookResult }
  | { type: 'leg'; event: LegEvent }
  /** Answers a `requestCallback` that `goesOn`. Granted: the session is over, and whoever has asked ends the leg. */
  | CallbackDecision
  /** Deadline of a shutdown: all legs are ended. */
  | { type: 'drain' };

export type InboundEffect = FlowEffect | { type: 'reject'; legId: LegId; rejection: Rejection };

export interface InboundStep {
  /** Null: the session is over; every leg of it has been ended by an effect, or is ended by `requestCallback`. */
  session: InboundSession | null;
  effects: InboundEffect[];
  notes: FlowNote[];
}

/** As `maxCallSeconds` of a rule; no rule stands behind a flow that runs directly. */
const MAX_CALL_MS = 7_200_000;

function hostOf(session: Pick<InboundSession, 'legId' | 'call'>, configuration: Configuration): FlowHost {
  return {
    legId: session.legId,
    namePrefix: session.legId,
    call: session.call,
    timeoutSeconds: null,
    isExtension: session.call.source?.startsWith('extension:') ?? false,
    callbackId: null,
    language: session.call.language ?? defaultLanguageOf(configuration),
    attempt: null,
    record: null,
    releaseMedia: false,
    rule: null,
  };
}

/** Events that are not for this session, late alarms and repetitions change nothing. */
export function reduceInbound(
  session: InboundSession | InboundStart,
  event: InboundEvent,
  context: FlowContext,
): InboundStep {
  if (!('state' in session)) return begin(session, event, context);
  if (event.type === 'offered') return { session, effects: [], notes: [] };
  if (event.type === 'drain') return stopped(session, 'Shutdown');
  if (event.type === 'alarm' && context.now >= endOf(session)) return stopped(session, 'Longest call time reached');
  const step = stepFlow(session.state, event, hostOf(session, context.configuration), context);
  const stray = event.type === 'slotGranted' ? strayGrant(session, event.legId) : [];
  return after(session, { ...step, effects: [...stray, ...step.effects] }, context);
}

function begin(start: InboundStart, event: InboundEvent, context: FlowContext): InboundStep {
  if (event.type !== 'offered') return { session: null, effects: [], notes: [] };
  const { legId, call, flow, component } = start;
  const step = startFlow({ flow, component, answered: false }, hostOf(start, context.configuration), context);
  const session: InboundSession = { legId, call, state: step.state, startedAt: context.now, connectedAt: null };
  return after(session, step, context);
}

function strayGrant(session: InboundSession, legId: LegId): FlowEffect[] {
  return wantsSlot(session.state, legId) ? [] : [{ type: 'withdrawSlot', legId }];
}

function after(session: InboundSession, step: FlowStep, context: FlowContext): InboundStep {
  const { effects, notes } = step;
  if (step.end !== null) return { session: null, effects: [...effects, ...endEffects(session, step, step.end)], notes };
  const isConnected = step.state.place.type === 'bridged';
  const connectedAt = session.connectedAt ?? (isConnected ? context.now : null);
  return { session: { ...session, state: step.state, connectedAt }, effects, notes };
}

function endEffects(session: InboundSession, step: FlowStep, end: FlowEnd): InboundEffect[] {
  const { legId } = session;
  const isAnswered = step.state.answered;
  if (end.type === 'callback') {
    const { flow, component } = end;
    const call = callOnwards(session.call, step.state);
    const how = isAnswered ? 'hangUp' : 'reject';
    return [{ type: 'requestCallback', legId, flow, component, call, how }];
  }
  if (end.type === 'asked' || end.hangUp === null) return [];
  if (isAnswered) return [{ type: 'hangUp', legId, reason: end.hangUp }];
  return [{ type: 'reject', legId, rejection: unanswered(end, end.hangUp.text) }];
}

/** The flow ended the call before anything answered it. */
function unanswered(end: Extract<FlowEnd, { type: 'over' }>, text: string): Rejection {
  const usual = end.outcome === 'failed' ? { status: 500, cause: 41 } : { status: 480, cause: 31 };
  const { status, cause } = end.unanswered ?? usual;
  return { status, reason: { protocol: 'Q.850', cause, text }, callbackId: null };
}

function stopped(session: InboundSession, text: string): InboundStep {
  const reason = { cause: 16, text };
  const effects: InboundEffect[] = targetsStopped(session.state, session.legId, reason);
  effects.push({ type: 'hangUp', legId: session.legId, reason });
  return { session: null, effects, notes: [{ type: 'stopped', detail: { why: text } }] };
}

function endOf(session: InboundSession): number {
  return (session.connectedAt ?? session.startedAt) + MAX_CALL_MS;
}

/** The only timer of the session: the instant at which an `alarm` has something to do. */
export function inboundDeadlineOf(session: InboundSession, configuration: Configuration): number {
  return Math.min(
    endOf(session),
    flowDeadlineOf(session.state, hostOf(session, configuration), configuration) ?? Infinity,
  );
}
