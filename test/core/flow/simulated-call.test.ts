import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { FlowComponent } from '../../../lib/core/configuration.ts';
import { type SimulatedEvent, simulateCall } from '../../../lib/core/flow/simulated-call.ts';
import { component } from '../../support/flow-components.ts';
import { configuration } from '../callback/life-fixture.ts';
import { terms } from '../rules/configuration-fixture.ts';
import { announce, dial, HOST, menu, PERSON, Run } from './flow-fixture.ts';

const AT = 1_000_000;
const press = (key: string): SimulatedEvent => ({ type: 'key', key });
const wait = (seconds: number): SimulatedEvent => ({ type: 'wait', seconds });

function played(components: Record<string, FlowComponent>, events: SimulatedEvent[], answered = true) {
  const flows = [{ name: 'f', start: Object.keys(components)[0]!, components }];
  const start = { flow: 'f', component: null, call: HOST.call, answered, timeoutSeconds: null, at: AT };
  return simulateCall(configuration({ flows }), start, events);
}

const TREE = {
  menu: menu({ otherwise: 'sorry' }),
  sorry: announce('sorry', 'menu'),
  one: announce('one'),
  two: announce('two', 'bye'),
  twenty: component('hangup'),
  bye: component('hangup', { reason: 'Até logo' }),
};

/** What the flow decides when the same things happen to it, told by hand. */
function byHand(events: readonly SimulatedEvent[]) {
  const run = new Run(TREE);
  const until = (at: number) => {
    while (run.end === null && run.deadline !== null && run.deadline <= at) run.wait(run.deadline - run.now);
    if (run.end === null) run.now = Math.max(run.now, at);
  };
  for (const event of events) {
    if (run.end !== null) break;
    const { place } = run.state;
    const plays = (place.type === 'menu' || place.type === 'announce') && place.playId !== null;
    if (event.type === 'key') run.keys(event.key);
    else if (event.type === 'promptEnded' && plays) run.promptEnded();
    else if (event.type === 'wait') until(run.now + event.seconds * 1000);
    else if (event.type === 'timer' && run.deadline !== null) until(run.deadline);
    else if (event.type === 'hangsUp') run.leg({ type: 'ended', legId: PERSON, by: 'remote', text: '' });
  }
  return { component: run.state.component, place: run.state.place.type, end: run.end };
}

