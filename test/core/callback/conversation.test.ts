import assert from 'node:assert/strict';
import { component } from '../../support/flow-components.ts';
import { configuration, Life, type LifeOptions, MENU_FLOW } from './life-fixture.ts';

const RING_AGAIN = { attempts: 3, intervalSeconds: [60], on: ['busy', 'no-answer', 'unreachable'] as const };
const retry = { ...RING_AGAIN, on: [...RING_AGAIN.on] };

describe('callback: the person answered', () => {
  it('without a flow the call ends: connected', () => {
    const life = new Life({ next: null }).dialled();
    life.leg('cb.1.0', { type: 'answered' });
    assert.deepEqual(life.only('hangUp').reason, { cause: 16, text: 'Call ended' });
    life.done('connected', 'answered');
    assert.equal(life.ledger.get('cb.1')?.answeredAt, life.now);
  });

  it('enters the flow at its start', () => {
    const life = new Life().answered();
    assert.deepEqual(life.only('play'), {
      type: 'play',
      legId: 'cb.1.0',
      playId: 'cb.1.play1',
      prompt: 'tone:beep',
      language: 'pt-BR',
    });
    assert.deepEqual([life.callback.state, life.callback.answeredAt, life.persist], ['answered', life.now, true]);
    assert.equal(life.ledger.get('cb.1')?.answeredAt, life.now);
  });

  it('enters the flow at the component that the plan names', () => {
    const life = new Life({ next: { flow: 'reception', component: 'sales' } }).answered();
    assert.deepEqual(life.only('dial').request.candidate, { kind: 'extension', extension: '200' });
    assert.equal(life.callback.state, 'connecting');
  });

  it('knows in the flow how far the provider vouched for the call that asked for it', () => {
    const by = component('switch', { on: 'attestation', cases: { B: 'yes' }, otherwise: 'no' });
    const end = (reason: string) => component('hangup', { reason });
    const flow = { name: 'reception', start: 'by', components: { by, yes: end('vouched'), no: end('not vouched') } };
    const ended = (request: LifeOptions['request']) =>
      new Life({ configuration: configuration({ flows: [flow] }), request: request ?? {} }).answered().only('hangUp')
        .reason.text;
    assert.equal(ended({ attestation: { level: 'B', failed: false } }), 'vouched');
    assert.equal(ended({}), 'not vouched');
  });

  it('fails when the flow or its component is gone', () => {
    const life = new Life({ next: { flow: 'reception', component: 'gone' } }).answered();
    life.only('hangUp');
    life.done('failed', 'component-missing');
    const other = new Life({ next: { flow: 'gone', component: null } }).answered();
    other.only('hangUp');
    other.done('failed', 'component-missing');
  });

  it('fails when the component goes while he is in it', () => {
    const life = new Life().inMenu();
    life.configuration = configuration({ flows: [{ ...MENU_FLOW, components: {} }] });
    life.expire();
    life.only('hangUp');
    life.done('failed', 'component-missing');
  });

  it('hanging up before a target answered is abandoned, and the target is not left ringing', () => {
    const life = new Life().inMenu().digit('1');
    const target = life.only('dial').request.legId;
    life.ended('cb.1.0');
    assert.equal(life.only('hangUp').legId, target);
    life.done('abandoned', 'hung-up');
  });

  it('a leg that the system lost is a failure, not his choice', () => {
    new Life().inMenu().ended('cb.1.0', 'system').done('failed', 'leg-lost');
  });

  it('is not rung again, whatever became of the target', () => {
    const life = new Life({ terms: { retry } }).inMenu().digit('1');
    life.rejected(life.only('dial').request.legId, { status: 486 });
    life.only('hangUp');
    life.done('busy', 'busy');
    new Life({ terms: { retry } }).inMenu().ended('cb.1.0').done('abandoned', 'hung-up');
  });

  it('is rung again when `on` says so', () => {
    const life = new Life({ terms: { retry: { ...retry, on: ['abandoned'] } } }).inMenu().ended('cb.1.0');
    const { state, dueAt, flow } = life.callback;
    assert.deepEqual([state, dueAt, flow], ['scheduled', life.now + 60_000, null]);
    life.expire();
    assert.equal(life.callback.answeredAt, null);
  });

  it('the target answered: bridged and connected', () => {
    const life = new Life().inMenu().digit('1');
    const target = life.only('dial').request;
    assert.deepEqual([target.likeLeg, target.callbackId], ['cb.1.0', 'cb']);
    assert.deepEqual(target.identity.callerId, { number: '48991996260', name: null });
    life.now += 2000;
    life.leg(target.legId, { type: 'answered' });
    assert.deepEqual(life.only('bridge'), { type: 'bridge', a: 'cb.1.0', b: target.legId, release: false });
    assert.deepEqual([life.callback.state, life.callback.connectedAt, life.persist], ['connected', life.now, true]);
  });

  it('is bridged past us where the rule says so', () => {
    const life = new Life({ terms: { releaseMedia: true } }).inMenu().digit('1');
    const target = life.only('dial').request.legId;
    life.leg(target, { type: 'answered' });
    assert.equal(life.only('bridge').release, true);
  });

  for (const side of ['person', 'target'] as const) {
    it(`when the ${side} hangs up, the other side is hung up: connected`, () => {
      const life = new Life().inMenu().digit('1');
      const target = life.only('dial').request.legId;
      life.leg(target, { type: 'answered' }).ended(side === 'person' ? 'cb.1.0' : target);
      assert.equal(life.only('hangUp').legId, side === 'person' ? target : 'cb.1.0');
      life.done('connected', 'completed');
    });
  }

  it('the longest call time counts from the answer of the target, and ends both sides', () => {
    const life = new Life({ terms: { maxCallSeconds: 60 } }).inMenu();
    life.now += 4000;
    life.digit('1');
    const target = life.only('dial').request.legId;
    life.leg(target, { type: 'answered' });
    assert.equal(life.deadline, life.now + 60_000);
    life.expire();
    assert.deepEqual(life.types(), ['hangUp', 'hangUp']);
    life.done('connected', 'max-call-time');
  });

  it('nobody stays in a menu longer than the longest call time', () => {
    const life = new Life({ terms: { maxCallSeconds: 7 } }).answered();
    const answeredAt = life.now;
    life.only('play');
    assert.equal(life.deadline, answeredAt + 7000);
    life.expire();
    life.only('hangUp');
    life.done('abandoned', 'max-call-time');
  });

  it('a target through a trunk waits for its slot', () => {
    const life = new Life().inMenu().digit('2').digit('0');
    const { legId, trunk } = life.only('reserveSlot');
    assert.deepEqual([trunk, life.callback.state], ['a', 'connecting']);
    life.send({ type: 'slotGranted', legId });
    assert.deepEqual(life.only('dial').request.candidate, { kind: 'trunk', trunk: 'a', user: '+5548999990000' });
    life.send({ type: 'slotGranted', legId: 'cb.1.dial9.0' });
    assert.deepEqual(life.types(), ['withdrawSlot']);
  });

  it('a callback component ends this callback first, and asks for a new one', () => {
    const life = new Life({ next: { flow: 'reception', component: 'again' } }).answered();
    assert.deepEqual(life.effects, [
      {
        type: 'requestCallback',
        legId: 'cb.1.0',
        flow: 'reception',
        component: 'again',
        call: {
          caller: { received: '48991996260', e164: '+5548991996260' },
          callerName: null,
          inboundNumber: '+554831210110',
          source: 'a',
        },
        how: 'hangUp',
      },
    ]);
    life.done('connected', 'callback-requested');
    assert.equal(life.callback.closing.length, 1);
  });

  it("the rule's timeout is the inter-digit timeout of a menu without one", () => {
    const life = new Life({ terms: { timeoutSeconds: 3 } }).inMenu().digit('2');
    assert.equal(life.deadline, life.now + 3000);
    life.expire();
    assert.deepEqual(life.only('hangUp').reason, { cause: 16, text: 'Inter-digit timeout' });
    life.done('abandoned', 'inter-digit-timeout');
  });

  it('a key changes nothing that must be saved', () => {
    const life = new Life().inMenu().digit('2');
    assert.equal(life.persist, false);
  });

  it('each transition stands in the log with its why', () => {
    const life = new Life().inMenu().digit('1');
    const target = life.only('dial').request.legId;
    life.leg(target, { type: 'answered' }).ended(target);
    const words = life.log.map(({ type }) => type);
    assert.deepEqual(words.slice(0, 7), [
      ...['accepted', 'promised', 'queued', 'dial-ordered', 'dialled', 'ringing', 'answered'],
    ]);
    assert.deepEqual(words.slice(7), [
      ...['entered', 'choice-taken', 'entered', 'target-dialled', 'connecting', 'bridged', 'connected'],
      ...['target-gone', 'attempt-ended', 'done'],
    ]);
    assert.deepEqual(life.log.at(-1)?.detail, { outcome: 'connected', reason: 'completed' });
    assert.equal(life.log.find(({ type }) => type === 'answered')?.attemptId, 'cb.1');
  });
});
