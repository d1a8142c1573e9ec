/** Something wrong in what was entered or asked for: a code with its parameters for those who word it themselves, and the English text. */

import { MISTAKES } from './mistakes.ts';
import { filled, type Given, partsOf } from './template.ts';

export type MistakeCode = keyof typeof MISTAKES;

/** A list reads as `a, b`. */
export type FlawParameter = string | number | Flaw | readonly (string | number | Flaw)[];

/** What is wrong, wherever it stands. JSON-safe. */
export interface Flaw {
  code: MistakeCode;
  parameters: Readonly<Record<string, FlawParameter>>;
}

export interface Mistake extends Flaw {
  /** As in `callbackRules[0].trunk`; empty: the whole. */
  path: string;
  /** In English. */
  message: string;
}

export type FlawArguments<C extends MistakeCode> = Given<(typeof MISTAKES)[C], FlawParameter>;

const PARTS = partsOf(MISTAKES);

export function flaw<C extends MistakeCode>(code: C, ...[parameters]: FlawArguments<C>): Flaw {
  return { code, parameters: parameters ?? {} };
}

function shown(value: FlawParameter | undefined): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return String(value);
  if (value === undefined) return '';
  return 'code' in value ? flawText(value) : value.map(shown).join(', ');
}

export function flawText({ code, parameters }: Flaw): string {
  return filled(PARTS, code, (name) => shown(parameters[name]));
}

export function mistakeAt(path: string, { code, parameters }: Flaw): Mistake {
  return { path, message: flawText({ code, parameters }), code, parameters };
}

export function mistake<C extends MistakeCode>(path: string, code: C, ...given: FlawArguments<C>): Mistake {
  return mistakeAt(path, flaw(code, ...given));
}
