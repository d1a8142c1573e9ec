import type { DialFacts } from '../core/call/dial-facts.ts';
import type { HangupReason, LegEvent, LegId } from '../core/call/leg.ts';
import type { LegEffect } from '../core/flow/flow-state.ts';
import type { HookResult } from '../core/flow/hook.ts';
import type { Calls, WireMessage } from '../ports/calls.ts';
import type { Clock } from '../ports/clock.ts';
import type { Hooks } from '../ports/hooks.ts';
import type { Log } from '../ports/log.ts';
import type { RecordingsToCome } from '../ports/recordings.ts';
import type { AskedLeg, CallCosts } from './call-costs.ts';
import type { CallRoom } from './call-room.ts';
import { HookDesk } from './hook-desk.ts';
import type { Pacing } from './pacing.ts';

/** Whoever has legs: a callback, or an inbound call in a flow. */
export interface LegOwner {
  /** For the log. */
  readonly name: string;
  /** Where its inbound leg comes from: a trunk's name; null or left out: elsewhere. */
  readonly source?: string | null;
  legEvent(event: LegEvent): void;
  /** `facts`: of a leg that was reserved with its cost; left out: nothing stands against it. */
  slotGranted(legId: LegId, facts?: DialFacts): void;
  /** Nobody is served where this leg waits for its slot; another way may be open. */
  slotClosed(legId: LegId): void;
  wire(message: WireMessage): void;
  fetched(requestId: string, result: HookResult): void;
}

/** Whoever looks at what becomes of the calls on each trunk. */
export interface LegWatch {
  dialled(legId: LegId, trunk: string): void;
  hungUp(legId: LegId, reason: HangupReason): void;
  event(event: LegEvent): void;
}

/** Which leg belongs to whom, and the effects that concern legs, performed. */
export class Switchboard {
  readonly #legs = new Map<LegId, LegOwner>();
  /** Those of them that have not had their last event. */
  readonly #up = new Set<LegId>();
  /** Who got his slot while there was no engine. */
  readonly #granted = new Map<LegId, { owner: LegOwner; facts: DialFacts | undefined }>();
  /** By the name under which a call goes on: the names under which its slots were given. */
  readonly #slotsOf = new Map<LegId, LegId[]>();
  #isAway = false;
  readonly #byeWatches = new Map<LegId, (at: number) => void>();
  readonly #clock: Clock;
  readonly #calls: Calls;
  readonly #pacing: Pacing;
  readonly #watch: LegWatch;
  readonly #costs: CallCosts;
  readonly #room: CallRoom;
  readonly #hooks: HookDesk;
  readonly #recordings: RecordingsToCome | null;

  constructor(parts: {
    clock: Clock;
    calls: Calls;
    pacing: Pacing;
    watch: LegWatch;
    costs: CallCosts;
    room: CallRoom;
    /** Left out: every webhook is dead. */
    hooks?: Hooks;
    /** Left out: nobody is told whose recordings are. */
    recordings?: RecordingsToCome;
    log: Log;
  }) {
    this.#clock = parts.clock;
    this.#calls = parts.calls;
    this.#pacing = parts.pacing;
    this.#watch = parts.watch;
    this.#costs = parts.costs;
    this.#room = parts.room;
    this.#hooks = new HookDesk(parts.hooks ?? null, parts.log);
    this.#recordings = parts.recordings ?? null;
  }

  /** An inbound leg, which no effect has made. */
  claim(legId: LegId, owner: LegOwner): void {
    this.#legs.set(legId, owner);
    this.#up.add(legId);
  }

  perform(owner: LegOwner, effect: LegEffect): void {
    switch (effect.type) {
      case 'reserveSlot':
        return this.#pacing.reserve(effect.legId, effect.trunk, {
          granted: () => {
            this.#room.enter(owner, effect.legId);
            this.#slotFree(effect, owner);
          },
          closed: () => owner.slotClosed(effect.legId),
          isPlaced: () => this.#room.has(owner),
        });
      case 'withdrawSlot':
        // A leg that was dialled keeps its slot until its end.
        if (this.#legs.has(effect.legId)) return;
        this.#costs.over(effect.legId);
        this.#pacing.release(effect.legId);
        return this.#room.leave(effect.legId);
      case 'dial': {
        // It is ordered again when the engine is back.
        if (this.#isAway) return;
        const { legId, candidate } = effect.request;
        this.claim(legId, owner);
        this.#room.enter(owner, legId);
        if (candidate.kind === 'trunk') {
          // The one that finds out whether the trunk is well is known as such before anybody else is served.
          this.#watch.dialled(legId, candidate.trunk);
          this.#pacing.dialled(legId, candidate.trunk, effect.request.notBefore);
        }
        return this.#calls.dial(effect.request);
      }
      case 'hangUp':
        this.#watch.hungUp(effect.legId, effect.reason);
        return this.#calls.hangUp(effect.legId, effect.reason);
      case 'answer':
        this.#room.enter(owner, effect.legId);
        return this.#calls.answer(effect.legId, owner.source ?? null);
      case 'play':
        return this.#calls.play(effect.legId, effect.playId, effect.prompt, effect.language);
      case 'stopPlay':
        return this.#calls.stopPlay(effect.legId);
      case 'transfer':
        return this.#calls.transfer(effect.legId, effect.transferId, effect.progress);
      case 'bridge':
        return this.#calls.bridge(effect.a, effect.b, { release: effect.release });
      case 'refer':
        return this.#calls.refer(effect.legId, effect.referId, effect.request);
      case 'detect':
        return this.#calls.detect(effect.legId, effect.detectId, effect.detection);
      case 'stopDetect':
        return this.#calls.stopDetect(effect.legId);
      case 'record':
        this.#recordings?.expect(effect.recordingId, effect.legId, effect.subject);
        return this.#calls.record(effect.legId, effect.recordingId, effect.options);
      case 'fetch':
        return this.#hooks.ask(owner, effect);
      case 'stopFetch':
        return this.#hooks.stop(effect.requestId);
      case 'stopRecord':
        return this.#calls.stopRecord(effect.legId);
    }
  }

