/** What the server finds wrong, and what goes wrong, as the console says it in each of its languages. */

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInstance, type TFunction } from 'i18next';
import { ApiFailure } from '../../console/src/api/failure.ts';
import { en } from '../../console/src/i18n/en/index.ts';
import { es } from '../../console/src/i18n/es/index.ts';
import { ptBr } from '../../console/src/i18n/pt-br/index.ts';
import { deedText } from '../../console/src/journal/deed-text.ts';
import { failureText, mistakeLine, mistakeText } from '../../console/src/parts/failure-text.ts';
import { flaw, type Mistake, mistake } from '../../lib/core/mistake.ts';
import { MISTAKES } from '../../lib/core/mistakes.ts';
import { ERRORS } from '../../lib/http/api-error.ts';

const LANGUAGES = { en, 'pt-BR': ptBr, es };
/** What the server says itself; shown where the console has no words of its own. */
const OWN = 'what the server says';

const HTTP = join(import.meta.dirname, '../../lib/http');
const httpSources = readdirSync(HTTP, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => readFileSync(join(HTTP, name), 'utf8'))
  .join('\n');

async function speaking(language: keyof typeof LANGUAGES): Promise<TFunction> {
  const i18n = createInstance();
  await i18n.init({
    lng: language,
    fallbackLng: false,
    resources: { [language]: { translation: LANGUAGES[language] } },
    interpolation: { escapeValue: false },
    returnNull: false,
  });
  return i18n.getFixedT(language);
}

const codes = Object.keys(MISTAKES) as Array<keyof typeof MISTAKES>;
const namesIn = (text: string) => [...text.matchAll(/\{\{(\w+)\}\}/g)].map(([, name]) => name!);

/** A mistake of this code, with values that are found again. */
function sampleOf(code: keyof typeof MISTAKES): Mistake {
  const parameters = Object.fromEntries(namesIn(MISTAKES[code]).map((name) => [name, `<${name}>`]));
  return { path: 'name', message: OWN, code, parameters };
}

describe('what the server finds wrong', () => {
  it('is worded in English as the server does', () => {
    assert.deepEqual(en.mistake, MISTAKES);
  });

  for (const language of Object.keys(LANGUAGES) as Array<keyof typeof LANGUAGES>) {
    it(`has words in ${language} for every code of a mistake, and they hold its values`, async () => {
      const t = await speaking(language);
      const silent = codes.filter((code) => mistakeText(t, sampleOf(code)) === OWN);
      assert.deepEqual(silent, [], `no words in console/src/i18n/${language.toLowerCase()}/mistakes.ts`);
      for (const code of codes)
        for (const name of namesIn(MISTAKES[code]))
          assert.ok(mistakeText(t, sampleOf(code)).includes(`<${name}>`), `${code} does not say its ${name}`);
    });

    it(`has words in ${language} for every code of an error, and of what is finer than one`, async () => {
      const t = await speaking(language);
      const finer = [...httpSources.matchAll(/publicCode: '([\w-]+)'|request\.headers, '([\w-]+)'/g)];
      const all = [...Object.keys(ERRORS), ...finer.map(([, one, other]) => (one ?? other)!)];
      assert.ok(all.length >= Object.keys(ERRORS).length + 4, 'nothing finer found: this test has become blind');
      const silent = all.filter((code) => failureText(t, new ApiFailure(400, { code, message: OWN })) === OWN);
      assert.deepEqual(silent, [], 'no words in shell.ts, `error`');
    });

    it(`has words in ${language} for every deed of the audit`, async () => {
      const t = await speaking(language);
      const deeds = [
        ...(/WORDS[^{]*\{([^}]*)\}/.exec(httpSources)?.[1] ?? '').matchAll(/: '([\w ]+)'/g),
        ...[...(/DEEDS = .*\(([^)]*)\)/.exec(httpSources)?.[1] ?? '').matchAll(/([\w-]+)/g)],
        ...httpSources.matchAll(/\baction: '([\w -]+)'/g),
      ].map(([, word]) => word!);
      assert.ok(deeds.length > 20, `only ${deeds.length} deeds found: this test has become blind`);
      for (const deed of [...deeds, 'bulk cancel', 'bulk retry', 'bulk reschedule'])
        assert.notEqual(
          (t as unknown as (key: string, values: object) => string)(`journal.deed.${deed.replaceAll(' ', '-')}`, {
            defaultValue: '',
          }),
          '',
          deed,
        );
      assert.equal(deedText(t, 'conjured up'), 'conjured up');
    });
  }

  it('is put together out of its parts in the language of the reader', async () => {
    const t = await speaking('pt-BR');
    const hint = flaw('did-you-mean', { word: 'tronco-1' });
    const lost = mistake('routes[0].trunks[0]', 'no-such', { noun: flaw('noun-trunk'), name: 'tronco-2', hint });
    assert.equal(mistakeText(t, lost), 'não existe tronco `tronco-2`; quis dizer `tronco-1`?');
    assert.equal(mistakeLine(t, { ...lost, path: 'line 3: trunk' }), `linha 3: trunk: ${mistakeText(t, lost)}`);
    const kinds = mistake('', 'one-of', { values: ['`a`', '`b`'] });
    assert.equal(mistakeLine(t, kinds), 'tem de ser um destes: `a`, `b`');
    const price = mistake('', 'prices-line', { line: 2, what: flaw('prices-class', { classes: ['low', 'high'] }) });
    assert.equal(mistakeText(t, price), 'linha 2: a classe não é nenhuma de low, high');
  });

  it('is said in the words of the server where the code is not known', async () => {
    const t = await speaking('es');
    assert.equal(mistakeText(t, { path: 'a', message: OWN, code: 'from-a-newer-server', parameters: {} }), OWN);
    assert.equal(mistakeText(t, { path: 'a', message: OWN }), OWN);
    assert.equal(failureText(t, new ApiFailure(400, { code: 'from-a-newer-server', message: OWN })), OWN);
    for (const code of ['__proto__', 'constructor', 'a.b', 'common:x', '']) {
      assert.equal(mistakeText(t, { path: 'a', message: OWN, code, parameters: {} }), OWN, code);
      assert.equal(failureText(t, new ApiFailure(400, { code, message: OWN })), OWN, code);
    }
  });

  it('goes into what did not work, with the field or the line in which it is', async () => {
    const t = await speaking('pt-BR');
    const failure = (code: string, more: object) =>
      failureText(t, new ApiFailure(400, { code, message: OWN, ...more }));
    const wrong = mistake('delaySeconds', 'at-least', { least: '0' });
    assert.equal(
      failure('invalid', { mistakes: [wrong] }),
      'Alguns campos não estão certos: delaySeconds: tem de ser no mínimo 0',
    );
    assert.equal(
      failure('conflict', { reason: flaw('callback-done') }),
      'Isto não combina com o que já existe: já terminou',
    );
    assert.equal(
      failure('in-use', { mistakes: [{ ...wrong, path: 'callbackRules[0].trunk' }] }),
      'Ainda está em uso: callbackRules[0].trunk. Mude primeiro o que o usa.',
    );
    assert.equal(
      failure('unknown-rule', { mistakes: [{ path: 'rule', code: 'unknown-rule', message: OWN }] }).includes(OWN),
      false,
    );
  });

  it('runs nothing that stands in a value', async () => {
    const t = await speaking('en');
    const text = '{{code}} $t(error.internal) <img src=x>';
    assert.equal(mistakeText(t, mistake('', 'not-diallable', { number: text })), `\`${text}\` is not a number`);
  });
});
