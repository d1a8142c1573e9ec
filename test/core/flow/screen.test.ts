import assert from 'node:assert/strict';
import { AMD_STANDARD } from '../../../lib/core/call/detection.ts';
import { flowMoved } from '../../../lib/core/flow/clock-step.ts';
import { component } from '../../support/flow-components.ts';
import { PERSON, Run } from './flow-fixture.ts';

const EXITS = { next: 'one', declined: 'two', machine: 'twenty', otherwise: 'other' };
const GATE = component('screen', { prompt: 'press', timeoutSeconds: 6, repeat: 2, ...EXITS });
const LISTENING = { ...GATE, amd: AMD_STANDARD };
const MESSAGE = { prompt: 'call us', beepSeconds: 20 };
const NO_EXITS = { next: null, declined: null, machine: null, otherwise: null };

function stage(run: Run) {
  const { place } = run.state;
  assert.ok(place.type === 'screen');
  return place.stage;
}

function promptOver(run: Run): Run {
  const now = stage(run);
  const playId = now.type === 'asking' ? now.asking.playId : now.type === 'message' ? now.playId : null;
  return run.leg({ type: 'playEnded', legId: PERSON, playId: playId ?? '', result: 'played' });
}

function detected(run: Run, result: 'human' | 'machine' | 'notsure' | 'beep' | 'none', detectId?: string): Run {
  const now = stage(run);
  const id = detectId ?? ('detectId' in now ? now.detectId : '');
  return run.leg({ type: 'detected', legId: PERSON, detectId: id, result, cause: 'TOOLONG' });
}

