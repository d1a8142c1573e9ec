/**
 * A call through a flow that nobody makes: the same decisions as of a real one, under a made-up clock. What the world does
 * (a key, the end of a prompt, a target that answers) is told event by event; what the machine does by itself (answering, a
 * line of a trunk, the other side's ringing) follows at once. Nothing is kept: the same events give the same call.
 */

import type { DialRequest } from '../call/dial-request.ts';
import { finalResult } from '../call/final-result.ts';
import type { LegId, LegResult } from '../call/leg.ts';
import type { CallbackPlan } from '../callback/callback.ts';
import type { Configuration } from '../configuration.ts';
import { defaultLanguageOf } from '../language.ts';
import { type CallContext, requestFromComponent } from '../rules/request.ts';
import { flowDeadlineOf, startFlow, stepFlow } from './flow.ts';
import type { FlowContext, FlowEffect, FlowEvent, FlowHost, FlowNote, FlowState, FlowStep } from './flow-state.ts';
import { callOnwards, componentOf } from './flow-turn.ts';
import { legEvent, type SimulatedEvent, type SimulatedEventType } from './simulated-event.ts';
import { SimulatedOthers } from './simulated-others.ts';
import type { SimulatedCall, SimulatedEnd, SimulatedStart, SimulatedStep } from './simulated-state.ts';

export type { SimulatedCall, SimulatedEvent, SimulatedEventType, SimulatedStart, SimulatedStep };

/** What a flow sets itself to do at once can't be more than that. */
const MOST_FOLLOWING = 2_000;
const PERSON: LegId = 'person';

/** A callback that the shell was asked for is one that the flow has ended with. */
function endOf({ end, state }: FlowStep): SimulatedEnd | null {
  return end?.type === 'asked' ? { type: 'callback', flow: state.flow, component: state.component } : end;
}

class Simulation {
  readonly #configuration: Configuration;
  #call: CallContext;
  #host: FlowHost;
  #state: FlowState;
  #now: number;
  #end: SimulatedEnd | null = null;
  #runs = 1;
  readonly #plays = new Map<LegId, { playId: string; prompt: string }>();
  readonly #dialled = new Map<LegId, DialRequest>();
  readonly #answered = new Set<LegId>();
  readonly #others = new SimulatedOthers();
  #notes: FlowNote[] = [];
  #entered: string[] = [];
  readonly steps: SimulatedStep[] = [];

  constructor(configuration: Configuration, start: SimulatedStart) {
    this.#configuration = configuration;
    this.#call = start.call;
    this.#now = start.at;
    this.#host = this.#hostOf(start.timeoutSeconds);
    const first = startFlow(start, this.#host, this.#context());
    this.#state = first.state;
    this.#take(first);
    this.#note(null, false);
  }

  #hostOf(timeoutSeconds: number | null): FlowHost {
    return {
      legId: PERSON,
      namePrefix: `run${this.#runs}`,
      call: this.#call,
      timeoutSeconds,
      isExtension: this.#call.source?.startsWith('extension:') ?? false,
      callbackId: null,
      attempt: null,
      language: this.#call.language ?? defaultLanguageOf(this.#configuration),
      record: null,
      releaseMedia: false,
      rule: null,
    };
  }

  #context(): FlowContext {
    return { now: this.#now, configuration: this.#configuration, engine: { showsTrying: true } };
  }

