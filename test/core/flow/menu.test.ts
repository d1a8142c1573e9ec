import assert from 'node:assert/strict';
import { menu, Run } from './flow-fixture.ts';

function waiting(changes: Parameters<typeof menu>[0] = {}, host = {}): Run {
  return new Run({ menu: menu(changes) }, { host }).promptEnded();
}

describe('menu: choices', () => {
  it('is taken as soon as no longer choice can match', () => {
    assert.deepEqual(waiting().keys('1').prompts(), ['one']);
  });

  it('waits while a longer choice can match', () => {
    const run = waiting().keys('2');
    assert.deepEqual([run.prompts(), run.deadline], [[], run.now + 5000]);
    assert.deepEqual(run.keys('0').prompts(), ['twenty']);
  });

  it('digits that match nothing go to `otherwise`', () => {
    assert.deepEqual(waiting({ otherwise: 'other' }).keys('7').prompts(), ['other']);
    assert.deepEqual(waiting({ otherwise: 'other' }).keys('2', '1').prompts(), ['other']);
  });

  it('without `otherwise` they end the call', () => {
    const run = waiting().keys('7');
    run.over('abandoned', 'no-such-choice', 'No such choice');
  });

  it('maxDigits decides when longer choices would still be open', () => {
    const choices = { '2': 'two', '200': 'twenty' };
    assert.deepEqual(waiting({ choices, maxDigits: 1 }).keys('2').prompts(), ['two']);
    waiting({ choices, maxDigits: 2 }).keys('2', '0').over('abandoned', 'no-such-choice', 'No such choice');
  });

  it('keys that no phone has are not keys', () => {
    const run = waiting().keys('x', '12', '', '\u0000', '__proto__');
    assert.deepEqual([run.end, run.deadline], [null, run.now + 10_000]);
  });

  it('* # and A to D are keys', () => {
    assert.deepEqual(
      waiting({ choices: { '*#A': 'one' }, maxDigits: 3 })
        .keys('*', '#', 'A')
        .prompts(),
      ['one'],
    );
  });

  it('a choice that is named after an object property is nothing', () => {
    const run = new Run({ menu: menu({ choices: { '1': 'constructor' } }) }).promptEnded().keys('1');
    run.over('failed', 'component-missing');
  });
});

describe('menu: timers', () => {
  it('the first-digit timer starts at the end of the prompt', () => {
    const run = new Run({ menu: menu({ otherwise: 'other' }) });
    assert.equal(run.deadline, null);
    run.wait(60_000).promptEnded();
    assert.equal(run.deadline, run.now + 10_000);
    assert.deepEqual(run.wait(9999).prompts(), []);
    assert.deepEqual(run.wait(1).prompts(), ['other']);
  });

  it('without `otherwise` its expiry ends the call', () => {
    waiting().wait(10_000).over('abandoned', 'first-digit-timeout', 'First-digit timeout');
  });

  it('a prompt that could not be played counts as ended', () => {
    const run = new Run({ menu: menu() }).promptEnded('failed');
    assert.equal(run.deadline, run.now + 10_000);
  });

  it('the end of another prompt does not start it', () => {
    const run = new Run({ menu: menu() });
    run.leg({ type: 'playEnded', legId: 'person', playId: 'run.play0', result: 'played' });
    assert.equal(run.deadline, null);
  });

  it('each key starts the inter-digit timer again', () => {
    const run = waiting({ choices: { '123': 'one' }, maxDigits: 3 })
      .keys('1')
      .wait(4000)
      .keys('2');
    assert.equal(run.deadline, run.now + 5000);
    assert.equal(run.wait(4999).end, null);
    run.wait(1).over('abandoned', 'inter-digit-timeout', 'Inter-digit timeout');
  });

  it("the inter-digit timeout is the component's, else the rule's, else 5 s", () => {
    const own = waiting({ interDigitTimeoutSeconds: 2 }, { timeoutSeconds: 9 }).keys('2');
    assert.equal(own.deadline, own.now + 2000);
    const rule = waiting({}, { timeoutSeconds: 9 }).keys('2');
    assert.equal(rule.deadline, rule.now + 9000);
  });

  it('its expiry disconnects even where the digits are a choice', () => {
    waiting({ otherwise: 'other' })
      .keys('2')
      .wait(5000)
      .over('abandoned', 'inter-digit-timeout', 'Inter-digit timeout');
  });

  it('or takes a complete choice, where the menu says so', () => {
    assert.deepEqual(waiting({ onInterDigitTimeout: 'take' }).keys('2').wait(5000).prompts(), ['two']);
    const incomplete = { choices: { '20': 'twenty' }, onInterDigitTimeout: 'take' as const };
    assert.deepEqual(
      waiting({ ...incomplete, otherwise: 'other' })
        .keys('2')
        .wait(5000)
        .prompts(),
      ['other'],
    );
    waiting(incomplete).keys('2').wait(5000).over('abandoned', 'inter-digit-timeout', 'Inter-digit timeout');
  });

  it('both are gone when the menu is left', () => {
    const run = waiting().keys('1');
    assert.equal(run.deadline, null);
    assert.deepEqual(run.wait(100_000).types(), []);
  });

  it('a menu that is entered again starts anew', () => {
    const run = new Run({ menu: menu({ otherwise: 'menu' }) }).promptEnded().keys('7');
    assert.deepEqual([run.prompts(), run.deadline], [['tone:beep'], null]);
    run.promptEnded();
    assert.equal(run.deadline, run.now + 10_000);
    assert.deepEqual(run.keys('1').prompts(), ['one']);
  });
});

