import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { en } from '../../console/src/i18n/en/index.ts';
import { es } from '../../console/src/i18n/es/index.ts';
import { ptBr } from '../../console/src/i18n/pt-br/index.ts';
import { OUTCOMES } from '../../lib/core/call/outcome.ts';
import { SENTENCES } from '../../lib/core/sentences.ts';

const SOURCES = join(import.meta.dirname, '../../console/src');

/** `rules.field.name` -> text */
function textsOf(value: object, path = ''): Map<string, string> {
  const texts = new Map<string, string>();
  for (const [key, inner] of Object.entries(value)) {
    const name = path === '' ? key : `${path}.${key}`;
    if (typeof inner === 'string') texts.set(name, inner);
    else for (const [deeper, text] of textsOf(inner, name)) texts.set(deeper, text);
  }
  return texts;
}

const placeholders = (text: string) => [...text.matchAll(/\{\{(\w+)\}\}/g)].map(([, name]) => name).sort();

const english = textsOf(en);
const others = { 'pt-BR': textsOf(ptBr), es: textsOf(es) };

describe('the texts of the console', () => {
  for (const [language, texts] of Object.entries(others)) {
    it(`are the same ones in ${language} as in English`, () => {
      assert.deepEqual([...texts.keys()].sort(), [...english.keys()].sort());
    });

    it(`name the same values in ${language} as in English`, () => {
      for (const [key, text] of english) assert.deepEqual(placeholders(texts.get(key) ?? ''), placeholders(text), key);
    });

    it(`are translated into ${language}: few sentences read as in English`, () => {
      const same = [...english].filter(([key, text]) => /\w+ \w+ \w+/.test(text) && texts.get(key) === text);
      assert.deepEqual(
        same.map(([key]) => key).filter((key) => !key.startsWith('rules.sentence.whole')),
        [],
      );
    });
  }

  it('have words for everything that a page asks for by a name', () => {
    const asked = new Set<string>();
    for (const file of readdirSync(SOURCES, { recursive: true, encoding: 'utf8' }).filter((name) =>
      /\.tsx?$/.test(name),
    ))
      for (const [, key] of readFileSync(join(SOURCES, file), 'utf8').matchAll(/\bt\(\s*'([\w.-]+)'/g)) asked.add(key!);
    const missing = [...asked].filter((key) => !english.has(key) && !english.has(`${key}_other`));
    assert.deepEqual(missing, []);
    assert.ok(asked.size > 200, `only ${asked.size} keys found: this test has become blind`);
  });

  it('word every sentence of a decision as the server does in English', () => {
    assert.deepEqual(en.decision.sentence, SENTENCES);
  });

  it('have words for every event, reason, outcome and refusal of the core', () => {
    const core = join(import.meta.dirname, '../../lib/core');
    const files = readdirSync(core, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
    const sources = files.map((name) => readFileSync(join(core, name), 'utf8')).join('\n');
    const named = (pattern: RegExp) => new Set([...sources.matchAll(pattern)].map(([, name]) => name!));
    const events = named(/\bnote\(\s*\w+,\s*'([\w-]+)'/g);
    assert.ok(events.size > 40, `only ${events.size} events found: this test has become blind`);
    assert.deepEqual(
      [...events].filter((name) => !english.has(`callbacks.event.${name}`)),
      [],
    );
    const reasons = named(/\b(?:finish|otherwise)\(\s*\w+,\s*(?:\w+,\s*)?'[\w-]+',\s*'([\w-]+)'/g);
    assert.ok(reasons.size > 8, `only ${reasons.size} reasons found: this test has become blind`);
    assert.deepEqual(
      [...reasons].filter((name) => !english.has(`callbacks.reason.${name}`)),
      [],
    );
    assert.deepEqual(
      OUTCOMES.filter((name) => !english.has(`callbacks.outcome.${name}`)),
      [],
    );
    const service = readFileSync(join(core, '../ports/callback-service.ts'), 'utf8');
    const refusals = [...(/RefusalCode =([^;]+);/.exec(service)?.[1] ?? '').matchAll(/\| '([\w-]+)'/g)];
    assert.ok(refusals.length > 15, 'no refusals found: this test has become blind');
    assert.deepEqual(
      refusals.filter(([, name]) => !english.has(`decision.refusal.${name}`)),
      [],
    );
  });
});
