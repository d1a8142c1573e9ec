/** Components as they are written: what is filled in, what is wrong, and what is written out again. */

import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { FlowComponent } from '../../lib/core/configuration.ts';
import { formatConfiguration } from '../../lib/schema/format-configuration.ts';
import { parseConfiguration } from '../../lib/schema/parse-configuration.ts';
import { componentFields } from '../support/flow-components.ts';

const HOURS = [{ name: 'office', timezone: 'UTC' }];

function read(components: Record<string, object>) {
  const flows = [{ name: 'f', start: Object.keys(components)[0], components }];
  return parseConfiguration(JSON.stringify({ hours: HOURS, flows }));
}

function component(written: object): FlowComponent {
  const result = read({ a: written, b: { type: 'hangup' } });
  assert.ok(result.ok, JSON.stringify(result));
  return result.configuration.flows[0]!.components['a']!;
}

/** The mistakes of component `a`: path below it, and text. */
function wrong(written: object, beside: object = { type: 'hangup' }): string[] {
  const result = read({ a: written, b: beside });
  assert.ok(!result.ok, 'it was accepted');
  return result.mistakes.map(({ path, message }) => `${path.replace(/^flows\[0\]\.components\.a\.?/, '')}: ${message}`);
}

/** As `export` writes it. */
function exported(written: object): unknown {
  const result = read({ a: written, b: { type: 'hangup' } });
  assert.ok(result.ok, JSON.stringify(result));
  const text = formatConfiguration(result.configuration);
  const again = parseConfiguration(text);
  assert.ok(again.ok, text);
  assert.deepEqual(again.configuration, result.configuration);
  return componentFields(text, 'a');
}

