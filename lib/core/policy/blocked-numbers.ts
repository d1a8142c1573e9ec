import type { PhoneNumber } from './phone-number.ts';
export function isBlocked(_number: PhoneNumber, _blockedNumbers: readonly string[], _country: string): boolean {
  throw new Error('not written yet');
}
/** What is wrong with an entry of `blockedNumbers`, for schema/; null: nothing. */
export function blockedNumberProblem(_entry: string): string | null {
  throw new Error('not written yet');
}
