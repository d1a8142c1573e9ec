/** The server's sentences (a code and its values) in the reader's language. */

import type { TFunction } from 'i18next';
import { decision as words } from '../i18n/en/decision.ts';
import { wholeTimeText } from './instant.tsx';

export interface Sentence {
  code: string;
  parameters: Record<string, unknown>;
}

export type Gate = keyof typeof words.gate;

const isSentence = (value: unknown): value is Sentence =>
  typeof value === 'object' && value !== null && typeof (value as Sentence).code === 'string';

/** What this console has no words for is told by its name. */
const known = (group: object, name: string): boolean => Object.hasOwn(group, name);

export function gateText(t: TFunction, gate: string): string {
  return known(words.gate, gate) ? t(`decision.gate.${gate as Gate}`) : gate.replaceAll('-', ' ');
}

export class Wording {
  readonly #t: TFunction;
  readonly #language: string;

  constructor(t: TFunction, language: string) {
    this.#t = t;
    this.#language = language;
  }

  /** Of a step or an entry: its sentences, or its English text where there is one that is not known here. */
  of({ text, sentences }: { text: string; sentences?: unknown }): string {
    if (!Array.isArray(sentences) || sentences.length === 0) return text;
    const said = sentences.map((one) => (isSentence(one) ? this.#sentence(one) : null));
    return said.includes(null) ? text : said.join('; ');
  }

  #sentence({ code, parameters }: Sentence): string | null {
    if (!known(words.sentence, code)) return null;
    const values = Object.fromEntries(
      Object.entries(parameters ?? {}).map(([name, value]) => [name, this.#value(name, value)]),
    );
    return (this.#t as unknown as (key: string, values: object) => string)(`decision.sentence.${code}`, values);
  }

  #value(name: string, value: unknown): string {
    if (Array.isArray(value)) return value.map((one) => this.#value(name, one)).join(', ');
    if (isSentence(value)) return this.#sentence(value) ?? value.code;
    if ((name === 'at' || name === 'until') && typeof value === 'string') return wholeTimeText(this.#language, value);
    if (name === 'method' && typeof value === 'string' && /^(caller|number|extension)$/.test(value))
      return this.#t(`rules.method.${value as 'caller'}`);
    if (name === 'outcome' && typeof value === 'string')
      return (this.#t as unknown as (key: string, values: object) => string)(`callbacks.outcome.${value}`, {
        defaultValue: value,
      });
    return String(value ?? '');
  }
}
