/**
 * A small application around the reducer: a mailbox, a store, an alarm, slots. It dies where it hurts: before a save,
 * between save and act, between two effects.
 */

import type { LegId } from '../../../lib/core/call/leg.ts';
import type { AttemptRecord, Callback } from '../../../lib/core/callback/callback.ts';
import { eventMoved, movedWithClock } from '../../../lib/core/callback/clock-step.ts';
import { deadlineOf } from '../../../lib/core/callback/deadline.ts';
import { isAboutToDial } from '../../../lib/core/callback/dialing.ts';
import type { CallbackEffect, CallbackEvent, CoreContext, Step } from '../../../lib/core/callback/event.ts';
import type { Configuration } from '../../../lib/core/configuration.ts';
import type { Closure } from '../../../lib/core/trunk/line-state.ts';
import { Lanes } from './lanes.ts';
import { Network } from './network.ts';
import { type Oracle, Violation } from './oracle.ts';
import { CALM_AFTER_MS } from './scenario.ts';
import { channel, type World } from './world.ts';

export type Reduce = (callback: Callback, event: CallbackEvent, context: CoreContext) => Step;

const MAX_STEPS = 4000;
const SWEEP_MS = 20_000;

export class Shell {
  readonly network: Network;
  readonly lanes: Lanes;
  readonly ledger = new Map<string, AttemptRecord>();
  configuration: Configuration;
  isUp = true;
  /** What the process remembers. */
  callback: Callback;
  readonly #world: World;
  readonly #oracle: Oracle;
  readonly #reduce: Reduce;
  readonly #post: (message: { process: number; steppedMs: number; event: CallbackEvent }) => void;
  /** How far the wall clock was set. */
  #steppedMs = 0;
  #stored: string;
  #process = 0;
  #mailbox: CallbackEvent[] = [];
  #isBusy = false;
  #isDraining = false;
  #alarm = 0;
  #steps = 0;
  /** In the store: his number answered 607. */
  #isSuppressed = false;
  /** The leg that a former process had ordered: its INVITE may go out without a slot of this process. */
  #repeatable: LegId | null = null;
  #slots = new Map<LegId, 'asked' | 'granted' | 'withdrawn' | 'used'>();

