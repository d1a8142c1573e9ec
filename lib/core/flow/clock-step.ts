import { huntMoved } from '../call/hunt.ts';
import type { FlowState, Place } from './flow-state.ts';
import type { InboundSession } from './inbound-session.ts';

/** The wall clock was set by so much: what runs in a flow goes on as long as it would have. */
export function flowMoved(state: FlowState, byMs: number): FlowState {
  return { ...state, place: placeMoved(state.place, byMs) };
}

function placeMoved(place: Place, byMs: number): Place {
  switch (place.type) {
    case 'menu': {
      const { promptEndedAt, lastDigitAt } = place;
      const moved = (at: number | null) => (at === null ? null : at + byMs);
      return { ...place, promptEndedAt: moved(promptEndedAt), lastDigitAt: moved(lastDigitAt) };
    }
    case 'dial': {
      const { ringback } = place;
      return {
        ...place,
        hunt: huntMoved(place.hunt, byMs),
        ringback: ringback && { ...ringback, since: ringback.since + byMs },
      };
    }
    case 'bridged':
      return { ...place, since: place.since + byMs };
    case 'answering':
    case 'announce':
      return place;
  }
}

export function inboundMoved(session: InboundSession, byMs: number): InboundSession {
  const { state, startedAt, connectedAt } = session;
  return {
    ...session,
    state: flowMoved(state, byMs),
    startedAt: startedAt + byMs,
    connectedAt: connectedAt === null ? null : connectedAt + byMs,
  };
}
