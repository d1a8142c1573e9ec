/** Every kind of component, and what each does when a person comes, when something happens, and as time passes. */

import type { HangupReason, LegId } from '../call/leg.ts';
import type { Outcome } from '../call/outcome.ts';
import type { FlowComponent } from '../configuration.ts';
import { announceKind } from './announce.ts';
import { callbackKind } from './callback.ts';
import { collectKind } from './collect.ts';
import { dialKind } from './dial.ts';
import type { AnsweredEffect, FlowEvent, FlowHost, Place } from './flow-state.ts';
import { type FlowTurn, finish, type Move, note } from './flow-turn.ts';
import { hangupKind } from './hangup.ts';
import { hoursKind } from './hours.ts';
import { menuKind } from './menu.ts';
import { recordKind } from './record.ts';
import { referKind } from './refer.ts';
import { screenKind } from './screen.ts';
import { setKind } from './set.ts';
import { switchKind } from './switch.ts';
import { webhookKind } from './webhook.ts';

/** A kind in which nobody stays: the call goes on, or ends, at once. */
export interface PassingKind<C extends FlowComponent = FlowComponent> {
  /** true: an unanswered call is answered first. */
  needsMedia: boolean | ((component: C) => boolean);
  enter(turn: FlowTurn, component: C): Move;
}

/** A kind with a place of its own. `P` is that place. */
export interface StayingKind<C extends FlowComponent, P extends Place> extends PassingKind<C> {
  /** Anything but the end of the person's leg; late alarms and strange legs change nothing. */
  event(turn: FlowTurn, component: C, place: P, event: FlowEvent): Move;
  /** The instant of its own timer, epoch milliseconds; null: it has none now. */
  deadline(component: C, place: P, host: FlowHost): number | null;
  /** The wall clock was set by so much: it goes on as long as it would have. */
  moved(place: P, byMs: number): P;
  /** What ends all that it has begun, the person's leg and what is played there aside. */
  stopped(place: P, person: LegId, reason: HangupReason): AnsweredEffect[];
  /** Its own leg that waits for a slot, is dialled or talks; null: none. */
  legId(place: P): LegId | null;
  /** How the call has ended where the person hangs up here; left out or null: he has given up. */
  hungUp?(place: P): { outcome: Outcome; reason: string } | null;
}

/** By the type of the component, which is that of its place. */
const STAYING_KINDS = {
  menu: menuKind,
  collect: collectKind,
  announce: announceKind,
  dial: dialKind,
  webhook: webhookKind,
  record: recordKind,
  screen: screenKind,
  transfer: referKind,
  callback: callbackKind,
} as const;

const PASSING_KINDS = {
  hangup: hangupKind,
  switch: switchKind,
  set: setKind,
  hours: hoursKind,
  inactive: {
    needsMedia: false,
    // Accepted in a configuration, but not built yet.
    enter: (turn) => {
      note(turn, 'component-missing', { flow: turn.state.flow, component: turn.state.component });
      finish(turn, 'failed', 'component-missing');
      return null;
    },
  } satisfies PassingKind,
};

const KINDS: Readonly<Record<string, unknown>> = { ...PASSING_KINDS, ...STAYING_KINDS };

export function kindOf(component: FlowComponent): PassingKind {
  // The table's key is the component's type, so that each kind gets its own.
  return (KINDS[component.type] ?? PASSING_KINDS.inactive) as PassingKind;
}

/** Null: nobody stays in a place of this type. */
export function stayingKindOf(type: Place['type']): StayingKind<FlowComponent, Place> | null {
  if (!Object.hasOwn(STAYING_KINDS, type)) return null;
  return STAYING_KINDS[type as keyof typeof STAYING_KINDS] as unknown as StayingKind<FlowComponent, Place>;
}
