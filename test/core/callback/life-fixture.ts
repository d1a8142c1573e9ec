/** Drives one callback by hand: a clock that the test sets, and the effects of the last step. */

import assert from 'node:assert/strict';
import type { LegEvent, LegId, LegResult } from '../../../lib/core/call/leg.ts';
import { type AcceptRequest, acceptCallback } from '../../../lib/core/callback/accept.ts';
import type { AttemptRecord, Callback, CallbackLogEntry } from '../../../lib/core/callback/callback.ts';
import { deadlineOf } from '../../../lib/core/callback/deadline.ts';
import type { CallbackEffect, CallbackEvent, SuppressionWish } from '../../../lib/core/callback/event.ts';
import { reduceCallback } from '../../../lib/core/callback/reduce.ts';
import type { CallbackTerms, Configuration, Flow } from '../../../lib/core/configuration.ts';
import type { Closure, LineState } from '../../../lib/core/trunk/line-state.ts';
import { component } from '../../support/flow-components.ts';
import { aConfiguration, aTrunk, terms } from '../rules/configuration-fixture.ts';

export const CALLER = { received: '48991996260', e164: '+5548991996260' };
export const CALL_ID = 'first-call';

export const MENU_FLOW: Flow = {
  name: 'reception',
  start: 'menu',
  components: {
    menu: component('menu', { choices: { '1': 'sales', '2': 'again', '20': 'out' }, otherwise: 'bye' }),
    sales: component('dial', { extension: '200' }),
    out: component('dial', { number: '+5548999990000', trunk: 'a', otherwise: 'bye' }),
    again: component('callback', { rule: 'Callback geral' }),
    bye: { type: 'hangup', reason: null },
  },
};

/** Trunks a, b and c, in the order of the default outgoing rule; the flow `reception`. */
export function configuration(changes: Partial<Configuration> = {}): Configuration {
  return aConfiguration({
    trunks: ['a', 'b', 'c'].map((name) => aTrunk({ name })),
    defaultOutgoingRule: 'all',
    outgoingRules: [
      { name: 'all', routes: [{ match: '.', matchOn: 'received', rewrite: null, trunks: ['a', 'b', 'c'] }] },
    ],
    flows: [MENU_FLOW],
    ...changes,
  });
}

export interface LifeOptions {
  terms?: Partial<CallbackTerms>;
  next?: { flow: string; component: string | null } | null;
  configuration?: Configuration;
  showsTrying?: boolean;
  aheadMs?: number;
  request?: Partial<AcceptRequest>;
}

export const FINAL: LegResult = {
  kind: 'final',
  status: 486,
  phrase: 'Busy Here',
  q850Cause: null,
  location: null,
  text: '',
  retryAfterSeconds: null,
  rang: false,
};

export function closed(trunks: Record<string, Closure>, extensions: Closure | null = null): LineState {
  return { trunks: new Map(Object.entries(trunks)), extensions };
}

export class Life {
  now = 1_000_000;
  callback: Callback;
  configuration: Configuration;
  showsTrying: boolean;
  aheadMs: number;
  line: LineState | undefined = undefined;
  /** Of the last step. */
  effects: CallbackEffect[] = [];
  persist = false;
  log: CallbackLogEntry[];
  suppressions: SuppressionWish[] = [];
  ledger = new Map<string, AttemptRecord>();

  constructor(options: LifeOptions = {}) {
    this.configuration = options.configuration ?? configuration();
    this.showsTrying = options.showsTrying ?? true;
    this.aheadMs = options.aheadMs ?? 0;
    const accepted = acceptCallback(
      {
        id: 'cb',
        plan: {
          origin: 'rule:test',
          terms: terms({ trunk: null, ...options.terms }),
          next: options.next === undefined ? { flow: 'reception', component: null } : options.next,
        },
        caller: CALLER,
        callerName: null,
        inboundNumber: '+554831210110',
        source: 'a',
        inboundCallId: CALL_ID,
        userData: null,
        ...options.request,
      },
      this.now,
    );
    this.callback = accepted.callback;
    this.log = accepted.log;
  }

