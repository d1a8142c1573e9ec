import type { Callback, CallbackId } from '../core/callback/callback.ts';
import { eventMoved, leavingWhenDue, movedWithClock } from '../core/callback/clock-step.ts';
import { deadlineOf } from '../core/callback/deadline.ts';
import { isAboutToDial } from '../core/callback/dialing.ts';
import type { CallbackEffect, CallbackEvent, Step } from '../core/callback/event.ts';
import { reduceCallback } from '../core/callback/reduce.ts';
import { stillWanted, takeBack } from './blocked-effects.ts';
import { callbackOwner } from './callback-owner.ts';
import { CallbackSaver } from './callback-saver.ts';
import { Departure } from './departure.ts';
import {
  disarm,
  type HeldCallback as Entry,
  held,
  isInFlight,
  isLast,
  isOfThisNode,
  isOrdered,
  isTalking,
  isUnderWay,
  noteWire,
  own,
  rings,
  setAlarm,
  take,
} from './held-callback.ts';
import { Mailboxes } from './mailbox.ts';
import { isLeftOver } from './recovery.ts';
import type { RunnerOptions } from './runner-options.ts';
import { giveBack, type SlotAhead, slotAhead, withoutWaiting } from './slot-ahead.ts';
import type { LegOwner } from './switchboard.ts';

/**
 * The shell around the pure core: for each callback one mailbox in which an event is reduced, the result saved, its
 * single timer armed again, and only then the effects performed.
 */
export class CallbackRunner {
  readonly #entries = new Map<CallbackId, Entry>();
  readonly #expected = new Set<CallbackId>();
  readonly #mailboxes: Mailboxes;
  readonly #saver: CallbackSaver;
  readonly #departure: Departure;
  readonly #options: RunnerOptions;
  #draining = false;
  /** There is no SIP engine. */
  #isAway = false;
  /** How far the wall clock was set since the start. */
  #steppedMs = 0;
  #stopped = false;

