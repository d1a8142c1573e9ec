/** One setting as it was given, and how it is read: a mistake names the flag or the variable. */

import { shown } from '../schema/nearest.ts';
import type { Parsed } from './address.ts';
import { FlagError } from './flag-reader.ts';

/** One setting with the name under which it was given, for the message. */
export interface Given {
  from: string;
  value: string;
}

export function fail(given: Given, message: string): never {
  throw new FlagError(`${given.from}: ${message}`);
}

export function parsed<T>(given: Given, result: Parsed<T>): T {
  return result.ok ? result.value : fail(given, result.message);
}

export function oneOf<T extends string>(given: Given | null, words: readonly T[], standard: T): T {
  if (given === null) return standard;
  const word = words.find((candidate) => candidate === given.value.toLowerCase());
  return word ?? fail(given, `\`${shown(given.value)}\` is none of ${words.join(', ')}`);
}

interface Bounds {
  what: string;
  least: number;
  most: number;
}

/** Without leading zeros beyond the digits of `most`. */
function wholeNumber(given: Given | null, { what, least, most }: Bounds): number | null {
  if (given === null) return null;
  const value = Number(given.value);
  const isNumber = /^\d+$/.test(given.value) && given.value.length <= String(most).length;
  if (!isNumber || value < least || value > most)
    fail(given, `\`${shown(given.value)}\` is not a number of ${what} from ${least} to ${most}`);
  return value;
}

export const mediaThreads = (given: Given | null): number | null =>
  wholeNumber(given, { what: 'threads', least: 0, most: 64 });

export const maxCalls = (given: Given | null): number | null =>
  wholeNumber(given, { what: 'calls', least: 1, most: 1_000_000 });
