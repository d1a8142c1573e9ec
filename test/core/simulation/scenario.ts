/** What one history is made of: the promise, the configuration, the moods of trunks and persons, and the disturbances. */

import { AMD_STANDARD } from '../../../lib/core/call/detection.ts';
import type {
  CallbackTerms,
  Configuration,
  FlowComponent,
  MenuComponent,
  RetryOutcome,
  TrunkCallerIds,
} from '../../../lib/core/configuration.ts';
import { type Closure, EXTENSIONS_LANE } from '../../../lib/core/trunk/line-state.ts';
import { component } from '../../support/flow-components.ts';
import { aConfiguration, anExtension, aTrunk, terms } from '../rules/configuration-fixture.ts';
import type { Random } from './random.ts';

/** `picky`: 403 to every caller ID but its own default. */
export type TrunkMood = 'good' | 'fault' | 'silent' | 'late' | 'moody' | 'picky';
export type PhoneMood = 'answers' | 'busy' | 'declines' | 'unwanted' | 'noAnswer' | 'unknown' | 'absent' | 'moody';

export interface Scenario {
  configuration: Configuration;
  showsTrying: boolean;
  /** So long before it is due a callback is made ready. */
  aheadMs: number;
  terms: CallbackTerms;
  next: { flow: string; component: string | null } | null;
  byApi: boolean;
  trunks: Map<string, TrunkMood>;
  person: PhoneMood;
  target: PhoneMood;
  /** What becomes of the first call: its rejection is sent, or its CANCEL wins. */
  firstCall: 'rejected' | 'gaveUp' | 'missed' | 'stayed';
  /** Events between the legs and the application come late, twice, in another order. */
  disturbed: boolean;
  /** At each of the instants at which it hurts; 0: never. */
  crashChance: number;
  saveFails: boolean;
  /** The store can't always be asked whether somebody may be dialled. */
  factsFail: boolean;
  /** From then on (ms since the begin) the number is on the suppression list; null: never, unless it answers 607. */
  suppressedAt: number | null;
  /** After a crash the engine lives on and ends what rings; else it rings on by itself. */
  engineSurvives: boolean;
  longWaits: boolean;
  /** Instants in ms since the begin. */
  callsAgain: number[];
  cancels: number[];
  reschedules: Array<{ at: number; inMs: number }>;
  retries: number[];
  clockSteps: Array<{ at: number; byMs: number }>;
  drainAt: number | null;
  configurationChangesAt: number | null;
  /** Trunks that close and open, and callbacks to extensions that are held back; `why` null: open. */
  closings: Array<{ at: number; lane: string; why: Closure | null }>;
}

/** After it nothing is disturbed any more, so that every history comes to its end. */
export const CALM_AFTER_MS = 20 * 60_000;

export const TRUNK_DEFAULT = '+551140001234';

const MENU: MenuComponent = component('menu', {
  firstDigitTimeoutSeconds: 8,
  choices: { '1': 'extension', '2': 'number', '20': 'back', '9': 'hello', '0': 'order', '5': 'several', '#': 'away' },
  otherwise: 'bye',
});
const DIAL = component('dial');

