import assert from 'node:assert/strict';
import { fillPrompt, promptParts, shownPrompt } from '../../../lib/core/flow/prompt.ts';
import { languagesOf, promptUses } from '../../../lib/core/flow/prompt-uses.ts';
import { component } from '../../support/flow-components.ts';
import { configuration } from '../callback/life-fixture.ts';
import { announce, menu, PERSON, Run } from './flow-fixture.ts';

function names(prompt: string): string[] {
  return promptParts(prompt).map((part) => (part.type === 'tone' ? `tone ${part.name}` : part.name));
}

describe('a prompt', () => {
  it('is one recording or tone, or several joined by &', () => {
    assert.deepEqual(names('goodbye'), ['goodbye']);
    assert.deepEqual(names('tone:1000/400'), ['tone 1000/400']);
    assert.deepEqual(names('a&tone:beep&b/c'), ['a', 'tone beep', 'b/c']);
    assert.deepEqual(names('file:goodbye&goodbye.wav'), ['goodbye', 'goodbye']);
  });

  it('of digits is spoken key by key, and nothing else of it is', () => {
    assert.deepEqual(names('you-entered&digits:40*#'), [
      'you-entered',
      'digits/4',
      'digits/0',
      'digits/star',
      'digits/hash',
    ]);
    assert.deepEqual(names('digits:+55 (48) A'), ['digits/5', 'digits/5', 'digits/4', 'digits/8']);
    assert.deepEqual(names('digits:'), []);
    assert.deepEqual(names('digits/1'), ['digits/1'], 'a recording by its name');
  });

  it('has variables in its digits only', () => {
    const fill = (template: string) => template.replace('{digits}', '12');
    assert.equal(fillPrompt('{digits}&digits:{digits}&tone:beep', fill), '{digits}&digits:12&tone:beep');
  });
});

describe('a prompt in the log', () => {
  it('tells no key that it speaks', () => {
    const shown = shownPrompt('you-entered&digits:4711&digits/1&press-one-to-confirm&digits:0');
    assert.equal(shown, 'you-entered&digits:*&digits/1&press-one-to-confirm&digits:*');
    assert.equal(shownPrompt('x'.repeat(101)).length, 100);
  });
});

describe('where prompts are named', () => {
  const components = {
    ask: component('webhook', { prompt: 'wait', exits: { prompt: 'set' } }),
    set: component('set', { variables: { prompt: 'no recording' }, language: 'es', next: 'which' }),
    which: component('switch', { on: '{prompt}', cases: { prompt: 'say' } }),
    say: component('announce', { prompt: 'hello', language: 'pt-BR' }),
  };
  const flows = [{ name: 'f', start: 'ask', components }];

  it('is in their fields, and not where somebody has called a word of his own so', () => {
    assert.deepEqual(
      promptUses(configuration({ flows })).map(({ path, prompt }) => `${path} ${prompt}`),
      ['flows[0].components.ask.prompt wait', 'flows[0].components.say.prompt hello'],
    );
  });

  it('is in all languages that are spoken there', () => {
    const spoken = languagesOf(configuration({ flows }));
    assert.ok(
      ['es', 'pt-BR'].every((language) => spoken.includes(language)),
      spoken.join(),
    );
  });
});

describe('what a flow plays', () => {
  it('is in the language of the call', () => {
    const run = new Run({ a: announce('hello') }, { host: { language: 'es' } });
    assert.deepEqual(run.effects, [
      { type: 'play', legId: PERSON, playId: 'run.play1', prompt: 'hello', language: 'es' },
    ]);
  });

  it('has the keys of the last menu filled in, and nothing that they could smuggle in', () => {
    const choices = { '4*': 'said' };
    const run = new Run({ ask: menu({ choices }), said: announce('you-entered&digits:{digits}&digits:{caller}') });
    for (const digit of '4*') run.leg({ type: 'digit', legId: PERSON, digit });
    const played = run.effects.flatMap((effect) => (effect.type === 'play' ? [effect.prompt] : []));
    assert.deepEqual(played, ['you-entered&digits:4*&digits:48991996260']);
    const hostile = { ...run.host.call, caller: { received: '1&tone:hold', e164: null } };
    const other = new Run({ a: announce('digits:{caller}') }, { host: { call: hostile } });
    assert.deepEqual(
      other.effects.map((effect) => effect.type === 'play' && effect.prompt),
      ['digits:1'],
    );
  });
});
