/**
 * What a flow knows by name. `{caller}`, `{inboundNumber}` and `{language}` are the call's; `{digits}` and all others are what
 * the flow has set, collected or been told. A value is never searched for variables again.
 */

import type { PhoneNumber } from '../policy/phone-number.ts';
import { readNumber, withoutSeparators } from '../policy/read-number.ts';
import type { FlowHost, FlowState } from './flow-state.ts';
import type { FlowTurn } from './flow-turn.ts';

/** Of the call: they can't be set. */
export const CALL_VARIABLES: readonly string[] = ['caller', 'inboundNumber', 'language'];
export const VARIABLE_NAME = /^[a-z][A-Za-z0-9]{0,31}$/;
export const MOST_VARIABLES = 50;
export const LONGEST_VALUE = 256;

const VARIABLE = /\{([a-z][A-Za-z0-9]{0,31})\}/g;
const CONTROL = /[\p{Cc}\p{Cs}\u2028\u2029]/gu;

export interface Known {
  host: Pick<FlowHost, 'call' | 'language'>;
  state: Pick<FlowState, 'digits' | 'variables' | 'language'>;
}

/** What the variable holds; nothing is known of those that nobody has set yet: empty. */
export function variableOf({ host, state }: Known, name: string): string {
  const { call, language } = host;
  switch (name) {
    case 'caller':
      return call.caller.received;
    case 'inboundNumber':
      return call.inboundNumber ?? '';
    case 'language':
      return state.language ?? language;
    case 'digits':
      return state.digits;
    default:
      return Object.hasOwn(state.variables, name) ? (state.variables[name] ?? '') : '';
  }
}

function filled(template: string, known: Known, keep: (value: string) => string): string {
  return template.replace(VARIABLE, (_whole, name: string) => keep(variableOf(known, name)));
}

/**
 * A number to dial: whatever a caller, his keys or a hook put in, only digits and + get into it. `{caller}` is the number as
 * received: the dial plan reads it as it read the caller's.
 */
export function fillDialled(template: string, known: Known): string {
  return filled(template, known, (value) => value.replace(/[^0-9+]/g, ''));
}

/** A text that is compared, kept or sent: values as they are, without what would end a line. */
export function fillText(template: string, known: Known): string {
  return filled(template, known, (value) => value.replace(CONTROL, ''));
}

/** What is spoken key by key: nothing that joins prompts. */
export function fillSpoken(template: string, known: Known): string {
  return filled(template, known, (value) => value.replace(/[^0-9*#]/g, ''));
}

/** The names in a template, each once. */
export function variablesIn(template: string): string[] {
  return [...new Set([...template.matchAll(VARIABLE)].map(([, name]) => name!))];
}

/** Whoever is on the line, or a hook, has a say in which number it becomes. */
export function isChosenByCaller(template: string): boolean {
  return variablesIn(template).some((name) => name !== 'inboundNumber');
}

export interface Setting {
  /** Held apart: it is in nothing that is shown, said or dialled, only webhooks are told. */
  secret?: boolean;
}

type Held = Pick<FlowState, 'digits' | 'variables' | 'secrets'>;

/**
 * With variables set. Values lose control characters and what is beyond their bound.
 * @returns `refused`: names that can't be set, or for which there is no room
 */
export function withVariables<S extends Held>(
  state: S,
  given: Readonly<Record<string, string>>,
  { secret = false }: Setting = {},
): { state: S; refused: string[] } {
  const refused: string[] = [];
  let { digits } = state;
  const variables = { ...state.variables };
  const secrets = { ...state.secrets };
  for (const [name, text] of Object.entries(given)) {
    const isKnown = Object.hasOwn(variables, name) || Object.hasOwn(secrets, name);
    const hasRoom = isKnown || Object.keys(variables).length + Object.keys(secrets).length < MOST_VARIABLES;
    const value = bounded(text);
    if (!VARIABLE_NAME.test(name) || CALL_VARIABLES.includes(name)) refused.push(name);
    else if (name === 'digits' && !secret) digits = value;
    else if (!hasRoom) refused.push(name);
    else {
      delete variables[name];
      delete secrets[name];
      (secret ? secrets : variables)[name] = value;
    }
  }
  return { state: { ...state, digits, variables, secrets }, refused };
}

function bounded(text: string): string {
  const plain = text.replace(CONTROL, '');
  // A character of two halves is not cut in two.
  return plain.slice(0, LONGEST_VALUE).replace(/[\uD800-\uDBFF]$/, '');
}

/** Of a component as written: the texts in which variables may stand, with their paths. */
export function templatesIn(component: Readonly<Record<string, unknown>>): Array<{ path: string[]; text: string }> {
  return TEMPLATES.flatMap((path) => textsAt(component, path, []));
}

/** `*`: each field of a group. */
const TEMPLATES: ReadonlyArray<readonly string[]> = [
  ['number'],
  ['sipUri'],
  ['prompt'],
  ['retryPrompt'],
  ['whisper'],
  ['readBack', 'prompt'],
  ['readBack', 'confirmPrompt'],
  ['confirm', 'prompt'],
  ['message', 'prompt'],
  ['on'],
  ['variables', '*'],
];

function textsAt(value: unknown, path: readonly string[], above: string[]): Array<{ path: string[]; text: string }> {
  const [field, ...below] = path;
  if (field === undefined) return typeof value === 'string' ? [{ path: above, text: value }] : [];
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [];
  const group = value as Record<string, unknown>;
  const fields = field === '*' ? Object.keys(group) : [field].filter((name) => Object.hasOwn(group, name));
  return fields.flatMap((name) => textsAt(group[name], below, [...above, name]));
}

/** What a component as written sets: names, those that nobody may see, and whether any name may come from outside. */
export function setBy(component: Readonly<Record<string, unknown>>): {
  names: string[];
  secret: boolean;
  open: boolean;
} {
  const type = component['type'];
  if (type === 'menu') return { names: ['digits'], secret: false, open: false };
  if (type === 'collect') {
    const { variable } = component;
    const names = [typeof variable === 'string' ? variable : 'digits'];
    return { names, secret: component['secret'] === true, open: false };
  }
  if (type === 'record') return { names: ['recording'], secret: false, open: false };
  const { variables } = component;
  const isGroup = type === 'set' && typeof variables === 'object' && variables !== null;
  return { names: isGroup ? Object.keys(variables) : [], secret: false, open: type === 'webhook' };
}

/** The number that a component names, its variables filled in; `received` empty: nothing is left of it. */
export function numberOf({ host, state, context }: FlowTurn, template: string): PhoneNumber {
  const text = fillDialled(template, { host, state });
  return readNumber(withoutSeparators(text), context.configuration.defaultCountry);
}
