/** How a number is written towards a trunk. */

import type { NumberFormat } from '../configuration.ts';
import type { PhoneNumber } from '../policy/phone-number.ts';
import { countryOf, nationalOf } from '../policy/read-number.ts';

/**
 * - `asReceived`: octet for octet what came in
 * - `e164`: `+5548…`; `e164NoPlus`: `5548…`
 * - `national`: as dialled within `country`; a number of another country has no such form and goes as E.164, since in
 *   national digits it would be somebody else's
 * @param country ISO 3166-1 alpha-2, the configuration's default country
 * @returns null: the format needs E.164 and the number has none
 */
export function formatNumber(number: PhoneNumber, format: NumberFormat, country: string): string | null {
  if (format === 'asReceived') return number.received;
  if (number.e164 === null) return null;
  if (format === 'e164') return number.e164;
  if (format === 'e164NoPlus') return number.e164.slice(1);
  return countryOf(number) === country ? nationalOf(number) : number.e164;
}