  /** A slot for a leg, without waiting, also for the store. @returns whether it has it */
  takeSlot({ legId, trunk, cost }: LegEffect & { type: 'reserveSlot' }, owner: LegOwner): boolean {
    if (this.#isAway || cost !== undefined || !this.#room.hasRoomFor(owner)) return false;
    const isTaken = this.#pacing.takeNow(legId, trunk);
    if (isTaken) this.#room.enter(owner, legId);
    return isTaken;
  }

  /** Whether a call that has no leg with media yet may have one now; its turn does not come later. */
  hasRoomFor(owner: LegOwner): boolean {
    return this.#room.hasRoomFor(owner);
  }

  /** Its turn has come: what it costs is asked now, and not while it waits. */
  #slotFree(asked: AskedLeg, owner: LegOwner): void {
    const { legId, cost } = asked;
    if (cost === undefined) return this.#grant(legId, owner);
    void this.#costs.ask(asked, cost).then((facts) => {
      if (facts !== null) this.#grant(legId, owner, facts);
    });
  }

  #grant(legId: LegId, owner: LegOwner, facts?: DialFacts): void {
    if (this.#isAway) this.#granted.set(legId, { owner, facts });
    else owner.slotGranted(legId, facts);
  }

  /** All legs are gone, and nothing is dialled until `engineFound`. */
  engineLost(): void {
    this.#isAway = true;
    this.#hooks.stopAll();
    for (const legId of [...this.#up]) {
      this.#byeSeen(legId, this.#clock.now());
      this.#free(legId);
      this.#room.leave(legId);
      // It says nothing about its trunk.
      this.#watch.event({ type: 'ended', legId, by: 'system', text: 'the SIP engine was lost' });
    }
    this.#up.clear();
    this.#legs.clear();
  }

  engineFound(): void {
    this.#isAway = false;
    const granted = [...this.#granted];
    this.#granted.clear();
    for (const [legId, { owner, facts }] of granted) owner.slotGranted(legId, facts);
  }

  event(event: LegEvent): void {
    const isLast = event.type === 'rejected' || event.type === 'ended';
    if (isLast) {
      this.#up.delete(event.legId);
      this.#byeSeen(event.legId, this.#clock.now());
      const heir = event.type === 'ended' ? event.continuesAs : undefined;
      if (heir === undefined) this.#free(event.legId);
      else this.#keep(event.legId, heir);
      this.#room.leave(event.legId);
      if (event.type === 'rejected' && event.result.kind === 'noCapacity') this.#room.sawFull();
    }
    if (event.type === 'recorded') this.#recordings?.recorded(event);
    this.#costs.event(event);
    this.#watch.event(event);
    this.#legs.get(event.legId)?.legEvent(event);
  }

  wire(message: WireMessage): void {
    if (message.direction === 'sent' && message.summary.startsWith('BYE')) this.#byeSeen(message.legId, message.at);
    this.#legs.get(message.legId)?.wire(message);
  }

  /** Hangs up. @returns the instant at which the BYE left, or the leg was gone; now, if it is gone already */
  hangUpAndTell(legId: LegId, reason: HangupReason): Promise<number> {
    if (!this.#up.has(legId)) return Promise.resolve(this.#clock.now());
    const { promise, resolve } = Promise.withResolvers<number>();
    this.#byeWatches.set(legId, resolve);
    this.#calls.hangUp(legId, reason);
    return promise;
  }

  #byeSeen(legId: LegId, at: number): void {
    this.#byeWatches.get(legId)?.(at);
    this.#byeWatches.delete(legId);
  }

  /** Nothing of these legs is of interest any more. */
  release(legIds: Iterable<LegId>): void {
    for (const legId of legIds) {
      this.#legs.delete(legId);
      this.#up.delete(legId);
      this.#byeSeen(legId, this.#clock.now());
      this.#free(legId);
      this.#room.leave(legId);
      this.#costs.over(legId);
      this.#watch.event({ type: 'ended', legId, by: 'system', text: 'forgotten' });
    }
  }

  /** The call is still on its trunk, under another name. */
  #keep(legId: LegId, heir: LegId): void {
    const slots = [...(this.#slotsOf.get(heir) ?? []), legId, ...(this.#slotsOf.get(legId) ?? [])];
    this.#slotsOf.delete(legId);
    this.#slotsOf.set(heir, slots);
  }

  #free(legId: LegId): void {
    if ([...this.#slotsOf.values()].some((kept) => kept.includes(legId))) return;
    const slots = this.#slotsOf.get(legId) ?? [];
    this.#slotsOf.delete(legId);
    for (const one of [legId, ...slots]) this.#pacing.release(one);
  }
}
