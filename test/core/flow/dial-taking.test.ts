import assert from 'node:assert/strict';
import { flowMoved } from '../../../lib/core/flow/clock-step.ts';
import { dial, PERSON, Run } from './flow-fixture.ts';

const CONFIRM = { prompt: 'take?', key: '1', timeoutSeconds: 8, repeat: 2 };
const TARGET = 'run.dial1.0';
const ASKED = dial({ extension: '200', confirm: CONFIRM, rejected: 'one', noAnswer: 'two', otherwise: 'other' });

/** The target has answered. */
function answered(changes = {}): Run {
  return new Run({ a: { ...ASKED, ...changes } }).target('ringing').target('answered');
}

/** What is played to whom, in the last step. */
function played(run: Run) {
  return run.effects.flatMap((effect) => (effect.type === 'play' ? [[effect.legId, effect.prompt]] : []));
}

function taking(run: Run) {
  const { place } = run.state;
  assert.ok(place.type === 'dial' && place.taking !== null, 'the target is asked');
  return place.taking;
}

function over(run: Run): Run {
  const now = taking(run);
  const playId = (now.step === 'whisper' ? now.playId : now.asking.playId) ?? '';
  return run.leg({ type: 'playEnded', legId: TARGET, playId, result: 'played' });
}

function key(run: Run, digit: string, legId = TARGET): Run {
  return run.leg({ type: 'digit', legId, digit });
}

function hungUp(run: Run) {
  return run.effects.flatMap((effect) => (effect.type === 'hangUp' ? [[effect.legId, effect.reason.text]] : []));
}

describe('flow: whisper', () => {
  it('is played to the target alone, and the two are bridged at its end, however it ended', () => {
    for (const result of ['played', 'failed', 'stopped'] as const) {
      const run = answered({ confirm: null, whisper: 'psst' });
      assert.deepEqual([played(run), run.state.place.type], [[[TARGET, 'psst']], 'dial']);
      const now = taking(run);
      run.leg({ type: 'playEnded', legId: TARGET, playId: now.step === 'whisper' ? now.playId : '', result });
      assert.deepEqual([run.types(), run.state.place.type], [['bridge'], 'bridged']);
    }
  });

  it('the person hears it ring meanwhile, also where the target did not ring', () => {
    const run = new Run({ a: { ...ASKED, confirm: null, whisper: 'psst' } }).target('answered');
    assert.deepEqual(played(run), [
      [TARGET, 'psst'],
      [PERSON, 'tone:ringback'],
    ]);
    const { place } = run.state;
    run.now += 4_000;
    const playId = place.type === 'dial' ? (place.ringback?.playId ?? '') : '';
    run.leg({ type: 'playEnded', legId: PERSON, playId, result: 'played' });
    assert.deepEqual(played(run), [[PERSON, 'tone:ringback']]);
    over(run);
    assert.deepEqual(run.types(), ['bridge']);
  });

  it('keys are nothing to it, unless the call is to be taken by one: that one takes it', () => {
    assert.deepEqual(key(answered({ confirm: null, whisper: 'psst' }), '1').effects, []);
    const run = answered({ whisper: 'psst' });
    assert.deepEqual(key(run, '2').effects, []);
    assert.deepEqual(key(run, '1').types(), ['stopPlay', 'bridge']);
  });

  it('is before the question', () => {
    const run = over(answered({ whisper: 'psst' }));
    assert.deepEqual(played(run), [[TARGET, 'take?']]);
  });

  it('a target that hangs up meanwhile has declined; one whose leg is lost has not', () => {
    const run = answered({ whisper: 'psst' });
    run.leg({ type: 'ended', legId: TARGET, by: 'remote', text: '' });
    assert.deepEqual([run.prompts(), hungUp(run)], [['one'], []]);
    const lost = answered({ whisper: 'psst' });
    lost.leg({ type: 'ended', legId: TARGET, by: 'system', text: '' });
    assert.deepEqual([lost.prompts(), hungUp(lost)], [['other'], []]);
  });
});