describe('flow: screen', () => {
  it('the key leads on, during the prompt and after it', () => {
    assert.deepEqual(new Run({ a: GATE }).prompts(), ['press']);
    const early = new Run({ a: GATE }).keys('1');
    assert.deepEqual([early.types(), early.prompts()], [['stopPlay', 'play'], ['one']]);
    const late = promptOver(new Run({ a: GATE }));
    assert.equal(late.deadline, late.now + 6_000);
    assert.deepEqual(late.keys('1').prompts(), ['one']);
  });

  it('is asked again without a key, and then leads to otherwise', () => {
    const run = promptOver(new Run({ a: GATE }));
    assert.deepEqual(run.wait(5_999).prompts(), []);
    assert.deepEqual(run.wait(1).prompts(), ['press']);
    assert.deepEqual(promptOver(run).wait(6_000).prompts(), ['other']);
  });

  it('other keys decline', () => {
    const run = new Run({ a: GATE }).keys('2');
    assert.deepEqual(run.prompts(), ['press']);
    assert.deepEqual([run.keys('3').prompts(), run.end], [['two'], null]);
    assert.deepEqual(new Run({ a: { ...GATE, declined: null } }).keys('2', '3').prompts(), ['other']);
  });

  it('without exits it says how it ended', () => {
    const start = () => new Run({ a: { ...LISTENING, ...NO_EXITS, repeat: 1 } });
    start().keys('1').over('connected', 'flow-ended');
    const asked = () => detected(start(), 'human');
    asked().keys('2').over('rejected', 'screen-declined', 'Declined');
    promptOver(asked()).wait(6_000).over('abandoned', 'screen-silent', 'No key pressed');
    detected(start(), 'machine').over('machine', 'machine', 'A machine answered');
  });

  it('with amd the line is listened to first, and the prompt follows unless it is a machine', () => {
    const start = () => new Run({ a: LISTENING });
    assert.deepEqual(start().effects, [
      { type: 'detect', legId: PERSON, detectId: 'run.detect1', detection: { what: 'human', settings: AMD_STANDARD } },
    ]);
    assert.deepEqual(detected(start(), 'human').prompts(), ['press']);
    assert.deepEqual(detected(start(), 'notsure').prompts(), ['press']);
    assert.deepEqual(detected(start(), 'machine').prompts(), ['twenty']);
    assert.deepEqual(detected(start(), 'machine', 'run.detect9').effects, [], 'of another one');
  });

  it('a key while it is listened to beats everything', () => {
    const run = new Run({ a: LISTENING }).keys('1');
    assert.deepEqual([run.types(), run.prompts()], [['stopDetect', 'play'], ['one']]);
    const other = new Run({ a: { ...LISTENING, repeat: 1 } }).keys('7');
    assert.deepEqual([other.types(), other.prompts()], [['stopDetect', 'play'], ['press']]);
    assert.deepEqual(promptOver(other).wait(6_000).prompts(), ['two']);
  });

  it('where nothing is told the prompt follows a second after the longest analysis', () => {
    const run = new Run({ a: LISTENING });
    assert.equal(run.deadline, run.now + 6_000);
    assert.deepEqual(run.wait(5_999).effects, []);
    assert.deepEqual(run.wait(1).types(), ['stopDetect', 'play']);
  });

  it('a message is left after the tone of a machine, and in any case after so long', () => {
    const start = () => detected(new Run({ a: { ...LISTENING, message: MESSAGE } }), 'machine');
    assert.deepEqual(start().effects, [
      {
        type: 'detect',
        legId: PERSON,
        detectId: 'run.detect2',
        detection: { what: 'beep', settings: { within: 20_000 } },
      },
    ]);
    for (const result of ['beep', 'none'] as const) {
      const run = detected(start(), result);
      assert.deepEqual(run.prompts(), ['call us']);
      assert.deepEqual(promptOver(run).prompts(), ['twenty']);
    }
    assert.deepEqual(detected(start(), 'beep', 'run.detect1').effects, [], 'of the one before');
    const late = start();
    assert.equal(late.deadline, late.now + 21_000);
    assert.deepEqual(late.wait(21_000).types(), ['stopDetect', 'play']);
    const alone = detected(new Run({ a: { ...LISTENING, ...NO_EXITS, message: MESSAGE } }), 'machine');
    promptOver(detected(alone, 'beep')).over('machine', 'machine', 'A machine answered');
  });

  it('a key proves the machine a person, until the message is over', () => {
    const machine = () => detected(new Run({ a: { ...LISTENING, message: MESSAGE } }), 'machine');
    assert.deepEqual(machine().keys('1').types(), ['stopDetect', 'play']);
    assert.deepEqual(machine().keys('2').effects, []);
    const run = detected(machine(), 'beep').keys('1');
    assert.deepEqual([run.types(), run.prompts()], [['stopPlay', 'play'], ['one']]);
  });

  it('a machine that hangs up before the message is over was a machine', () => {
    const ended = (run: Run) => run.leg({ type: 'ended', legId: PERSON, by: 'remote', text: '' });
    const machine = () => detected(new Run({ a: { ...LISTENING, message: MESSAGE } }), 'machine');
    ended(machine()).over('machine', 'machine', null);
    ended(detected(machine(), 'beep')).over('machine', 'machine', null);
    ended(new Run({ a: LISTENING })).over('abandoned', 'hung-up', null);
  });

  it('what is no key, and what is not the person, changes nothing', () => {
    const tone = () => detected(new Run({ a: { ...LISTENING, message: MESSAGE } }), 'machine');
    for (const start of [
      () => new Run({ a: LISTENING }),
      () => new Run({ a: GATE }),
      tone,
      () => detected(tone(), 'beep'),
    ]) {
      const run = start();
      const { state } = run;
      run.keys('!').send({ type: 'slotGranted', legId: 'run.dial9.0' });
      run.leg({ type: 'digit', legId: 'run.dial9.0', digit: '1' });
      assert.deepEqual([run.effects, run.state], [[], state]);
    }
  });

  it('the longest stay stops the listening', () => {
    const run = new Run({ a: { ...LISTENING, maxSeconds: 2 } }).wait(2_000);
    assert.deepEqual([run.types(), run.prompts()], [['stopDetect', 'stopPlay', 'play'], ['other']]);
  });

  it('the wall clock may be set meanwhile', () => {
    const runs = [
      new Run({ a: LISTENING }),
      promptOver(new Run({ a: GATE })),
      detected(new Run({ a: { ...LISTENING, message: MESSAGE } }), 'machine'),
    ];
    for (const run of runs) {
      const { deadline } = run;
      run.state = flowMoved(run.state, -60_000);
      assert.equal(run.deadline, deadline! - 60_000);
    }
  });
});