  constructor(options: RunnerOptions) {
    this.#options = options;
    this.#mailboxes = new Mailboxes((callbackId, fault) =>
      options.log.error({ callbackId, err: fault }, 'an event of this callback could not be handled'),
    );
    this.#saver = new CallbackSaver({
      ...options,
      onSaved: options.onChange,
      onOvertaken: (entry) => this.#drop(entry.callback.id, entry),
      onRetry: (entry) => void this.#mailboxes.post(entry.callback.id, () => this.#saveAgain(entry)),
    });
    this.#departure = new Departure({
      ...options,
      entries: this.#entries,
      mailboxes: this.#mailboxes,
      saver: this.#saver,
    });
  }

  /** A callback of this name is being stored: whoever reads it from the store meanwhile leaves it to us. */
  expect(id: CallbackId): void {
    this.#expected.add(id);
  }

  /** It was not stored after all. */
  unexpect(id: CallbackId): void {
    this.#expected.delete(id);
  }

  /**
   * Takes a callback that is in the store as it stands here; its alarms run from now on. One that nothing will happen to
   * for a while is left there: millions may wait for tomorrow.
   * @returns false: it was here already, or nothing is taken any more
   */
  adopt(callback: Callback): boolean {
    this.#expected.delete(callback.id);
    if (this.#stopped || this.#entries.has(callback.id)) return false;
    if (this.#departure.isResting(callback) && callback.promisedAt !== null) this.#departure.left(callback);
    else this.#hold(callback);
    return true;
  }

  #hold(callback: Callback): Entry {
    const entry = held(callback, this.#ownerOf(callback.id));
    this.#entries.set(callback.id, entry);
    this.#arm(entry);
    return entry;
  }

  /**
   * Handles one event after those before it.
   * @returns when it is saved and performed: the callback as it stands then; null if there is no such callback
   */
  post(id: CallbackId, event: CallbackEvent): Promise<Callback | null> {
    const steppedMs = this.#steppedMs;
    return this.#mailboxes.run(id, () => this.#handle(id, event, steppedMs));
  }

  /** The callback as it stands after the events posted so far; null: there is none of this name. */
  read(id: CallbackId): Promise<Callback | null> {
    return this.#mailboxes.run(id, async () => this.#entries.get(id)?.callback ?? (await this.#options.store.get(id)));
  }

  get heldIds(): ReadonlySet<CallbackId> {
    return new Set([...this.#entries.keys(), ...this.#expected]);
  }

  /** How many are in memory, and how many of those have a call up. */
  stats(): { held: number; live: number } {
    let live = 0;
    for (const entry of this.#entries.values()) if (entry.legs.size > 0) live += 1;
    return { held: this.#entries.size, live };
  }

  /** No callback is started any more, not even one whose turn on a trunk comes now; those on the line go on. */
  beginDrain(): void {
    this.#draining = true;
    this.#departure.isDraining = true;
    for (const [id, entry] of this.#entries) {
      const { state, promisedAt } = entry.callback;
      if (state === 'queued' && entry.legs.size === 0) this.#postQuietly(id, { type: 'drain' });
      // Other nodes can do them in time.
      if (state === 'scheduled' && promisedAt !== null && this.#options.nodes !== null) {
        void this.#mailboxes.post(id, () => this.#departure.settle(entry));
      }
    }
  }

  /**
   * The lease was lost: what was held is another node's now, which settles it. Phones that ring here stop ringing; who
   * talks may talk on.
   */
  disown(): void {
    for (const [id, entry] of this.#entries) {
      if (entry.lost !== null) continue;
      if (isTalking(entry.callback) && entry.legs.size > 0) {
        entry.lost = 'talking';
        continue;
      }
      this.#drop(id, entry);
    }
  }

  /** The wall clock was set (told within `context()`): what is in memory is due, and rings, as long as it would have. */
  clockStepped(byMs: number): void {
    this.#steppedMs += byMs;
    for (const entry of this.#entries.values()) {
      entry.callback = movedWithClock(entry.callback, byMs);
      this.#arm(entry);
    }
  }

  /**
   * All legs are gone. What was in flight is settled as after a restart; an INVITE that is not known to have left waits
   * for `engineFound`, to be repeated.
   */
  engineLost(): void {
    this.#isAway = true;
    for (const [id, entry] of this.#entries) {
      entry.legs.clear();
      void this.#mailboxes.post(id, async () => {
        if (entry.lost !== null) this.#drop(id, entry);
        else if (isInFlight(entry.callback)) await this.#handleHere(entry, { type: 'recovered' });
        else await this.#departure.settle(entry);
      });
    }
  }

  engineFound(): void {
    this.#isAway = false;
    for (const [id, { callback }] of this.#entries)
      if (isOrdered(callback)) this.#postQuietly(id, { type: 'recovered' });
  }

  /** Ends what is under way and waits until it is saved. */
  async endLive(): Promise<void> {
    const live = [...this.#entries].filter(([, { callback, legs }]) => legs.size > 0 || isUnderWay(callback));
    await Promise.all(live.map(([id]) => this.post(id, { type: 'drain' }).catch(() => null)));
  }

  /** Writes down what has been seen and waits for the next change to be saved with it. */
  async flush(): Promise<void> {
    const entries = [...this.#entries.values()].filter(({ log }) => log.length > 0);
    await Promise.all(
      entries.map((entry) => this.#mailboxes.post(entry.callback.id, async () => void (await this.#saver.save(entry)))),
    );
  }

  /** Resolves when every event posted so far has been handled. */
  idle(): Promise<void> {
    return this.#mailboxes.idle();
  }

  stop(): void {
    this.#stopped = true;
    for (const entry of this.#entries.values()) disarm(entry);
    this.#entries.clear();
  }

  #ownerOf(id: CallbackId): LegOwner {
    const post = (event: CallbackEvent) => this.#postQuietly(id, event);
    return callbackOwner(id, { post, wire: (message) => noteWire(this.#entries.get(id), message) });
  }

  #postQuietly(id: CallbackId, event: CallbackEvent): void {
    // The mailbox has reported the fault already.
    this.post(id, event).catch(() => null);
  }

  /** @param steppedMs how far the clock had been set when the event was posted */
  async #handle(id: CallbackId, event: CallbackEvent, steppedMs: number): Promise<Callback | null> {
    for (;;) {
      if (this.#stopped) return null;
      const entry = await this.#entryOf(id, event);
      if (entry === 'elsewhere') {
        if ((await this.#options.nodes!.forward(id, event)) === 'handled') return this.#options.store.get(id);
        continue;
      }
      const callback = entry && (await this.#handleHere(entry, event, steppedMs));
      // The lease was lost meanwhile: whoever holds it now has to know.
      if (entry?.lost !== 'gone' || isOfThisNode(event)) return callback;
    }
  }

  async #handleHere(entry: Entry, event: CallbackEvent, steppedMs = this.#steppedMs): Promise<Callback> {
    if (this.#draining && event.type === 'alarm' && entry.callback.state === 'scheduled') return entry.callback;
    const isKeptBack = this.#isAway || entry.blocked.length > 0;
    if (isKeptBack && event.type === 'alarm' && isOrdered(entry.callback)) return entry.callback;
    const told = await this.#withFacts(entry.callback, event);
    // This look at the clock may tell that it was set: then the callback moves, and so does what was said before.
    const context = this.#options.context();
    const lookedMs = this.#steppedMs;
    const step = reduceCallback(entry.callback, eventMoved(told, lookedMs - steppedMs), context);
    const ahead = slotAhead(entry, step, { switchboard: this.#options.switchboard, context, lookedMs });
    for (const taken of ahead ? [step, ahead.step] : [step]) take(entry, taken);
    this.#catchUp(entry, lookedMs);
    if (event.type === 'leg' && isLast(event.event)) entry.legs.delete(event.event.legId);
    const safe = step.persist ? await this.#saveThenSort(entry, step, ahead) : step.effects;
    if (this.#stopped) return entry.callback;
    this.#arm(entry);
    for (const effect of safe) this.#perform(entry, effect);
    await this.#departure.settle(entry);
    return entry.callback;
  }

  /** What came of an earlier look at the clock moves with it, where a later one told that it was set. */
  #catchUp(entry: Entry, lookedMs: number): void {
    const byMs = this.#steppedMs - lookedMs;
    if (byMs !== 0) entry.callback = movedWithClock(entry.callback, byMs);
  }

  /** The gates that need the store are asked at the last moment before a callback is dialled. */
  async #withFacts(callback: Callback, event: CallbackEvent): Promise<CallbackEvent> {
    if (event.type !== 'alarm' || !isAboutToDial(callback, this.#options.context())) return event;
    return { ...event, facts: await this.#options.factsOf(callback) };
  }

  /** Takes it from the store if it is not here. Null: there is none, or it is no business of ours any more. */
  async #entryOf(id: CallbackId, event: CallbackEvent): Promise<Entry | 'elsewhere' | null> {
    const held = this.#entries.get(id);
    if (held && (held.lost === null || isOfThisNode(event))) return held;
    // What talks on here under a lost lease is over when something is wanted of the callback.
    if (held) this.#drop(id, held);
    const claimed = await this.#options.store.claim(id);
    if (claimed.result === 'unknown' || this.#stopped) return null;
    if (claimed.result === 'elsewhere') return isOfThisNode(event) ? null : 'elsewhere';
    const entry = this.#entries.get(id) ?? this.#hold(claimed.callback);
    const isLeft = entry.callback === claimed.callback && isLeftOver(claimed.callback) && event.type !== 'recovered';
    if (isLeft && this.#options.nodes !== null) await this.#handleHere(entry, { type: 'recovered' });
    return entry;
  }

  /** Another node has it: what is up of it here ends. */
  #drop(id: CallbackId, entry: Entry): void {
    entry.lost = 'gone';
    disarm(entry);
    const reason = { cause: 41, text: 'Taken over' };
    for (const legId of entry.legs) this.#options.switchboard.perform(entry.owner, { type: 'hangUp', legId, reason });
    if (this.#entries.get(id) === entry) this.#entries.delete(id);
    this.#options.switchboard.release(entry.ownedLegs);
  }

  /**
   * Saved before acted on: where the save fails, what ends or serves a call on the line is done all the same (it can be
   * repeated and rings nobody), what would ring somebody waits for the save.
   */
  async #saveThenSort(entry: Entry, step: Step, ahead: SlotAhead | null): Promise<CallbackEffect[]> {
    const earlier = entry.blocked;
    let effects = ahead ? withoutWaiting(step.effects, ahead) : step.effects;
    const isSaved = await this.#saver.save(entry);
    if (isSaved && (await this.#saver.mayPerform(entry, [...earlier, ...effects]))) {
      entry.blocked = [];
      return [...this.#stillWanted(entry, earlier), ...effects];
    }
    if (entry.lost === 'gone') return [];
    if (ahead && !isSaved) {
      giveBack(entry, step, ahead, this.#options.switchboard);
      this.#catchUp(entry, ahead.lookedMs);
      effects = step.effects;
    }
    entry.blocked = [...earlier, ...effects.filter(rings)];
    return effects.filter((effect) => !rings(effect));
  }

  async #saveAgain(entry: Entry): Promise<void> {
    if (this.#stopped || !entry.dirty || !(await this.#saver.save(entry))) return;
    const blocked = entry.blocked;
    if (!(await this.#saver.mayPerform(entry, blocked))) return;
    entry.blocked = [];
    for (const effect of this.#stillWanted(entry, blocked)) this.#perform(entry, effect);
    await this.#departure.settle(entry);
  }

  #stillWanted(entry: Entry, waiting: readonly CallbackEffect[]): CallbackEffect[] {
    const { effects, isPersonDue } = stillWanted(entry, this.#options.switchboard, waiting);
    if (isPersonDue) this.#postQuietly(entry.callback.id, { type: 'recovered' });
    return effects;
  }

  #arm(entry: Entry): void {
    if (entry.lost === 'gone') return;
    // First this look at the clock, which may move the callback.
    const context = this.#options.context();
    const at = deadlineOf(entry.callback, context);
    const onAlarm = () => this.#postQuietly(entry.callback.id, { type: 'alarm' });
    if (at !== entry.alarmAt) setAlarm(entry, at, { clock: this.#options.clock, onAlarm });
  }

  #perform(entry: Entry, effect: CallbackEffect): void {
    if (effect.type === 'requestCallback') return this.#options.onRequest(entry.callback, effect);
    own(entry, effect);
    if (effect.type === 'hangUp' && takeBack(entry, this.#options.switchboard, effect.legId)) return;
    this.#options.switchboard.perform(entry.owner, leavingWhenDue(effect, entry.callback));
  }
}
