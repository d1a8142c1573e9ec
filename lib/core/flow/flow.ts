/**
 * A person's way through a flow. Components are entered one after the other until one of them waits for something: a
 * key, the end of a prompt, a target, a timer. Inbound calls are answered lazily, by the first component that needs media.
 */

import type { HangupReason, LegEvent, LegId } from '../call/leg.ts';
import type { Configuration, FlowComponent, Stay } from '../configuration.ts';
import { bridgedDeadline, bridgedEvent, bridgeStopped } from './bridged.ts';
import { kindOf, stayingKindOf } from './component-kinds.ts';
import { WAITING_KINDS } from './exits.ts';
import type { AnsweredEffect, FlowContext, FlowEvent, FlowHost, FlowState, FlowStep } from './flow-state.ts';
import { beginTurn, componentOf, type FlowTurn, finish, GOODBYE, goTo, type Move, note, stepOf } from './flow-turn.ts';
import { forgetKeys } from './key-entry.ts';
import { lossOf } from './loss.ts';
import { talkRecorded } from './recorded-talk.ts';

/** No flow that a person walks through enters so many components in one call; one that runs in circles does. */
const MAX_COMPONENTS = 500;
/** The same, without anything happening in between. */
const MAX_COMPONENTS_AT_ONCE = 32;

/** @param start component null: the flow's start; answered: media flows to and from the person */
export function startFlow(
  start: { flow: string; component: string | null; answered: boolean },
  host: FlowHost,
  context: FlowContext,
): FlowStep {
  const flow = context.configuration.flows.find(({ name }) => name === start.flow);
  const state: FlowState = {
    flow: start.flow,
    component: start.component ?? flow?.start ?? '',
    place: { type: 'answering' },
    answered: start.answered,
    person: null,
    serial: 0,
    entered: 0,
    entries: {},
    enteredAt: context.now,
    digits: '',
    variables: {},
    secrets: {},
    ahead: '',
    trailing: null,
    talkedMs: 0,
    language: null,
  };
  const turn = beginTurn(state, host, context);
  enter(turn, state.component);
  return stepOf(turn);
}

/** Enters a component, and those that follow at once. */
function enter(turn: FlowTurn, first: string): void {
  let next: Move = first;
  let kept = turn.state.ahead.length;
  for (let count = 0; next !== null; count += 1) {
    // A key was taken: something has happened.
    if (turn.state.ahead.length < kept) count = 0;
    kept = turn.state.ahead.length;
    const entered = turn.state.entered + 1;
    turn.state = { ...turn.state, component: next, entered, enteredAt: turn.context.now };
    if (count >= MAX_COMPONENTS_AT_ONCE || entered > MAX_COMPONENTS) {
      finish(turn, 'failed', 'flow-loop');
      return;
    }
    const component = componentOf(turn.state, turn.context);
    if (component === null) {
      missing(turn);
      return;
    }
    next = enterComponent(turn, component);
  }
}

function missing(turn: FlowTurn): void {
  note(turn, 'component-missing', { flow: turn.state.flow, component: turn.state.component });
  finish(turn, 'failed', 'component-missing');
}

function enterComponent(turn: FlowTurn, component: FlowComponent): Move {
  const kind = kindOf(component);
  const needsMedia = typeof kind.needsMedia === 'function' ? kind.needsMedia(component) : kind.needsMedia;
  if (needsMedia && !turn.state.answered) {
    turn.effects.push({ type: 'answer', legId: turn.host.legId });
    goTo(turn, { type: 'answering' });
    return null;
  }
  const entries = (turn.state.entries[turn.state.component] ?? 0) + 1;
  turn.state = { ...turn.state, entries: { ...turn.state.entries, [turn.state.component]: entries } };
  const stay = stayOf(component);
  if (stay !== null && entries > stay.maxEntries) return leave(turn, stay, 'entered-too-often', 'Entered too often');
  note(turn, 'entered', { component: turn.state.component, kind: component.type });
  // Who talks, or is waited for, presses keys for somebody else.
  if (WAITING_KINDS.has(component.type) && !('typeAhead' in component)) forgetKeys(turn);
  return kind.enter(turn, component);
}

/** Null: a kind that nobody stays in. */
function stayOf(component: FlowComponent): Stay | null {
  return 'maxEntries' in component ? component : null;
}

function leave(turn: FlowTurn, stay: Stay, reason: string, text: string): Move {
  note(turn, reason, { component: turn.state.component, next: stay.otherwise });
  if (stay.otherwise === null) finish(turn, 'abandoned', reason, { cause: 16, text });
  return stay.otherwise;
}

/** Events of legs that are not the flow's, late alarms and keys out of place change nothing. */
export function stepFlow(state: FlowState, event: FlowEvent, host: FlowHost, context: FlowContext): FlowStep {
  const turn = beginTurn(state, host, context);
  if (state.place.type === 'bridged') follow(turn, bridgedEvent(turn, state.place, event));
  else if (event.type === 'leg' && event.event.legId === host.legId) personEvent(turn, event.event);
  else if (state.place.type !== 'answering') follow(turn, componentEvent(turn, event));
  return stepOf(turn);
}