describe('components as they are written', () => {
  const STAY = { otherwise: null, maxSeconds: null, maxEntries: 20 };
  const KEYS = {
    prompt: 'tone:beep',
    retryPrompt: null,
    interruptible: true,
    typeAhead: true,
    firstDigitTimeoutSeconds: 10,
    firstDigitTimerFrom: 'promptEnd',
    interDigitTimeoutSeconds: null,
    noInput: null,
    invalid: null,
  };

  it('have what the contract says of a menu, and the rest filled in', () => {
    const rest = { onInterDigitTimeout: 'disconnect', retries: 0, choices: {}, maxDigits: 2 };
    assert.deepEqual(component({ type: 'menu' }), { type: 'menu', ...KEYS, ...rest, ...STAY });
  });

  it('have a number that is collected, unless they say otherwise', () => {
    const rest = { onInterDigitTimeout: 'take', retries: 2, min: 1, max: 32, terminator: '#', readBack: null };
    const kept = { variable: 'digits', secret: false, next: null };
    assert.deepEqual(component({ type: 'collect' }), { type: 'collect', ...KEYS, ...rest, ...kept, ...STAY });
    const { readBack } = component({ type: 'collect', readBack: {} }) as { readBack?: unknown };
    const said = { prompt: 'you-entered', confirmPrompt: 'press-one-to-confirm', confirm: '1', again: '2' };
    assert.deepEqual(readBack, said);
  });

  it('take keys and choices that YAML reads as numbers', () => {
    const result = parseConfiguration(
      'flows: [{ name: f, start: a, components: { a: { type: collect, terminator: 0, readBack: { confirm: 5, again: 6 } } } }]',
    );
    assert.ok(result.ok, JSON.stringify(result));
    const a = result.configuration.flows[0]!.components['a'];
    assert.ok(a?.type === 'collect');
    assert.deepEqual([a.terminator, a.readBack?.confirm, a.readBack?.again], ['0', '5', '6']);
    const written = parseConfiguration(
      'flows: [{ name: f, start: a, components: { a: { type: record, terminator: 0, next: b }, b: { type: screen, key: 5 } } }]',
    );
    assert.ok(written.ok, JSON.stringify(written));
    const { a: message, b: gate } = written.configuration.flows[0]!.components;
    assert.ok(message?.type === 'record' && gate?.type === 'screen');
    assert.deepEqual([message.terminator, gate.key], ['0', '5']);
  });

  it('write languages as they are usually written', () => {
    const { language } = component({ type: 'set', language: 'PT-br' }) as { language?: unknown };
    assert.equal(language, 'pt-BR');
  });

  for (const [what, written, path, text] of [
    ['a terminator of two keys', { type: 'collect', terminator: '##' }, 'terminator', /is not a key/],
    ['a terminator that is no key', { type: 'collect', terminator: 'x' }, 'terminator', /is not a key/],
    ['fewer digits at most than at least', { type: 'collect', min: 5, max: 4 }, 'min', /more than `max`/],
    ['too many digits', { type: 'collect', max: 33 }, 'max', /at most 32/],
    [
      'one key for yes and no',
      { type: 'collect', readBack: { confirm: '2' } },
      'readBack.again',
      /same key as `confirm`/,
    ],
    ['a secret that menus would show', { type: 'collect', secret: true }, 'variable', /a name of its own/],
    ['a variable that is no name', { type: 'collect', variable: 'Pin' }, 'variable', /not the name of a variable/],
    ['a variable of the call', { type: 'collect', variable: 'caller' }, 'variable', /is told by the call/],
    [
      'another one of the call',
      { type: 'set', variables: { language: 'es' } },
      'variables.language',
      /told by the call/,
    ],
    ['a name that is none', { type: 'set', variables: { 'a-b': 'x' } }, 'variables.a-b', /not the name of a variable/],
    ['a line break in a text', { type: 'set', variables: { a: 'x\ny' } }, 'variables.a', /control character/],
    ['a language that is none', { type: 'set', language: 'brazilian' }, 'language', /not a language|language/],
    ['a calendar that is none', { type: 'hours', hours: 'offce' }, 'hours', /no hours `offce`; did you mean `office`/],
    ['an exit to nowhere', { type: 'hours', hours: 'office', holiday: 'c' }, 'holiday', /no component `c`/],
    [
      'a case to nowhere',
      { type: 'switch', on: 'caller', cases: { '+55*': 'c' } },
      'cases["+55*"]',
      /no component `c`/,
    ],
    ['a switch on nothing', { type: 'switch', on: 'callr' }, 'on', /has to be one of caller/],
    ['a switch on a text', { type: 'switch', on: '{a}{b}' }, 'on', /has to be one of caller/],
    ['a switch on what nothing sets', { type: 'switch', on: '{ordr}' }, 'on', /unknown variable `\{ordr\}`/],
    [
      'a case that is always right',
      { type: 'switch', on: 'caller', cases: { '*': 'b' } },
      'cases["*"]',
      /write `otherwise`/,
    ],
    ['a case that is no number', { type: 'switch', on: 'caller', cases: { Ana: 'b' } }, 'cases.Ana', /not a number/],
    ['a case that is no level', { type: 'switch', on: 'attestation', cases: { D: 'b' } }, 'cases.D', /one of A, B, C/],
    [
      'a case that is no language',
      { type: 'switch', on: 'language', cases: { brazilian: 'b' } },
      'cases.brazilian',
      /language/,
    ],
    ['a case that is no expression', { type: 'switch', on: 'caller', cases: { '/(/': 'b' } }, 'cases["/(/"]', /RE2/],
    [
      'an expression without bounds',
      { type: 'switch', on: 'caller', cases: { '/(?=a)/': 'b' } },
      'cases["/(?=a)/"]',
      /RE2/,
    ],
    ['a cause that is none', { type: 'hangup', cause: 128 }, 'cause', /at most 127/],
    ['a status of success', { type: 'hangup', status: 200 }, 'status', /at least 400/],
    ['a prompt that leaves its folder', { type: 'collect', retryPrompt: '../x' }, 'retryPrompt', /prompt/],
    ['an unknown variable in a prompt', { type: 'menu', prompt: 'x&digits:{ordr}' }, 'prompt', /unknown variable/],
    ['nothing to say', { type: 'announce', prompt: 'x', repeat: 0 }, 'repeat', /at least 1/],
  ] as Array<[string, object, string, RegExp]>)
    it(`have a mistake: ${what}`, () => {
      const mistakes = wrong(written);
      assert.ok(
        mistakes.every((mistake) => mistake.startsWith(`${path}: `)),
        mistakes.join('\n'),
      );
      assert.match(mistakes[0]!, text);
    });

  it('have room for many cases and variables, and no more', () => {
    const many = (most: number, name: (i: number) => string, value: string) =>
      Object.fromEntries(Array.from({ length: most }, (_, i) => [name(i), value]));
    component({ type: 'switch', on: 'caller', cases: many(200, (i) => `+${i}1*`, 'b') });
    assert.match(wrong({ type: 'switch', on: 'caller', cases: many(201, (i) => `+${i}1*`, 'b') })[0]!, /more than 200/);
    component({ type: 'set', variables: many(50, (i) => `v${i}`, 'x') });
    assert.match(wrong({ type: 'set', variables: many(51, (i) => `v${i}`, 'x') })[0]!, /more than 50/);
  });

  it('know any variable where a webhook may tell it', () => {
    const hook = { type: 'webhook', url: 'https://a.example/' };
    const result = read({ a: { type: 'switch', on: '{ordr}' }, b: hook });
    assert.ok(result.ok, JSON.stringify(result));
  });

  it('keep a secret from all that is said, compared or set, wherever it was collected', () => {
    const pin = { type: 'collect', variable: 'pin', secret: true };
    for (const [path, using] of [
      ['prompt', { type: 'announce', prompt: 'digits:{pin}' }],
      ['on', { type: 'switch', on: '{pin}' }],
      ['variables.x', { type: 'set', variables: { x: 'a{pin}' } }],
      ['number', { type: 'dial', number: '0{pin}', trunk: 't' }],
    ] as Array<[string, object]>)
      assert.ok(
        wrong(using, pin).includes(`${path}: \`{pin}\` is collected in secret: webhooks are told it, and nobody else`),
        path,
      );
  });
});

