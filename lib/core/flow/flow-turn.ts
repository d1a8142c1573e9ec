/** One step through a flow while it is being made: a state of its own, and what comes out of it. */

import type { HangupReason, LegId } from '../call/leg.ts';
import type { Outcome } from '../call/outcome.ts';
import { componentAt } from '../component-at.ts';
import type { FlowComponent, Stay } from '../configuration.ts';
import type { CallContext } from '../rules/request.ts';
import type { FlowContext, FlowEffect, FlowEnd, FlowHost, FlowNote, FlowState, FlowStep, Place } from './flow-state.ts';
import { fillPrompt } from './prompt.ts';
import { fillSpoken } from './variables.ts';

/** The component at which the person goes on; null: he stays, he talks, or the flow has ended. */
export type Move = string | null;

export interface FlowTurn {
  readonly host: FlowHost;
  readonly context: FlowContext;
  state: FlowState;
  end: FlowEnd | null;
  effects: FlowEffect[];
  notes: FlowNote[];
}

export function beginTurn(state: FlowState, host: FlowHost, context: FlowContext): FlowTurn {
  return { host, context, state, end: null, effects: [], notes: [] };
}

export function stepOf(turn: FlowTurn): FlowStep {
  const { state, end, effects, notes } = turn;
  return { state, end, effects, notes };
}

export function note(turn: FlowTurn, type: string, detail: FlowNote['detail'] = {}): void {
  turn.notes.push({ type, detail });
}

export function goTo(turn: FlowTurn, place: Place): void {
  turn.state = { ...turn.state, place };
}

/** A name for the next of what has to be told apart. */
export function nextName(
  turn: FlowTurn,
  kind: 'play' | 'dial' | 'transfer' | 'fetch' | 'recording' | 'detect' | 'refer',
): string {
  const serial = turn.state.serial + 1;
  turn.state = { ...turn.state, serial };
  return `${turn.host.namePrefix}.${kind}${serial}`;
}

/** Plays to the person, in his language; what its `digits:` are is filled in now. */
export function play(turn: FlowTurn, given: string, inLanguage: string | null = null): string {
  return playTo(turn, turn.host.legId, given, inLanguage);
}

/** The same to another leg of the call. */
export function playTo(turn: FlowTurn, legId: LegId, given: string, inLanguage: string | null = null): string {
  const playId = nextName(turn, 'play');
  const language = inLanguage ?? turn.state.language ?? turn.host.language;
  const prompt = fillPrompt(given, (template) => fillSpoken(template, turn));
  turn.effects.push({ type: 'play', legId, playId, prompt, language });
  return playId;
}

/** The call as whoever calls back is to see it: it speaks as the flow has come to speak. */
export function callOnwards(call: CallContext, { language }: Pick<FlowState, 'language'>): CallContext {
  return language === null ? call : { ...call, language };
}

export const GOODBYE: HangupReason = { cause: 16, text: 'Call ended' };

/** Leaves the flow; the host hangs the person's leg up. */
export function finish(turn: FlowTurn, outcome: Outcome, reason: string, hangUp: HangupReason | null = GOODBYE): void {
  turn.end = { type: 'over', outcome, reason, hangUp };
}

/** The component is done: where it says, else where it says of anything, else the flow is over. */
export function goOn(turn: FlowTurn, next: string | null, { otherwise }: Pick<Stay, 'otherwise'>): Move {
  const move = next ?? otherwise;
  if (move === null) finish(turn, 'connected', 'flow-ended');
  return move;
}

/** Own properties only: component names and choices come from outside. */
export function own<T>(record: Record<string, T>, key: string): T | null {
  return Object.hasOwn(record, key) ? (record[key] ?? null) : null;
}

export function componentOf(
  state: Pick<FlowState, 'flow' | 'component'>,
  context: Pick<FlowContext, 'configuration'>,
): FlowComponent | null {
  return componentAt(context.configuration, state);
}