function components(random: Random): Record<string, FlowComponent> {
  return {
    menu: {
      ...MENU,
      interruptible: random.chance(0.7),
      typeAhead: random.chance(0.8),
      retries: random.pick([0, 0, 2]),
      firstDigitTimerFrom: random.pick(['promptEnd', 'promptStart'] as const),
      noInput: random.pick([null, null, null, 'order']),
      invalid: random.pick([null, null, null, 'who']),
      otherwise: random.pick([null, 'bye', 'menu']),
    },
    order: component('collect', {
      max: random.between(1, 4),
      variable: 'order',
      secret: random.chance(0.2),
      onInterDigitTimeout: random.pick(['take', 'retry', 'disconnect'] as const),
      readBack: random.pick([null, { prompt: 'you-entered', confirmPrompt: 'press', confirm: '1', again: '2' }]),
      next: random.pick([null, 'set', 'extension']),
    }),
    set: component('set', { variables: { order: '{order}{digits}' }, next: 'who' }),
    who: component('switch', { on: '{order}', cases: { '1*': 'number', '/2/': 'hours' }, otherwise: 'extension' }),
    hours: component('hours', { hours: 'office', open: 'menu', closed: 'number', otherwise: 'bye' }),
    hello: component('announce', { prompt: 'hello', next: random.pick([null, 'menu', 'extension']) }),
    extension: {
      ...DIAL,
      extension: '200',
      number: null,
      trunk: null,
      ringTimeoutSeconds: 15,
      next: random.pick([null, null, 'menu', 'number', 'back']),
      maxTalkSeconds: random.pick([null, null, 10]),
      otherwise: random.pick([null, 'number', 'menu']),
    },
    several: severalOf(random),
    screen: screenOf(random),
    away: component('transfer', {
      ...random.pick([{ number: '+5548999990000' }, { extension: '201' }, { number: '190' }]),
      timeoutSeconds: 15,
      next: random.pick([null, 'menu']),
      otherwise: random.pick([null, 'extension']),
    }),
    number: {
      ...DIAL,
      extension: null,
      number: '+5548999990000',
      trunk: random.pick([null, 'b']),
      ringTimeoutSeconds: 15,
      otherwise: random.pick([null, 'bye', 'gone']),
    },
    back: component('callback', { rule: 'Callback geral', otherwise: random.pick([null, 'hello', 'extension']) }),
    bye: { type: 'hangup', reason: null },
  };
}

const CONFIRM = { prompt: 'take?', key: '1', timeoutSeconds: 4, repeat: 2 };

function severalOf(random: Random): FlowComponent {
  return {
    ...DIAL,
    extensions: ['200', '201'],
    strategy: random.pick(['ringAll', 'inOrder']),
    ringTimeoutSeconds: 8,
    whisper: random.pick([null, 'psst']),
    confirm: random.pick([null, CONFIRM]),
    next: random.pick([null, 'menu']),
    rejected: random.pick([null, 'number']),
    otherwise: random.pick([null, 'menu']),
  };
}

function screenOf(random: Random): FlowComponent {
  return component('screen', {
    timeoutSeconds: 4,
    amd: random.pick([null, AMD_STANDARD]),
    message: random.pick([null, { prompt: 'message', beepSeconds: 5 }]),
    next: random.pick([null, 'menu', 'several']),
    machine: random.pick([null, null, 'hello']),
    declined: random.pick([null, 'bye']),
    otherwise: random.pick([null, 'menu']),
  });
}

/** Two prefixes: that of the inbound number, and another one. */
function callerIdsOf(random: Random): TrunkCallerIds {
  const allow = random.pick([[], [], ['+5548312101*'], ['+5511*', TRUNK_DEFAULT]]);
  return { allow, default: random.chance(0.4) ? TRUNK_DEFAULT : null };
}

function configurationOf(random: Random): Configuration {
  const isByWeight = random.chance(0.3);
  const trunks = ['a', 'b', 'c']
    .slice(0, random.between(1, 3))
    .map((name) => (isByWeight ? { name, weight: random.between(1, 9) } : name));
  return aConfiguration({
    extensions: ['200', '201'].map((number) => anExtension({ number })),
    trunks: ['a', 'b', 'c'].map((name) =>
      aTrunk({ name, noResponseSeconds: random.pick([null, null, 2, 20]), callerIds: callerIdsOf(random) }),
    ),
    defaultOutgoingRule: 'all',
    outgoingRules: [{ name: 'all', routes: [{ match: '.', matchOn: 'received', rewrite: null, trunks }] }],
    flows: [
      {
        name: 'f',
        start: random.pick([
          'menu',
          'menu',
          'menu',
          'hello',
          'hello',
          'extension',
          'extension',
          'number',
          'number',
          'order',
          'who',
          'several',
          'screen',
        ]),
        components: components(random),
      },
    ],
  });
}