describe('components that are written out', () => {
  it('say what is not usual, and no more', () => {
    for (const written of [
      { type: 'menu' },
      { type: 'menu', retries: 2, noInput: 'b', firstDigitTimerFrom: 'promptStart', typeAhead: false },
      { type: 'collect' },
      { type: 'collect', min: 4, max: 6, terminator: '', variable: 'order', next: 'b', invalid: 'b' },
      { type: 'collect', readBack: { again: '3' }, variable: 'pin', secret: true },
      { type: 'announce', prompt: 'x', repeat: 2, language: 'es', interruptible: true },
      { type: 'switch', on: '{digits}', cases: { '1*': 'b' }, otherwise: 'b' },
      { type: 'set', variables: { a: '' }, language: 'pt-BR', next: 'b' },
      { type: 'hours', hours: 'office', open: 'b', holiday: 'b' },
      { type: 'hangup', reason: 'x', cause: 17, status: 603 },
    ])
      assert.deepEqual(exported(written), written);
  });

  it('read back as what they were, whatever they say', () => {
    const key = fc.constantFrom('0', '1', '2', '9', '*', '#', 'A');
    const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
    const exit = optional(fc.constantFrom('a', 'b'));
    const asks = {
      prompt: optional(fc.constantFrom('x', 'tone:beep&x', 'digits:{digits}')),
      retryPrompt: optional(fc.constant('y')),
      interruptible: optional(fc.boolean()),
      typeAhead: optional(fc.boolean()),
      firstDigitTimerFrom: optional(fc.constantFrom('promptEnd', 'promptStart')),
      onInterDigitTimeout: optional(fc.constantFrom('disconnect', 'take', 'retry')),
      retries: optional(fc.nat({ max: 20 })),
      noInput: exit,
      invalid: exit,
    };
    const text = fc.stringMatching(/^[ -~]{0,20}$/);
    const written = fc.oneof(
      fc.record({ type: fc.constant('menu'), ...asks }),
      fc.record({
        type: fc.constant('collect'),
        ...asks,
        terminator: optional(fc.oneof(fc.constant(''), key)),
        max: optional(fc.integer({ min: 1, max: 32 })),
        readBack: optional(fc.record({ confirm: fc.constantFrom('5', '#'), again: fc.constantFrom('6', '*') })),
        next: exit,
      }),
      fc.record({
        type: fc.constant('set'),
        variables: optional(fc.dictionary(fc.stringMatching(/^v[a-z0-9]{1,8}$/), text)),
        language: optional(fc.constantFrom('en', 'pt-BR', 'es-419')),
      }),
      fc.record({
        type: fc.constant('switch'),
        on: fc.constantFrom('{digits}', '{order}'),
        cases: optional(
          fc.dictionary(
            text.filter((t) => t !== '' && t !== '*' && !/^\/.*\/i?$/.test(t)),
            fc.constant('b'),
          ),
        ),
      }),
    );
    fc.assert(
      fc.property(written, (one) => {
        const set = { type: 'set', variables: { order: 'x' } };
        const result = read({ a: JSON.parse(JSON.stringify(one)) as object, b: { type: 'hangup' }, s: set });
        fc.pre(result.ok);
        const again = parseConfiguration(formatConfiguration(result.configuration));
        assert.ok(again.ok, JSON.stringify(again));
        assert.deepEqual(again.configuration, result.configuration);
      }),
      { numRuns: 100 },
    );
  });
});
