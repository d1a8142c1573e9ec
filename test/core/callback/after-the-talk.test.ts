import assert from 'node:assert/strict';
import { AMD_STANDARD } from '../../../lib/core/call/detection.ts';
import type { FlowComponent } from '../../../lib/core/configuration.ts';
import { component } from '../../support/flow-components.ts';
import { configuration, Life, type LifeOptions } from './life-fixture.ts';

const HANGUP: FlowComponent = component('hangup');

function life(components: Record<string, FlowComponent>, options: LifeOptions = {}): Life {
  const flow = { name: 'reception', start: Object.keys(components)[0]!, components };
  return new Life({ configuration: configuration({ flows: [flow] }), ...options }).answered();
}

const SALES = component('dial', { extension: '200', next: 'rating' });
const RATING = component('menu', { choices: { '1': 'bye' }, otherwise: 'again' });
const AGAIN = component('dial', { extension: '200' });

/** The first target has talked for so long and hung up. */
function afterTalk(seconds: number, options: LifeOptions = {}): Life {
  const one = life({ sales: SALES, rating: RATING, again: AGAIN, bye: HANGUP }, options);
  const legId = one.only('dial').request.legId;
  one.leg(legId, { type: 'answered' });
  one.now += seconds * 1_000;
  return one.ended(legId);
}

describe('callback: after the talk', () => {
  it('a person who goes on is still connected: a target has answered', () => {
    const one = afterTalk(10);
    const { connectedAt } = one.callback;
    assert.deepEqual([one.callback.state, one.types()], ['connected', ['play']]);
    one.expireMenu();
    assert.equal(one.callback.state, 'connected', 'while another one is rung');
    one.leg(one.only('dial').request.legId, { type: 'answered' });
    assert.deepEqual([one.callback.state, one.callback.connectedAt], ['connected', connectedAt]);
    assert.equal(one.log.filter(({ type }) => type === 'connected').length, 1);
  });

  it('it is connected, however the rest ends', () => {
    afterTalk(10).ended('cb.1.0').done('connected', 'hung-up');
    const refused = afterTalk(10).expireMenu();
    refused.rejected(refused.only('dial').request.legId, { status: 486 }).done('connected', 'busy');
    const lost = afterTalk(10);
    lost.configuration = configuration({ flows: [] });
    lost.expire().done('connected', 'component-missing');
    afterTalk(10).send({ type: 'recovered' }).done('connected', 'restart');
    afterTalk(10).send({ type: 'drain' }).done('connected', 'shutdown');
  });

  it('the longest call counts from the first answer', () => {
    const one = afterTalk(10, { terms: { maxCallSeconds: 60 } });
    one.now = one.callback.connectedAt! + 60_000;
    one.send({ type: 'alarm' }).done('connected', 'max-call-time');
  });

  it('a talk is too short by itself, however long the person stays after it', () => {
    const terms = {
      minimumTalkSeconds: 5,
      retry: { attempts: 2, intervalSeconds: [60], on: ['abandoned' as const] },
    };
    const short = afterTalk(4, { terms });
    short.now += 60_000;
    short.ended('cb.1.0');
    assert.deepEqual([short.callback.state, short.log.at(-1)?.detail['after']], ['scheduled', 'talk-too-short']);
    afterTalk(5, { terms }).ended('cb.1.0').done('connected', 'hung-up');
  });

  it('talks add up', () => {
    const one = afterTalk(4, { terms: { minimumTalkSeconds: 6 } }).expireMenu();
    const legId = one.only('dial').request.legId;
    one.leg(legId, { type: 'answered' });
    one.now += 2_000;
    one.ended(legId).done('connected', 'completed');
  });

  it('and each is counted once, where what follows ends the call at once', () => {
    const talk = (seconds: number) => {
      const sales = component('dial', { extension: '200', next: 'bye' });
      const one = life({ sales, bye: HANGUP }, { terms: { minimumTalkSeconds: 10 } });
      const legId = one.only('dial').request.legId;
      one.leg(legId, { type: 'answered' });
      one.now += seconds * 1_000;
      return one.ended(legId);
    };
    talk(6).done('abandoned', 'talk-too-short');
    talk(10).done('connected', 'flow-ended');
  });

  it('a target that only hears a whisper is not connected yet', () => {
    const one = life({ sales: { ...SALES, whisper: 'psst' } });
    const legId = one.only('dial').request.legId;
    one.leg(legId, { type: 'answered' });
    assert.equal(one.callback.state, 'connecting');
    const playId = one.effects.find((effect) => effect.type === 'play')?.playId;
    one.leg(legId, { type: 'playEnded', playId, result: 'played' });
    assert.deepEqual([one.callback.state, one.callback.connectedAt], ['connected', one.now]);
  });

  it('events of a target that whispers, and of its end, are its own', () => {
    const one = life({ sales: { ...SALES, next: null, whisper: 'psst' } });
    const legId = one.only('dial').request.legId;
    one.leg(legId, { type: 'answered' });
    one.ended(legId);
    assert.deepEqual(one.only('hangUp').legId, 'cb.1.0');
    one.done('rejected', 'declined');
  });
});

