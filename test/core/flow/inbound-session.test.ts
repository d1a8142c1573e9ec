import assert from 'node:assert/strict';
import type { LegEvent } from '../../../lib/core/call/leg.ts';
import type { FlowComponent } from '../../../lib/core/configuration.ts';
import {
  type InboundEffect,
  type InboundEvent,
  type InboundSession,
  type InboundStart,
  inboundDeadlineOf,
  reduceInbound,
} from '../../../lib/core/flow/inbound-session.ts';
import { component } from '../../support/flow-components.ts';
import { configuration } from '../callback/life-fixture.ts';
import { announce, dial, HOST, menu } from './flow-fixture.ts';

const LEG = 'in-1';
const BACK: FlowComponent = component('callback', { rule: 'Callback geral', next: 'menu' });

class Inbound {
  now = 1_000_000;
  readonly configuration;
  session: InboundSession | null = null;
  effects: InboundEffect[] = [];

  constructor(components: Record<string, FlowComponent>) {
    const start = Object.keys(components)[0]!;
    this.configuration = configuration({ flows: [{ name: 'f', start, components }] });
    this.reduce({ legId: LEG, call: HOST.call, flow: 'f', component: null }, { type: 'offered' });
  }

  private reduce(session: InboundSession | InboundStart, event: InboundEvent): void {
    const context = { now: this.now, configuration: this.configuration, engine: { showsTrying: true } };
    const step = reduceInbound(session, event, context);
    this.session = step.session;
    this.effects = step.effects;
  }

  send(event: InboundEvent): this {
    assert.ok(this.session, 'the session is not over');
    this.reduce(this.session, event);
    return this;
  }

  leg(event: Omit<LegEvent, 'legId'> & { legId?: string; [key: string]: unknown }): this {
    return this.send({ type: 'leg', event: { legId: LEG, ...event } as LegEvent });
  }

  answered(): this {
    assert.deepEqual(this.effects, [{ type: 'answer', legId: LEG }]);
    return this.leg({ type: 'answered' });
  }

  types(): string[] {
    return this.effects.map(({ type }) => type);
  }
}