/** Doors that open for three minutes of ten, so that they open and close within one history. */
function hoursOf(random: Random): Partial<CallbackTerms> {
  if (!random.chance(0.08)) return {};
  const ranges = Array.from({ length: 144 }, (_, index) => {
    const clock = (minute: number) =>
      `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;
    return `${clock(index * 10)}-${clock(index * 10 + 3)}`;
  });
  return { callingHours: [`Mon-Sun ${ranges.join(',')}`], outsideHours: random.pick(['wait', 'wait', 'refuse']) };
}

function termsOf(random: Random): CallbackTerms {
  const toExtension = random.chance(0.1);
  const on: RetryOutcome[] = random.chance(0.7)
    ? ['busy', 'no-answer', 'unreachable']
    : random.subset(['busy', 'no-answer', 'unreachable', 'rejected', 'abandoned', 'machine', 'failed']);
  return terms({
    method: toExtension ? 'extension' : 'caller',
    extension: toExtension ? '200' : null,
    trunk: random.chance(0.3) ? 'a' : null,
    delaySeconds: random.pick([0, 1, 5, 60]),
    ringTimeoutSeconds: random.pick([5, 20, 25, 45, 60]),
    retry: {
      attempts: random.between(1, 4),
      intervalSeconds: random.pick([[1], [0], [5, 30], [60]]),
      on,
    },
    expiresSeconds: random.pick([5, 60, 300, 1800]),
    maxCallSeconds: random.pick([20, 120, 600]),
    timeoutSeconds: 5,
    minimumTalkSeconds: random.pick([0, 0, 0, 5, 30]),
    ...hoursOf(random),
  });
}

function instants(random: Random, chance: number): number[] {
  const count = random.chance(chance) ? random.between(1, 3) : 0;
  return Array.from({ length: count }, () => Math.floor(random.next() ** 2 * 240_000));
}

/** Some are closed from the beginning, some close in the middle; most open again before the calm does it. */
function closingsOf(random: Random): Scenario['closings'] {
  if (!random.chance(0.3)) return [];
  const count = random.between(1, 8);
  return Array.from({ length: count }, () => ({
    at: random.chance(0.4) ? 0 : Math.floor(random.next() ** 2 * 300_000),
    lane: random.pick(['a', 'a', 'b', 'c', EXTENSIONS_LANE]),
    why: random.pick(['down', 'parked', 'switched-off', null, null] as const),
  }));
}

export function scenarioOf(random: Random): Scenario {
  const moods: readonly TrunkMood[] = [
    'good',
    'good',
    'good',
    'good',
    'moody',
    'moody',
    'picky',
    'picky',
    'fault',
    'silent',
    'late',
  ];
  const unlucky: readonly PhoneMood[] = ['moody', 'moody', 'busy', 'declines', 'unwanted', 'noAnswer', 'absent'];
  const phone = () => (random.chance(0.6) ? 'answers' : random.pick(unlucky));
  const byApi = random.chance(0.1);
  return {
    configuration: configurationOf(random),
    showsTrying: random.chance(0.6),
    aheadMs: random.chance(0.5) ? 150 : 0,
    terms: termsOf(random),
    next: random.chance(0.2) ? null : { flow: 'f', component: null },
    byApi,
    trunks: new Map(['a', 'b', 'c'].map((name) => [name, random.pick(moods)])),
    person: phone(),
    target: phone(),
    firstCall: random.chance(0.06)
      ? 'gaveUp'
      : random.chance(0.85)
        ? 'rejected'
        : random.chance(0.6)
          ? 'missed'
          : 'stayed',
    disturbed: random.chance(0.6),
    crashChance: random.chance(0.4) ? random.pick([0.01, 0.03, 0.1]) : 0,
    saveFails: random.chance(0.1),
    factsFail: random.chance(0.1),
    suppressedAt: random.chance(0.04) ? random.between(0, 120_000) : null,
    engineSurvives: random.chance(0.5),
    longWaits: random.chance(0.15),
    callsAgain: instants(random, 0.3),
    cancels: instants(random, 0.1),
    reschedules: instants(random, 0.1).map((at) => ({ at, inMs: random.between(-5000, 120_000) })),
    retries: instants(random, 0.12),
    clockSteps: instants(random, 0.08).map((at) => ({ at, byMs: random.between(-3_600_000, 3_600_000) })),
    drainAt: random.chance(0.06) ? random.between(0, 120_000) : null,
    configurationChangesAt: random.chance(0.05) ? random.between(0, 120_000) : null,
    closings: closingsOf(random),
  };
}
