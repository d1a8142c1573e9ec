/** zod's issues in our words: every mistake with its path, one line each. */

import { z } from 'zod';
import type { Mistake } from '../core/configuration.ts';
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

const TYPE_WORDS: Record<string, string> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a group of fields',
  record: 'a group of fields',
};

function kindOf(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  return TYPE_WORDS[typeof value] ?? typeof value;
}

function wrongType(expected: string, input: unknown): string {
  if (input instanceof UnquotedNumber) return input.advice(expected);
  if (input === undefined) return 'is missing';
  if (expected === 'string' && typeof input === 'number') return `is read as the number ${input}: put it in quotes`;
  if (expected === 'nan') return 'is not a number';
  return `expected ${TYPE_WORDS[expected] ?? expected}, got ${kindOf(input)}`;
}

function wrongValue(values: readonly unknown[], input: unknown): string {
  const known = values.map(String);
  if (input === undefined) return 'is missing';
  if (typeof input !== 'string') return `has to be one of ${known.map((k) => `\`${k}\``).join(', ')}`;
  return `unknown value \`${shown(input)}\`${suggestion(input, known)}`;
}

function sizeText(origin: string, bound: unknown, inclusive: boolean | undefined, side: 'least' | 'most'): string {
  if (origin === 'string') return `has to be at ${side} ${String(bound)} characters long`;
  if (origin === 'array') return `needs at ${side} ${String(bound)}`;
  if (inclusive === false) return `has to be ${side === 'least' ? 'more' : 'less'} than ${String(bound)}`;
  return `has to be at ${side} ${String(bound)}`;
}

/** The words for what zod finds; schemas with words of their own win. */
export const inOurWords: z.core.$ZodErrorMap = (issue) => {
  switch (issue.code) {
    case 'invalid_type':
      return wrongType(issue.expected, issue.input);
    case 'invalid_value':
      return wrongValue(issue.values, issue.input);
    case 'too_small':
      return sizeText(issue.origin, issue.minimum, issue.inclusive, 'least');
    case 'too_big':
      return sizeText(issue.origin, issue.maximum, issue.inclusive, 'most');
    case 'invalid_format':
      return 'has not the right form';
    case 'invalid_union':
      return unionText(issue);
    default:
      return 'is not allowed here';
  }
};

function unionText(issue: z.core.$ZodRawIssue<z.core.$ZodIssueInvalidUnion>): string {
  const options = 'options' in issue && Array.isArray(issue.options) ? issue.options.map(String) : [];
  const input = issue.input;
  if (options.length === 0 || typeof input !== 'object' || input === null) return 'has not the right form';
  const key = String('discriminator' in issue ? issue.discriminator : 'type');
  const word = Object.hasOwn(input, key) ? (input as Record<string, unknown>)[key] : undefined;
  return wrongValue(options, word);
}

/** To look for the nearest key takes time, and a body of a megabyte holds very many. */
const MOST_ADVISED = 100;

/** An object with exactly these fields; another key is a mistake that names the nearest one. */
export function fields<Shape extends z.core.$ZodLooseShape>(shape: Shape) {
  const known = Object.keys(shape);
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys'
        ? issue.keys
            .slice(0, MOST_ADVISED)
            .map((key) => unknownKey(key, known))
            .join('\n')
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
    const lines = issue.message.split('\n');
    return issue.keys.map((key, i) => ({ path: pathText([...path, key]), message: lines[i] ?? 'unknown key' }));
  }
  if (issue.code === 'invalid_union') {
    const branch = meantBranch(issue.errors);
    if (branch !== null) return branch.flatMap((inner) => flatten(inner, path));
  }
  return [{ path: pathText(path), message: issue.message }];
}

export type Checked<T> = { ok: true; value: T } | { ok: false; mistakes: Mistake[] };

/** Checks `value`; all mistakes, in our words, with their paths after `prefix`. */
export function check<T>(schema: z.ZodType<T>, value: unknown, prefix: readonly PathPart[] = []): Checked<T> {
  const result = schema.safeParse(value, { error: inOurWords, reportInput: false });
  if (result.success) return { ok: true, value: result.data };
  return { ok: false, mistakes: result.error.issues.flatMap((issue) => flatten(issue, prefix)) };
}
