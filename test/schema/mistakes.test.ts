/** What is wrong is said by a code and its values, and the English text is made of these alone. */

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import type { z } from 'zod';
import { type Flaw, flaw, flawText, type Mistake, mistake } from '../../lib/core/mistake.ts';
import { MISTAKES } from '../../lib/core/mistakes.ts';
import * as administration from '../../lib/schema/administration.ts';
import { parseConfiguration, readConfiguration } from '../../lib/schema/parse-configuration.ts';
import * as requests from '../../lib/schema/requests.ts';
import { SECTION_NAMES } from '../../lib/schema/sections.ts';
import { warningsOf } from '../../lib/schema/warnings.ts';

const lib = join(import.meta.dirname, '../../lib');
const files = readdirSync(lib, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => ({ name, text: readFileSync(join(lib, name), 'utf8') }));

/** Those inside of its parameters too. */
function flawsIn(value: unknown): Flaw[] {
  if (Array.isArray(value)) return value.flatMap(flawsIn);
  if (typeof value !== 'object' || value === null) return [];
  const { code, parameters } = value as Flaw;
  return [{ code, parameters }, ...Object.values(parameters).flatMap(flawsIn)];
}

/** What the code leaves open is given, and nothing else. */
function assertWhole({ code, parameters }: Flaw): void {
  assert.ok(Object.hasOwn(MISTAKES, code), `${code} is no code`);
  assert.notEqual(code, 'as-said', 'it was said without a code');
  const wanted = [...MISTAKES[code].matchAll(/\{\{(\w+)\}\}/g)].map(([, name]) => name!);
  assert.deepEqual(Object.keys(parameters).sort(), [...new Set(wanted)].sort(), code);
}

function assertCoded(mistakes: readonly Mistake[]): void {
  for (const one of mistakes) {
    for (const what of flawsIn(one)) assertWhole(what);
    assert.equal(one.message, flawText(one));
    assert.deepEqual(JSON.parse(JSON.stringify(one)), one, 'it does not survive as JSON');
  }
}

/** Every schema that a request may meet, by its name. */
const SCHEMAS = Object.entries({ ...requests, ...administration } as Record<string, unknown>).filter(
  (entry): entry is [string, z.ZodType] => typeof (entry[1] as { safeParse?: unknown })?.safeParse === 'function',
);

const words = fc.constantFrom(
  'any',
  '',
  ' a',
  '+5548*',
  'sip:a',
  '1.2.3',
  'Mon 8-9',
  'x'.repeat(300),
  '\u0000',
  '$1',
  '(',
);
const values = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.oneof(words, fc.string({ maxLength: 8 }), fc.integer(), fc.double(), fc.boolean(), fc.constant(null)),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.string({ maxLength: 6 }), tie('value'), { maxKeys: 3 }),
  ),
})).value;

/** Fields that there are, with anything in them. */
const itemsOf = (keys: readonly string[]) =>
  fc.dictionary(fc.oneof(fc.constantFrom(...keys), fc.string({ maxLength: 6 })), values, { maxKeys: 6 });

describe('a mistake', () => {
  it('is a code and its values, and its text is made of them', () => {
    const hint = flaw('did-you-mean', { word: 'ana' });
    const one = mistake('agents[0]', 'no-such', { noun: flaw('noun-agent'), name: 'anna', hint });
    assert.equal(one.message, 'there is no agent `anna`; did you mean `ana`?');
    assert.equal(
      flawText(flaw('not-of-the-classes', { classes: ['low', 'high'] })),
      'is none of the classes (low, high)',
    );
    assertCoded([one]);
  });

  it('has a code in whatever configuration it is found', () => {
    const keys = [
      'name',
      'number',
      'proxy',
      'routes',
      'match',
      'origin',
      'method',
      'components',
      'start',
      'retry',
      'auth',
    ];
    const sections = fc.record(
      Object.fromEntries(SECTION_NAMES.map((name) => [name, fc.array(itemsOf(keys), { maxLength: 2 })])),
      { requiredKeys: [] },
    );
    const limits = itemsOf(['perPrefix', 'spend', 'countries', 'pingPong', 'callingHours', 'blockedNumbers']);
    let found = 0;
    fc.assert(
      fc.property(sections, limits, values, (some, limit, more) => {
        const read = readConfiguration({ ...some, limits: limit, calls: more, trustedProxies: more, cdr: more });
        if (read.ok) return;
        found += read.mistakes.length;
        assertCoded(read.mistakes);
      }),
      { numRuns: 300 },
    );
    assert.ok(found > 1000, `only ${found} mistakes were made: this test has become blind`);
  });

  it('has a code in whatever text it is found', () => {
    for (const text of [
      '',
      'a',
      '[',
      'a: 1\na: 2',
      '{"a":',
      'a: 01',
      '- 1',
      'a: &b [*b]',
      'version: 2',
      '? [a]\n: 1',
      '\0',
      'x: !!binary a',
    ]) {
      const read = parseConfiguration(text);
      assert.ok(!read.ok, text);
      assertCoded(read.mistakes.map(({ line: _line, ...one }) => one));
    }
  });

  it('has a code in whatever request it is found', () => {
    assert.ok(SCHEMAS.length > 20, `only ${SCHEMAS.length} schemas found: this test has become blind`);
    fc.assert(
      fc.property(
        fc.constantFrom(...SCHEMAS),
        values,
        itemsOf(['number', 'name', 'url', 'dueAt', 'ids', 'page']),
        (entry, whole, some) => {
          for (const body of [whole, some]) {
            const checked = requests.checkRequest(entry[1], body);
            if (!checked.ok) assertCoded(checked.mistakes);
          }
        },
      ),
      { numRuns: 500 },
    );
  });

  it('has one too where it is a warning', () => {
    const read = parseConfiguration(`
trunks: [{ name: t, proxy: 'sip:a;transport=wss', tlsVerify: none, callerIds: { allow: ['+1*'], default: '+2' } }]
extensions: [{ number: '1' }]
inboundNumbers: [{ number: '+55481', callback: true }]
callbackRules: [{ name: r, trunk: t, releaseMedia: true }]
queues: [{ name: q }]
cdr: { webhook: { url: 'http://192.0.2.1/' } }
`);
    assert.ok(read.ok, JSON.stringify(read));
    const warnings = warningsOf(read.configuration);
    assert.deepEqual([...new Set(warnings.map(({ code }) => code))].sort(), [
      'any-certificate',
      'default-not-allowed',
      'extension-unreachable',
      'inbound-number-not-allowed',
      'not-active-yet',
      'transport-not-here',
      'webhook-in-clear',
      'webhook-unsigned',
    ]);
    assertCoded(warnings);
  });
});

describe('the catalogue of mistakes', () => {
  it('is all that schemas say: none has a text of its own', () => {
    const plain = files
      .filter(({ name }) => name.startsWith('schema/'))
      .flatMap(({ name, text }) =>
        [...text.matchAll(/\b(?:error|message): ['"`].*/g)].map(([line]) => `${name}: ${line}`),
      );
    assert.deepEqual(plain, []);
  });

  it('has no code that nobody says', () => {
    const said = files
      .filter(({ name }) => name !== 'core/mistakes.ts')
      .map(({ text }) => text)
      .join('\n');
    const silent = Object.keys(MISTAKES).filter((code) => !said.includes(`'${code}'`));
    assert.deepEqual(silent, []);
  });
});