function follow(turn: FlowTurn, next: Move): void {
  if (next !== null) enter(turn, next);
}

function personEvent(turn: FlowTurn, event: LegEvent): void {
  if (event.type === 'ended' || event.type === 'rejected') {
    personGone(turn, event);
    return;
  }
  const { place } = turn.state;
  if (event.type === 'answered' && place.type === 'answering') {
    turn.state = { ...turn.state, answered: true };
    enter(turn, turn.state.component);
    return;
  }
  if (place.type === 'answering' || isTrailing(turn, event)) return;
  // Of a talk after which the person goes on.
  if (event.type === 'recorded' && place.type !== 'record') talkRecorded(turn, event);
  follow(turn, componentEvent(turn, { type: 'leg', event }));
}

/** `1234#` where four digits were complete: nobody means the component that follows. */
function isTrailing(turn: FlowTurn, event: LegEvent): boolean {
  const { trailing } = turn.state;
  if (event.type !== 'digit' || trailing === null) return false;
  turn.state = { ...turn.state, trailing: null };
  return event.digit === trailing.key && turn.context.now < trailing.until;
}

function personGone(turn: FlowTurn, event: Extract<LegEvent, { type: 'ended' | 'rejected' }>): void {
  const { place } = turn.state;
  turn.effects.push(...targetsStopped(turn.state, turn.host.legId, { cause: 16, text: 'The other side hung up' }));
  const byRemote = event.type === 'ended' && event.by === 'remote';
  const by = event.type === 'ended' ? event.by : 'rejected';
  note(turn, 'person-gone', { by, bridged: false, ...lossOf(event) });
  const ending = byRemote ? (stayingKindOf(place.type)?.hungUp?.(place) ?? null) : null;
  // He has asked for his callback, and that is under way.
  if (place.type === 'callback') turn.end = { type: 'asked', isGone: true };
  else if (ending !== null) finish(turn, ending.outcome, ending.reason, null);
  else if (byRemote) finish(turn, 'abandoned', 'hung-up', null);
  else finish(turn, 'failed', 'leg-lost', null);
}

function componentEvent(turn: FlowTurn, event: FlowEvent): Move {
  const { place } = turn.state;
  const component = componentOf(turn.state, turn.context);
  const kind = stayingKindOf(place.type);
  if (component === null || kind === null || component.type !== place.type) {
    turn.effects.push(...targetsStopped(turn.state, turn.host.legId, GOODBYE));
    missing(turn);
    return null;
  }
  const stay = stayOf(component);
  if (event.type === 'alarm' && stay !== null && turn.context.now >= stayEndsAt(stay, turn.state)) {
    const reason: HangupReason = { cause: 16, text: 'Longest stay reached' };
    turn.effects.push(...kind.stopped(place, turn.host.legId, reason), { type: 'stopPlay', legId: turn.host.legId });
    return leave(turn, stay, 'longest-stay', reason.text);
  }
  return kind.event(turn, component, place, event);
}

/** The longest stay in a component; a talk that came of it is not part of it. */
function stayEndsAt({ maxSeconds }: Stay, { enteredAt }: FlowState): number {
  return maxSeconds === null ? Infinity : enteredAt + maxSeconds * 1000;
}

/** What ends the flow's own legs (not the person's), whatever it is doing. */
export function targetsStopped(state: FlowState, person: LegId, reason: HangupReason): AnsweredEffect[] {
  const { place } = state;
  if (place.type === 'bridged') return bridgeStopped(place, state.person, reason);
  return stayingKindOf(place.type)?.stopped(place, person, reason) ?? [];
}

/** Whether a leg is the flow's own, the person's aside. */
export function isLegOf({ place, person }: FlowState, legId: LegId): boolean {
  if (place.type === 'bridged') return [place.legId, person, place.transfer?.hunt.legId].includes(legId);
  return stayingKindOf(place.type)?.legId(place) === legId;
}

/** Whether a slot for this leg is waited for, or used. */
export function wantsSlot({ place }: FlowState, legId: LegId): boolean {
  if (place.type === 'bridged') return place.transfer?.hunt.legId === legId;
  return stayingKindOf(place.type)?.legId(place) === legId;
}

/** The instant at which an alarm has something to do here; null: none is needed. */
export function flowDeadlineOf(state: FlowState, host: FlowHost, configuration: Configuration): number | null {
  const { place } = state;
  if (place.type === 'answering') return null;
  if (place.type === 'bridged') return bridgedDeadline(state, place, configuration);
  const component = componentOf(state, { configuration });
  const kind = stayingKindOf(place.type);
  // The component went with a new configuration: an alarm at once ends the call.
  if (component === null || kind === null || component.type !== place.type) return 0;
  const stay = stayOf(component);
  const own = kind.deadline(component, place, host) ?? Infinity;
  const first = Math.min(own, stay === null ? Infinity : stayEndsAt(stay, state));
  return first === Infinity ? null : first;
}
