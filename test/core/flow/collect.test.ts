import assert from 'node:assert/strict';
import type { CollectComponent } from '../../../lib/core/configuration.ts';
import { component } from '../../support/flow-components.ts';
import { announce, Run } from './flow-fixture.ts';

function collect(changes: Partial<CollectComponent> = {}): CollectComponent {
  return component('collect', {
    prompt: 'number-please',
    retryPrompt: 'once-more',
    variable: 'order',
    next: 'said',
    noInput: 'one',
    invalid: 'two',
    otherwise: 'other',
    ...changes,
  });
}

const said = announce('digits:{order}{digits}');

/** What was collected is said: `digits:4711`. */
function begun(changes: Partial<CollectComponent> = {}, host = {}): Run {
  return new Run({ collect: collect(changes), said }, { host });
}
const asked = (changes: Partial<CollectComponent> = {}, host = {}) => begun(changes, host).promptEnded();

describe('collect: when the number is complete', () => {
  it('takes it at the terminator, which is no part of it', () => {
    const run = asked().keys('4', '7', '1', '1');
    assert.deepEqual(run.prompts(), []);
    assert.deepEqual(run.keys('#').prompts(), ['digits:4711']);
    assert.equal(run.state.variables['order'], '4711');
  });

  it('takes it at once when it is as long as it may be', () => {
    assert.deepEqual(asked({ max: 4 }).keys('4', '7', '1', '1').prompts(), ['digits:4711']);
  });

  it('takes it when no more digits come', () => {
    const run = asked({ interDigitTimeoutSeconds: 2 }).keys('4', '7');
    assert.deepEqual(run.wait(1999).prompts(), []);
    assert.deepEqual(run.wait(1).prompts(), ['digits:47']);
  });

  it('has the terminator that it is told, or none', () => {
    assert.deepEqual(asked({ terminator: '*' }).keys('4', '#', '*').prompts(), ['digits:4#']);
    assert.deepEqual(asked({ terminator: '', max: 3 }).keys('4', '#', '*').prompts(), ['digits:4#*']);
  });

  it('goes to `otherwise` where there is no `next`, and is over where there is neither', () => {
    assert.deepEqual(asked({ next: null, max: 1 }).keys('4').prompts(), ['other']);
    asked({ next: null, otherwise: null, max: 1 }).keys('4').over('connected', 'flow-ended');
  });

  it('is `digits` unless it has another name', () => {
    const run = asked({ variable: 'digits', max: 2 }).keys('4', '7');
    assert.deepEqual([run.state.digits, run.state.variables], ['47', {}]);
  });
});

describe('collect: too few digits, or none', () => {
  it('asks again, and takes what comes then', () => {
    const run = asked({ min: 4 }).keys('4', '7', '#');
    assert.deepEqual(run.prompts(), ['once-more']);
    assert.deepEqual(run.promptEnded().keys('4', '7', '1', '1', '#').prompts(), ['digits:4711']);
  });

  it('counts all tries together, and then takes the exit of the last one', () => {
    const run = asked({ min: 4, retries: 2 }).keys('4', '#').promptEnded().wait(10_000);
    assert.deepEqual(run.prompts(), ['once-more']);
    assert.deepEqual(run.promptEnded().keys('#').prompts(), ['two']);
    assert.deepEqual(asked({ retries: 0 }).wait(10_000).prompts(), ['one']);
  });

  it('takes `otherwise` where it has no exit for it, and ends the call without one', () => {
    const bare = { retries: 0, noInput: null, invalid: null };
    assert.deepEqual(asked(bare).wait(10_000).prompts(), ['other']);
    assert.deepEqual(asked(bare).keys('#').prompts(), ['other']);
    asked({ ...bare, otherwise: null })
      .wait(10_000)
      .over('abandoned', 'first-digit-timeout', 'First-digit timeout');
    asked({ ...bare, otherwise: null })
      .keys('#')
      .over('abandoned', 'too-few-digits', 'Too few digits');
  });

  it('an expired inter-digit timer uses up a try where digits are missing', () => {
    assert.deepEqual(asked({ min: 4 }).keys('4').wait(5000).prompts(), ['once-more']);
  });

  it('or always, or disconnects, where it is told so', () => {
    assert.deepEqual(asked({ onInterDigitTimeout: 'retry' }).keys('4').wait(5000).prompts(), ['once-more']);
    asked({ onInterDigitTimeout: 'disconnect' })
      .keys('4')
      .wait(5000)
      .over('abandoned', 'inter-digit-timeout', 'Inter-digit timeout');
  });
});

describe('collect: timers', () => {
  it('the first-digit timer runs from the end of the prompt, or from its start', () => {
    const run = begun({ firstDigitTimeoutSeconds: 3 });
    assert.equal(run.deadline, null);
    run.wait(60_000).promptEnded();
    assert.equal(run.deadline, run.now + 3000);
    const early = begun({ firstDigitTimeoutSeconds: 3, firstDigitTimerFrom: 'promptStart' });
    assert.equal(early.deadline, early.now + 3000);
    assert.deepEqual(early.wait(3000).types(), ['stopPlay', 'play']);
  });

  it('each key starts the inter-digit timer again', () => {
    const run = asked().keys('1').wait(4000).keys('2');
    assert.equal(run.deadline, run.now + 5000);
    assert.deepEqual(run.wait(4999).prompts(), []);
    assert.deepEqual(run.wait(1).prompts(), ['digits:12']);
  });

  it("the inter-digit timeout is the component's, else the rule's, else 5 s", () => {
    const own = asked({ interDigitTimeoutSeconds: 2 }, { timeoutSeconds: 9 }).keys('2');
    assert.equal(own.deadline, own.now + 2000);
    const rule = asked({}, { timeoutSeconds: 9 }).keys('2');
    assert.equal(rule.deadline, rule.now + 9000);
  });

  it('are gone when it is left', () => {
    assert.equal(asked({ max: 1 }).keys('1').deadline, null);
  });

  it('a key cuts the prompt, where it may', () => {
    assert.deepEqual(begun().keys('4').types(), ['stopPlay']);
    const run = begun({ interruptible: false }).keys('4', '7', '#');
    assert.deepEqual([run.types(), run.deadline], [[], null]);
    assert.deepEqual(run.promptEnded().prompts(), ['digits:47']);
  });

  it('the longest stay counts over all tries', () => {
    const run = asked({ maxSeconds: 15 }).wait(10_000);
    assert.deepEqual(run.prompts(), ['once-more']);
    assert.deepEqual(run.wait(5000).prompts(), ['other']);
  });
});

