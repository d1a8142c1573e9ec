import type { ApplicationOptions } from './application-options.ts';
import { CallRoom } from './call-room.ts';
import type { GateOf, LimitsOf, Pacing } from './pacing.ts';
import { SharedPacing } from './shared-pacing.ts';
import { TrunkPacing } from './trunk-pacing.ts';

/** What says whose turn it is: the trunks' slots, and the room that this node has for calls. */
export interface Turns {
  room: CallRoom;
  pacing: Pacing;
  /** The same, where nodes share the trunks. */
  shared: SharedPacing | null;
}

export function openPacing(
  options: Pick<ApplicationOptions, 'clock' | 'store' | 'room' | 'log'>,
  limitsOf: LimitsOf,
  gateOf: GateOf,
): Turns {
  const { clock, store, log } = options;
  const { maxCalls = null, endpoints = () => null } = options.room ?? {};
  const room = new CallRoom({ clock, maxCalls, endpoints, log });
  const isFull = () => room.isFull();
  const slots = store.nodes?.slots;
  const shared = slots === undefined ? null : new SharedPacing({ clock, slots }, limitsOf, gateOf, isFull);
  const pacing = shared ?? new TrunkPacing(clock, limitsOf, gateOf, isFull);
  room.onRoom = () => pacing.roomFreed();
  return { room, pacing, shared };
}
