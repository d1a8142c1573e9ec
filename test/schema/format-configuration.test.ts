import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import type { Configuration } from '../../lib/core/configuration.ts';
import { DEMO_CONFIGURATION } from '../../lib/schema/demo.ts';
import { configurationDocument, formatConfiguration } from '../../lib/schema/format-configuration.ts';
import { parseConfiguration, readConfiguration } from '../../lib/schema/parse-configuration.ts';
import { mergeSecrets } from '../../lib/schema/secrets.ts';

const CONTRACT = readFileSync(new URL('../fixtures/contract.yaml', import.meta.url), 'utf8');

function parsed(text: string): Configuration {
  const result = parseConfiguration(text);
  assert.ok(result.ok, result.ok ? '' : JSON.stringify(result.mistakes));
  return result.configuration;
}

function assertRoundTrip(configuration: Configuration): void {
  const merged = mergeSecrets(parsed(formatConfiguration(configuration)), configuration);
  assert.ok(merged.ok, merged.ok ? '' : JSON.stringify(merged.mistakes));
  assert.deepEqual(merged.configuration, configuration);
}

/** Text that YAML could take for something else, and text that it could not. */
const word = fc
  .oneof(
    fc.constantFrom(
      'yes',
      'null',
      '~',
      'on',
      '0123',
      '1e3',
      '- a',
      'a: b',
      '#x',
      '*a',
      '&b',
      '!c',
      'Operação',
      "it's",
      '"q"',
    ),
    fc.string({ minLength: 1, maxLength: 12, unit: 'grapheme' }),
  )
  .map((text) =>
    text
      .replace(/\p{C}|[\u2028\u2029]/gu, '')
      .trim()
      .normalize('NFC'),
  )
  .filter((text) => text !== '' && text !== '.' && text !== '..' && !(text in Object.prototype));
const digits = fc.stringMatching(/^[0-9]{1,12}$/);
const phone = fc.stringMatching(/^(\+|0)?[1-9][0-9]{2,11}$/);
const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });

const terms = {
  delaySeconds: optional(fc.nat(1000)),
  callerId: optional(fc.record({ number: phone, name: word }, { requiredKeys: ['number'] })),
  retry: optional(
    fc.record(
      {
        attempts: fc.integer({ min: 1, max: 9 }),
        intervalSeconds: fc.oneof(
          fc.array(fc.integer({ min: 1, max: 99 }), { minLength: 1, maxLength: 3 }),
          fc.constant('byOutcome'),
        ),
        intervals: fc.record({ busy: fc.integer({ min: 1, max: 99 }), 'no-answer': fc.constant([5, 7]) }),
      },
      { requiredKeys: ['attempts', 'intervalSeconds'] },
    ),
  ),
  releaseMedia: optional(fc.boolean()),
};

