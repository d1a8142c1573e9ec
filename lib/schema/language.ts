import { flaw } from '../core/mistake.ts';
import { textField } from './field.ts';
import { shown } from './nearest.ts';

/** Language and, if need be, script and region; what else a tag may hold (RFC 5646) tells no recordings apart. */
const TAG = /^[A-Za-z]{2,3}(?:-[A-Za-z]{4})?(?:-(?:[A-Za-z]{2}|[0-9]{3}))?$/;

/** A tag as it is usually written, `pt-BR`, however it was: it names a folder. Null: it is none. */
export function languageTag(text: string): string | null {
  return TAG.test(text) ? (Intl.getCanonicalLocales(text)[0] ?? null) : null;
}

/** BCP 47: `en`, `pt-BR`, `es-419`. */
export const language = textField(11, (text) =>
  languageTag(text) === null ? flaw('not-a-language', { language: shown(text) }) : null,
).transform((text) => languageTag(text) ?? text);