  /** Takes a step over, and all that follows from it by itself. */
  #take(first: FlowStep): void {
    const following: FlowEvent[] = [];
    let step: FlowStep | null = first;
    for (let count = 0; step !== null && count < MOST_FOLLOWING; count += 1) {
      this.#state = step.state;
      this.#end = endOf(step);
      this.#notes.push(...step.notes);
      for (const { type, detail } of step.notes)
        if (type === 'entered') this.#entered.push(String(detail['component']));
      for (const effect of step.effects) following.push(...this.#perform(effect));
      const next: FlowEvent | undefined = this.#end === null ? following.shift() : undefined;
      step = next === undefined ? null : stepFlow(this.#state, next, this.#host, this.#context());
    }
    if (this.#end !== null) {
      this.#plays.clear();
      this.#others.forget();
    }
  }

  /** @returns what the world answers by itself */
  #perform(effect: FlowEffect): FlowEvent[] {
    switch (effect.type) {
      case 'answer':
        return [legEvent({ type: 'answered', legId: effect.legId })];
      case 'play':
        this.#plays.set(effect.legId, { playId: effect.playId, prompt: effect.prompt });
        return [];
      case 'stopPlay':
        return this.#played(effect.legId, 'stopped');
      case 'reserveSlot':
        return [{ type: 'slotGranted', legId: effect.legId, facts: { type: 'free' } }];
      case 'dial': {
        const { legId } = effect.request;
        this.#dialled.set(legId, effect.request);
        return [
          legEvent({ type: 'dialled', legId, callId: legId, sent: null }),
          legEvent({ type: 'ringing', legId, status: 180 }),
        ];
      }
      case 'hangUp':
        return this.#hungUp(effect.legId);
      case 'bridge':
        this.#plays.clear();
        return [];
      case 'requestCallback':
        return [{ type: 'callbackDecided', isGranted: true, why: '' }];
      default:
        return this.#others.perform(effect, this.#now);
    }
  }