  send(event: CallbackEvent): this {
    const before = JSON.stringify(this.callback);
    const untouched = this.callback;
    const context = {
      now: this.now,
      configuration: this.configuration,
      engine: { showsTrying: this.showsTrying },
      ...(this.line === undefined ? {} : { line: this.line }),
      aheadMs: this.aheadMs,
    };
    const step = reduceCallback(this.callback, event, context);
    assert.equal(JSON.stringify(untouched), before, 'the former state is not written to');
    this.callback = step.callback;
    this.effects = step.effects;
    this.persist = step.persist;
    this.log.push(...step.log);
    this.suppressions.push(...(step.suppressions ?? []));
    assert.equal(new Set(step.attempts.map((row) => row.attemptId)).size, step.attempts.length, 'one row an attempt');
    for (const row of step.attempts) this.ledger.set(row.attemptId, row);
    return this;
  }

  get deadline(): number | null {
    return deadlineOf(this.callback, this);
  }

  /** Lets time pass up to the deadline, and sends the alarm. */
  expire(): this {
    assert.notEqual(this.deadline, null, 'there is a deadline');
    this.now = Math.max(this.now, this.deadline!);
    return this.send({ type: 'alarm' });
  }

  wait(ms: number): this {
    this.now += ms;
    return this.send({ type: 'alarm' });
  }

  leg(legId: LegId, event: Record<string, unknown> & { type: LegEvent['type'] }): this {
    return this.send({ type: 'leg', event: { legId, ...event } as LegEvent });
  }

  rejected(legId: LegId, result: Partial<LegResult> = {}): this {
    return this.leg(legId, { type: 'rejected', result: { ...FINAL, ...result } });
  }

  ended(legId: LegId, by: 'remote' | 'local' | 'system' = 'remote'): this {
    return this.leg(legId, { type: 'ended', by, text: '' });
  }

  digit(digit: string): this {
    return this.leg(this.legId, { type: 'digit', digit });
  }

  playEnded(result: 'played' | 'stopped' | 'failed' = 'played'): this {
    return this.leg(this.legId, { type: 'playEnded', playId: this.playId, result });
  }
  private playId = '';

  /** The prompt of the menu that has just begun, and the time for its first key. */
  expireMenu(): this {
    this.only('play');
    return this.playEnded().expire();
  }

  grant(): this {
    return this.send({ type: 'slotGranted', legId: this.only('reserveSlot').legId });
  }

  get legId(): LegId {
    return this.callback.attempt?.legId ?? '';
  }

  /** The one effect of that type in the last step. */
  only<T extends CallbackEffect['type']>(type: T): Extract<CallbackEffect, { type: T }> {
    const found = this.effects.filter((effect) => effect.type === type);
    assert.equal(found.length, 1, `one ${type} among ${JSON.stringify(this.effects)}`);
    const effect = found[0]!;
    if (effect.type === 'play') this.playId = effect.playId;
    return effect as Extract<CallbackEffect, { type: T }>;
  }

  types(): string[] {
    return this.effects.map(({ type }) => type);
  }

  /** Up to the INVITE on the wire. */
  dialled(): this {
    if (this.callback.promisedAt === null) this.send({ type: 'promised', at: this.now });
    this.expire();
    if (this.callback.state === 'queued') this.grant();
    return this.leg(this.only('dial').request.legId, { type: 'dialled', callId: 'x' });
  }

  /** Up to the answer: the prompt of the menu is played. */
  answered(): this {
    this.dialled();
    this.leg(this.legId, { type: 'trying' }).leg(this.legId, { type: 'ringing', status: 180 });
    return this.leg(this.legId, { type: 'answered' });
  }

  /** Up to the menu waiting for a key. */
  inMenu(): this {
    this.answered();
    this.only('play');
    return this.playEnded();
  }

  done(outcome: string, reason: string): void {
    const { callback } = this;
    assert.deepEqual([callback.state, callback.outcome, callback.reason], ['done', outcome, reason]);
    assert.equal(callback.doneAt, this.now);
    assert.deepEqual([callback.flow, callback.attempt], [null, null]);
    assert.equal(this.deadline, null, 'nothing is waited for');
    assert.ok(this.persist, 'the end is saved');
    const open = [...this.ledger.values()].filter((row) => row.endedAt === null);
    assert.deepEqual(open, [], 'every row of the ledger is closed');
  }
}
