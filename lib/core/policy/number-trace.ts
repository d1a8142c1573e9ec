/**
 * By what a number is found in texts that people and machines have written: `+5548991996260`, `(48) 99199-6260`, `0 21 48
 * 99199 6260`. For who is to be forgotten.
 */

import type { PhoneNumber } from './phone-number.ts';
import { callingCodeOfNumber } from './read-number.ts';

export interface NumberTrace {
  /** Digits that are his wherever they stand in a run of digits: prefixes are put before numbers. */
  within: readonly string[];
  /** Digits that are his where nothing stands before or behind them: within a longer run they may be chance. */
  alone: readonly string[];
}

/** Whether a run of digits is the number. */
export type IsTheirs = (digits: string) => boolean;

/** Shorter ones are in every second id and instant. */
const LEAST_WITHIN = 8;
/** Shorter ones are extensions, statuses, amounts: not a person's number. */
const LEAST_ALONE = 6;

/** So many digits are no chance within a word or an id: `%2B5548991996260`, `call-48991996260x`. */
const LEAST_IN_WORDS = 10;

/** Digits as people write numbers. */
const RUN = /\+?\d(?:[ \-.()/\u00a0\u2010-\u2015\u202f]{0,2}\d){5,}/g;
const WORD = /\w/;

const digitsOf = (text: string): string => text.replace(/\D/g, '');

/** @param numbers all forms in which the person's number is known */
export function traceOf(numbers: readonly PhoneNumber[]): NumberTrace {
  const forms = numbers.flatMap((number) => {
    const all = number.e164 === null ? [] : [digitsOf(number.e164)];
    const national = all.map((digits) => digits.slice((callingCodeOfNumber(number) ?? '').length));
    return [...all, ...national, digitsOf(number.received)];
  });
  const within = [...new Set(forms)].filter((digits) => digits.length >= LEAST_WITHIN);
  const alone = [...new Set(forms)].filter((digits) => digits.length >= LEAST_ALONE && digits.length < LEAST_WITHIN);
  return {
    // the national number alone finds the longer forms
    within: within.filter((one) => !within.some((other) => other !== one && one.includes(other))),
    alone,
  };
}

export const isNoTrace = ({ within, alone }: NumberTrace): boolean => within.length + alone.length === 0;

export function theirs({ within, alone }: NumberTrace): IsTheirs {
  return (digits) => alone.includes(digits) || within.some((one) => digits.includes(one));
}

/** A text of the same length: digits have become asterisks. The text itself where the number is not in it. */
export function hiddenIn(text: string, isTheirs: IsTheirs): string {
  return text.replace(RUN, (run, at: number) => {
    const digits = digitsOf(run);
    const isInWord = WORD.test(text[at - 1] ?? '') || WORD.test(text[at + run.length] ?? '');
    if ((isInWord && digits.length < LEAST_IN_WORDS) || !isTheirs(digits)) return run;
    return run.replace(/\d/g, '*');
  });
}

/** A copy without the number, in texts and as a number; the value itself where there was none. */
export function withoutNumber<T>(value: T, isTheirs: IsTheirs): T {
  return forgetting(value, isTheirs) as T;
}

function forgetting(value: unknown, isTheirs: IsTheirs): unknown {
  if (typeof value === 'string') return hiddenIn(value, isTheirs);
  if (typeof value === 'number') return Number.isInteger(value) && isTheirs(String(Math.abs(value))) ? null : value;
  if (typeof value !== 'object' || value === null) return value;
  const before = Object.entries(value);
  const after = before.map(([key, inner]): [string, unknown] => [hiddenIn(key, isTheirs), forgetting(inner, isTheirs)]);
  const isSame = before.every(([key, inner], place) => after[place]![0] === key && after[place]![1] === inner);
  if (isSame) return value;
  return Array.isArray(value) ? after.map(([, inner]) => inner) : Object.fromEntries(after);
}
