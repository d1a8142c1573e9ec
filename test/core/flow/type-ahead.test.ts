import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { AnnounceComponent, FlowComponent, MenuComponent } from '../../../lib/core/configuration.ts';
import { component } from '../../support/flow-components.ts';
import { announce, dial, menu, PERSON, Run } from './flow-fixture.ts';

const hello = (changes: Partial<AnnounceComponent> = {}) => ({ ...announce('hello', 'menu'), ...changes });

function begun(changes: Partial<MenuComponent> = {}, first: FlowComponent = hello()): Run {
  return new Run({ hello: first, menu: menu({ otherwise: 'other', ...changes }) });
}

describe('type-ahead', () => {
  it('takes a choice that was pressed while something was said, and does not begin the prompt', () => {
    const run = begun().keys('1');
    assert.deepEqual(run.types(), []);
    assert.deepEqual(run.promptEnded().prompts(), ['one']);
  });

  it('takes the beginning of a choice, and waits for the rest', () => {
    const run = begun().keys('2').promptEnded();
    assert.deepEqual([run.prompts(), run.deadline], [[], run.now + 5000]);
    assert.deepEqual(run.keys('0').prompts(), ['twenty']);
  });

  it('has a prompt that no key cuts played first', () => {
    const run = begun({ interruptible: false }).keys('2', '0').promptEnded();
    assert.deepEqual([run.prompts(), run.deadline], [['tone:beep'], null]);
    assert.deepEqual(run.promptEnded().prompts(), ['twenty']);
  });

  it('is not for a component that does not want it', () => {
    const run = begun({ typeAhead: false }).keys('1').promptEnded();
    assert.deepEqual(run.prompts(), ['tone:beep']);
    assert.deepEqual([run.promptEnded().wait(1).types(), run.keys('2', '0').prompts()], [[], ['twenty']]);
  });

  it('leaves what one menu did not need to the next one', () => {
    const second = menu({ prompt: 'second', choices: { '2': 'two' } });
    const run = new Run({ hello: hello(), menu: menu({ choices: { '1': 'second' } }), second });
    assert.deepEqual(run.keys('1', '2').promptEnded().prompts(), ['two']);
  });

  it('goes through what only sets something, and asks for nothing of it', () => {
    const set = component('set', { variables: { a: 'x' }, next: 'menu' });
    const run = new Run({ hello: { ...announce('hello', 'set') }, set, menu: menu() });
    assert.deepEqual(run.keys('1').promptEnded().prompts(), ['one']);
  });

  it('is forgotten with the first key that was wrong', () => {
    const run = begun({ retries: 1, retryPrompt: 'again' }).keys('7', '1').promptEnded();
    assert.deepEqual(run.prompts(), ['again']);
    assert.deepEqual(run.promptEnded().wait(1).types(), []);
  });

  it('is not made of what was pressed for somebody who was rung', () => {
    const ring = dial({ extension: '200', otherwise: 'menu' });
    const run = begun({}, announce('hello', 'ring'));
    const rung = new Run({ hello: announce('hello', 'ring'), ring, menu: menu() });
    rung.keys('1').promptEnded().keys('2');
    assert.equal(rung.state.ahead, '');
    assert.deepEqual(rung.rejected({ status: 486 }).prompts(), ['tone:beep']);
    assert.equal(run.state.ahead, '');
  });

  it('takes keys that come while another server is asked', () => {
    const ask = component('webhook', { next: 'menu' });
    const run = new Run({ ask, menu: menu() }).keys('2', '0');
    const { place } = run.state;
    assert.ok(place.type === 'webhook');
    const answered = { type: 'answered', answer: {}, tries: 1 } as const;
    run.send({ type: 'fetched', requestId: place.requestId, result: answered });
    assert.deepEqual(run.prompts(), ['twenty']);
  });

  it('takes keys that come while a message is announced, but none that come while it is left', () => {
    const leave = component('record', { prompt: 'leave', next: 'menu' });
    const recorded = (run: Run) =>
      run.leg({
        type: 'recorded',
        legId: PERSON,
        recordingId: 'run.recording3',
        seconds: 4,
        why: 'silence',
        silent: false,
      });
    const early = new Run({ leave, menu: menu() }).keys('1').promptEnded().promptEnded();
    assert.deepEqual(recorded(early).prompts(), ['one']);
    const late = new Run({ leave, menu: menu() }).promptEnded().promptEnded().keys('1');
    assert.deepEqual(recorded(late).prompts(), ['tone:beep']);
  });

  it('knows the keys of the person alone, and nothing but keys', () => {
    const digit = { type: 'digit', legId: 'another', digit: '1' } as const;
    for (const first of [hello(), menu(), component('collect'), component('webhook'), hello({ interruptible: true })]) {
      const run = new Run({ hello: first, menu: menu() });
      run.leg(digit).send({ type: 'slotClosed', legId: 'x' }).send({ type: 'slotGranted', legId: PERSON });
      assert.equal(run.state.ahead, '');
      assert.equal('digits' in run.state.place ? run.state.place.digits : '', '');
    }
  });

  it('keeps no more than a person can mean, and no keys that no phone has', () => {
    const run = begun().keys('x', '12', '', '\u0000', ...Array.from({ length: 100 }, () => '9'));
    assert.equal(run.state.ahead, '9'.repeat(32));
  });

  it('is no loop: each of many menus takes its key', () => {
    const menus = Object.fromEntries(
      Array.from({ length: 31 }, (_, i) => [`m${i}`, menu({ choices: { '1': `s${i}` }, maxDigits: 1 })]),
    );
    const sets = Object.fromEntries(
      Array.from({ length: 31 }, (_, i) => [`s${i}`, component('set', { next: i < 30 ? `m${i + 1}` : 'one' })]),
    );
    const run = new Run({ hello: announce('hello', 'm0'), ...menus, ...sets });
    assert.deepEqual(
      run
        .keys(...'1'.repeat(31))
        .promptEnded()
        .prompts(),
      ['one'],
    );
  });

  it('takes the same way as keys that come when they are asked for', () => {
    const key = fc.constantFrom('1', '2', '0', '7', '9', '#');
    fc.assert(
      fc.property(fc.array(key, { maxLength: 8 }), (keys) => {
        const components = () => ({
          hello: hello(),
          menu: menu({ choices: { '1': 'number', '2': 'menu', '20': 'menu', '9': 'one' }, otherwise: 'other' }),
          number: component('collect', { min: 2, max: 3, retries: 0, next: 'menu', invalid: 'two' }),
        });
        const ahead = new Run(components()).keys(...keys).promptEnded();
        const patient = new Run(components()).promptEnded();
        for (const one of keys) {
          if (patient.end === null && patient.state.place.type !== 'announce') patient.keys(one);
        }
        assert.deepEqual([ahead.state.component, ahead.end], [patient.state.component, patient.end]);
        assert.deepEqual(ahead.state.digits, patient.state.digits);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('announce', () => {
  it('is cut by any key, which is kept, where it may be', () => {
    const run = begun({}, hello({ interruptible: true })).keys('2');
    assert.deepEqual([run.types(), run.deadline], [['stopPlay'], run.now + 5000]);
    assert.deepEqual(run.keys('0').prompts(), ['twenty']);
    assert.deepEqual(
      begun({}, hello({ interruptible: true }))
        .keys('x')
        .types(),
      [],
    );
  });

  it('is not begun for somebody who is ahead of it', () => {
    const second = { ...announce('second', 'menu'), interruptible: true };
    const run = new Run({ hello: announce('hello', 'second'), second, menu: menu() });
    assert.deepEqual(run.keys('1').promptEnded().prompts(), ['one']);
  });

  it('is said as often as it is told, and not again where it can not be played', () => {
    const run = begun({}, hello({ repeat: 3 }));
    assert.deepEqual(run.promptEnded().prompts(), ['hello']);
    assert.deepEqual(run.promptEnded().prompts(), ['hello']);
    assert.deepEqual(run.promptEnded().prompts(), ['tone:beep']);
    assert.deepEqual(
      begun({}, hello({ repeat: 3 }))
        .promptEnded('failed')
        .prompts(),
      ['tone:beep'],
    );
  });

  it('is not over by the end of another prompt', () => {
    const run = begun();
    run.leg({ type: 'playEnded', legId: PERSON, playId: 'run.play0', result: 'played' });
    assert.deepEqual([run.types(), run.state.component], [[], 'hello']);
  });

  it('is said once where an older version has stored it', () => {
    const { repeat: _repeat, language: _language, interruptible: _interruptible, ...stored } = hello();
    const run = begun({}, stored as FlowComponent);
    assert.deepEqual(run.promptEnded().prompts(), ['tone:beep']);
  });

  it('is said in a language of its own, without changing that of the call', () => {
    const run = begun({}, hello({ language: 'es' }));
    const languages = () => run.effects.flatMap((effect) => (effect.type === 'play' ? [effect.language] : []));
    assert.deepEqual([languages(), run.promptEnded() && languages()], [['es'], ['en']]);
  });

  it('goes to `otherwise` where it has no `next`, and is over where it has neither', () => {
    assert.deepEqual(
      begun({}, hello({ next: null, otherwise: 'other' }))
        .promptEnded()
        .prompts(),
      ['other'],
    );
    begun({}, hello({ next: null }))
      .promptEnded()
      .over('connected', 'flow-ended');
  });
});
