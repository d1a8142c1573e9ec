/** What a `webhook` component asks of somebody else's server, and what it may answer. */

import type { Secret } from '../configuration.ts';
import { CALL_VARIABLES, LONGEST_VALUE, MOST_VARIABLES, VARIABLE_NAME } from './variables.ts';

/** The text that is posted, as JSON. */
export interface HookBody {
  /** Names this visit of the component: the same in every try of it. */
  requestId: string;
  /** Null: the person has called, nobody was called back. */
  callbackId: string | null;
  /** Null: as above. */
  attempt: { id: string; number: number } | null;
  flow: string;
  component: string;
  caller: { received: string; e164: string | null; name: string | null };
  inboundNumber: string | null;
  /** The keys of the last menu. */
  digits: string;
  /** Secret ones too. */
  variables: Record<string, string>;
  /** BCP 47. */
  language: string;
}

export interface HookRequest {
  url: string;
  /** Key of the signature; null: not signed. */
  secret: Secret | null;
  body: HookBody;
  /** Of each try. */
  timeoutSeconds: number;
  /** How often it is tried again where nothing, or nothing of use, came back. */
  retries: number;
}

/** `answer`: JSON as it came, not looked at yet. `tries`: how many there were. */
export type HookResult =
  | { type: 'answered'; answer: unknown; tries: number }
  /** Low-cardinality word. */
  | { type: 'failed'; why: string; tries: number };

/** The pause before each further try; the last one holds for those after it. */
const PAUSES_MS = [250, 500, 1000, 2000];

/** @param tries so many there were */
export function hookPauseMs(tries: number): number {
  return PAUSES_MS[Math.min(tries, PAUSES_MS.length) - 1] ?? 0;
}

/** By then a request is answered or given up, whatever happens. */
export function longestHookMs({ timeoutSeconds, retries }: Pick<HookRequest, 'timeoutSeconds' | 'retries'>): number {
  const pauses = Array.from({ length: retries }, (_, index) => hookPauseMs(index + 1));
  return timeoutSeconds * 1000 * (retries + 1) + pauses.reduce((sum, ms) => sum + ms, 0);
}

export interface HookAnswer {
  /** Null: it names none. */
  exit: string | null;
  variables: Record<string, string>;
  /** Null: as it is. */
  language: string | null;
}

export type ReadAnswer = { ok: true; answer: HookAnswer } | { ok: false; why: string };

const LANGUAGE = /^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$/;
const LONGEST_EXIT = 100;

const wrong = (why: string): ReadAnswer => ({ ok: false, why });

/** All of it, or nothing: half an answer would send people where nobody meant them to go. */
export function readHookAnswer(given: unknown): ReadAnswer {
  if (!isFields(given)) return wrong('no-object');
  const exit = given['exit'] ?? null;
  if (exit !== null && (typeof exit !== 'string' || exit.length > LONGEST_EXIT)) return wrong('exit');
  const written = given['language'] ?? null;
  const language = written === null ? null : languageOf(written);
  if (written !== null && language === null) return wrong('language');
  const told = given['variables'] ?? {};
  if (!isFields(told)) return wrong('variables');
  const entries = Object.entries(told);
  if (entries.length > MOST_VARIABLES) return wrong('too-many-variables');
  const variables: Record<string, string> = {};
  for (const [name, value] of entries) {
    const text = textOf(value);
    if (!VARIABLE_NAME.test(name) || CALL_VARIABLES.includes(name)) return wrong('variable-name');
    if (text === null || text.length > LONGEST_VALUE) return wrong('variable-value');
    variables[name] = text;
  }
  return { ok: true, answer: { exit, variables, language } };
}

/** As it is usually written, `pt-BR`, however it was: it names a folder. Null: it is none. */
function languageOf(value: unknown): string | null {
  if (typeof value !== 'string' || !LANGUAGE.test(value)) return null;
  try {
    return Intl.getCanonicalLocales(value)[0] ?? null;
  } catch {
    return null;
  }
}

function textOf(value: unknown): string | null {
  if (value === null) return '';
  if (typeof value === 'string') return value;
  return typeof value === 'boolean' || Number.isFinite(value) ? String(value) : null;
}

function isFields(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
