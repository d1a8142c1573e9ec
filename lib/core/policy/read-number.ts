import type { PhoneNumber } from './phone-number.ts';
export function readNumber(_received: string, _country: string): PhoneNumber {
  throw new Error('not written yet');
}
/** ISO 3166-1 alpha-2; null: not known, or no country's (+800, +883). */
export function countryOf(_number: PhoneNumber): string | null {
  throw new Error('not written yet');
}
/** As written within its country, digits only (national prefix where one is usual); null: no E.164. */
export function nationalOf(_number: PhoneNumber): string | null {
  throw new Error('not written yet');
}
