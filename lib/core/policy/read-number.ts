/**
 * Numbers as they are written, read into E.164. Numbering plans: libphonenumber, full metadata.
 *
 * A text without `+` can be read in several ways (`48601234567` is a Brazilian number without a valid prefix, and a Polish
 * mobile without its `+`). The readings are tried in this order, first for a valid number, then for one of possible
 * length: international by its `+` or `00`; national of the default country, trunk prefix `0` and carrier codes included;
 * international without `+`. A caller who hides a foreign number behind a national look is thus judged by the country in
 * which his number exists.
 */

import parse, { type CountryCode, getCountries, type PhoneNumber as ParsedNumber } from 'libphonenumber-js/max';
import type { PhoneNumber } from './phone-number.ts';

/** Longer than any number with its separators; a longer text is not a number. */
const MAX_LENGTH = 64;
/** ITU-T E.164, 6: at most 15 digits, country code included. */
const E164 = /^\+[1-9]\d{1,14}$/;
/** RFC 3966 visual separators, and those that people and word processors write. */
const SEPARATORS = /[ \-.()/\u00a0\u2010-\u2015\u202f]/g;

const countries: ReadonlySet<string> = new Set(getCountries());

function isCountry(code: string): code is CountryCode {
  return countries.has(code);
}

/** Takes the visual separators away; what is left is not checked. */
export function withoutSeparators(text: string): string {
  return text.slice(0, MAX_LENGTH).replace(SEPARATORS, '');
}

function parseText(text: string, country: string): ParsedNumber | null {
  try {
    const parsed = parse(text, { extract: false, ...(isCountry(country) ? { defaultCountry: country } : {}) });
    if (parsed === undefined || parsed.ext !== undefined) return null;
    return E164.test(parsed.number) && parsed.isPossible() ? parsed : null;
  } catch {
    return null;
  }
}

/** A reading counts only if its E.164 reads as itself: of `+43 000…` the library would take one zero after the other. */
function parseBounded(text: string, country: string): ParsedNumber | null {
  const parsed = parseText(text, country);
  if (parsed === null || text === parsed.number) return parsed;
  return parseText(parsed.number, '')?.number === parsed.number ? parsed : null;
}

/** The texts to try, most likely reading first. `digits` holds digits and at most a leading plus. */
function readingsOf(digits: string): string[] {
  if (digits.startsWith('+')) return [digits];
  if (digits.startsWith('00')) return [`+${digits.slice(2)}`, digits];
  if (digits.startsWith('0')) return [digits];
  return [digits, `+${digits}`];
}

function readE164(digits: string, country: string): string | null {
  const possible = readingsOf(digits)
    .map((text) => parseBounded(text, country))
    .filter((parsed) => parsed !== null);
  const best = possible.length === 1 ? possible[0] : (possible.find((parsed) => parsed.isValid()) ?? possible[0]);
  return best?.number ?? null;
}

/** RFC 3966, 5.1.5: a local number's phone-context is the prefix that makes it global. */
function withContext(digits: string, parameters: string): string {
  if (digits.startsWith('+')) return digits;
  const context = /(?:^|;)phone-context=(\+\d{1,15})(?:;|$)/i.exec(parameters)?.[1];
  return context === undefined ? digits : context + digits;
}

/**
 * Readings cost 10 to 50 microseconds each, and the same texts (configuration, callers) come again. Two halves: when the
 * newer one is full the older one is dropped, since to find the oldest entry of a Map that has lost many takes as long as
 * a reading.
 */
let readings = new Map<string, PhoneNumber>();
let olderReadings = new Map<string, PhoneNumber>();
const MAX_READINGS = 4096;

function keep(key: string, number: PhoneNumber): PhoneNumber {
  if (readings.size >= MAX_READINGS) {
    olderReadings = readings;
    readings = new Map();
  }
  readings.set(key, number);
  return number;
}

/**
 * Never throws. `received` of the result is the text itself without URI parameters (`;phone-context=…`), octet for
 * octet, `%2B` read as `+` (RFC 3261 19.1.4: the same character); of a text of more than 64 characters it is the
 * beginning. `e164` is null unless its length is possible for its country.
 * @param country ISO 3166-1 alpha-2: how national numbers are read
 */
export function readNumber(received: string, country: string): PhoneNumber {
  if (received.length > MAX_LENGTH) return readAfresh(received, country);
  const key = `${country} ${received}`;
  const known = readings.get(key);
  if (known !== undefined) return known;
  return keep(key, olderReadings.get(key) ?? Object.freeze(readAfresh(received, country)));
}

function readAfresh(received: string, country: string): PhoneNumber {
  const semicolon = received.indexOf(';');
  const whole = (semicolon < 0 ? received : received.slice(0, semicolon)).replace(/^%2b/i, '+');
  const text = whole.slice(0, MAX_LENGTH);
  if (whole.length > MAX_LENGTH) return { received: text, e164: null };
  const digits = withoutSeparators(text.replace(/^(\s*\+.*?)\(0\)/, '$1'));
  if (!/^\+?\d{1,32}$/.test(digits)) return { received: text, e164: null };
  const parameters = semicolon < 0 ? '' : received.slice(semicolon + 1, semicolon + 1 + 256);
  return { received: text, e164: readE164(withContext(digits, parameters), country) };
}

/** What the numbering plans say of a number. */
interface Facts {
  country: string | null;
  /** Null: it lies in no range that its country has given out. */
  type: string | null;
  callingCode: string;
}

/** One call asks for them a dozen times, before its promise and before dialling. Oldest first. */
const factsByE164 = new Map<string, Facts>();

function readFacts(e164: string): Facts | null {
  const parsed = parseText(e164, '');
  if (parsed === null) return null;
  return {
    country: parsed.country ?? parsed.getPossibleCountries()[0] ?? null,
    type: parsed.getType() ?? null,
    callingCode: parsed.countryCallingCode,
  };
}

function factsOf({ e164 }: PhoneNumber): Facts | null {
  if (e164 === null) return null;
  const known = factsByE164.get(e164);
  if (known !== undefined) return known;
  const facts = readFacts(e164);
  if (facts === null) return null;
  if (factsByE164.size >= MAX_READINGS) {
    const oldest = factsByE164.keys().next();
    if (!oldest.done) factsByE164.delete(oldest.value);
  }
  factsByE164.set(e164, facts);
  return facts;
}

/** It lies in a range that its country has given out. */
export function isValidNumber(number: PhoneNumber): boolean {
  return (factsOf(number)?.type ?? null) !== null;
}

/**
 * ISO 3166-1 alpha-2 of the number's country; null: no E.164, or a code of no country (+800, +870, +883).
 * A number in no range of a calling code that several countries share counts as the main one's (+1 555…: US).
 */
export function countryOf(number: PhoneNumber): string | null {
  return factsOf(number)?.country ?? null;
}

/** What the numbering plan says it is for, in libphonenumber's words (`PREMIUM_RATE`, `MOBILE`); null: no valid number. */
export function numberTypeOf(number: PhoneNumber): string | null {
  return factsOf(number)?.type ?? null;
}

/** Digits of the country calling code, also of one that belongs to no country (`881`); null: no E.164. */
export function callingCodeOfNumber(number: PhoneNumber): string | null {
  return factsOf(number)?.callingCode ?? null;
}

/** Digits as written within its country, the national prefix where one is usual (`02079460000`); null: no E.164. */
export function nationalOf(number: PhoneNumber): string | null {
  if (number.e164 === null) return null;
  return parseText(number.e164, '')?.formatNational().replace(/\D/g, '') ?? null;
}
