/** In which language a person is spoken to: BCP 47 tags (RFC 5646), as they name the folders of the prompts. */

import type { Configuration } from './configuration.ts';

/** Where Spanish is what most people are called in. */
const SPANISH = new Set('AR BO CL CO CR CU DO EC ES GQ GT HN MX NI PA PE PR PY SV UY VE'.split(' '));
/** Portuguese has one voice here, that of Brazil: understood in all of them. */
const PORTUGUESE = new Set('AO BR CV GW MZ PT ST TL'.split(' '));

/** What a country is called in unless told: one of the three languages that prompts come in. */
export function languageOfCountry(country: string): string {
  if (PORTUGUESE.has(country)) return 'pt-BR';
  return SPANISH.has(country) ? 'es' : 'en';
}

export function defaultLanguageOf(configuration: Pick<Configuration, 'defaultCountry' | 'defaultLanguage'>): string {
  return configuration.defaultLanguage ?? languageOfCountry(configuration.defaultCountry);
}