describe('a simulated call', () => {
  it('goes wherever the flow would go', () => {
    const event = fc.oneof(
      fc.constantFrom(...'0123#').map(press),
      fc.constant<SimulatedEvent>({ type: 'promptEnded' }),
      fc.constant<SimulatedEvent>({ type: 'timer' }),
      fc.integer({ min: 0, max: 12 }).map(wait),
    );
    fc.assert(
      fc.property(fc.array(event, { maxLength: 12 }), (events) => {
        const { state, end } = played(TREE, events);
        assert.deepEqual({ component: state.component, place: state.place.type, end }, byHand(events));
      }),
      { seed: 6, numRuns: 400 },
    );
  });

  it('says what is heard, which timer runs until when, and what may happen', () => {
    const begun = played(TREE, [], false);
    assert.deepEqual(begun.heard, [{ who: 'person', prompt: TREE.menu.prompt }]);
    assert.equal(begun.timer, null);
    assert.deepEqual(begun.possible, ['key', 'wait', 'promptEnded', 'hangsUp']);
    assert.equal(begun.state.answered, true);
    const waiting = played(TREE, [{ type: 'promptEnded' }, wait(3)]);
    assert.deepEqual(waiting.timer, { kind: 'firstDigit', at: AT + 10_000 });
    assert.deepEqual(waiting.heard, []);
    const typing = played(TREE, [{ type: 'promptEnded' }, wait(3), press('2')]);
    assert.deepEqual(typing.timer, { kind: 'interDigit', at: AT + 8_000 });
    assert.equal(typing.now, AT + 3_000);
    const over = played(TREE, [{ type: 'promptEnded' }, { type: 'timer' }]);
    assert.equal(over.now, AT + 10_000);
    assert.equal(over.state.component, 'sorry');
    assert.deepEqual(over.steps.at(-1)?.entered, ['sorry']);
  });

  it('lets the longest stay run out while nothing else happens', () => {
    const flow = { menu: menu({ maxSeconds: 4, otherwise: 'bye' }), bye: component('hangup') };
    const call = played(flow, [wait(3.9)]);
    assert.deepEqual(call.timer, { kind: 'stay', at: AT + 4_000 });
    assert.equal(played(flow, [wait(3.9), wait(0.1)]).end?.type, 'over');
  });

  it('rings a target, through one trunk after the other, and joins the two', () => {
    const flow = { out: dial({ number: '+5548991990000', otherwise: 'bye' }), bye: component('hangup') };
    const ringing = played(flow, []);
    assert.deepEqual(ringing.target?.candidate, { kind: 'trunk', trunk: 'a', user: '+5548991990000' });
    assert.deepEqual(ringing.heard, [{ who: 'person', prompt: 'tone:ringback' }]);
    assert.deepEqual(ringing.timer, { kind: 'ring', at: AT + 20_000 });
    const next = played(flow, [{ type: 'unreachable' }]);
    assert.deepEqual(next.target?.candidate, { kind: 'trunk', trunk: 'b', user: '+5548991990000' });
    const talking = played(flow, [{ type: 'unreachable' }, { type: 'answers' }, press('1'), wait(60)]);
    assert.equal(talking.state.place.type, 'bridged');
    assert.deepEqual(talking.heard, []);
    assert.deepEqual(talking.possible, ['key', 'wait', 'targetHangsUp', 'hangsUp']);
    const over = played(flow, [{ type: 'answers' }, { type: 'targetHangsUp' }]);
    assert.deepEqual(over.end?.type === 'over' && over.end.outcome, 'connected');
    for (const refusal of ['busy', 'declines'] as const) {
      const gone = played(flow, [{ type: refusal }]);
      assert.deepEqual([gone.state.component, gone.end?.type], ['bye', 'over'], refusal);
    }
  });

  it('asks whoever answers whether he takes the call, where it is to be asked', () => {
    const confirm = { prompt: 'press-one-to-take', key: '1', timeoutSeconds: 10, repeat: 2 };
    const flow = { out: dial({ extension: '200', confirm, rejected: 'bye' }), bye: component('hangup') };
    const asked = played(flow, [{ type: 'answers' }]);
    assert.ok(asked.possible.includes('targetKey'));
    assert.ok(
      asked.heard.some(({ who, prompt }) => who === 'target' && prompt === 'press-one-to-take'),
      'not heard',
    );
    const taken = played(flow, [{ type: 'answers' }, { type: 'targetKey', key: '1' }]);
    assert.equal(taken.state.place.type, 'bridged');
    assert.ok(!taken.possible.includes('targetKey'));
  });

  it('promises a callback, and goes on with the person once he has answered it', () => {
    const back = component('callback', {
      terms: { ...configuration().callbackRules[0]!, method: 'caller', delaySeconds: 900, timeoutSeconds: 2 },
      next: 'again',
    } as never);
    const flow = { back, again: menu({ prompt: 'again' }), one: announce('one') };
    const call = played(flow, [], false);
    assert.equal(call.state.answered, false, 'it is rejected, not answered');
    assert.equal(call.end?.type, 'callback');
    assert.equal(call.promise?.dueAt, AT + 900_000);
    assert.deepEqual(call.possible, ['calledBack']);
    const on = played(flow, [{ type: 'calledBack' }, press('2')], false);
    assert.equal(on.now, AT + 900_000);
    assert.deepEqual(on.timer, { kind: 'interDigit', at: AT + 902_000 });
  });

  it('calls back in the language that the flow has come to speak, or that its rule names', () => {
    const flow = (language: string | null) => ({
      spanish: component('set', { language: 'es', next: 'back' }),
      back: component('callback', { terms: terms({ language }), next: 'which' }),
      which: component('switch', { on: 'language', cases: { es: 'one', 'pt-BR': 'two' } }),
      one: announce('one'),
      two: announce('two'),
    });
    const where = (language: string | null) => played(flow(language), [{ type: 'calledBack' }], false).state.component;
    assert.deepEqual([where(null), where('pt-BR')], ['one', 'two']);
  });

  it('tells which timer of a number runs', () => {
    const collect = { a: component('collect', { prompt: 'x' }) };
    assert.equal(played(collect, [{ type: 'promptEnded' }]).timer?.kind, 'firstDigit');
    assert.equal(played(collect, [press('1')]).timer?.kind, 'interDigit');
  });

  it('heeds nothing that can not happen, and says so', () => {
    const call = played(TREE, [
      { type: 'answers' },
      { type: 'calledBack' },
      press('1'),
      { type: 'promptEnded' },
      press('1'),
    ]);
    assert.deepEqual(
      call.steps.map(({ ignored }) => ignored),
      [false, true, true, false, false, true],
    );
    assert.equal(call.end?.type, 'over');
    assert.deepEqual(call.possible, []);
  });

  it('asks another system, and goes where it says, or where nothing came back', () => {
    const hook = component('webhook', { exits: { vip: 'one' }, next: 'two', otherwise: 'bye' });
    const flow = { hook, one: announce('one'), two: announce('two'), bye: component('hangup') };
    assert.ok(['hookAnswers', 'hookFails'].every((type) => played(flow, []).possible.includes(type as never)));
    const where = (event: SimulatedEvent) => played(flow, [event]).state.component;
    assert.equal(where({ type: 'hookAnswers', exit: 'vip' }), 'one');
    assert.equal(where({ type: 'hookAnswers' }), 'two');
    assert.equal(where({ type: 'hookFails' }), 'bye');
  });

  it('records what the person says, until he has said it', () => {
    const flow = { record: component('record', { consent: true, beep: false, next: 'one' }), one: announce('one') };
    const speaking = played(flow, [wait(7)]);
    assert.ok(speaking.possible.includes('recorded'), speaking.possible.join());
    const over = played(flow, [wait(7), { type: 'recorded' }]);
    assert.equal(over.state.component, 'one');
    const note = over.steps.at(-1)?.notes.find(({ type }) => type === 'recorded');
    assert.equal(note?.detail['seconds'], 7);
  });

  it('comes to an end with a flow that runs in circles', () => {
    const flow = { a: announce('x', 'b'), b: announce('y', 'a') };
    const events = Array.from({ length: 200 }, (): SimulatedEvent => ({ type: 'promptEnded' }));
    assert.ok(played(flow, events).end !== null);
  });
});
