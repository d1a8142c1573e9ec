/** The kinds of fields that resources are made of. */

import ipaddr from 'ipaddr.js';
import { RE2JS } from 're2js';
import { z } from 'zod';
import type { AttestationLevel, CallerId, RateLimit, Secret } from '../core/configuration.ts';
import { isPromptName } from '../core/flow/prompt.ts';
import { type Flaw, flaw } from '../core/mistake.ts';
import { coded, codedFlaw, fields } from './mistake-list.ts';
import { shown } from './nearest.ts';
import { promptMistake } from './prompt.ts';
import { sipUriMistake } from './sip-uri.ts';

/** CR, LF and their kin would end a SIP header; they have no place in any field. */
const CONTROL = /[\p{Cc}\u2028\u2029]/u;
const LONGEST_PATTERN = 256;

/** Text that YAML may have taken for a number (`number: 200`); a number whose text is not lost is text again. */
function written(value: unknown): unknown {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 && !Object.is(value, -0)
    ? String(value)
    : value;
}

/** Checks text with a function that says what is wrong. */
export function textField(most: number, wrong: (text: string) => Flaw | null) {
  const checked = z
    .string()
    .min(1, { error: coded('empty') })
    .max(most)
    .superRefine((text, context) => {
      const mistake = CONTROL.test(text) ? flaw('control-character') : wrong(text);
      if (mistake !== null) context.addIssue({ code: 'custom', message: codedFlaw(mistake) });
    });
  return z.preprocess(written, checked).meta({ type: 'string', minLength: 1, maxLength: most });
}

/** One line, which may be empty. */
export const lineOfText = (most: number) =>
  z
    .preprocess(
      written,
      z
        .string()
        .max(most)
        .refine((text) => !CONTROL.test(text), { error: coded('control-character') }),
    )
    .meta({ type: 'string', maxLength: most });

export const anyText = textField(200, () => null);

/** Names are kept in Unicode's composed form, so that the same name typed on another system is the same. */
export const name = textField(100, (text) => {
  if (text !== text.trim()) return flaw('space-at-end');
  return text === '.' || text === '..' ? flaw('not-a-name') : null;
}).transform((text) => text.normalize('NFC'));

/** A key of an object (component, choice): nothing that every object has anyway, `constructor` or `__proto__`. */
export const componentName = textField(100, (text) => {
  if (text in Object.prototype) return flaw('reserved-name', { name: text });
  return text === text.trim() ? null : flaw('space-at-end');
}).transform((text) => text.normalize('NFC'));

const PHONE_TEXT = /^\+?[0-9*#(][0-9*# ().\-/]*$/;

function phoneMistake(text: string): Flaw | null {
  const fits = PHONE_TEXT.test(text) && /[0-9*#]/.test(text);
  return fits ? null : flaw('not-a-phone-number', { number: shown(text) });
}

/** A telephone number in any usual form. */
export const phoneNumber = textField(40, phoneMistake);

/** A number, or a prefix that ends in `*` (`+5548*`). */
export const numberOrPrefix = textField(40, prefixMistake);

function prefixMistake(text: string): Flaw | null {
  if (text === '*') return flaw('every-number');
  const number = text.length > 1 && text.endsWith('*') && /[0-9]/.test(text) ? text.slice(0, -1) : text;
  return phoneMistake(number);
}

export const extensionNumber = textField(32, (text) => (/^[0-9*#]+$/.test(text) ? null : flaw('not-an-extension')));

/** What the caller reads of a pattern that does not compile; null: it does. */
export function patternMistake(pattern: string): Flaw | null {
  if (pattern.length > LONGEST_PATTERN) return flaw('longer-than', { most: LONGEST_PATTERN });
  try {
    RE2JS.compile(pattern);
    return null;
  } catch (error) {
    const why =
      error instanceof Error
        ? shown(error.message.replace(/^error parsing regexp: /, '').replaceAll('`', "'"))
        : 'not understood';
    return flaw('not-a-pattern', { why });
  }
}

export const pattern = textField(LONGEST_PATTERN, patternMistake);

/** A whole number, a prefix with `*`, or a /regular expression/ (`/…/i`: in any case). */
export const blockedNumber = textField(LONGEST_PATTERN, (text) =>
  /^\/.+\/i?$/.test(text) ? patternMistake(text.replace(/^\/|\/i?$/g, '')) : prefixMistake(text),
);

export const sipUri = textField(256, sipUriMistake);

/** A CIDR, or one address. */
export const cidr = textField(60, (text) => {
  const fits = text.includes('/')
    ? ipaddr.isValidCIDR(text)
    : ipaddr.IPv4.isValidFourPartDecimal(text) || ipaddr.IPv6.isValid(text);
  return fits ? null : flaw('not-an-address-range', { range: shown(text) });
});

/** `tone:NAME`, a recording by its name, `digits:TEXT`, or several of them; never a path that leaves the prompts' folder. */
export const prompt = textField(500, promptMistake);

/** The name of one recording. */
export const recordingName = textField(200, (text) =>
  isPromptName(text) ? null : flaw('not-a-recording-name'),
).transform((text) => text.normalize('NFC'));

export const headerName = textField(80, (text) =>
  /^[A-Za-z0-9\-.!%*_+`'~]+$/.test(text) ? null : flaw('not-a-header-name'),
);

/** ISO 3166-1 alpha-2. */
export const country = textField(2, (text) =>
  /^[A-Z]{2}$/.test(text) && isRegion(text) ? null : flaw('not-a-country', { country: shown(text) }),
);

function isRegion(code: string): boolean {
  if (code === 'ZZ') return false;
  return new Intl.DisplayNames('en', { type: 'region', fallback: 'none' }).of(code) !== undefined;
}

const DAY_SECONDS = 86_400;
export const YEAR_SECONDS = 366 * DAY_SECONDS;

/** A duration in seconds; fractions are allowed. */
export const seconds = (least: number, most: number) => z.number().min(least).max(most);
export const whole = (least: number, most: number) => z.int().min(least).max(most);

/** At most so many in so many seconds. */
export const rateLimit = (): z.ZodType<RateLimit> =>
  fields({ max: whole(0, 1_000_000), perSeconds: seconds(1, YEAR_SECONDS).default(3600) });

/** RFC 8588. */
export const attestation: z.ZodType<AttestationLevel> = z.enum(['A', 'B', 'C']);

/** In the currency of the price list. */
export const money = z.number().min(0).max(1_000_000_000);

/** Shown in place of a written password; on the way in it stands for the stored one. */
export const MASKED_SECRET = '********';

const environmentName = textField(100, (text) =>
  /^[A-Za-z_][A-Za-z0-9_]*$/.test(text) ? null : flaw('not-an-environment-name'),
);

export const secret: z.ZodType<Secret> = z.union(
  [textField(200, () => null), fields({ env: environmentName }), fields({ file: textField(1000, () => null) })],
  { error: coded('secret-form') },
);

export const callerId: z.ZodType<CallerId> = fields({ number: phoneNumber, name: anyText.optional() }).transform(
  (id) => ({ number: id.number, name: id.name ?? null }),
);

/** A list of at most `most`. */
export const listOf = <T>(item: z.ZodType<T>, most = 1000) => z.array(item).max(most);
