/** `limits.blockedNumbers`: prefixes ending in `*`, whole numbers, `/regular expressions/` (RE2 syntax, linear time). */

import { compilePattern, patternProblem } from './pattern.ts';
import type { PhoneNumber } from './phone-number.ts';
import { readNumber, withoutSeparators } from './read-number.ts';

const REGULAR_EXPRESSION = /^\/(.*)\/(i?)$/s;

/** The number in each form that an entry may speak of: as received, without separators, E.164, `00` read as `+`. */
function formsOf(number: PhoneNumber): string[] {
  const bare = withoutSeparators(number.received);
  const forms = new Set([number.received, bare]);
  if (bare.startsWith('00')) forms.add(`+${bare.slice(2)}`);
  if (number.e164 !== null) forms.add(number.e164);
  return [...forms].filter((form) => form !== '');
}

/** Whether an entry speaks of this number. */
export function matchesEntry(entry: string, number: PhoneNumber, country: string): boolean {
  const expression = REGULAR_EXPRESSION.exec(entry);
  const forms = formsOf(number);
  if (expression !== null) {
    const pattern = compilePattern(expression[1] ?? '', expression[2] === 'i');
    return pattern !== null && forms.some((form) => pattern.test(form));
  }
  if (entry.endsWith('*')) {
    const prefix = withoutSeparators(entry.slice(0, -1));
    return forms.some((form) => form.startsWith(prefix));
  }
  const blocked = readNumber(entry, country);
  if (blocked.e164 !== null) return blocked.e164 === number.e164;
  return forms.includes(withoutSeparators(entry));
}

/** @param country how an entry without country code is read */
export function isBlocked(number: PhoneNumber, blockedNumbers: readonly string[], country: string): boolean {
  return blockedNumbers.some((entry) => matchesEntry(entry, number, country));
}

/** What is wrong with an entry of `blockedNumbers`, for schema/; null: nothing. */
export function blockedNumberProblem(entry: string): string | null {
  const expression = REGULAR_EXPRESSION.exec(entry);
  if (expression !== null) return patternProblem(expression[1] ?? '');
  const text = withoutSeparators(entry.endsWith('*') ? entry.slice(0, -1) : entry);
  if (/^\+?[\d*#]*$/.test(text) && entry.trim() !== '') return null;
  return "neither a number, nor a prefix that ends in '*', nor a /regular expression/";
}
