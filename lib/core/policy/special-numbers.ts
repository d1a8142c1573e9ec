/**
 * Emergency and short numbers: never dialled, whatever the configuration says. The judge is conservative: a number that
 * somebody's exchange might take for an emergency call is one.
 *
 * What protects most is length: every public number of at most six digits is short (emergency, operator, premium short
 * codes), and no E.164 number in use is that short. The tables find the same numbers behind prefixes.
 */

import { type CountryCode, getCountryCallingCode, isSupportedCountry } from 'libphonenumber-js/max';
import { isValidNumber, readNumber, withoutSeparators } from './read-number.ts';

const MAX_SHORT_DIGITS = 6;

/**
 * Emergency in so many places that they are refused everywhere. 112 and 911: ITU-T E.161.1 (the two numbers that new
 * plans are told to choose); 999 and 000: United Kingdom, Australia; the others by number of countries.
 */
const EVERYWHERE = [
  '112',
  '911',
  '999',
  '000',
  '110',
  '118',
  '119',
  '190',
  '191',
  '192',
  '193',
  '199',
  '100',
  '101',
  '102',
];

/**
 * Emergency and crisis numbers by country, beyond those refused everywhere.
 * Sources: BR Anatel, Resolução 357/2004 (codes of public utility); EU 112 by Directive (EU) 2018/1972, art. 109, beside
 * the national ones that remain; US and CA N11 codes and 988 (FCC 20-100; CRTC 2022-234); GB Ofcom, National Telephone
 * Numbering Plan; AU Numbering Plan 2015; else the plans published under ITU-T E.129.
 */
const BY_COUNTRY: Record<string, readonly string[]> = {
  AR: ['103', '106', '107', '108', '135', '144', '145', '147'],
  AT: ['122', '133', '140', '141', '142', '144', '147'],
  AU: ['106', '131114', '132500'],
  BE: ['103', '105', '106', '107', '116000'],
  BO: ['165', '168'],
  BR: ['128', '129', '147', '153', '180', '181', '185', '188', '194', '195', '196', '197', '198'],
  CA: ['211', '311', '511', '811', '988'],
  CH: ['117', '143', '144', '147', '1414', '1415'],
  CL: ['130', '131', '132', '133', '134', '135', '137', '147', '149'],
  CN: ['120', '122', '12395'],
  CO: ['103', '105', '106', '111', '115', '116', '123', '125', '132', '141', '144', '146', '147', '155', '165', '167'],
  CZ: ['150', '155', '156', '158'],
  DE: ['115', '116117', '19222'],
  DK: ['114', '1813'],
  EC: ['103', '105', '106', '171'],
  ES: ['016', '024', '061', '062', '080', '085', '088', '091', '092'],
  FR: ['15', '17', '18', '114', '115', '116117', '119', '196', '197', '3114', '3919'],
  GB: ['105', '111', '116123'],
  GR: ['100', '108', '166', '197', '198'],
  HU: ['104', '105', '107'],
  IE: ['116123'],
  IL: ['103', '104', '106', '108'],
  IN: ['103', '104', '108', '1091', '1098', '139', '181', '1930'],
  IT: ['113', '114', '115', '117', '118', '1515', '1522', '1530'],
  JP: ['118', '171', '189'],
  KR: ['111', '113', '117', '122', '125', '127', '182', '1339'],
  MX: ['060', '065', '066', '068', '089'],
  NL: ['113', '116117', '144'],
  NO: ['113', '116117'],
  NZ: ['105', '111'],
  PE: ['105', '106', '115', '116', '117'],
  PL: ['984', '985', '986', '987', '991', '992', '993', '994', '995', '996', '997', '998'],
  PT: ['115', '117', '144', '1414'],
  PY: ['130', '131', '132', '141', '147', '911'],
  RU: ['01', '02', '03', '04', '103', '104', '122', '123'],
  SE: ['1177', '11313', '11414'],
  TR: ['114', '155', '156', '158', '177', '182', '183'],
  UA: ['103', '104', '116123'],
  US: ['211', '311', '411', '511', '611', '711', '811', '988'],
  UY: ['104', '105', '106', '108', '109', '147'],
  VE: ['171'],
  ZA: ['107', '1022', '10111', '10177', '084124'],
};

function tableOf(country: string): readonly string[] {
  const national = Object.hasOwn(BY_COUNTRY, country) ? (BY_COUNTRY[country] ?? []) : [];
  return [...EVERYWHERE, ...national];
}

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
  const national = readNumber(digits, country);
  if (digits.startsWith('0') && digits.length <= MAX_PREFIXED_DIGITS) return isValidNumber(national);
  return national.e164 !== null || readNumber(`+${digits.replace(/^0+/, '')}`, country).e164 !== null;
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
  const table = tableOf(country);
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
  const table = tableOf(country);
  if ([...barePossibilities(digits, country), lastRun].some((text) => table.includes(text))) return true;
  if (isKnownNumber(digits, country) || digits.replace(/^0+/, '').length > MAX_PREFIXED_DIGITS) return false;
  return digits.length > MAX_SHORT_DIGITS && table.some((entry) => entry.length >= 3 && digits.endsWith(entry));
}
