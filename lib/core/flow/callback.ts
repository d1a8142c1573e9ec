/**
 * The callback component: the call ends, and the person is called back. Whether he may be is for the shell to say; where the
 * component says what happens if not, he waits for the word.
 */

import type { CallbackComponent } from '../configuration.ts';
import type { StayingKind } from './component-kinds.ts';
import type { Place } from './flow-state.ts';
import { callOnwards, goTo, note } from './flow-turn.ts';

type CallbackPlace = Extract<Place, { type: 'callback' }>;

export const callbackKind: StayingKind<CallbackComponent, CallbackPlace> = {
  needsMedia: false,
  enter: (turn, { otherwise }) => {
    const { flow, component, answered } = turn.state;
    if (otherwise === null) {
      turn.end = { type: 'callback', flow, component };
      return null;
    }
    const { legId } = turn.host;
    const call = callOnwards(turn.host.call, turn.state);
    const how = answered ? 'hangUp' : 'reject';
    turn.effects.push({ type: 'requestCallback', legId, flow, component, call, how, goesOn: true });
    goTo(turn, { type: 'callback' });
    return null;
  },
  event: (turn, { otherwise }, _place, event) => {
    if (event.type !== 'callbackDecided') return null;
    // Of one that he has left since, for it took too long.
    if (event.component !== undefined && event.component !== turn.state.component) return null;
    if (event.isGranted || otherwise === null) {
      turn.end = { type: 'asked', isGone: false };
      return null;
    }
    note(turn, 'callback-refused', { component: turn.state.component, why: event.why, next: otherwise });
    return otherwise;
  },
  deadline: () => null,
  moved: (place) => place,
  stopped: () => [],
  legId: () => null,
};
