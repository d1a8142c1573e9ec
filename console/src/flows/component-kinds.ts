/**
 * Every kind of component that the editor knows: its fields with what they are where nothing is said, its exits, and what a new
 * one says. Of these it offers what the server describes; labels are found by the names of the fields.
 */

import type { Component } from './flow-draft.ts';

export type FieldKind =
  | 'text'
  | 'prompt'
  /** Not to be read over somebody's shoulder. */
  | 'secret'
  | 'language'
  | 'number'
  | 'switch'
  /** On, off, or as the callback rule says. */
  | 'asRule'
  | 'choice'
  | 'extension'
  | 'extensions'
  | 'trunk'
  | 'outgoingRule'
  | 'rule'
  | 'hours'
  /** Names and texts: `{ greeting: 'hello {caller}' }`. */
  | 'texts'
  /** Fields of its own; switched on and off as a whole. */
  | 'group';

export interface FieldSpec {
  /** As it is written, `readBack.prompt` inside of a group. */
  path: string;
  kind: FieldKind;
  /** What it is where nothing is said. */
  standard?: string | number | boolean;
  min?: number;
  max?: number;
  isRequired?: true;
  /** Most leave it as it is: folded away. */
  isFine?: true;
  choices?: readonly string[];
  fields?: readonly FieldSpec[];
}

export interface ManyExits {
  field: 'choices' | 'cases' | 'exits';
  /** What its names are. */
  of: 'keys' | 'patterns' | 'names';
}

export interface KindSpec {
  fields: readonly FieldSpec[];
  /** Fields that name a component each, in the order in which a person meets them. */
  exits: readonly string[];
  many?: ManyExits;
  /** What a new one says. */
  blank: Component;
}

type More = Omit<FieldSpec, 'path' | 'kind'>;
const field = (path: string, kind: FieldKind, more: More = {}): FieldSpec => ({ path, kind, ...more });
const number = (path: string, standard: number | undefined, more: More = {}): FieldSpec => ({
  ...(standard === undefined ? {} : { standard }),
  ...field(path, 'number', { min: 0, ...more }),
});
const FINE = { isFine: true } as const;
const STAY = [number('maxSeconds', undefined, { min: 1, ...FINE }), number('maxEntries', 20, { min: 1, ...FINE })];
const FROM = { standard: 'promptEnd', choices: ['promptEnd', 'promptStart'], ...FINE };

const ON_TIMEOUT = { choices: ['disconnect', 'take', 'retry'], ...FINE };
const TERMINATOR = { standard: '#', choices: ['#', '*', ...'0123456789', ...'ABCD', ''] };

const AMD: ReadonlyArray<[string, number]> = [
  ['initialSilence', 2500],
  ['greeting', 1500],
  ['afterGreetingSilence', 800],
  ['totalAnalysisTime', 5000],
  ['minimumWordLength', 100],
  ['betweenWordsSilence', 50],
  ['maximumNumberOfWords', 2],
  ['silenceThreshold', 256],
  ['maximumWordLength', 5000],
];

const BEGINNING: Record<string, KindSpec> = {
  announce: {
    fields: [
      field('prompt', 'prompt', { isRequired: true }),
      field('language', 'language'),
      field('interruptible', 'switch', { standard: false }),
      number('repeat', 1, { min: 1 }),
      ...STAY,
    ],
    exits: ['next', 'otherwise'],
    blank: { type: 'announce', prompt: 'goodbye' },
  },
  menu: {
    fields: [
      field('prompt', 'prompt', { standard: 'tone:beep' }),
      number('firstDigitTimeoutSeconds', 10),
      number('interDigitTimeoutSeconds', undefined),
      field('interruptible', 'switch', { standard: true }),
      number('retries', 0),
      field('retryPrompt', 'prompt'),
      field('firstDigitTimerFrom', 'choice', FROM),
      field('onInterDigitTimeout', 'choice', { standard: 'disconnect', ...ON_TIMEOUT }),
      field('typeAhead', 'switch', { standard: true, ...FINE }),
      number('maxDigits', undefined, { min: 1, max: 32, ...FINE }),
      ...STAY,
    ],
    many: { field: 'choices', of: 'keys' },
    exits: ['noInput', 'invalid', 'otherwise'],
    blank: { type: 'menu', prompt: 'callback-menu', choices: {} },
  },
  collect: {
    fields: [
      field('prompt', 'prompt', { standard: 'tone:beep' }),
      number('min', 1, { min: 1 }),
      number('max', 32, { min: 1 }),
      field('terminator', 'choice', TERMINATOR),
      field('variable', 'text', { standard: 'digits' }),
      field('secret', 'switch', { standard: false }),
      number('firstDigitTimeoutSeconds', 10),
      number('interDigitTimeoutSeconds', undefined),
      number('retries', 2),
      field('retryPrompt', 'prompt'),
      field('readBack', 'group', {
        fields: [
          field('readBack.prompt', 'prompt', { standard: 'you-entered' }),
          field('readBack.confirmPrompt', 'prompt', { standard: 'press-one-to-confirm' }),
          field('readBack.confirm', 'text', { standard: '1' }),
          field('readBack.again', 'text', { standard: '2' }),
        ],
      }),
      field('interruptible', 'switch', { standard: true, ...FINE }),
      field('typeAhead', 'switch', { standard: true, ...FINE }),
      field('firstDigitTimerFrom', 'choice', FROM),
      field('onInterDigitTimeout', 'choice', { standard: 'take', ...ON_TIMEOUT }),
      ...STAY,
    ],
    exits: ['next', 'noInput', 'invalid', 'otherwise'],
    blank: { type: 'collect', prompt: 'tone:beep' },
  },
  dial: {
    fields: [
      field('extension', 'extension'),
      field('extensions', 'extensions'),
      field('strategy', 'choice', { standard: 'ringAll', choices: ['ringAll', 'inOrder'] }),
      field('number', 'text'),
      field('sipUri', 'text'),
      field('trunk', 'trunk'),
      field('outgoingRule', 'outgoingRule'),
      field('callerId.number', 'text'),
      field('callerId.name', 'text'),
      number('ringTimeoutSeconds', 20, { min: 1 }),
      field('whisper', 'prompt'),
      field('confirm', 'group', {
        fields: [
          field('confirm.prompt', 'prompt', { standard: 'press-one-to-take' }),
          field('confirm.key', 'text', { standard: '1' }),
          number('confirm.timeoutSeconds', 10),
          number('confirm.repeat', 2, { min: 1 }),
        ],
      }),
      field('record', 'asRule', FINE),
      field('consent', 'switch', { standard: false, ...FINE }),
      number('maxTalkSeconds', undefined, { min: 1, ...FINE }),
      field('releaseMedia', 'asRule', FINE),
      ...STAY,
    ],
    exits: ['next', 'busy', 'noAnswer', 'rejected', 'unreachable', 'otherwise'],
    blank: { type: 'dial' },
  },
};