describe('inbound call in a flow', () => {
  it('is rejected unanswered by a callback component that comes first', () => {
    const inbound = new Inbound({ back: BACK, menu: menu() });
    const effect = {
      type: 'requestCallback',
      legId: LEG,
      flow: 'f',
      component: 'back',
      call: HOST.call,
      how: 'reject',
    };
    assert.deepEqual([inbound.effects, inbound.session], [[effect], null]);
  });

  it('is called back in the language that its flow has come to speak', () => {
    const set = component('set', { language: 'es', next: 'back' });
    for (const back of [BACK, { ...BACK, otherwise: 'set' } as FlowComponent]) {
      const inbound = new Inbound({ set, back, menu: menu() });
      const [effect] = inbound.effects;
      assert.ok(effect?.type === 'requestCallback', JSON.stringify(inbound.effects));
      assert.equal(effect.call.language, 'es');
    }
  });

  it('is ended by BYE by a callback component that comes after media', () => {
    const inbound = new Inbound({ a: announce('hello', 'back'), back: BACK }).answered();
    inbound.leg({ type: 'playEnded', playId: 'in-1.play1', result: 'played' });
    const effect = {
      type: 'requestCallback',
      legId: LEG,
      flow: 'f',
      component: 'back',
      call: HOST.call,
      how: 'hangUp',
    };
    assert.deepEqual([inbound.effects, inbound.session], [[effect], null]);
  });

  describe('a callback that may be refused', () => {
    const ASKING = { ...BACK, otherwise: 'sorry' };
    const start = () => new Inbound({ back: ASKING, sorry: announce('sorry') });
    const decide = (inbound: Inbound, isGranted: boolean) =>
      inbound.send({ type: 'callbackDecided', isGranted, why: 'limits' });

    it('is waited for, unanswered or answered', () => {
      const wish = { legId: LEG, flow: 'f', component: 'back', call: HOST.call, goesOn: true };
      assert.deepEqual(start().effects, [{ type: 'requestCallback', ...wish, how: 'reject' }]);
      const inbound = new Inbound({ a: announce('hello', 'back'), back: ASKING }).answered();
      inbound.leg({ type: 'playEnded', playId: 'in-1.play1', result: 'played' });
      assert.deepEqual(inbound.effects, [{ type: 'requestCallback', ...wish, how: 'hangUp' }]);
      assert.notEqual(inbound.session, null);
    });

    it('granted, whoever has asked ends the leg', () => {
      const inbound = decide(start(), true);
      assert.deepEqual([inbound.effects, inbound.session], [[], null]);
    });

    it('refused, the call goes on at otherwise, and is answered only there', () => {
      const inbound = decide(start(), false);
      inbound.answered();
      assert.deepEqual(inbound.types(), ['play']);
    });

    it('a caller who gives up meanwhile leaves nothing behind', () => {
      const inbound = start().leg({ type: 'ended', by: 'remote', text: '' });
      assert.deepEqual([inbound.effects, inbound.session], [[], null]);
    });
  });

  it('is answered once, by the first component that needs media', () => {
    const inbound = new Inbound({ a: announce('hello', 'menu'), menu: menu() }).answered();
    assert.deepEqual(inbound.effects, [
      { type: 'play', legId: LEG, playId: 'in-1.play1', prompt: 'hello', language: 'pt-BR' },
    ]);
    inbound.leg({ type: 'answered' });
    assert.deepEqual(inbound.types(), [], 'the news twice');
    inbound.leg({ type: 'playEnded', playId: 'in-1.play1', result: 'played' });
    assert.deepEqual(inbound.types(), ['play']);
  });

  it('is answered before a target is rung', () => {
    const inbound = new Inbound({ a: dial({ extension: '200' }) }).answered();
    assert.deepEqual(inbound.types(), ['dial']);
    const legId = 'in-1.dial1.0';
    inbound.leg({ legId, type: 'answered' });
    assert.deepEqual(inbound.effects, [{ type: 'bridge', a: LEG, b: legId, release: false }]);
    inbound.leg({ type: 'ended', by: 'remote', text: '' });
    assert.deepEqual([inbound.types(), inbound.session], [['hangUp'], null]);
  });

  it('is rejected, not answered, by a hangup that comes first', () => {
    const inbound = new Inbound({ a: { type: 'hangup', reason: 'Closed' } });
    assert.deepEqual(inbound.effects, [
      {
        type: 'reject',
        legId: LEG,
        rejection: { status: 480, reason: { protocol: 'Q.850', cause: 31, text: 'Closed' }, callbackId: null },
      },
    ]);
  });

  it('is rejected with 500 when the flow is broken', () => {
    const unbuilt = new Inbound({ a: { type: 'queue' } as unknown as FlowComponent }).effects[0];
    assert.ok(unbuilt?.type === 'reject' && unbuilt.rejection.status === 500);
    const gone = reduceInbound(
      { legId: LEG, call: HOST.call, flow: 'gone', component: null },
      { type: 'offered' },
      { now: 1, configuration: configuration(), engine: { showsTrying: true } },
    );
    assert.ok(gone.effects[0]?.type === 'reject' && gone.effects[0].rejection.status === 500);
    assert.equal(gone.session, null);
  });

  it('a caller who gives up while he is being answered is gone', () => {
    const inbound = new Inbound({ menu: menu() }).leg({ type: 'ended', by: 'remote', text: '' });
    assert.deepEqual([inbound.effects, inbound.session], [[], null]);
  });

  it('keys and timers are those of the menu', () => {
    const inbound = new Inbound({ menu: menu() }).answered();
    inbound.leg({ type: 'playEnded', playId: 'in-1.play1', result: 'played' });
    const deadline = inbound.session && inboundDeadlineOf(inbound.session, inbound.configuration);
    assert.equal(deadline, inbound.now + 10_000);
    inbound.now += 10_000;
    inbound.send({ type: 'alarm' });
    assert.deepEqual(inbound.effects, [
      { type: 'hangUp', legId: LEG, reason: { cause: 16, text: 'First-digit timeout' } },
    ]);
  });

  it('keys that come while it is being answered, or in a talk, are not for the flow', () => {
    const inbound = new Inbound({ a: dial({ extension: '200' }) }).leg({ type: 'digit', digit: '1' });
    assert.deepEqual([inbound.types(), inbound.session?.state.place.type], [[], 'answering']);
    inbound
      .leg({ type: 'answered' })
      .leg({ legId: 'in-1.dial1.0', type: 'answered' })
      .leg({ type: 'digit', digit: '1' });
    assert.deepEqual([inbound.types(), inbound.session?.state.place.type], [[], 'bridged']);
  });

  it('nothing but the offer begins it', () => {
    const start = { legId: LEG, call: HOST.call, flow: 'reception', component: null };
    const context = { now: 1, configuration: configuration(), engine: { showsTrying: true } };
    assert.deepEqual(reduceInbound(start, { type: 'alarm' }, context), { session: null, effects: [], notes: [] });
  });

  it('a shutdown and the longest call time end all sides', () => {
    for (const end of ['drain', 'alarm'] as const) {
      const inbound = new Inbound({ a: dial({ extension: '200' }) }).answered();
      inbound.now += 5000;
      inbound.leg({ legId: 'in-1.dial1.0', type: 'answered' });
      assert.equal(inboundDeadlineOf(inbound.session!, inbound.configuration), inbound.now + 7_200_000);
      if (end === 'alarm') inbound.now = inboundDeadlineOf(inbound.session!, inbound.configuration);
      inbound.send({ type: end });
      assert.deepEqual([inbound.types(), inbound.session], [['hangUp', 'hangUp'], null]);
    }
  });

  it('a slot that nobody waits for goes back', () => {
    const inbound = new Inbound({ a: dial({ number: '+5548999990000', trunk: 'a' }) }).answered();
    inbound.send({ type: 'slotGranted', legId: 'in-1.dial7.0' });
    assert.deepEqual(inbound.effects, [{ type: 'withdrawSlot', legId: 'in-1.dial7.0' }]);
    inbound.send({ type: 'slotGranted', legId: 'in-1.dial1.0' });
    assert.deepEqual(inbound.types(), ['dial']);
  });
});