  constructor(callback: Callback, world: World, parts: { oracle: Oracle; reduce: Reduce }) {
    this.#world = world;
    this.#oracle = parts.oracle;
    this.#reduce = parts.reduce;
    this.configuration = world.scenario.configuration;
    this.callback = callback;
    this.#stored = JSON.stringify(callback);
    this.#post = channel(world, ({ process, steppedMs, event }) => {
      if (process === this.#process) this.#tell(eventMoved(event, this.#steppedMs - steppedMs));
    });
    this.lanes = new Lanes(world.agenda);
    this.network = new Network(world, parts.oracle, (event) => this.post({ type: 'leg', event }));
    this.#arm();
    this.#sweep();
  }

  /** Whether the store has an open callback. */
  get isOpen(): boolean {
    return this.isUp && JSON.parse(this.#stored).state !== 'done';
  }

  /** On its way to the process that lives now: if it dies before, the event is lost. */
  post(event: CallbackEvent): void {
    if (this.isUp) this.#post({ process: this.#process, steppedMs: this.#steppedMs, event });
  }

  /** Runs only if the process has not died meanwhile. */
  later(delayMs: number, run: () => void): void {
    const process = this.#process;
    this.#world.agenda.after(delayMs, () => {
      if (process === this.#process && this.isUp) run();
    });
  }

  #tell(event: CallbackEvent): void {
    if (!this.isUp) return;
    this.#mailbox.push(event);
    this.#pump();
  }

  #pump(): void {
    while (!this.#isBusy) {
      const event = this.#mailbox.shift();
      if (event === undefined) return;
      this.#isBusy = true;
      this.#take(event);
    }
  }

  #take(event: CallbackEvent): void {
    this.#steps += 1;
    if (this.#steps > MAX_STEPS) throw new Violation(`a callback does not go on for ever: ${this.callback.state}`);
    const { agenda, random, scenario } = this.#world;
    const now = agenda.wall();
    const engine = { showsTrying: scenario.showsTrying };
    const { aheadMs } = scenario;
    const context = { now, configuration: this.configuration, engine, line: this.lanes.line, aheadMs };
    const step = this.#reduce(this.callback, this.#withFacts(event, now), context);
    this.#read(event, step);
    if (this.#dies()) return;
    if (!step.persist) {
      this.#oracle.step(this.callback, event, step, now);
      this.callback = step.callback;
      this.#act(step.effects);
      return;
    }
    if (scenario.saveFails && this.#isDisturbed && random.chance(0.05)) {
      this.#mailbox.unshift(event);
      this.later(200, () => this.#goOn());
      return;
    }
    // What was not saved has not happened.
    this.#oracle.step(this.callback, event, step, now);
    this.#save(step);
    if (this.#dies()) return;
    this.later(random.between(0, 8), () => this.#act(step.effects));
  }

  /** What the store's gates say, asked at the last moment, as the application does. */
  #withFacts(event: CallbackEvent, now: number): CallbackEvent {
    const { agenda, random, scenario } = this.#world;
    if (event.type !== 'alarm' || !isAboutToDial(this.callback, { now, aheadMs: scenario.aheadMs })) return event;
    if (scenario.factsFail && this.#isDisturbed && random.chance(0.3)) return { ...event, facts: { type: 'unknown' } };
    const isListed = this.#isSuppressed || (scenario.suppressedAt !== null && agenda.time >= scenario.suppressedAt);
    if (isListed) this.#oracle.suppressed();
    return { ...event, facts: isListed ? { type: 'refused', gate: 'suppressed', text: 'listed' } : { type: 'free' } };
  }

  #save(step: Step): void {
    if (step.suppressions !== undefined) {
      this.#isSuppressed = true;
      this.#oracle.suppressed();
    }
    this.callback = { ...step.callback, version: this.callback.version + 1 };
    this.#stored = JSON.stringify({ ...this.callback, flow: null });
    for (const row of step.attempts) this.ledger.set(row.attemptId, row);
  }

  #act(effects: CallbackEffect[]): void {
    for (const effect of effects) {
      if (this.#dies()) return;
      this.#perform(effect);
    }
    this.#arm();
    this.#goOn();
  }

  #goOn(): void {
    this.#isBusy = false;
    this.#pump();
  }

  #perform(effect: CallbackEffect): void {
    switch (effect.type) {
      case 'reserveSlot':
        this.#reserve(effect.legId, effect.trunk);
        break;
      case 'withdrawSlot':
        if (this.#slots.get(effect.legId) !== 'used') this.#slots.set(effect.legId, 'withdrawn');
        break;
      case 'dial':
        this.#dial(effect);
        break;
      case 'hangUp': {
        const invite = this.network.find(effect.legId);
        if (invite !== undefined) this.#oracle.hangsUp(invite, effect.reason);
        this.network.hangUp(effect.legId);
        break;
      }
      case 'play':
        this.network.play(effect.legId, effect.playId);
        break;
      case 'stopPlay':
        this.network.stopPlay(effect.legId);
        break;
      case 'bridge':
        this.#oracle.bridges(this.network.find(effect.a), this.network.find(effect.b));
        break;
      case 'transfer':
        this.#transfer(effect);
        break;
      case 'detect':
        this.network.detect(effect.legId, effect.detectId, effect.detection.what);
        break;
      case 'stopDetect':
        this.network.stopDetect(effect.legId);
        break;
      case 'refer':
        this.network.refer(effect.legId, effect.referId);
        break;
      case 'requestCallback':
        this.later(5, () => this.#decide(effect));
    }
  }

  /** Whether he may be called back; where the flow waits for it, whoever is promised a callback is hung up at its end. */
  #decide({ legId, goesOn }: Extract<CallbackEffect, { type: 'requestCallback' }>): void {
    if (goesOn !== true) {
      this.network.hangUp(legId);
      return;
    }
    const isGranted = this.#world.random.chance(0.5);
    this.#tell({ type: 'callbackDecided', isGranted, why: 'limits' });
    if (isGranted) this.#endWhenDone(legId);
  }

  #endWhenDone(legId: LegId): void {
    const { attempt, flow } = this.callback;
    if (attempt?.legId !== legId) this.network.hangUp(legId);
    else if (flow?.place.type === 'callback') this.later(100, () => this.#endWhenDone(legId));
  }

  /** Whoever has handed the person over is told so, and hung up. */
  #transfer({ legId, progress }: Extract<CallbackEffect, { type: 'transfer' }>): void {
    if (progress.type === 'trying') this.#oracle.handsOver(legId);
    if (progress.type === 'answered') this.later(5, () => this.network.hangUp(legId));
  }

  #reserve(legId: LegId, lane: string): void {
    this.#slots.set(legId, 'asked');
    this.lanes.asked(legId, lane);
    if (this.lanes.isClosed(lane)) this.post({ type: 'slotClosed', legId });
    else this.#serve(legId);
  }

  /** A lane has closed or opened: whoever waits in a closed one is told, whoever waits in an open one is served. */
  setLane(lane: string, why: Closure | null): void {
    this.lanes.set(lane, why);
    for (const [legId, state] of this.#slots) {
      if (state !== 'asked') continue;
      if (this.lanes.isClosedFor(legId)) this.post({ type: 'slotClosed', legId });
      else if (this.lanes.laneOf(legId) === lane) this.#serve(legId);
    }
  }

  #serve(legId: LegId): void {
    const { random, scenario } = this.#world;
    const luck = random.next();
    const longMs = scenario.longWaits ? 400_000 : 30_000;
    const waitMs =
      luck < 0.7 ? random.between(0, 2) : luck < 0.92 ? random.between(0, 2000) : random.between(0, longMs);
    this.later(waitMs, () => {
      if (this.#slots.get(legId) !== 'asked' || this.lanes.isClosedFor(legId)) return;
      this.#slots.set(legId, 'granted');
      this.post({ type: 'slotGranted', legId });
    });
  }

  #dial({ request }: Extract<CallbackEffect, { type: 'dial' }>): void {
    const isPerson = request.likeLeg === null;
    const hasSlot = this.#slots.get(request.legId) === 'granted' || request.legId === this.#repeatable;
    this.#oracle.dials(request, hasSlot);
    if (isPerson) this.#oracle.dialsPerson(request, this.network.invites, this.callback);
    this.#slots.set(request.legId, 'used');
    this.network.dial(request, isPerson);
  }

  /** The only timer; it may be late, or lost: then the next look at the due ones finds it. */
  #arm(): void {
    const invite = this.network.find(this.callback.attempt?.legId ?? '');
    this.#oracle.waits(this.callback, this.#slots, invite);
    this.#alarm += 1;
    const alarm = this.#alarm;
    const deadline = this.#deadline;
    if (deadline === null && this.callback.state !== 'done')
      throw new Violation(`${this.callback.state} has a deadline`);
    if (deadline === null || this.#isDraining) return;
    const { agenda, random } = this.#world;
    const isLost = this.#isDisturbed && random.chance(0.02);
    const isLate = this.#isDisturbed && random.chance(0.03);
    if (isLost) return;
    this.later(agenda.until(deadline) + random.between(0, isLate ? 3000 : 2), () => {
      if (alarm !== this.#alarm) return;
      if (agenda.wall() < deadline) this.look();
      else this.#tell({ type: 'alarm' });
    });
  }

  get #deadline(): number | null {
    return deadlineOf(this.callback, { configuration: this.configuration, aheadMs: this.#world.scenario.aheadMs });
  }

  #sweep(): void {
    const deadline = this.isUp && !this.#isDraining ? this.#deadline : null;
    if (deadline !== null && deadline <= this.#world.agenda.wall()) this.#tell({ type: 'alarm' });
    if (this.isUp && !this.#isDraining && !this.#isBusy) this.#oracle.waitsWhereItIsOpen(this.callback, this.lanes);
    this.#world.agenda.after(SWEEP_MS, () => this.#sweep(), true);
  }

  get #isDisturbed(): boolean {
    return this.#world.scenario.disturbed && this.#world.agenda.time < CALM_AFTER_MS;
  }

  #dies(): boolean {
    const { agenda, random, scenario } = this.#world;
    if (agenda.time > CALM_AFTER_MS || !random.chance(scenario.crashChance)) return false;
    this.stop(random.pick([10, 500, 3000, 20_000, 60_000]));
    return true;
  }

  /** kill -9, and a new process later. */
  stop(downMs: number): void {
    this.#world.trace?.('--- the process dies');
    this.#process += 1;
    this.isUp = false;
    this.#mailbox = [];
    this.#slots = new Map();
    this.network.abandon();
    this.#world.agenda.after(downMs, () => this.#start());
  }

  #start(): void {
    this.#world.trace?.('--- a new process');
    this.isUp = true;
    this.#isBusy = false;
    this.#isDraining = false;
    this.callback = JSON.parse(this.#stored);
    this.#repeatable = this.callback.attempt?.legId ?? null;
    this.#oracle.recovered(this.callback);
    if (this.callback.state === 'done') return;
    this.#tell({ type: 'recovered' });
  }

  drain(): void {
    if (!this.isUp) return;
    this.#isDraining = true;
    this.#tell({ type: 'drain' });
    this.later(5000, () => this.stop(3000));
  }

  /** The wall clock was set; what is in the store stays what it was. */
  clockStepped(byMs: number): void {
    this.#steppedMs += byMs;
    if (!this.isUp) return;
    this.callback = movedWithClock(this.callback, byMs);
    this.#mailbox = this.#mailbox.map((event) => eventMoved(event, byMs));
    this.look();
  }

  /** The configuration or the clock changed; whoever is in the middle of a step arms at its end. */
  look(): void {
    if (this.isUp && !this.#isBusy) this.#arm();
  }

  atTheEnd(): void {
    this.#oracle.slots(this.#slots);
    this.#oracle.atTheEnd(this.callback, this.ledger.values(), this.network.invites.values());
  }

  #read(event: CallbackEvent, { callback, effects, persist }: Step): void {
    const { trace, agenda } = this.#world;
    if (trace === null) return;
    const acts = effects.map((effect) => `${effect.type}:${'legId' in effect ? effect.legId : ''}`).join(' ');
    const what = JSON.stringify(event.type === 'leg' ? event.event : event);
    const how = `${callback.state} due ${callback.dueAt - agenda.wall()} attempts ${callback.attempts}`;
    trace(`${agenda.time} ${what} -> ${how}${persist ? ' saved' : ''} | ${acts}`);
  }
}