describe('menu: keys during the prompt', () => {
  it('stop it, and count', () => {
    const run = new Run({ menu: menu() }).keys('2');
    assert.deepEqual(run.effects, [{ type: 'stopPlay', legId: 'person' }]);
    assert.equal(run.deadline, run.now + 5000);
    assert.deepEqual(
      run.keys('0').effects.map(({ type }) => type),
      ['play'],
    );
  });

  it('the report of the stopped prompt changes nothing', () => {
    const run = new Run({ menu: menu() });
    const stopped = run.effects[0];
    assert.ok(stopped?.type === 'play');
    run.keys('2').wait(1000);
    const { deadline } = run;
    run.leg({ type: 'playEnded', legId: 'person', playId: stopped.playId, result: 'stopped' });
    assert.equal(run.deadline, deadline);
  });

  it('that can not be interrupted are kept and looked at when it ends', () => {
    const run = new Run({ menu: menu({ interruptible: false }) }).keys('2', '0');
    assert.deepEqual([run.types(), run.deadline], [[], null]);
    assert.deepEqual(run.promptEnded().prompts(), ['twenty']);
  });

  it('kept keys are looked at one after the other, as if they came then', () => {
    const components = { menu: menu({ interruptible: false }) };
    assert.deepEqual(new Run(components).keys('1', '5').promptEnded().prompts(), ['one']);
    const run = new Run(components).keys('2').wait(3000).promptEnded();
    assert.equal(run.deadline, run.now + 5000);
    assert.deepEqual(run.keys('0').prompts(), ['twenty']);
  });

  it('are kept up to a bound', () => {
    const run = new Run({ menu: menu({ interruptible: false, choices: { '1': 'one' }, otherwise: 'other' }) });
    run.keys(...Array.from({ length: 100 }, () => '9'));
    assert.ok(run.state.place.type === 'menu');
    assert.equal(run.state.place.digits, '9'.repeat(32));
    assert.deepEqual(run.promptEnded().prompts(), ['other']);
  });
});

describe('menu: the first-digit timer from the start of the prompt', () => {
  const fromStart = (changes = {}) =>
    new Run({
      menu: menu({ firstDigitTimerFrom: 'promptStart', firstDigitTimeoutSeconds: 3, otherwise: 'other', ...changes }),
    });

  it('runs while it is played, and ends it', () => {
    const run = fromStart();
    assert.equal(run.deadline, run.now + 3000);
    assert.deepEqual(run.wait(2999).types(), []);
    assert.deepEqual(run.wait(1).types(), ['stopPlay', 'play']);
    assert.deepEqual(run.prompts(), ['other']);
  });

  it('is not begun again by its end', () => {
    const run = fromStart();
    const { deadline } = run;
    run.wait(1000).promptEnded();
    assert.equal(run.deadline, deadline);
  });

  it('gives way to the inter-digit timer with the first key', () => {
    const run = fromStart().wait(2000).keys('2');
    assert.equal(run.deadline, run.now + 5000);
  });

  it('does not count where a key is kept until the end of the prompt', () => {
    const run = fromStart({ interruptible: false }).keys('2');
    assert.equal(run.deadline, null);
    assert.deepEqual(run.wait(60_000).promptEnded().keys('0').prompts(), ['twenty']);
  });
});