const FURTHER: Record<string, KindSpec> = {
  screen: {
    fields: [
      field('prompt', 'prompt', { standard: 'press-one-to-take' }),
      field('key', 'text', { standard: '1' }),
      number('timeoutSeconds', 10),
      number('repeat', 2, { min: 1 }),
      field('amd', 'group', { fields: AMD.map(([name, standard]) => number(`amd.${name}`, standard)) }),
      field('message', 'group', {
        fields: [field('message.prompt', 'prompt', { isRequired: true }), number('message.beepSeconds', 20)],
      }),
      ...STAY,
    ],
    exits: ['next', 'machine', 'declined', 'otherwise'],
    blank: { type: 'screen' },
  },
  callback: {
    // its form is that of a callback rule
    fields: [field('rule', 'rule'), ...STAY],
    exits: ['next', 'otherwise'],
    blank: { type: 'callback', method: 'caller', delaySeconds: 5, timeoutSeconds: 5 },
  },
  hours: {
    fields: [field('hours', 'hours', { isRequired: true }), ...STAY],
    exits: ['open', 'closed', 'holiday', 'otherwise'],
    blank: { type: 'hours' },
  },
  switch: {
    fields: [field('on', 'text', { isRequired: true }), ...STAY],
    many: { field: 'cases', of: 'patterns' },
    exits: ['otherwise'],
    blank: { type: 'switch', on: 'caller', cases: {} },
  },
  set: {
    fields: [field('variables', 'texts'), field('language', 'language'), ...STAY],
    exits: ['next', 'otherwise'],
    blank: { type: 'set', variables: {} },
  },
  webhook: {
    fields: [
      field('url', 'text', { isRequired: true }),
      field('secret', 'secret'),
      field('prompt', 'prompt'),
      number('timeoutSeconds', 5),
      number('retries', 1),
      ...STAY,
    ],
    many: { field: 'exits', of: 'names' },
    exits: ['next', 'otherwise'],
    blank: { type: 'webhook', url: 'https://' },
  },
  record: {
    fields: [
      field('prompt', 'prompt'),
      field('beep', 'switch', { standard: true }),
      number('maxLengthSeconds', 60, { min: 1 }),
      number('silenceSeconds', 5),
      field('terminator', 'choice', TERMINATOR),
      field('consent', 'switch', { standard: false }),
      ...STAY,
    ],
    exits: ['next', 'otherwise'],
    blank: { type: 'record' },
  },
  transfer: {
    fields: [
      field('extension', 'extension'),
      field('number', 'text'),
      field('sipUri', 'text'),
      number('timeoutSeconds', 30, { min: 1 }),
      ...STAY,
    ],
    exits: ['next', 'otherwise'],
    blank: { type: 'transfer' },
  },
  hangup: {
    fields: [
      field('reason', 'text'),
      number('cause', 16, { min: 1, max: 127 }),
      number('status', undefined, { min: 400, max: 699, ...FINE }),
    ],
    exits: [],
    blank: { type: 'hangup' },
  },
};

/** In the order of the palette. */
export const KINDS: Readonly<Record<string, KindSpec>> = { ...BEGINNING, ...FURTHER };
export const KIND_NAMES = Object.keys(KINDS);

/** Of a kind that this console does not know: it is shown, and leads where the usual fields say. */
const UNKNOWN: KindSpec = { fields: [], exits: ['next', 'otherwise'], blank: { type: 'hangup' } };
export const kindOf = (type: string): KindSpec => (Object.hasOwn(KINDS, type) ? KINDS[type]! : UNKNOWN);
