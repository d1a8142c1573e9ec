/** The announce component: something is said, and the call goes on. */

import type { AnnounceComponent } from '../configuration.ts';
import type { StayingKind } from './component-kinds.ts';
import type { FlowEvent, Place } from './flow-state.ts';
import { type FlowTurn, goOn, goTo, type Move, play } from './flow-turn.ts';
import { isKey, keepKey } from './key-entry.ts';

type AnnouncePlace = Extract<Place, { type: 'announce' }>;

/** @param left times that it is to be said after this one */
function say(turn: FlowTurn, { prompt, language }: AnnounceComponent, left: number): void {
  goTo(turn, { type: 'announce', playId: play(turn, prompt, language), left });
}

function announceEvent(turn: FlowTurn, announce: AnnounceComponent, place: AnnouncePlace, event: FlowEvent): Move {
  if (event.type !== 'leg' || event.event.legId !== turn.host.legId) return null;
  if (event.event.type === 'digit') return digitPressed(turn, announce, event.event.digit);
  if (event.event.type !== 'playEnded' || event.event.playId !== place.playId) return null;
  // What can't be played is not tried again and again.
  const isSaidAgain = place.left > 0 && event.event.result !== 'failed';
  if (!isSaidAgain) return goOn(turn, announce.next, announce);
  say(turn, announce, place.left - 1);
  return null;
}

function digitPressed(turn: FlowTurn, announce: AnnounceComponent, digit: string): Move {
  keepKey(turn, digit);
  if (!announce.interruptible || !isKey(digit)) return null;
  turn.effects.push({ type: 'stopPlay', legId: turn.host.legId });
  return goOn(turn, announce.next, announce);
}

export const announceKind: StayingKind<AnnounceComponent, AnnouncePlace> = {
  needsMedia: true,
  enter: (turn, announce) => {
    // Who is ahead already does not have to hear it.
    if (announce.interruptible && turn.state.ahead !== '') return goOn(turn, announce.next, announce);
    say(turn, announce, announce.repeat - 1);
    return null;
  },
  event: announceEvent,
  deadline: () => null,
  moved: (place) => place,
  stopped: () => [],
  legId: () => null,
};
