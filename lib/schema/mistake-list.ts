/** zod's issues in our words: every mistake with its path, one line each. */

import { z } from 'zod';
import { type Flaw, type FlawArguments, flaw, type Mistake, type MistakeCode, mistakeAt } from '../core/mistake.ts';
import { shown, suggestion, unknownKey } from './nearest.ts';
import { UnquotedNumber } from './unquoted-number.ts';

export type PathPart = string | number | symbol;

/** `callbackRules[0].trunk`; keys that are no plain words stand in brackets and quotes. */
export function pathText(parts: readonly PathPart[]): string {
  let text = '';
  for (const part of parts) {
    if (typeof part === 'number') text += `[${part}]`;
    else if (/^[\p{L}_$][\p{L}\p{N}_$-]*$/u.test(String(part))) text += text === '' ? String(part) : `.${String(part)}`;
    else text += `[${JSON.stringify(shown(String(part)))}]`;
  }
  return text;
}

export function joinPath(prefix: string, rest: string): string {
  if (prefix === '' || rest === '') return prefix + rest;
  return rest.startsWith('[') ? prefix + rest : `${prefix}.${rest}`;
}

/**
 * An issue of zod has a text and nothing else that could say what is wrong: with us this text is the flaw as JSON, and `check`
 * takes it apart again.
 */
export const codedFlaw = (what: Flaw): string => JSON.stringify(what);

export function coded<C extends MistakeCode>(code: C, ...given: FlawArguments<C>): string {
  return codedFlaw(flaw(code, ...given));
}

function flawsOf(message: string): Flaw[] {
  try {
    return [JSON.parse(message) as Flaw | Flaw[]].flat();
  } catch {
    return [flaw('as-said', { text: message })];
  }
}

const KINDS: Record<string, MistakeCode> = {
  string: 'kind-text',
  number: 'kind-number',
  int: 'kind-whole',
  boolean: 'kind-switch',
  array: 'kind-list',
  object: 'kind-group',
  record: 'kind-group',
};
const kindNamed = (type: string): Flaw | string => {
  const code = KINDS[type];
  return code === undefined ? type : { code, parameters: {} };
};

function kindOf(value: unknown): Flaw | string {
  if (value === null || value === undefined) return flaw('kind-nothing');
  return Array.isArray(value) ? flaw('kind-list') : kindNamed(typeof value);
}

function wrongType(expected: string, input: unknown): Flaw {
  if (input instanceof UnquotedNumber) return input.advice(expected);
  if (input === undefined) return flaw('missing');
  if (expected === 'string' && typeof input === 'number') return flaw('number-for-text', { number: input });
  if (expected === 'nan') return flaw('not-a-number');
  return flaw('wrong-kind', { expected: kindNamed(expected), got: kindOf(input) });
}

function wrongValue(values: readonly unknown[], input: unknown): Flaw {
  const known = values.map(String);
  if (input === undefined) return flaw('missing');
  if (typeof input !== 'string') return flaw('one-of', { values: known.map((word) => `\`${word}\``) });
  return flaw('unknown-value', { value: shown(input), hint: suggestion(input, known) });
}

function wrongLeast(origin: string, least: number, inclusive: boolean | undefined): Flaw {
  if (origin === 'string') return flaw('text-too-short', { least });
  if (origin === 'array') return flaw('too-few', { least });
  return inclusive === false ? flaw('more-than', { least }) : flaw('at-least', { least });
}

function wrongMost(origin: string, most: number, inclusive: boolean | undefined): Flaw {
  if (origin === 'string') return flaw('text-too-long', { most });
  if (origin === 'array') return flaw('too-many', { most });
  return inclusive === false ? flaw('less-than', { most }) : flaw('at-most', { most });
}

function flawOf(issue: z.core.$ZodRawIssue): Flaw {
  switch (issue.code) {
    case 'invalid_type':
      return wrongType(issue.expected, issue.input);
    case 'invalid_value':
      return wrongValue(issue.values, issue.input);
    case 'too_small':
      return wrongLeast(issue.origin, Number(issue.minimum), issue.inclusive);
    case 'too_big':
      return wrongMost(issue.origin, Number(issue.maximum), issue.inclusive);
    case 'invalid_format':
      return flaw('wrong-form');
    case 'invalid_union':
      return wrongUnion(issue);
    default:
      return flaw('not-allowed');
  }
}

/** What zod finds; schemas with flaws of their own win. */
const inOurWords: z.core.$ZodErrorMap = (issue) => codedFlaw(flawOf(issue));

function wrongUnion(issue: z.core.$ZodRawIssue<z.core.$ZodIssueInvalidUnion>): Flaw {
  const options = 'options' in issue && Array.isArray(issue.options) ? issue.options.map(String) : [];
  const input = issue.input;
  if (options.length === 0 || typeof input !== 'object' || input === null) return flaw('wrong-form');
  const key = String('discriminator' in issue ? issue.discriminator : 'type');
  const word = Object.hasOwn(input, key) ? (input as Record<string, unknown>)[key] : undefined;
  return wrongValue(options, word);
}

/** To look for the nearest key takes time, and a body of a megabyte holds very many. */
const MOST_ADVISED = 100;
/** Nobody reads more, and each costs its words. */
const MOST_UNKNOWN_KEYS = 1000;

/** An object with exactly these fields; another key is a mistake that names the nearest one. */
export function fields<Shape extends z.core.$ZodLooseShape>(shape: Shape) {
  const known = Object.keys(shape);
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys'
        ? JSON.stringify(issue.keys.slice(0, MOST_ADVISED).map((key) => unknownKey(key, known)))
        : undefined,
  });
}

/** The one branch of a union that was meant: the only one that the value's type fits. */
function meantBranch(branches: readonly z.core.$ZodIssue[][]): z.core.$ZodIssue[] | null {
  const fitting = branches.filter(
    (issues) => !issues.some((i) => i.path.length === 0 && (i.code === 'invalid_type' || i.code === 'invalid_value')),
  );
  return fitting.length === 1 ? fitting[0]! : null;
}

function flatten(issue: z.core.$ZodIssue, prefix: readonly PathPart[]): Mistake[] {
  const path = [...prefix, ...issue.path];
  if (issue.code === 'unrecognized_keys') {
    const flaws = flawsOf(issue.message);
    const keys = issue.keys.slice(0, MOST_UNKNOWN_KEYS);
    return keys.map((key, i) => mistakeAt(pathText([...path, key]), flaws[i] ?? unknownKey(key, [])));
  }
  if (issue.code === 'invalid_union') {
    const branch = meantBranch(issue.errors);
    if (branch !== null) return branch.flatMap((inner) => flatten(inner, path));
  }
  return flawsOf(issue.message).map((what) => mistakeAt(pathText(path), what));
}

export type Checked<T> = { ok: true; value: T } | { ok: false; mistakes: Mistake[] };

/** Checks `value`; all mistakes, in our words, with their paths after `prefix`. */
export function check<T>(schema: z.ZodType<T>, value: unknown, prefix: readonly PathPart[] = []): Checked<T> {
  const result = schema.safeParse(value, { error: inOurWords, reportInput: false });
  if (result.success) return { ok: true, value: result.data };
  return { ok: false, mistakes: result.error.issues.flatMap((issue) => flatten(issue, prefix)) };
}
