/**
 * A person's way through a flow. Components are entered one after the other until one of them waits for something: a
 * key, the end of a prompt, a target, a timer. Inbound calls are answered lazily, by the first component that needs media.
 */

import { type HuntEffect, huntStop } from '../call/hunt.ts';
import type { HangupReason, LegEvent, LegId } from '../call/leg.ts';
import type { Configuration, FlowComponent } from '../configuration.ts';
import { bridgedEvent, bridgeStopped } from './bridged.ts';
import { dialDeadline, dialEvent, enterDial } from './dial.ts';
import type { FlowContext, FlowEvent, FlowHost, FlowState, FlowStep } from './flow-state.ts';
import {
  beginTurn,
  componentOf,
  type FlowTurn,
  finish,
  GOODBYE,
  goTo,
  type Move,
  note,
  play,
  stepOf,
} from './flow-turn.ts';
import { lossOf } from './loss.ts';
import { enterMenu, menuDeadline, menuEvent } from './menu.ts';
import { transferDeadline } from './transfer.ts';

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
    digits: '',
  };
  const turn = beginTurn(state, host, context);
  enter(turn, state.component);
  return stepOf(turn);
}

/** Enters a component, and those that follow at once. */
function enter(turn: FlowTurn, first: string): void {
  let next: Move = first;
  for (let count = 0; next !== null; count += 1) {
    const entered = turn.state.entered + 1;
    turn.state = { ...turn.state, component: next, entered };
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
  const needsMedia = component.type === 'menu' || component.type === 'announce' || component.type === 'dial';
  if (needsMedia && !turn.state.answered) {
    turn.effects.push({ type: 'answer', legId: turn.host.legId });
    goTo(turn, { type: 'answering' });
    return null;
  }
  note(turn, 'entered', { component: turn.state.component, kind: component.type });
  switch (component.type) {
    case 'menu':
      enterMenu(turn, component);
      return null;
    case 'announce':
      goTo(turn, { type: 'announce', playId: play(turn, component.prompt) });
      return null;
    case 'dial':
      return enterDial(turn, component);
    case 'callback':
      turn.end = { type: 'callback', flow: turn.state.flow, component: turn.state.component };
      return null;
    case 'hangup':
      finish(
        turn,
        'connected',
        'flow-ended',
        component.reason === null ? GOODBYE : { cause: 16, text: component.reason },
      );
      return null;
    default:
      // A kind of component that is accepted in a configuration but not built yet.
      missing(turn);
      return null;
  }
}

/** Events of legs that are not the flow's, late alarms and keys out of place change nothing. */
export function stepFlow(state: FlowState, event: FlowEvent, host: FlowHost, context: FlowContext): FlowStep {
  const turn = beginTurn(state, host, context);
  if (state.place.type === 'bridged') bridgedEvent(turn, state.place, event);
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
  if (place.type === 'answering') return;
  follow(turn, componentEvent(turn, { type: 'leg', event }));
}

function personGone(turn: FlowTurn, event: Extract<LegEvent, { type: 'ended' | 'rejected' }>): void {
  turn.effects.push(...targetsStopped(turn.state, { cause: 16, text: 'The other side hung up' }));
  const byRemote = event.type === 'ended' && event.by === 'remote';
  const by = event.type === 'ended' ? event.by : 'rejected';
  note(turn, 'person-gone', { by, bridged: false, ...lossOf(event) });
  if (byRemote) finish(turn, 'abandoned', 'hung-up', null);
  else finish(turn, 'failed', 'leg-lost', null);
}

function componentEvent(turn: FlowTurn, event: FlowEvent): Move {
  const { place } = turn.state;
  const component = componentOf(turn.state, turn.context);
  if (component === null || component.type !== place.type) {
    turn.effects.push(...targetsStopped(turn.state, GOODBYE));
    missing(turn);
    return null;
  }
  // They are of one type; each branch narrows both.
  if (place.type === 'menu' && component.type === 'menu') return menuEvent(turn, component, place, event);
  if (place.type === 'dial' && component.type === 'dial') return dialEvent(turn, component, place, event);
  if (place.type !== 'announce' || component.type !== 'announce') return null;
  const isOver = event.type === 'leg' && event.event.type === 'playEnded' && event.event.playId === place.playId;
  if (isOver && component.next === null) finish(turn, 'connected', 'flow-ended');
  return isOver ? component.next : null;
}

/** What ends the flow's own legs (not the person's), whatever it is doing. */
export function targetsStopped(state: FlowState, reason: HangupReason): HuntEffect[] {
  const { place } = state;
  if (place.type === 'dial') return huntStop(place.hunt, reason);
  return place.type === 'bridged' ? bridgeStopped(place, state.person, reason) : [];
}

/** Whether a leg is the flow's own, the person's aside. */
export function isLegOf({ place, person }: FlowState, legId: LegId): boolean {
  if (place.type === 'dial') return place.hunt.legId === legId;
  return place.type === 'bridged' && [place.legId, person, place.transfer?.hunt.legId].includes(legId);
}

/** Whether a slot for this leg is waited for, or used. */
export function wantsSlot({ place }: FlowState, legId: LegId): boolean {
  if (place.type === 'dial') return place.hunt.legId === legId;
  return place.type === 'bridged' && place.transfer?.hunt.legId === legId;
}

/** The instant at which an alarm has something to do here; null: none is needed. */
export function flowDeadlineOf(state: FlowState, host: FlowHost, configuration: Configuration): number | null {
  const { place } = state;
  if (place.type === 'answering') return null;
  if (place.type === 'bridged') return place.transfer === null ? null : transferDeadline(place.transfer);
  const component = componentOf(state, { configuration });
  // The component went with a new configuration: an alarm at once ends the call.
  if (component === null || component.type !== place.type) return 0;
  if (place.type === 'menu' && component.type === 'menu') return menuDeadline(component, place, host);
  return place.type === 'dial' && component.type === 'dial' ? dialDeadline(component, place.hunt) : null;
}
