import assert from 'node:assert/strict';
import { defaultLanguageOf, languageOfCountry } from '../../lib/core/language.ts';

describe('the language of a configuration', () => {
  it('is that of its country, of the three that prompts come in', () => {
    const of = (countries: string) => countries.split(' ').map(languageOfCountry);
    assert.deepEqual(of('BR PT AO'), ['pt-BR', 'pt-BR', 'pt-BR']);
    assert.deepEqual(of('ES MX AR CL CO UY PR'), Array(7).fill('es'));
    assert.deepEqual(of('US GB DE JP ZA'), Array(5).fill('en'));
  });

  it('is what it says, before that of its country', () => {
    assert.equal(defaultLanguageOf({ defaultCountry: 'BR', defaultLanguage: 'fr' }), 'fr');
    assert.equal(defaultLanguageOf({ defaultCountry: 'BR', defaultLanguage: null }), 'pt-BR');
    assert.equal(defaultLanguageOf({ defaultCountry: 'BR' }), 'pt-BR');
  });
});
