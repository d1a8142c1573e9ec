import assert from 'node:assert/strict';
import fc from 'fast-check';
import { isPromptName, promptParts } from '../../lib/core/flow/prompt.ts';
import { flawText } from '../../lib/core/mistake.ts';
import { toneOf } from '../../lib/media/prompts/tone.ts';
import { formatConfiguration } from '../../lib/schema/format-configuration.ts';
import { languageTag } from '../../lib/schema/language.ts';
import { parseConfiguration } from '../../lib/schema/parse-configuration.ts';
import { promptMistake } from '../../lib/schema/prompt.ts';
import { ENDLESS_TONES, TONE_NAMES } from '../../lib/schema/tone.ts';

describe('prompts in the configuration', () => {
  const mistakeIn = (text: string) => {
    const mistake = promptMistake(text);
    return mistake === null ? null : flawText(mistake);
  };

  it('are recordings, tones, spoken digits, and several of them', () => {
    for (const text of [
      'goodbye',
      'opção 1',
      'sales/greeting',
      'file:goodbye',
      'tone:beep',
      'digits:{digits}',
      'digits:+55 (48) 9*#',
      'you-entered&digits:{digits}&tone:silence/500&press-one-to-confirm',
      'please-hold&tone:hold',
    ])
      assert.equal(mistakeIn(text), null, text);
  });

  it('are refused with what is wrong', () => {
    const wrong = [
      ['../secret', /not the name of a prompt/],
      ['/etc/passwd', /not the name/],
      ['.hidden', /not the name/],
      ['a\\b', /not the name/],
      ['a&', /not the name/],
      ['a&&b', /not the name/],
      ['tone:bep&a', /not a tone; did you mean `beep`/],
      ['tone:hold&goodbye', /`tone:hold` never ends/],
      ['digits:', /followed by keys/],
      ['digits:{Not!}', /followed by keys/],
      ['digits:abc', /followed by keys/],
      [Array(41).fill('a').join('&'), /more than 40/],
    ] as const;
    for (const [text, expected] of wrong) assert.match(mistakeIn(text) ?? 'accepted', expected, text);
  });

  it('that are accepted have names and tones that can be looked for', () => {
    const part = fc.oneof(
      fc.constantFrom('a', 'b/c', 'tone:beep', 'tone:1000/400', 'digits:12', 'digits:{x}', '..', 'a/../b', ''),
      fc.string({ maxLength: 8, unit: fc.constantFrom(...'ab./&:é_-{}1 ') }),
    );
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 4 }), (parts) => {
        const text = parts.join('&');
        if (promptMistake(text) !== null) return;
        for (const found of promptParts(text))
          assert.ok(found.type === 'tone' ? toneOf(found.name) !== null : isPromptName(found.name), text);
      }),
      { numRuns: 2000 },
    );
  });

  it('know which tones never end', () => {
    for (const name of TONE_NAMES) assert.equal(toneOf(name)?.endless, ENDLESS_TONES.has(name), name);
  });
});

describe('languages in the configuration', () => {
  it('are tags, written as they usually are', () => {
    const written = [
      'en',
      'EN',
      'pt-br',
      'PT_BR',
      'es-419',
      'zh-hans-cn',
      'english',
      '',
      'e',
      'pt-',
      '../en',
      'en-x-a',
    ];
    assert.deepEqual(written.map(languageTag), [
      'en',
      'en',
      'pt-BR',
      null,
      'es-419',
      'zh-Hans-CN',
      ...Array(6).fill(null),
    ]);
  });

  it('stand at the head, at inbound numbers, rules and inline callbacks, and come out again', () => {
    const file = `version: 1
defaultLanguage: es
trunks: [{ name: t, proxy: 'sip:127.0.0.1' }]
inboundNumbers: [{ number: '+554831210110', callback: true, language: pt-br }]
callbackRules: [{ name: r, trunk: t, language: fr }]
flows: [{ name: f, start: b, components: { b: { type: callback, trunk: t, language: en } } }]
`;
    const parsed = parseConfiguration(file);
    assert.ok(parsed.ok, JSON.stringify(parsed));
    const { configuration } = parsed;
    assert.equal(configuration.defaultLanguage, 'es');
    assert.equal(configuration.inboundNumbers[0]?.language, 'pt-BR');
    assert.equal(configuration.callbackRules[0]?.language, 'fr');
    const [, back] = Object.entries(configuration.flows[0]!.components)[0]!;
    assert.equal(back.type === 'callback' && back.terms?.language, 'en');
    const text = formatConfiguration(configuration);
    for (const line of ['defaultLanguage: es', 'language: pt-BR', 'language: fr', 'language: en'])
      assert.ok(text.includes(line), text);
    const again = parseConfiguration(text);
    assert.ok(again.ok && JSON.stringify(again.configuration) === JSON.stringify(configuration));
  });

  it('that are none are refused where they stand', () => {
    const parsed = parseConfiguration(`version: 1
defaultLanguage: Portuguese
trunks: [{ name: t, proxy: 'sip:127.0.0.1' }]
callbackRules: [{ name: r, trunk: t, language: pt_BR }]
flows: [{ name: f, start: b, components: { b: { type: callback, rule: r, language: en } } }]
`);
    assert.ok(!parsed.ok);
    const said = parsed.mistakes.map(({ path, message }) => `${path}: ${message}`);
    assert.deepEqual(said.sort(), [
      'callbackRules[0].language: `pt_BR` is not a language (`en`, `pt-BR`, `es`)',
      'defaultLanguage: `Portuguese` is not a language (`en`, `pt-BR`, `es`)',
      'flows[0].components.b.language: stands beside `rule`, whose terms count: keep one of the two',
    ]);
  });
});