describe('flow: whoever answers is asked whether he takes the call', () => {
  it('the key takes it, during the prompt and after it', () => {
    const early = answered();
    assert.deepEqual(played(early), [[TARGET, 'take?']]);
    assert.deepEqual(key(early, '1').types(), ['stopPlay', 'bridge']);
    assert.equal(early.state.place.type, 'bridged');
    const late = over(answered());
    assert.equal(late.deadline, late.now + 8_000);
    assert.deepEqual(key(late, '1').types(), ['bridge']);
  });

  it("the person's keys take nothing", () => {
    assert.deepEqual(key(answered(), '1', PERSON).effects, []);
  });

  it('without a key it is asked again, and then it is no answer', () => {
    const run = over(answered());
    assert.deepEqual(played(run.wait(7_999)), []);
    assert.deepEqual(played(run.wait(1)), [[TARGET, 'take?']]);
    assert.equal(run.deadline, null);
    over(run).wait(8_000);
    assert.deepEqual([hungUp(run), run.prompts()], [[[TARGET, 'Call not taken']], ['two']]);
    assert.deepEqual(run.types(), ['hangUp', 'stopPlay', 'play']);
  });

  it('another key has it asked again at once, and then it is rejected', () => {
    const run = key(answered(), '5');
    assert.deepEqual(played(run), [[TARGET, 'take?']]);
    key(over(run), '5');
    assert.deepEqual([hungUp(run), run.prompts()], [[[TARGET, 'Call not taken']], ['one']]);
  });

  it('one other key among none is enough to have rejected it', () => {
    const run = key(answered(), '5');
    assert.deepEqual(over(run).wait(8_000).prompts(), ['one']);
  });

  it('the end of a prompt that was played before, and what is no key, change nothing', () => {
    const run = answered();
    const before = run.state;
    run.leg({ type: 'playEnded', legId: TARGET, playId: 'run.play99', result: 'played' });
    key(run, '!');
    assert.deepEqual([run.effects, run.state], [[], before]);
  });

  it('inOrder the next one is rung', () => {
    const changes = { extension: null, extensions: ['200', '201'], strategy: 'inOrder' as const };
    const run = over(answered({ ...changes, confirm: { ...CONFIRM, repeat: 1 } })).wait(8_000);
    assert.deepEqual(hungUp(run), [[TARGET, 'Call not taken']]);
    assert.deepEqual(run.types(), ['hangUp', 'dial']);
    run.target('answered');
    assert.deepEqual(played(run), [['run.dial4.0', 'take?']]);
    key(run, '1', 'run.dial4.0');
    assert.equal(run.state.place.type, 'bridged');
    assert.equal(run.targetLeg, 'run.dial4.0');
  });

  it('a person who hangs up meanwhile ends it', () => {
    const run = answered().leg({ type: 'ended', legId: PERSON, by: 'remote', text: '' });
    assert.deepEqual(hungUp(run), [[TARGET, 'The other side hung up']]);
    run.over('abandoned', 'hung-up', null);
  });

  it('the longest stay counts until the two are connected', () => {
    const run = answered({ maxSeconds: 5 });
    assert.deepEqual(run.wait(5_000).prompts(), ['other']);
    assert.deepEqual(hungUp(run), [[TARGET, 'Longest stay reached']]);
  });

  it('the wall clock may be set meanwhile', () => {
    const run = over(answered());
    const { deadline } = run;
    run.state = flowMoved(run.state, 3_600_000);
    assert.equal(run.deadline, deadline! + 3_600_000);
  });

  it('where the question went with a new configuration the call is taken', () => {
    const run = over(answered());
    const [flow] = run.configuration.flows;
    const components = { ...flow!.components, a: { ...ASKED, confirm: null } };
    run.configuration = { ...run.configuration, flows: [{ ...flow!, components }] };
    assert.equal(run.deadline, 0);
    assert.deepEqual(run.wait(0).types(), ['bridge']);
  });
});
