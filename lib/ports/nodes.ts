/**
 * Several applications ("nodes") on one store. A node has a lease on what it holds: as long as the lease stands nobody
 * else takes any of it, and when the node is cut off the others do, within the time of the lease.
 */

import type { LegId } from '../core/call/leg.ts';
import type { CallbackId } from '../core/callback/callback.ts';
import type { CallbackEvent } from '../core/callback/event.ts';

/** What a node is told. All but `lost` and `mail` are hints: what they say is found out without them too, only later. */
export interface NodeListener {
  /** The lease is over: others may have taken whatever was held. What comes from now on is held under a new lease. */
  lost(): void;
  /** Callbacks came free, due ones or some that were in flight. */
  freed(): void;
  /** An event for a callback that this node holds came in at another one. Rejects if it could not be handled. */
  mail(id: CallbackId, event: CallbackEvent): Promise<void>;
  /** Another revision of the configuration is stored. */
  configured(revision: number): void;
  /** A call on this trunk has ended. */
  slotFreed(trunk: string): void;
  /** A switch was turned. */
  switched(): void;
}

export interface Nodes {
  /** One listener; what is told before is not kept. */
  listen(listener: NodeListener): void;
  /** The lease stands, by this machine's own clocks: so nobody else holds what was held when it was last confirmed. */
  holds(): boolean;
  /**
   * Asks the store.
   * @returns false: the lease was lost, and the listener has been told. Rejects with StoreUnavailable
   */
  confirm(): Promise<boolean>;
  /**
   * Has the node that holds the callback handle an event.
   * @returns `handled`, and saved; `free`: nobody holds it any more. Rejects with StoreUnavailable, also when the holder
   * does not answer
   */
  forward(id: CallbackId, event: CallbackEvent): Promise<'handled' | 'free'>;
  readonly slots: TrunkSlots;
}

/** The limits of a trunk, kept for all nodes together. */
export interface TrunkSlots {
  /**
   * Those of `legIds` (in the order in which they came) that may be dialled now, earlier ones of other nodes first.
   * Asked again for the rest, they keep their places; who does not ask for three seconds is passed over.
   */
  take(request: {
    trunk: string;
    legIds: LegId[];
    maxCallsPerSecond: number;
    maxConcurrentCalls: number;
  }): Promise<{ granted: LegId[]; askAgainInMs: number }>;
  /** INVITEs that left, with or without a grant, and legs that are over or do not wait any longer. */
  note(changes: { dialled: ReadonlyMap<LegId, string>; released: Iterable<LegId> }): Promise<void>;
}
