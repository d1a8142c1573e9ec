/**
 * Emergency and short numbers: never dialled, whatever the configuration says. The judge is conservative: a number that
 * somebody's exchange might take for an emergency call is one.
 *
 * What protects most is length: every public number of at most six digits is short (emergency, operator, premium short
 * codes), and no E.164 number in use is that short. The tables find the same numbers behind prefixes.
 */

import { type CountryCode, getCountryCallingCode, isSupportedCountry } from 'libphonenumber-js/max';
import { emergencyNumbersOf } from './emergency-numbers.ts';
import { isValidNumber, readNumber, withoutSeparators } from './read-number.ts';

const MAX_SHORT_DIGITS = 6;

/** Digits of the calling code; empty for a country that is not known. */
export function callingCodeOf(country: string): string {
  return isSupportedCountry(country) ? getCountryCallingCode(country as CountryCode) : '';
}

/** Strings that an exchange may see behind the international, trunk and country prefixes of `digits`. */
function barePossibilities(digits: string, country: string): string[] {
  const withoutZeros = digits.replace(/^0+/, '');
  const callingCode = callingCodeOf(country);
  const national =
    callingCode !== '' && withoutZeros.startsWith(callingCode) ? withoutZeros.slice(callingCode.length) : withoutZeros;
  return [digits, withoutZeros, national, national.replace(/^0+/, '')];
}

/** An area or carrier code before an emergency number makes at most this many digits. */
const MAX_PREFIXED_DIGITS = 9;

/**
 * The string is a number of some plan. Behind a trunk prefix a short string of possible length is not enough: it may as
 * well be a carrier or area code and an emergency number (`0 41 48 190`), so it has to be valid.
 */
function isKnownNumber(digits: string, country: string): boolean {
  if (digits.startsWith('0') && digits.length <= MAX_PREFIXED_DIGITS) return isValidNumber(readNumber(digits, country));
  // Most are international, and these have been read before.
  if (readNumber(`+${digits.replace(/^0+/, '')}`, country).e164 !== null) return true;
  return readNumber(digits, country).e164 !== null;
}

/**
 * The test stands on the final dial string, after every rewriting. True for:
 * - at most six digits, whatever stands around them (an extension is not dialled through a trunk and never asked here);
 * - a service code before such a number (`*31#190`);
 * - an emergency number behind an international, trunk or country prefix (`0055190`, `+550190`);
 * - a string that is no number of a known plan and ends in an emergency number (area or carrier code before it: `04148190`).
 * @param country ISO 3166-1 alpha-2, the configuration's default country
 */
export function isEmergencyOrShort(dialString: string, country: string): boolean {
  const bare = withoutSeparators(dialString);
  const lastRun = /(\d*)\D*$/.exec(bare)?.[1] ?? '';
  const digits = bare.replace(/\D/g, '');
  if (digits.length <= MAX_SHORT_DIGITS || (lastRun.length > 0 && lastRun.length <= MAX_SHORT_DIGITS)) return true;
  const table = emergencyNumbersOf(country);
  if (barePossibilities(digits, country).some((text) => table.includes(text))) return true;
  if (isKnownNumber(digits, country)) return false;
  if (barePossibilities(digits, country).some((text) => text.length <= MAX_SHORT_DIGITS)) return true;
  if (digits.replace(/^0+/, '').length > MAX_PREFIXED_DIGITS) return false;
  return table.some((emergency) => emergency.length >= 3 && digits.endsWith(emergency));
}

/**
 * The emergency numbers alone, bare or behind prefixes. A short number that is none of them is just not a number that can be
 * dialled.
 */
export function isEmergency(dialString: string, country: string): boolean {
  const bare = withoutSeparators(dialString);
  const lastRun = /(\d*)\D*$/.exec(bare)?.[1] ?? '';
  const digits = bare.replace(/\D/g, '');
  const table = emergencyNumbersOf(country);
  if ([...barePossibilities(digits, country), lastRun].some((text) => table.includes(text))) return true;
  if (isKnownNumber(digits, country) || digits.replace(/^0+/, '').length > MAX_PREFIXED_DIGITS) return false;
  return digits.length > MAX_SHORT_DIGITS && table.some((entry) => entry.length >= 3 && digits.endsWith(entry));
}