describe('callback: a machine answered', () => {
  const screen = component('screen', { amd: AMD_STANDARD });
  const machine = (terms: LifeOptions['terms'] = {}) => {
    const one = life({ screen }, { terms: terms ?? {} });
    const { detectId } = one.only('detect');
    return one.leg('cb.1.0', { type: 'detected', detectId, result: 'machine', cause: 'MAXWORDS' });
  };

  it('is an outcome of its own, and nobody is called again', () => {
    machine({ retry: { attempts: 3, intervalSeconds: [60], on: ['busy', 'no-answer', 'abandoned'] } }).done(
      'machine',
      'machine',
    );
  });

  it('is called again where the rule says so, after its own time', () => {
    const one = machine({ retry: { attempts: 3, intervalSeconds: [], on: ['machine'] } });
    assert.deepEqual([one.callback.state, one.callback.dueAt], ['scheduled', one.now + 900_000]);
  });
});

describe('callback: another callback is asked for, and may be refused', () => {
  const BACK = component('callback', { rule: 'Callback geral', otherwise: 'sorry', next: null });
  const SORRY = component('announce', { prompt: 'sorry' });
  const asked = () => life({ back: BACK, sorry: SORRY });

  it('this one stays as it is until that is decided', () => {
    const one = asked();
    assert.equal(one.only('requestCallback').goesOn, true);
    assert.deepEqual([one.callback.state, one.callback.flow?.place.type], ['answered', 'callback']);
    assert.deepEqual(one.digit('1').effects, []);
  });

  it('granted, it is done before the new one is written, and its leg is watched', () => {
    const one = asked().send({ type: 'callbackDecided', isGranted: true, why: '' });
    assert.deepEqual([one.effects, one.persist], [[], true]);
    one.done('connected', 'callback-requested');
    assert.equal(one.callback.closing.length, 1);
  });

  it('refused, it goes on at otherwise', () => {
    const one = asked().send({ type: 'callbackDecided', isGranted: false, why: 'limits' });
    assert.deepEqual([one.callback.state, one.only('play').prompt], ['answered', 'sorry']);
    assert.equal(one.log.find(({ type }) => type === 'callback-refused')?.detail['why'], 'limits');
  });

  it('who hangs up meanwhile has asked for it, and is not called again by this one', () => {
    const terms = { retry: { attempts: 3, intervalSeconds: [60], on: ['abandoned' as const] } };
    const one = life({ back: BACK, sorry: SORRY }, { terms }).ended('cb.1.0');
    one.done('connected', 'callback-requested');
    one.send({ type: 'callbackDecided', isGranted: true, why: '' });
    assert.deepEqual([one.callback.reason, one.effects], ['callback-requested', []]);
  });

  it('a word that comes too late changes nothing', () => {
    const one = asked().send({ type: 'callbackDecided', isGranted: false, why: 'limits' });
    one.send({ type: 'callbackDecided', isGranted: true, why: '' });
    assert.deepEqual([one.callback.state, one.effects], ['answered', []]);
    const talking = life({ sales: SALES });
    talking.leg(talking.only('dial').request.legId, { type: 'answered' });
    talking.send({ type: 'callbackDecided', isGranted: true, why: '' });
    assert.deepEqual([talking.callback.state, talking.effects], ['connected', []]);
  });

  it('nor does one for a component that he has left since', () => {
    const again = component('callback', { rule: 'Callback geral', otherwise: 'sorry', next: null });
    const one = life({ back: { ...BACK, maxSeconds: 1, otherwise: 'again' }, again, sorry: SORRY });
    one.expire();
    assert.equal(one.only('requestCallback').component, 'again');
    one.send({ type: 'callbackDecided', component: 'back', isGranted: true, why: '' });
    assert.deepEqual([one.callback.state, one.callback.flow?.place.type], ['answered', 'callback']);
    one.send({ type: 'callbackDecided', component: 'again', isGranted: true, why: '' });
    one.done('connected', 'callback-requested');
  });

  it('a talk before it that was too short is no reason to ring him twice', () => {
    const terms = { minimumTalkSeconds: 30, retry: { attempts: 3, intervalSeconds: [60], on: ['abandoned' as const] } };
    const one = life({ sales: { ...SALES, next: 'back' }, back: BACK, sorry: SORRY }, { terms });
    const legId = one.only('dial').request.legId;
    one.leg(legId, { type: 'answered' }).ended(legId);
    one.send({ type: 'callbackDecided', isGranted: true, why: '' });
    one.done('connected', 'callback-requested');
  });
});
