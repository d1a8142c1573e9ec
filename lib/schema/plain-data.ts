/** Data from outside, made harmless before anything looks into it. */

import { type Flaw, flaw, type Mistake, mistakeAt } from '../core/mistake.ts';
import { type PathPart, pathText } from './mistake-list.ts';
import { UnquotedNumber } from './unquoted-number.ts';

const DEEPEST = 30;
const MOST_VALUES = 500_000;
const MOST_MISTAKES = 200;

export type Fields = Record<string, unknown>;

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof UnquotedNumber);
}

const HALF = flaw('half-character');

interface Walk {
  mistakes: Mistake[];
  values: number;
}

function complain(walk: Walk, path: readonly PathPart[], what: Flaw): undefined {
  if (walk.mistakes.length < MOST_MISTAKES) walk.mistakes.push(mistakeAt(pathText(path), what));
  return undefined;
}

function plainFields(input: object, path: PathPart[], walk: Walk): Fields {
  const result: Fields = {};
  for (const [written, value] of Object.entries(input)) {
    const key = written.normalize('NFC');
    const here = [...path, key];
    if (!key.isWellFormed()) complain(walk, path, HALF);
    else if (key === '__proto__') complain(walk, here, flaw('key-not-allowed'));
    else if (Object.hasOwn(result, key)) complain(walk, here, flaw('field-twice'));
    else if (value !== null && value !== undefined) result[key] = plain(value, here, walk);
  }
  return result;
}

function plain(value: unknown, path: PathPart[], walk: Walk): unknown {
  walk.values++;
  if (path.length > DEEPEST || walk.values > MOST_VALUES) return complain(walk, path, flaw('too-deep'));
  if (typeof value === 'number' && !Number.isFinite(value)) return complain(walk, path, flaw('not-a-number'));
  // a half surrogate can be put into no address and no UTF-8
  if (typeof value === 'string' && !value.isWellFormed()) return complain(walk, path, HALF);
  if (value === null || ['string', 'number', 'boolean'].includes(typeof value)) return value;
  if (value instanceof UnquotedNumber) return value;
  if (Array.isArray(value)) return value.map((item, i) => plain(item, [...path, i], walk));
  if (typeof value === 'object') return plainFields(value, path, walk);
  return complain(walk, path, flaw('not-data'));
}

/** A copy without fields that are null (they count as left out), and without keys that reach a prototype. */
export function plainData(value: unknown): { value: unknown; mistakes: Mistake[] } {
  const walk: Walk = { mistakes: [], values: 0 };
  return { value: plain(value, [], walk), mistakes: walk.mistakes };
}

/** Numbers whose text would be lost, in data that no schema looks at. */
export function lostNumbers(value: unknown, path: readonly PathPart[]): Mistake[] {
  if (value instanceof UnquotedNumber) return [mistakeAt(pathText(path), value.advice('string'))];
  if (Array.isArray(value)) return value.flatMap((item, i) => lostNumbers(item, [...path, i]));
  if (!isFields(value)) return [];
  return Object.entries(value).flatMap(([key, inner]) => lostNumbers(inner, [...path, key]));
}

export function frozen<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  Object.freeze(value);
  for (const inner of Object.values(value)) frozen(inner);
  return value;
}