describe('collect: reading back', () => {
  const readBack = { prompt: 'you-entered', confirmPrompt: 'press-one', confirm: '1', again: '2' };
  const read = (changes: Partial<CollectComponent> = {}) =>
    asked({ readBack, max: 4, ...changes }).keys('4', '7', '1', '1');

  it('says the digits one by one, and takes them when they are confirmed', () => {
    const run = read();
    assert.deepEqual(run.prompts(), ['you-entered&digits:4711&press-one']);
    assert.deepEqual(run.state.variables, {});
    assert.deepEqual(run.promptEnded().keys('1').prompts(), ['digits:4711']);
  });

  it('is cut by the keys that answer it, and by no other', () => {
    assert.deepEqual(read().keys('5', '#').types(), []);
    assert.deepEqual(read().keys('1').types(), ['stopPlay', 'play']);
    assert.deepEqual(read().keys('2').types(), ['stopPlay', 'play']);
  });

  it('asks again when it is told so, with no digit of before', () => {
    const run = read().keys('2');
    assert.deepEqual(run.prompts(), ['once-more']);
    assert.deepEqual(run.promptEnded().keys('9', '#').prompts(), ['you-entered&digits:9&press-one']);
    assert.deepEqual(run.keys('1').prompts(), ['digits:9']);
  });

  it('reads back again when nobody answers, and then takes the exit for that', () => {
    const run = read({ retries: 1 }).promptEnded();
    assert.equal(run.deadline, run.now + 10_000);
    assert.deepEqual(run.wait(10_000).prompts(), ['you-entered&digits:4711&press-one']);
    assert.deepEqual(run.promptEnded().wait(10_000).prompts(), ['one']);
  });

  it('uses up a try by asking again', () => {
    const run = read({ retries: 0 }).keys('2');
    assert.deepEqual(run.prompts(), ['two']);
    assert.equal(run.state.variables['order'], undefined);
  });

  it('can not be confirmed before it is heard', () => {
    const run = new Run({ hello: announce('hello', 'collect'), collect: collect({ readBack, max: 2 }), said });
    run.keys('4', '7', '1').promptEnded();
    assert.deepEqual(run.prompts(), ['you-entered&digits:47&press-one']);
    assert.deepEqual(run.wait(1).types(), []);
  });

  it('has a timer from the end of what is said alone', () => {
    const run = read({ firstDigitTimerFrom: 'promptStart' });
    assert.equal(run.deadline, null);
  });
});

describe('collect: in secret', () => {
  it('leaves no digit in what is told, and none where a template could find it', () => {
    const run = new Run({
      collect: collect({ secret: true, variable: 'pin', max: 4 }),
      said: announce('digits:{pin}'),
    });
    run.promptEnded();
    const notes: unknown[] = [];
    for (const key of ['9', '3', '8', '6']) notes.push(...run.keys(key).notes);
    assert.deepEqual(run.prompts(), ['digits:']);
    assert.deepEqual([run.state.secrets, run.state.variables, run.state.digits], [{ pin: '9386' }, {}, '']);
    assert.doesNotMatch(JSON.stringify(notes), /9386/);
    const collected = { component: 'collect', variable: 'pin', digits: 4 };
    assert.deepEqual(notes[0], { type: 'collected', detail: collected });
  });

  it('nor does what is not secret leave any in what is told', () => {
    const run = asked().keys('9', '3', '8', '6', '#');
    assert.doesNotMatch(JSON.stringify(run.notes), /9386/);
  });
});

describe('collect: the terminator behind a number that is complete', () => {
  const components = () => ({
    collect: collect({ max: 4, next: 'menu' }),
    menu: component('menu', { choices: { '#': 'one', '1': 'two' }, otherwise: 'other' }),
  });
  const complete = () => new Run(components()).promptEnded().keys('4', '7', '1', '1');

  it('belongs to it, and is no choice of the menu that follows', () => {
    const run = complete().keys('#');
    assert.deepEqual([run.types(), run.keys('#').prompts()], [[], ['one']]);
  });

  it('does so for two seconds, and as the next key alone', () => {
    assert.deepEqual(complete().wait(1999).keys('#').types(), []);
    assert.deepEqual(complete().wait(2000).keys('#').prompts(), ['one']);
    assert.deepEqual(complete().keys('1').prompts(), ['two']);
  });

  it('does so among keys that came before', () => {
    const run = new Run({ hello: announce('hello', 'collect'), ...components() });
    assert.deepEqual(run.keys('4', '7', '1', '1', '#', '1').promptEnded().prompts(), ['two']);
  });
});
