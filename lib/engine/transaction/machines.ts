/**
 * The four transaction machines of RFC 3261 chapter 17, with the Accepted states of RFC 6026, as data.
 *
 * Rules that hold for all of them:
 *  - a state names the timers that run in it. Entering a state starts those that do not run yet; a timer that the new
 *    state does not name is stopped. So leaving a state cancels its timers, and nothing else does;
 *  - a timer of zero length (reliable transports) leaves its state at once;
 *  - an event that a state does not list is ignored;
 *  - the new state is entered first, then the effects are done in the order in which they stand; what they raise comes after.
 */
import type { TimerName } from './timers.ts';

export type State =
  | 'idle'
  | 'calling'
  | 'ceased'
  | 'trying'
  | 'proceeding'
  | 'completed'
  | 'accepted'
  | 'confirmed'
  | 'terminated';

/** `received*` is what arrives from the peer, `send*` what the transaction user asks for. */
export type MachineEvent =
  | 'start'
  | 'received1xx'
  | 'received2xx'
  | 'received3xx-6xx'
  | 'receivedRequest'
  | 'receivedAck'
  | 'send1xx'
  | 'send2xx'
  | 'send3xx-6xx'
  | 'cease'
  | 'transportError'
  | `timer${TimerName}`;

/**
 * `send`: the request (client) or the newest response (server); `sendAck`: the ACK to a 3xx-6xx; `pass`: hand the
 * message to the user; `restart`: let the timer that just fired run again; the last two tell the user the end.
 */
export type Effect = 'send' | 'sendAck' | 'pass' | 'restart' | 'reportTimeout' | 'reportTransportError';

export interface Transition {
  readonly to?: State;
  readonly do?: readonly Effect[];
}

export interface StateRow {
  readonly timers: readonly TimerName[];
  readonly on: Partial<Record<MachineEvent, Transition>>;
}

export type Machine = Partial<Record<State, StateRow>>;

const TERMINATED: StateRow = { timers: [], on: {} };
const TIMED_OUT: Transition = { to: 'terminated', do: ['reportTimeout'] };
const UNREACHABLE: Transition = { to: 'terminated', do: ['reportTransportError'] };
const RETRANSMIT: Transition = { do: ['send', 'restart'] };
const END: Transition = { to: 'terminated' };

/**
 * RFC 3261 17.1.1 with RFC 6026 section 7.2: a 2xx keeps the transaction in Accepted, so that its repeats arrive here.
 *
 * Ceased is ours: the call was given up before anything was heard of it. Its INVITE is not sent any more, so that a peer
 * who comes back within Timer B does not ring for a call that nobody wants; what he says to the ones that did reach him is
 * still waited for.
 */
export const INVITE_CLIENT: Machine = {
  idle: { timers: [], on: { start: { to: 'calling', do: ['send'] } } },
  calling: {
    timers: ['A', 'B'],
    on: {
      timerA: RETRANSMIT,
      timerB: TIMED_OUT,
      transportError: UNREACHABLE,
      received1xx: { to: 'proceeding', do: ['pass'] },
      received2xx: { to: 'accepted', do: ['pass'] },
      'received3xx-6xx': { to: 'completed', do: ['sendAck', 'pass'] },
      cease: { to: 'ceased' },
    },
  },
  ceased: {
    timers: ['B'],
    on: {
      timerB: TIMED_OUT,
      transportError: UNREACHABLE,
      received1xx: { to: 'proceeding', do: ['pass'] },
      received2xx: { to: 'accepted', do: ['pass'] },
      'received3xx-6xx': { to: 'completed', do: ['sendAck', 'pass'] },
    },
  },
  proceeding: {
    timers: [],
    on: {
      received1xx: { do: ['pass'] },
      received2xx: { to: 'accepted', do: ['pass'] },
      'received3xx-6xx': { to: 'completed', do: ['sendAck', 'pass'] },
    },
  },
  completed: {
    timers: ['D'],
    on: { 'received3xx-6xx': { do: ['sendAck'] }, timerD: END, transportError: END },
  },
  accepted: { timers: ['M'], on: { received2xx: { do: ['pass'] }, timerM: END } },
  terminated: TERMINATED,
};

/** RFC 3261 17.1.2. */
export const NON_INVITE_CLIENT: Machine = {
  idle: { timers: [], on: { start: { to: 'trying', do: ['send'] } } },
  trying: {
    timers: ['E', 'F'],
    on: {
      timerE: RETRANSMIT,
      timerF: TIMED_OUT,
      transportError: UNREACHABLE,
      received1xx: { to: 'proceeding', do: ['pass'] },
      received2xx: { to: 'completed', do: ['pass'] },
      'received3xx-6xx': { to: 'completed', do: ['pass'] },
    },
  },
  proceeding: {
    timers: ['E', 'F'],
    on: {
      timerE: RETRANSMIT,
      timerF: TIMED_OUT,
      transportError: UNREACHABLE,
      received1xx: { do: ['pass'] },
      received2xx: { to: 'completed', do: ['pass'] },
      'received3xx-6xx': { to: 'completed', do: ['pass'] },
    },
  },
  completed: { timers: ['K'], on: { timerK: END } },
  terminated: TERMINATED,
};

/**
 * RFC 3261 17.2.1 with RFC 6026 section 7.1. Transport errors end nothing here: the peer's retransmission is the repair.
 * The 2xx itself is repeated by the UAS core (13.3.1.4); Accepted only absorbs repeats of the INVITE.
 */
export const INVITE_SERVER: Machine = {
  idle: { timers: [], on: { start: { to: 'proceeding' } } },
  proceeding: {
    timers: [],
    on: {
      receivedRequest: { do: ['send'] },
      send1xx: { do: ['send'] },
      send2xx: { to: 'accepted', do: ['send'] },
      'send3xx-6xx': { to: 'completed', do: ['send'] },
    },
  },
  completed: {
    timers: ['G', 'H'],
    on: { receivedRequest: { do: ['send'] }, timerG: RETRANSMIT, timerH: TIMED_OUT, receivedAck: { to: 'confirmed' } },
  },
  accepted: { timers: ['L'], on: { send2xx: { do: ['send'] }, receivedAck: { do: ['pass'] }, timerL: END } },
  confirmed: { timers: ['I'], on: { timerI: END } },
  terminated: TERMINATED,
};

/** RFC 3261 17.2.2. */
export const NON_INVITE_SERVER: Machine = {
  idle: { timers: [], on: { start: { to: 'trying' } } },
  trying: {
    timers: [],
    on: {
      send1xx: { to: 'proceeding', do: ['send'] },
      send2xx: { to: 'completed', do: ['send'] },
      'send3xx-6xx': { to: 'completed', do: ['send'] },
    },
  },
  proceeding: {
    timers: [],
    on: {
      receivedRequest: { do: ['send'] },
      send1xx: { do: ['send'] },
      send2xx: { to: 'completed', do: ['send'] },
      'send3xx-6xx': { to: 'completed', do: ['send'] },
    },
  },
  completed: { timers: ['J'], on: { receivedRequest: { do: ['send'] }, timerJ: END } },
  terminated: TERMINATED,
};
