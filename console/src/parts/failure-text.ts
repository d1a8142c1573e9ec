/** What the server says of a mistake or a failure (a code and its values), in the reader's language. */

import type { TFunction } from 'i18next';
import { ApiFailure, type Mistake } from '../api/failure.ts';

/** Keys that are put together out of codes are none that the compiler could know. */
type Words = (key: string, values: object) => unknown;

const isCoded = (value: unknown): value is { code: string; parameters?: unknown } =>
  typeof value === 'object' && value !== null && typeof (value as { code?: unknown }).code === 'string';

/** Empty: there are no words here for this code. */
function wordsOf(t: TFunction, group: 'mistake' | 'error' | 'decision.refusal', code: string, values: object): string {
  // the code is part of a path of keys: what is no plain word could lead anywhere
  if (!/^[a-z0-9-]+$/.test(code)) return '';
  const found = (t as unknown as Words)(`${group}.${code}`, { ...values, defaultValue: '' });
  return typeof found === 'string' ? found : '';
}

function valueText(t: TFunction, value: unknown): string {
  if (Array.isArray(value)) return value.map((one) => valueText(t, one)).join(', ');
  if (isCoded(value)) return flawWords(t, value) || value.code;
  return String(value ?? '');
}

function flawWords(t: TFunction, { code, parameters }: { code: string; parameters?: unknown }): string {
  const given = Object.entries((parameters ?? {}) as Record<string, unknown>);
  return wordsOf(t, 'mistake', code, Object.fromEntries(given.map(([name, value]) => [name, valueText(t, value)])));
}

/** Why a callback is refused. */
export function refusalText(t: TFunction, code: string, message: string): string {
  return wordsOf(t, 'decision.refusal', code, {}) || message;
}

/** @returns `message` where there are no words for the code */
export function errorWords(t: TFunction, code: string, message: string): string {
  return wordsOf(t, 'error', code, { message }) || refusalText(t, code, message);
}

/** What is wrong with a field. The server's own English where there are no words for it. */
export function mistakeText(t: TFunction, { code, parameters, message = '' }: Mistake): string {
  if (code === undefined) return message;
  return flawWords(t, { code, parameters }) || errorWords(t, code, message);
}

/** Where: in a file, by its line. */
function placeText(t: TFunction, path: string): string {
  const [, line, field = ''] = /^line (\d+)(?:: (.*))?$/.exec(path) ?? [];
  if (line === undefined) return path;
  const place = String((t as unknown as Words)('settings.line', { line }));
  return field === '' ? place : `${place}: ${field}`;
}

export function mistakeLine(t: TFunction, mistake: Mistake): string {
  const place = placeText(t, mistake.path ?? '');
  return place === '' ? mistakeText(t, mistake) : `${place}: ${mistakeText(t, mistake)}`;
}

/** What the words for the code leave open. */
function detailOf(t: TFunction, { code, message, mistakes, reason }: ApiFailure): string {
  if (reason !== null) return flawWords(t, reason) || message;
  const [first] = mistakes;
  // without parameters it has no words of its own, and is the message once more
  if (first?.parameters === undefined) return message;
  // what would be missing there is what is to be removed
  return code === 'in-use' ? placeText(t, first.path ?? '') : mistakeLine(t, first);
}

/** What did not work, and what to do about it. */
export function failureText(t: TFunction, error: unknown): string {
  if (!(error instanceof ApiFailure)) return error instanceof Error ? error.message : String(error);
  return errorWords(t, error.code, detailOf(t, error));
}
