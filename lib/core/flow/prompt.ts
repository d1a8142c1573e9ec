/**
 * What a prompt is made of. `a&b&tone:beep` is played part by part, without a gap; `digits:4711` is spoken digit by digit,
 * as `digits/4&digits/7&digits/1&digits/1`.
 */

export type PromptPart =
  /** Made in code; what stands behind `tone:`. */
  | { type: 'tone'; name: string }
  /** A recording by name, in the language of the call. */
  | { type: 'recording'; name: string };

/** Up to four plain segments. None starts with a dot, so no name leads out of its directory. */
const NAME = /^[\p{L}\p{N}_][\p{L}\p{N}_. -]{0,99}(?:\/[\p{L}\p{N}_][\p{L}\p{N}_. -]{0,99}){0,3}$/u;

export function isPromptName(name: string): boolean {
  return NAME.test(name);
}

const DIGITS = 'digits:';
const SIGNS: Readonly<Record<string, string>> = { '*': 'star', '#': 'hash' };

/** In the order in which they are played. */
export function promptParts(prompt: string): PromptPart[] {
  return prompt.split('&').flatMap((part): PromptPart[] => {
    if (part.startsWith('tone:')) return [{ type: 'tone', name: part.slice('tone:'.length) }];
    if (part.startsWith(DIGITS)) return spoken(part.slice(DIGITS.length));
    return [{ type: 'recording', name: nameOf(part) }];
  });
}

/** In Unicode's composed form: the same name written on another system is the same. */
function nameOf(written: string): string {
  return written
    .replace(/^file:/, '')
    .replace(/\.wav$/, '')
    .normalize('NFC');
}

/** What is no key (`+`, spaces, brackets) is not spoken. */
function spoken(digits: string): PromptPart[] {
  const keys = digits.match(/[0-9*#]/g) ?? [];
  return keys.map((key) => ({ type: 'recording', name: `digits/${SIGNS[key] ?? key}` }));
}

/** Fills the `digits:` parts in. @param fill gives nothing that joins prompts */
export function fillPrompt(prompt: string, fill: (template: string) => string): string {
  const parts = prompt.split('&');
  return parts.map((part) => (part.startsWith(DIGITS) ? fill(part) : part)).join('&');
}

/** It says keys that may be a PIN. */
export function speaksKeys(prompt: string): boolean {
  return prompt.split('&').some((part) => part.startsWith(DIGITS));
}

const LONGEST_SHOWN = 100;

/** As it may be logged: without the keys that it speaks, which may be a PIN. */
export function shownPrompt(prompt: string): string {
  const parts = prompt.split('&');
  return parts
    .map((part) => (part.startsWith(DIGITS) ? `${DIGITS}*` : part))
    .join('&')
    .slice(0, LONGEST_SHOWN);
}
