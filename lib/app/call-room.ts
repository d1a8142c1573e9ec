import type { LegId } from '../core/call/leg.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';

/** Where the want of media ports may pass without a call's end (ports rest for some seconds): it is looked for so often. */
const LOOK_AGAIN_MS = 250;
/** What the media engine bore when it had no room for one more is taken for its limit for so long. */
const LEARNED_FOR_MS = 5_000;
/** Two legs that are bridged. */
const ENDPOINTS_PER_CALL = 2;
/** One line in the log for a time that is full again and again. */
const SAY_AGAIN_MS = 60_000;

export interface CallRoomOptions {
  clock: Clock;
  /** Calls at once; null: as many as come. */
  maxCalls: number | null;
  /** Media endpoints that there may be now, those in use included; null: nobody knows. */
  endpoints: () => number | null;
  log: Log;
}

/** Whoever has legs; only his identity counts. */
type Caller = object;

/**
 * How many calls this node bears at once. A call is a person who is called back, or one who is led through a flow, with all
 * legs that belong to him; it has its place from the slot of its first leg (or our answer) to the end of its last. Who is
 * only promised a callback has none.
 */
export class CallRoom {
  readonly #options: CallRoomOptions;
  readonly #legsOf = new Map<Caller, Set<LegId>>();
  readonly #callerOf = new Map<LegId, Caller>();
  #learned = Number.POSITIVE_INFINITY;
  #cancelLearned: (() => void) | null = null;
  #cancelLook: (() => void) | null = null;
  #wasFull = false;
  #isSaid = false;
  #cancelSaid: (() => void) | null = null;
  /** Somebody may go. */
  onRoom: () => void = () => {};

  constructor(options: CallRoomOptions) {
    this.#options = options;
  }

  stop(): void {
    this.#cancelLook?.();
    this.#cancelLearned?.();
    this.#cancelSaid?.();
  }

  /** `max`: so many there may be at present; null: as many as come. */
  stats(): { calls: number; max: number | null } {
    const max = this.#most();
    return { calls: this.#legsOf.size, max: max === Number.POSITIVE_INFINITY ? null : max };
  }

  /** For so many more calls there is room now. */
  get free(): number {
    return Math.max(0, this.#most() - this.#legsOf.size);
  }

  #most(): number {
    const { maxCalls, endpoints } = this.#options;
    const byMedia = Math.floor((endpoints() ?? Number.POSITIVE_INFINITY) / ENDPOINTS_PER_CALL);
    return Math.min(maxCalls ?? Number.POSITIVE_INFINITY, this.#learned, byMedia);
  }

  /** Whether there is none for another call; then `onRoom` tells when it is worth asking again. */
  isFull(): boolean {
    if (this.free > 0) return false;
    this.#full();
    return true;
  }

  /** Whether this caller may have a leg now. */
  hasRoomFor(caller: Caller): boolean {
    return this.#legsOf.has(caller) || !this.isFull();
  }

  has(caller: Caller): boolean {
    return this.#legsOf.has(caller);
  }

  /** The leg is up or on its way, and with it its call, whether there is room or not. */
  enter(caller: Caller, legId: LegId): void {
    const legs = this.#legsOf.get(caller) ?? new Set();
    this.#legsOf.set(caller, legs.add(legId));
    this.#callerOf.set(legId, caller);
  }

  leave(legId: LegId): void {
    const caller = this.#callerOf.get(legId);
    if (caller === undefined) return;
    this.#callerOf.delete(legId);
    const legs = this.#legsOf.get(caller)!;
    legs.delete(legId);
    if (legs.size > 0) return;
    this.#legsOf.delete(caller);
    if (this.#wasFull) this.#freed();
  }

  /** The media engine had no room for a leg: it is not asked for more than it bears until that may have changed. */
  sawFull(): void {
    this.#learned = Math.max(1, this.#legsOf.size);
    this.#cancelLearned?.();
    this.#cancelLearned = this.#options.clock.after(LEARNED_FOR_MS, () => {
      this.#learned = Number.POSITIVE_INFINITY;
    });
    this.#full();
  }

  #full(): void {
    const { clock, log } = this.#options;
    this.#wasFull = true;
    this.#cancelLook ??= clock.after(LOOK_AGAIN_MS, () => {
      this.#cancelLook = null;
      this.#freed();
    });
    if (this.#isSaid) return;
    this.#isSaid = true;
    this.#cancelSaid = clock.after(SAY_AGAIN_MS, () => {
      this.#isSaid = false;
    });
    log.warn(this.stats(), 'no room for another call: callbacks wait for their turn, callers of flows get 503');
  }

  #freed(): void {
    if (this.free === 0) {
      this.#full();
      return;
    }
    this.#wasFull = false;
    // Who goes on waiting makes it full again.
    this.onRoom();
  }
}
