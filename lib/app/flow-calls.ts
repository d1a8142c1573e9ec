import type { InboundCall } from '../core/call/inbound-call.ts';
import type { LegId } from '../core/call/leg.ts';
import type { CoreContext } from '../core/callback/event.ts';
import { inboundMoved } from '../core/flow/clock-step.ts';
import type { CallbackWish } from '../core/flow/flow-state.ts';
import {
  type InboundEffect,
  type InboundEvent,
  type InboundSession,
  type InboundStart,
  inboundDeadlineOf,
  reduceInbound,
} from '../core/flow/inbound-session.ts';
import type { CallContext } from '../core/rules/request.ts';
import type { Calls, Rejection } from '../ports/calls.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { LegOwner, Switchboard } from './switchboard.ts';

/** A flow reached a `callback` component; the caller's leg is still up. */
export type FlowRequest = CallbackWish;

export interface FlowCallsOptions {
  clock: Clock;
  calls: Calls;
  switchboard: Switchboard;
  context: () => CoreContext;
  /** What a caller gets for whom there is no room. */
  noRoom: () => Rejection;
  /** @param callId SIP Call-ID of the inbound call */
  onRequest: (request: FlowRequest, callId: string) => void;
  log: Log;
}

/** A leg that never reported its end holds its call in memory no longer than this after the flow is over. */
const LINGER_MS = 60_000;

interface Live {
  callId: string;
  /** Null: the flow is over, its legs are being ended. */
  session: InboundSession | InboundStart | null;
  owner: LegOwner;
  /** All legs that it ever had, and those that are up or on their way. */
  legs: LegId[];
  up: Set<LegId>;
  cancelAlarm: (() => void) | null;
  /** To be called with the first step; null: it was. */
  decided: ((isTaken: boolean) => void) | null;
}

/** The call has media of ours from then on. */
const TAKES_ROOM: ReadonlySet<InboundEffect['type']> = new Set(['answer', 'reserveSlot', 'dial']);

/** Inbound calls that run a flow directly. They live in memory: a restart ends them, and nothing was promised. */
export class FlowCalls {
  readonly #live = new Map<LegId, Live>();
  readonly #options: FlowCallsOptions;

  constructor(options: FlowCallsOptions) {
    this.#options = options;
  }

  /**
   * @param flow the flow, from its start
   * @param decided told at once whether there is room for it; a flow that needs none at first may still find none later
   */
  start(
    call: InboundCall,
    { flow, context }: { flow: string; context: CallContext },
    decided: (isTaken: boolean) => void,
  ): void {
    const { legId, callId } = call;
    const owner: LegOwner = {
      name: legId,
      source: context.source,
      legEvent: (event) => this.#handle(legId, { type: 'leg', event }),
      slotClosed: (slot) => this.#handle(legId, { type: 'slotClosed', legId: slot }),
      slotGranted: (slot, facts) => this.#handle(legId, { type: 'slotGranted', legId: slot, ...(facts && { facts }) }),
      fetched: (requestId, result) => this.#handle(legId, { type: 'fetched', requestId, result }),
      wire: () => undefined,
    };
    const session: InboundStart = { legId, call: context, flow, component: null };
    const legs = { legs: [legId], up: new Set([legId]) };
    this.#live.set(legId, { callId, session, owner, ...legs, cancelAlarm: null, decided });
    this.#options.switchboard.claim(legId, owner);
    this.#handle(legId, { type: 'offered' });
  }

  /**
   * The word on a `requestCallback` that `goesOn`.
   * @returns false: the call has gone on without it. Who has hung up meanwhile has asked for it all the same
   */
  decide(
    { legId, component }: Pick<FlowRequest, 'legId' | 'component'>,
    decision: { isGranted: boolean; why: string },
  ): boolean {
    const session = this.#live.get(legId)?.session ?? null;
    if (session === null) return true;
    const state = 'state' in session ? session.state : null;
    if (state?.place.type !== 'callback' || state.component !== component) return false;
    this.#handle(legId, { type: 'callbackDecided', component, ...decision });
    return true;
  }

  /** Calls with a leg up, those that are being ended included. */
  get live(): number {
    return this.#live.size;
  }

  endLive(): void {
    for (const legId of [...this.#live.keys()]) this.#handle(legId, { type: 'drain' });
  }

  /** All legs are gone. */
  engineLost(): void {
    for (const [legId, live] of [...this.#live]) this.#over(legId, live);
  }

  /** The wall clock was set. */
  clockStepped(byMs: number): void {
    for (const live of this.#live.values()) {
      if (live.session === null || !('state' in live.session)) continue;
      live.session = inboundMoved(live.session, byMs);
      live.cancelAlarm?.();
      live.cancelAlarm = this.#alarmOf(live.session);
    }
  }

  stop(): void {
    for (const live of this.#live.values()) live.cancelAlarm?.();
    this.#live.clear();
  }

  #handle(legId: LegId, event: InboundEvent): void {
    const live = this.#live.get(legId);
    if (!live) return;
    if (event.type === 'leg' && (event.event.type === 'rejected' || event.event.type === 'ended')) {
      live.up.delete(event.event.legId);
    }
    if (live.session !== null) this.#step(live, live.session, event);
    if (live.session === null && live.up.size === 0) this.#over(legId, live);
  }

  #step(live: Live, before: InboundSession | InboundStart, event: InboundEvent): void {
    const { clock, log, switchboard } = this.#options;
    const { legId } = before;
    live.cancelAlarm?.();
    const context = this.#options.context();
    const { session, effects, notes } = reduceInbound(before, event, context);
    const isTaken = !effects.some(({ type }) => TAKES_ROOM.has(type)) || switchboard.hasRoomFor(live.owner);
    live.decided?.(isTaken);
    live.decided = null;
    if (!isTaken) return this.#refuse(live, legId, effects);
    for (const note of notes) log.debug({ legId, ...note.detail }, `flow: ${note.type}`);
    // Before the effects: a leg may report its end while it is being hung up.
    live.session = session;
    live.cancelAlarm =
      session === null ? clock.after(LINGER_MS, () => this.#over(legId, live)) : this.#alarmOf(session);
    for (const effect of effects) this.#perform(live, effect);
  }

  /** It was not answered yet: nothing but a webhook can have been begun for it. */
  #refuse(live: Live, legId: LegId, effects: readonly InboundEffect[]): void {
    for (const effect of effects) if (effect.type === 'stopFetch') this.#perform(live, effect);
    live.session = null;
    live.cancelAlarm = null;
    live.up.delete(legId);
    void this.#options.calls.reject(legId, this.#options.noRoom());
  }

  #alarmOf(session: InboundSession): () => void {
    const { clock, context } = this.#options;
    const { configuration } = context();
    const { legId } = session;
    return clock.alarm(inboundDeadlineOf(session, configuration), () => this.#handle(legId, { type: 'alarm' }));
  }

  #perform(live: Live, effect: InboundEffect): void {
    if (effect.type === 'requestCallback') return this.#options.onRequest(effect, live.callId);
    if (effect.type === 'reject') return void this.#options.calls.reject(effect.legId, effect.rejection);
    // Its slot goes back with the others where the call is over without a word of it.
    if (effect.type === 'reserveSlot') live.legs.push(effect.legId);
    if (effect.type === 'dial') {
      live.legs.push(effect.request.legId);
      live.up.add(effect.request.legId);
    }
    this.#options.switchboard.perform(live.owner, effect);
  }

  #over(legId: LegId, live: Live): void {
    live.cancelAlarm?.();
    this.#live.delete(legId);
    this.#options.switchboard.release(live.legs);
  }
}
