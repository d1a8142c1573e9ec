import type { NumberFormat } from '../configuration.ts';
import type { PhoneNumber } from '../policy/phone-number.ts';
/** Null: the format needs E.164 and the number has none. */
export function formatNumber(_number: PhoneNumber, _format: NumberFormat, _country: string): string | null {
  throw new Error('not written yet');
}
