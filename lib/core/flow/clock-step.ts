import { huntMoved } from '../call/hunt.ts';
import { stayingKindOf } from './component-kinds.ts';
import type { FlowState, Place } from './flow-state.ts';
import type { InboundSession } from './inbound-session.ts';

/** The wall clock was set by so much: what runs in a flow goes on as long as it would have. */
export function flowMoved(state: FlowState, byMs: number): FlowState {
  const { trailing } = state;
  return {
    ...state,
    enteredAt: state.enteredAt + byMs,
    place: placeMoved(state.place, byMs),
    trailing: trailing && { ...trailing, until: trailing.until + byMs },
  };
}

function placeMoved(place: Place, byMs: number): Place {
  if (place.type === 'bridged') {
    const { since, transfer } = place;
    const moved = transfer && { ...transfer, hunt: huntMoved(transfer.hunt, byMs) };
    return { ...place, since: since + byMs, transfer: moved };
  }
  return stayingKindOf(place.type)?.moved(place, byMs) ?? place;
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
