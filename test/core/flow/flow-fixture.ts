/** Runs a flow on a host of its own: a clock that the test sets, and the effects of the last step. */

import assert from 'node:assert/strict';
import type { LegEvent, LegResult } from '../../../lib/core/call/leg.ts';
import type {
  AnnounceComponent,
  Configuration,
  DialComponent,
  FlowComponent,
  MenuComponent,
} from '../../../lib/core/configuration.ts';
import { flowDeadlineOf, startFlow, stepFlow } from '../../../lib/core/flow/flow.ts';
import type {
  FlowEffect,
  FlowEnd,
  FlowEvent,
  FlowHost,
  FlowNote,
  FlowState,
} from '../../../lib/core/flow/flow-state.ts';
import type { LineState } from '../../../lib/core/trunk/line-state.ts';
import { component } from '../../support/flow-components.ts';
import { configuration } from '../callback/life-fixture.ts';
import { anExtension } from '../rules/configuration-fixture.ts';

export const PERSON = 'person';
export const HOST: FlowHost = {
  legId: PERSON,
  namePrefix: 'run',
  call: {
    caller: { received: '(48) 99199-6260', e164: '+5548991996260' },
    callerName: 'Ana',
    inboundNumber: '+554831210110',
    source: 'a',
  },
  timeoutSeconds: null,
  isExtension: false,
  callbackId: null,
  language: 'en',
  attempt: null,
  record: null,
  releaseMedia: false,
  rule: null,
};

export function menu(changes: Partial<MenuComponent> = {}): MenuComponent {
  return component('menu', { choices: { '1': 'one', '2': 'two', '20': 'twenty' }, ...changes });
}

export function dial(changes: Partial<DialComponent> = {}): DialComponent {
  return component('dial', changes);
}

export function announce(prompt: string, next: string | null = null): AnnounceComponent {
  return component('announce', { prompt, next });
}

/** Components named after what they say, so that a test sees where it got. */
const EXITS = Object.fromEntries(['one', 'two', 'twenty', 'other'].map((name) => [name, announce(name)]));

export class Run {
  now = 1_000_000;
  configuration: Configuration;
  line: LineState | undefined;
  host: FlowHost;
  state: FlowState;
  end: FlowEnd | null;
  effects: FlowEffect[];
  /** Of the last step. */
  notes: FlowNote[];

  constructor(
    components: Record<string, FlowComponent>,
    options: {
      answered?: boolean;
      host?: Partial<FlowHost>;
      configuration?: Partial<Configuration>;
      line?: LineState;
      now?: number;
    } = {},
  ) {
    this.now = options.now ?? this.now;
    this.line = options.line;
    this.host = { ...HOST, ...options.host };
    const start = Object.keys(components)[0]!;
    const flows = [{ name: 'f', start, components: { ...EXITS, ...components } }];
    const extensions = ['200', '201'].map((number) => anExtension({ number }));
    this.configuration = configuration({ flows, extensions, ...options.configuration });
    const from = { flow: 'f', component: null, answered: options.answered ?? true };
    const step = startFlow(from, this.host, this.context());
    this.state = step.state;
    this.end = step.end;
    this.effects = step.effects;
    this.notes = step.notes;
  }

  private context() {
    const line = this.line === undefined ? {} : { line: this.line };
    return { now: this.now, configuration: this.configuration, engine: { showsTrying: true }, ...line };
  }

  send(event: FlowEvent): this {
    assert.equal(this.end, null, 'the flow is not over');
    const before = JSON.stringify(this.state);
    const untouched = this.state;
    const step = stepFlow(this.state, event, this.host, this.context());
    assert.equal(JSON.stringify(untouched), before, 'the former state is not written to');
    this.state = step.state;
    this.end = step.end;
    this.effects = step.effects;
    this.notes = step.notes;
    return this;
  }

  leg(event: LegEvent): this {
    return this.send({ type: 'leg', event });
  }

  keys(...digits: string[]): this {
    for (const digit of digits) this.leg({ type: 'digit', legId: PERSON, digit });
    return this;
  }

  promptEnded(result: 'played' | 'stopped' | 'failed' = 'played'): this {
    const place = this.state.place;
    const playId = 'playId' in place ? place.playId : null;
    return this.leg({ type: 'playEnded', legId: PERSON, playId: playId ?? '', result });
  }

  get deadline(): number | null {
    return flowDeadlineOf(this.state, this.host, this.configuration);
  }

  wait(ms: number): this {
    this.now += ms;
    return this.send({ type: 'alarm' });
  }

  rejected(result: Partial<LegResult> = {}): this {
    const base = {
      kind: 'final',
      phrase: '',
      q850Cause: null,
      location: null,
      text: '',
      retryAfterSeconds: null,
    } as const;
    return this.leg({
      type: 'rejected',
      legId: this.targetLeg,
      result: { ...base, status: 486, rang: false, ...result },
    });
  }

  target(type: 'dialled' | 'trying' | 'ringing' | 'answered' | 'ended'): this {
    const event = { type, legId: this.targetLeg, callId: 'x', status: 180, by: 'remote', text: '' };
    return this.leg(event as unknown as LegEvent);
  }

  get targetLeg(): string {
    const { place } = this.state;
    if (place.type === 'bridged') return place.legId;
    return place.type === 'dial' ? place.hunt.legId : '';
  }

  /** The prompts that the last step plays. */
  prompts(): string[] {
    return this.effects.flatMap((effect) => (effect.type === 'play' ? [effect.prompt] : []));
  }

  types(): string[] {
    return this.effects.map(({ type }) => type);
  }

  over(outcome: string, reason: string, text: string | null = 'Call ended'): void {
    const hangUp = text === null ? null : { cause: 16, text };
    assert.deepEqual(this.end, { type: 'over', outcome, reason, hangUp });
  }
}