describe('menu: asking again', () => {
  const patient = (changes = {}) =>
    new Run({
      menu: menu({ retries: 2, retryPrompt: 'again', noInput: 'one', invalid: 'two', otherwise: 'other', ...changes }),
    }).promptEnded();

  it('counts no input and wrong keys together, and then takes the exit of the last one', () => {
    const run = patient().keys('7');
    const asked = { component: 'menu', why: 'no-such-choice', retry: 1, of: 2 };
    assert.deepEqual([run.prompts(), run.notes], [['again'], [{ type: 'asked-again', detail: asked }]]);
    run.promptEnded().wait(10_000);
    assert.deepEqual(run.prompts(), ['again']);
    assert.deepEqual(run.promptEnded().keys('7').prompts(), ['two']);
    const silent = patient().wait(10_000).promptEnded().wait(10_000).promptEnded().wait(10_000);
    assert.deepEqual(silent.prompts(), ['one']);
  });

  it('takes a choice of a later try', () => {
    assert.deepEqual(patient().keys('7').promptEnded().keys('1').prompts(), ['one']);
  });

  it('repeats the prompt where there is no other one', () => {
    assert.deepEqual(patient({ retryPrompt: null }).keys('7').prompts(), ['tone:beep']);
  });

  it('begins with no digits and no timer', () => {
    const run = patient({ choices: { '20': 'twenty' }, maxDigits: 2 }).keys('2', '1');
    assert.equal(run.deadline, null);
    assert.deepEqual(run.promptEnded().keys('2', '0').prompts(), ['twenty']);
  });

  it('does not enter the menu again: its entries are not used up', () => {
    const run = patient({ maxEntries: 1 }).keys('7').promptEnded().keys('7');
    assert.deepEqual(run.prompts(), ['again']);
  });

  it('without exits of their own both go to `otherwise`, and without it they end the call', () => {
    const bare = { retries: 0, noInput: null, invalid: null };
    assert.deepEqual(patient(bare).keys('7').prompts(), ['other']);
    assert.deepEqual(patient(bare).wait(10_000).prompts(), ['other']);
    patient({ ...bare, otherwise: null })
      .keys('7')
      .over('abandoned', 'no-such-choice', 'No such choice');
  });

  it('an inter-digit timeout disconnects however many tries are left, unless the menu says otherwise', () => {
    patient().keys('2').wait(5000).over('abandoned', 'inter-digit-timeout', 'Inter-digit timeout');
    assert.deepEqual(patient({ onInterDigitTimeout: 'retry' }).keys('2').wait(5000).prompts(), ['again']);
    const incomplete = { choices: { '20': 'twenty' }, onInterDigitTimeout: 'take' } as const;
    assert.deepEqual(patient(incomplete).keys('2').wait(5000).prompts(), ['again']);
  });

  it('is told without the keys that matched nothing', () => {
    const run = patient({ maxDigits: 4, choices: { '4711': 'one' } }).keys('4', '7', '9');
    assert.deepEqual(run.prompts(), ['again']);
    assert.doesNotMatch(JSON.stringify(run.notes), /479/);
  });
});

describe('menu: as an older version has stored it', () => {
  it('is what it was', () => {
    const { retries, retryPrompt, typeAhead, firstDigitTimerFrom, noInput, invalid, ...stored } = menu();
    void [retries, retryPrompt, typeAhead, firstDigitTimerFrom, noInput, invalid];
    const begun = () => new Run({ menu: { ...stored, otherwise: 'other' } as ReturnType<typeof menu> }).promptEnded();
    assert.equal(begun().deadline, begun().now + 10_000);
    assert.deepEqual([begun().wait(10_000).prompts(), begun().keys('7').prompts()], [['other'], ['other']]);
    assert.deepEqual(begun().keys('2', '0').prompts(), ['twenty']);
  });
});
