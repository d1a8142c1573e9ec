/** In which time zones a number may be. */

import type { PhoneNumber } from '../phone-number.ts';
import { countryOf } from '../read-number.ts';
import { zonesOfArea } from './area-zones.ts';
import { zonesOfCountry } from './country-zones.ts';

/** A number of no country may be anywhere; then the default country's zones have to do, and at last UTC. */
const NOWHERE = ['UTC'];

/**
 * Candidate zones, at least one: by area code where that tells the place, else all of the number's country.
 * @param defaultCountry for numbers without a country (private, or of no country)
 */
export function zonesOf(number: PhoneNumber, defaultCountry: string): readonly string[] {
  const area = number.e164 === null ? null : zonesOfArea(number.e164.slice(1));
  if (area !== null) return area;
  const zones = zonesOfCountry(countryOf(number) ?? defaultCountry);
  return zones.length > 0 ? zones : NOWHERE;
}