const file = fc.record({
  trunk: word,
  secret: fc.oneof(word, fc.record({ env: fc.constant('P') })),
  pai: fc.boolean(),
  weight: optional(fc.integer({ min: 1, max: 5 })),
  extensions: fc.uniqueArray(digits, { minLength: 1, maxLength: 3 }),
  number: phone,
  flow: word,
  menu: word.filter((name) => name !== 'end'),
  keys: fc.uniqueArray(fc.stringMatching(/^[0-9*#]{1,3}$/), { minLength: 1, maxLength: 4 }),
  origin: fc.oneof(
    fc.constant('any'),
    fc.uniqueArray(
      phone.map((text) => `${text}*`),
      { minLength: 1, maxLength: 3 },
    ),
  ),
  rule: fc.record({ name: word, ...terms }),
  ringing: fc.oneof(
    fc.constant({}),
    fc.record({ mode: fc.constantFrom('ring', 'missedCall'), ringSeconds: optional(fc.integer({ min: 1, max: 50 })) }),
  ),
  hasAnonymous: fc.boolean(),
  cdr: optional(
    fc.record(
      {
        formats: fc.uniqueArray(fc.constantFrom('ndjson', 'csv'), { maxLength: 2 }),
        keepDays: fc.nat(99),
        webhook: fc.record(
          { url: fc.constant('https://a.example/b?c=d'), secret: word, maxQueueMegabytes: fc.constantFrom(2, 256) },
          { requiredKeys: ['url'] },
        ),
      },
      { requiredKeys: [] },
    ),
  ),
  inline: fc.record(terms),
  raw: fc.dictionary(word, fc.oneof(word, fc.nat(99), fc.boolean()), { maxKeys: 3 }),
});

type File = typeof file extends fc.Arbitrary<infer T> ? T : never;

function documentOf(given: File): object {
  const { raw } = given;
  return {
    cdr: given.cdr,
    trunks: [
      {
        name: given.trunk,
        proxy: 'sip:[::1]:5070;transport=tcp',
        auth: { username: 'u', password: given.secret },
        identity: { pai: given.pai },
        weight: given.weight,
      },
    ],
    extensions: given.extensions.map((number) => ({ number, contact: 'sip:x@a' })),
    inboundNumbers: [
      { number: given.number, flow: given.flow, anonymous: given.hasAnonymous ? { flow: given.flow } : undefined },
    ],
    callbackRules: [
      {
        ...given.rule,
        ...given.ringing,
        origin: given.origin,
        trunk: given.trunk,
        next: given.flow,
        inboundNumbers: [given.number],
      },
    ],
    flows: [
      {
        name: given.flow,
        start: given.menu,
        components: {
          [given.menu]: { type: 'menu', choices: Object.fromEntries(given.keys.map((key) => [key, 'end'])) },
          end: { type: 'callback', trunk: given.trunk, ...given.inline },
          ...(given.menu === 'later' ? {} : { later: { ...raw, type: 'voicemail' } }),
        },
      },
    ],
  };
}

describe('formatConfiguration', () => {
  it("gives back the contract's example, the demo and an empty configuration as they were", () => {
    for (const text of [CONTRACT, DEMO_CONFIGURATION, 'version: 1']) assertRoundTrip(parsed(text));
  });

  it('gives back any configuration as it was, whatever its texts look like to YAML', () => {
    fc.assert(
      fc.property(file, (given) => {
        const result = readConfiguration(JSON.parse(JSON.stringify(documentOf(given))));
        assert.ok(result.ok, result.ok ? '' : JSON.stringify(result.mistakes));
        assertRoundTrip(result.configuration);
      }),
      { numRuns: 150 },
    );
  });

  it('never writes a password, but says where one comes from', () => {
    const text = formatConfiguration(
      parsed(`
        trunks: [{ name: t, proxy: 'sip:a', auth: { username: u, password: geheim1 } }]
        extensions: [{ number: '1', password: geheim2 }, { number: '2', password: { env: PASSWORD_2 } }, { number: '3', password: { file: /run/p3 } }]`),
    );
    assert.ok(!text.includes('geheim'), text);
    assert.match(text, /env: PASSWORD_2/);
    assert.match(text, /file: \/run\/p3/);
  });

  it('leaves out what is so anyway', () => {
    const text = formatConfiguration(
      parsed("trunks: [{ name: t, proxy: 'sip:a', maxConcurrentCalls: 30, maxCallsPerSecond: 7 }]"),
    );
    assert.equal(
      text,
      'version: 1\ndefaultCountry: BR\ntrunks:\n  - name: t\n    proxy: sip:a\n    maxCallsPerSecond: 7\n',
    );
  });

  it('has a complete form, nulls and all, that reads as the same configuration', () => {
    const configuration = parsed(CONTRACT);
    const document = configurationDocument(configuration, { secrets: 'keep', form: 'complete' });
    const again = readConfiguration(JSON.parse(JSON.stringify(document)));
    assert.ok(again.ok);
    assert.deepEqual(again.configuration, configuration);
  });
});

describe('mergeSecrets', () => {
  const stored = parsed(`
    trunks: [{ name: t, proxy: 'sip:a', auth: { username: u, password: old-t } }]
    extensions: [{ number: '1', password: old-1 }, { number: '2', password: { env: P2 } }]`);
  const passwords = (text: string, before: Configuration | null = stored) => {
    const merged = mergeSecrets(parsed(text), before);
    if (!merged.ok) return merged.mistakes.map((mistake) => mistake.path);
    const { trunks, extensions } = merged.configuration;
    return [...trunks.map((trunk) => trunk.auth?.password), ...extensions.map((extension) => extension.password)];
  };

  it('keeps the stored password where there is a mask, or none', () => {
    const masked =
      "trunks: [{ name: t, proxy: 'sip:b', auth: { username: v, password: '********' } }]\nextensions: [{ number: '1', password: '********' }, { number: '2', password: '********' }]";
    assert.deepEqual(passwords(masked), ['old-t', 'old-1', { env: 'P2' }]);
    const missing = "trunks: [{ name: t, proxy: 'sip:b', auth: { username: v } }]\nextensions: [{ number: '1' }]";
    assert.deepEqual(passwords(missing), ['old-t', 'old-1']);
  });

  it('takes a new password', () => {
    assert.deepEqual(passwords("extensions: [{ number: '1', password: new }]"), ['new']);
  });

  it('drops the password of a trunk without auth, and of an extension that got a fixed contact', () => {
    assert.deepEqual(
      passwords("trunks: [{ name: t, proxy: 'sip:b' }]\nextensions: [{ number: '1', contact: 'sip:a' }]"),
      [undefined, null],
    );
  });

  it('complains of a mask that stands for nothing', () => {
    const text =
      "trunks: [{ name: new, proxy: 'sip:b', auth: { username: v } }]\nextensions: [{ number: '9', password: '********' }]";
    assert.deepEqual(passwords(text), ['trunks[0].auth.password', 'extensions[0].password']);
    assert.deepEqual(passwords(text, null), ['trunks[0].auth.password', 'extensions[0].password']);
  });
});