  #played(legId: LegId, result: 'played' | 'stopped'): FlowEvent[] {
    const play = this.#plays.get(legId);
    this.#plays.delete(legId);
    return play === undefined ? [] : [legEvent({ type: 'playEnded', legId, playId: play.playId, result })];
  }

  #hungUp(legId: LegId): FlowEvent[] {
    const wasAnswered = this.#answered.delete(legId);
    if (!this.#dialled.delete(legId)) return [];
    if (wasAnswered) return [legEvent({ type: 'ended', legId, by: 'local', text: '' })];
    return [legEvent({ type: 'rejected', legId, result: { ...finalResult(0), kind: 'cancelled' } })];
  }

  #note(event: SimulatedEvent | null, ignored: boolean): void {
    this.steps.push({ event, at: this.#now, ignored, notes: this.#notes, entered: this.#entered });
    this.#notes = [];
    this.#entered = [];
  }

  #step(event: FlowEvent): void {
    this.#take(stepFlow(this.#state, event, this.#host, this.#context()));
  }

  happen(event: SimulatedEvent): void {
    const isPossible = this.possible().includes(event.type);
    if (isPossible) this.#happen(event);
    this.#note(event, !isPossible);
  }

  #happen(event: SimulatedEvent): void {
    switch (event.type) {
      case 'key':
        return this.#step(legEvent({ type: 'digit', legId: PERSON, digit: event.key }));
      case 'targetKey':
        return this.#step(legEvent({ type: 'digit', legId: this.#targetLeg() ?? '', digit: event.key }));
      case 'promptEnded':
        return this.#promptEnded();
      case 'wait':
        return this.#wait(this.#now + Math.round(event.seconds * 1000));
      case 'timer':
        return this.#wait(this.#deadline() ?? this.#now);
      case 'hangsUp':
        return this.#step(legEvent({ type: 'ended', legId: PERSON, by: 'remote', text: '' }));
      case 'calledBack':
        return this.#calledBack();
      case 'answers':
      case 'busy':
      case 'declines':
      case 'unreachable':
      case 'targetHangsUp':
        return this.#target(event.type);
      default:
        for (const one of this.#others.say(event, this.#now)) this.#step(one);
    }
  }

  #promptEnded(): void {
    for (const legId of [...this.#plays.keys()])
      for (const event of this.#played(legId, 'played')) if (this.#end === null) this.#step(event);
  }

  #deadline(): number | null {
    return this.#end === null ? flowDeadlineOf(this.#state, this.#host, this.#configuration) : null;
  }

  #wait(until: number): void {
    for (let count = 0; count < MOST_FOLLOWING; count += 1) {
      const deadline = this.#deadline();
      if (deadline === null || deadline > until) break;
      this.#now = Math.max(this.#now, deadline);
      this.#step({ type: 'alarm' });
    }
    this.#now = Math.max(this.#now, until);
  }

  #target(type: 'answers' | 'busy' | 'declines' | 'unreachable' | 'targetHangsUp'): void {
    const legId = this.#targetLeg();
    if (legId === undefined) return;
    if (type === 'answers') {
      this.#answered.add(legId);
      return this.#step(legEvent({ type: 'answered', legId }));
    }
    this.#answered.delete(legId);
    const request = this.#dialled.get(legId);
    this.#dialled.delete(legId);
    if (type === 'targetHangsUp') return this.#step(legEvent({ type: 'ended', legId, by: 'remote', text: '' }));
    const isExtension = request?.candidate.kind !== 'trunk';
    this.#step(legEvent({ type: 'rejected', legId, result: resultOf(type, isExtension) }));
  }

  #targetLeg(): LegId | undefined {
    return [...this.#dialled.keys()].at(-1);
  }

  #promise(): { plan: CallbackPlan; dueAt: number } | null {
    if (this.#end?.type !== 'callback') return null;
    const call = callOnwards(this.#call, this.#state);
    const request = requestFromComponent(this.#configuration, this.#end, call);
    if (request === null) return null;
    return { plan: request.plan, dueAt: this.#now + request.plan.terms.delaySeconds * 1000 };
  }

  /** The same person, in a call of its own: at `next`, with media from the beginning. */
  #calledBack(): void {
    const promise = this.#promise();
    const next = promise?.plan.next ?? null;
    if (promise === null || next === null) return;
    this.#now = Math.max(this.#now, promise.dueAt);
    this.#runs += 1;
    const { timeoutSeconds, language = null } = promise.plan.terms;
    if (language !== null) this.#call = { ...this.#call, language };
    this.#host = this.#hostOf(timeoutSeconds);
    this.#end = null;
    this.#others.forget();
    this.#take(startFlow({ ...next, answered: true }, this.#host, this.#context()));
  }

  possible(): SimulatedEventType[] {
    if (this.#end !== null) return this.#promise()?.plan.next == null ? [] : ['calledBack'];
    const found: SimulatedEventType[] = ['key', 'wait'];
    if (this.#plays.size > 0) found.push('promptEnded');
    if (this.#deadline() !== null) found.push('timer');
    const legId = this.#targetLeg();
    if (legId !== undefined) found.push(...(this.#answered.has(legId) ? TALKING : RUNG));
    // asked whether he takes the call
    if (legId !== undefined && this.#answered.has(legId) && this.#state.place.type !== 'bridged')
      found.push('targetKey');
    found.push(...this.#others.possible());
    found.push('hangsUp');
    return found;
  }

  #timer(): SimulatedCall['timer'] {
    const at = this.#deadline();
    if (at === null) return null;
    const { place, enteredAt } = this.#state;
    const component = componentOf(this.#state, { configuration: this.#configuration });
    const stay = component !== null && 'maxSeconds' in component ? component.maxSeconds : null;
    if (stay !== null && at === enteredAt + stay * 1000) return { kind: 'stay', at };
    if (place.type === 'menu' || place.type === 'collect')
      return { kind: place.lastDigitAt === null ? 'firstDigit' : 'interDigit', at };
    return { kind: place.type === 'dial' ? 'ring' : 'other', at };
  }

  result(): SimulatedCall {
    const [target] = [...this.#dialled.values()].slice(-1);
    return {
      steps: this.steps,
      now: this.#now,
      state: this.#state,
      end: this.#end,
      promise: this.#promise(),
      heard: [...this.#plays].map(([legId, { prompt }]) => ({ who: legId === PERSON ? 'person' : 'target', prompt })),
      target: target ?? null,
      timer: this.#timer(),
      possible: this.possible(),
    };
  }
}

const RUNG = ['answers', 'busy', 'declines', 'unreachable'] as const;
const TALKING = ['targetHangsUp'] as const;

function resultOf(type: 'busy' | 'declines' | 'unreachable', isExtension: boolean): LegResult {
  if (type === 'busy') return finalResult(486, 'Busy Here');
  if (type === 'declines') return finalResult(603, 'Decline');
  const nobody = { ...finalResult(0), rang: false };
  return isExtension ? { ...nobody, kind: 'notReachable' } : { ...nobody, kind: 'noResponse' };
}

export function simulateCall(
  configuration: Configuration,
  start: SimulatedStart,
  events: readonly SimulatedEvent[],
): SimulatedCall {
  const simulation = new Simulation(configuration, start);
  for (const event of events) simulation.happen(event);
  return simulation.result();
}
