/** The announce component: something is said, and the call goes on. */

import type { AnnounceComponent } from '../configuration.ts';
import type { StayingKind } from './component-kinds.ts';
import type { Place } from './flow-state.ts';
import { finish, goTo, play } from './flow-turn.ts';

type AnnouncePlace = Extract<Place, { type: 'announce' }>;

export const announceKind: StayingKind<AnnounceComponent, AnnouncePlace> = {
  needsMedia: true,
  enter: (turn, component) => {
    goTo(turn, { type: 'announce', playId: play(turn, component.prompt) });
    return null;
  },
  event: (turn, component, place, event) => {
    const isOver = event.type === 'leg' && event.event.type === 'playEnded' && event.event.playId === place.playId;
    if (isOver && component.next === null) finish(turn, 'connected', 'flow-ended');
    return isOver ? component.next : null;
  },
  deadline: () => null,
  moved: (place) => place,
  stopped: () => [],
  legId: () => null,
};
