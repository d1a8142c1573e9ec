/** What a decision says: a code with its parameters for those who word it themselves, and the English text. */

import { SENTENCES } from './sentences.ts';
import { filled, type Given, partsOf } from './template.ts';

export type SentenceCode = keyof typeof SENTENCES;

/** A list reads as `a, b`. */
export type Parameter = string | number | Sentence | readonly (string | number | Sentence)[];

export interface Sentence {
  code: SentenceCode;
  parameters: Readonly<Record<string, Parameter>>;
}

/** JSON-safe. */
export interface Said {
  text: string;
  /** Read one after the other, with `; ` between them, they are `text`. */
  sentences: readonly Sentence[];
}

/** Left out: only the English text is there. */
export type Worded = Pick<Said, 'text'> & Partial<Said>;

type Arguments<C extends SentenceCode> = Given<(typeof SENTENCES)[C], Parameter>;

const PARTS = partsOf(SENTENCES);

export function sentence<C extends SentenceCode>(code: C, ...[parameters]: Arguments<C>): Sentence {
  return { code, parameters: parameters ?? {} };
}

function shown(value: Parameter | undefined): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return String(value);
  if (value === undefined) return '';
  return 'code' in value ? textOf(value) : value.map(shown).join(', ');
}

export function textOf({ code, parameters }: Sentence): string {
  return filled(PARTS, code, (name) => shown(parameters[name]));
}

/** One sentence. */
export function say<C extends SentenceCode>(code: C, ...given: Arguments<C>): Said {
  return saying([sentence(code, ...given)]);
}

/** Several. */
export function saying(sentences: readonly Sentence[]): Said {
  return { text: sentences.map(textOf).join('; '), sentences };
}

/** `first`, `next`, `next`: as one sentence. The list is not empty. */
export function chained(code: 'way-then' | 'retry-and', sentences: readonly Sentence[]): Sentence {
  return sentences.reduce((first, next) => sentence(code, { first, next }));
}
