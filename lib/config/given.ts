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

const MOST_MEDIA_THREADS = 64;

export function mediaThreads(given: Given | null): number | null {
  if (given === null) return null;
  const value = Number(given.value);
  if (!/^\d{1,2}$/.test(given.value) || value > MOST_MEDIA_THREADS)
    fail(given, `\`${shown(given.value)}\` is not a number of threads from 0 to ${MOST_MEDIA_THREADS}`);
  return value;
}

const MOST_CALLS = 1_000_000;

export function maxCalls(given: Given | null): number | null {
  if (given === null) return null;
  const value = Number(given.value);
  if (!/^\d{1,7}$/.test(given.value) || value < 1 || value > MOST_CALLS)
    fail(given, `\`${shown(given.value)}\` is not a number of calls from 1 to ${MOST_CALLS}`);
  return value;
}
