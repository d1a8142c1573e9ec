import assert from 'node:assert/strict';
import { configurationDocument, formatConfiguration } from '../../lib/schema/format-configuration.ts';
import { parseConfiguration, readConfiguration } from '../../lib/schema/parse-configuration.ts';

const FRAME = `
trunks: [{ name: t, proxy: 'sip:a' }]
extensions: [{ number: '200', contact: 'sip:200@a' }, { number: '201', contact: 'sip:201@a' }]
`;

const textOf = (components: string) =>
  `${FRAME}flows: [{ name: f, start: a, components: { a: ${components}, b: { type: hangup } } }]`;

function parsed(component: string) {
  const result = parseConfiguration(textOf(component));
  assert.ok(result.ok, JSON.stringify(result));
  return result;
}

function mistakes(component: string): string[] {
  const result = parseConfiguration(textOf(component));
  return result.ok ? [] : result.mistakes.map(({ path, message }) => `${path}: ${message}`);
}

const WHOLE = [
  "{ type: dial, extensions: ['200', '201'], strategy: inOrder, ringTimeoutSeconds: 9, whisper: x, confirm: { key: '5', repeat: 3 }, maxTalkSeconds: 60, releaseMedia: true, next: b, busy: b, noAnswer: b, rejected: b, unreachable: b, otherwise: b, maxSeconds: 50, maxEntries: 3 }",
  "{ type: dial, sipUri: 'sip:x@y.example;transport=tcp' }",
  '{ type: dial, extension: 200, confirm: {} }',
  "{ type: screen, prompt: x, key: '#', timeoutSeconds: 3, repeat: 1, amd: { totalAnalysisTime: 3000 }, message: { prompt: y }, next: b, machine: b, declined: b, otherwise: b }",
  '{ type: screen }',
  "{ type: transfer, number: '{caller}', timeoutSeconds: 9, next: b, otherwise: b }",
  "{ type: transfer, extension: '200' }",
  "{ type: transfer, sipUri: 'sip:x@y.example' }",
  '{ type: callback, trunk: t, otherwise: b }',
];

describe('components that dial, screen, transfer', () => {
  for (const component of WHOLE)
    it(`is written and read as it was: ${component.slice(0, 60)}`, () => {
      const { configuration, warnings } = parsed(component);
      assert.deepEqual(warnings, []);
      assert.deepEqual(parseConfiguration(formatConfiguration(configuration)), { ok: true, configuration, warnings });
      const document = configurationDocument(configuration, { secrets: 'keep', form: 'complete' });
      const again = readConfiguration(JSON.parse(JSON.stringify(document)));
      assert.deepEqual(again, { ok: true, configuration, warnings });
    });

  it('has its defaults', () => {
    const component = (text: string) => parsed(text).configuration.flows[0]!.components['a'];
    const question = { prompt: 'press-one-to-take', key: '1', timeoutSeconds: 10, repeat: 2 };
    const dial = component("{ type: dial, extension: '200', confirm: {} }");
    assert.ok(dial?.type === 'dial');
    assert.deepEqual([dial.confirm, dial.strategy, dial.releaseMedia, dial.next], [question, 'ringAll', null, null]);
    const screen = component('{ type: screen, amd: {}, message: { prompt: x } }');
    assert.ok(screen?.type === 'screen');
    const { prompt, key, timeoutSeconds, repeat, amd, message } = screen;
    assert.deepEqual({ prompt, key, timeoutSeconds, repeat }, question);
    assert.deepEqual(message, { prompt: 'x', beepSeconds: 20 });
    assert.deepEqual(amd, {
      initialSilence: 2500,
      greeting: 1500,
      afterGreetingSilence: 800,
      totalAnalysisTime: 5000,
      minimumWordLength: 100,
      betweenWordsSilence: 50,
      maximumNumberOfWords: 2,
      silenceThreshold: 256,
      maximumWordLength: 5000,
    });
    const transfer = component("{ type: transfer, extension: '200' }");
    assert.equal(transfer?.type === 'transfer' && transfer.timeoutSeconds, 30);
  });

  it('an extension that is named twice is rung once', () => {
    const dial = parsed("{ type: dial, extensions: ['200', '201', '200'] }").configuration.flows[0]!.components['a'];
    assert.deepEqual(dial?.type === 'dial' && dial.extensions, ['200', '201']);
  });

  for (const [what, component, mistake] of [
    ['two targets', "{ type: dial, extension: '200', sipUri: 'sip:x' }", /^flows\[0\]\.components\.a: needs one of/],
    ['no target', '{ type: dial, extensions: [] }', /^flows\[0\]\.components\.a: needs one of/],
    ['a transfer to two', "{ type: transfer, extension: '200', number: '1' }", /components\.a: needs one of/],
    ['an extension that is none', "{ type: dial, extensions: ['200', '999'] }", /a\.extensions\[1\]: .*999/],
    ['a transfer to an extension that is none', "{ type: transfer, extension: '999' }", /a\.extension: .*999/],
    ['exits that lead nowhere', "{ type: dial, extension: '200', busy: c }", /a\.busy: /],
    ['a screen that leads nowhere', '{ type: screen, machine: c }', /a\.machine: /],
    ['a callback that leads nowhere', '{ type: callback, trunk: t, otherwise: c }', /a\.otherwise: /],
    ['two keys for one', '{ type: screen, key: 12 }', /a\.key: /],
    ['no SIP URI', '{ type: dial, sipUri: mailto }', /a\.sipUri: /],
    ['a variable in a SIP URI', "{ type: dial, sipUri: 'sip:{caller}@x' }", /a\.sipUri: /],
    ['a number without a way out', "{ type: dial, number: '48999990000' }", /a\.trunk: /],
    ['an unknown name of amd', '{ type: screen, amd: { initial_silence: 1 } }', /a\.amd.*initialSilence/],
    ['a message without a prompt', '{ type: screen, message: { beepSeconds: 1 } }', /a\.message\.prompt: /],
  ] as const)
    it(`refuses ${what}`, () => {
      const found = mistakes(component);
      assert.ok(
        found.some((line) => mistake.test(line)),
        found.join('\n') || 'nothing was wrong',
      );
    });

  it('warns of a transport that the embedded engine does not speak', () => {
    const { warnings } = parsed("{ type: dial, sipUri: 'sip:x@y.example;transport=ws' }");
    assert.deepEqual(
      warnings.map(({ path, code }) => [path, code]),
      [['flows[0].components.a.sipUri', 'transport-not-here']],
    );
  });

  it('a callback whose refusal leads round without any input is refused', () => {
    assert.ok(mistakes('{ type: callback, trunk: t, otherwise: a }').some((line) => /goes round/.test(line)));
  });
});
