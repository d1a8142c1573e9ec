import assert from 'node:assert/strict';
import fc from 'fast-check';
import { AMD_STANDARD } from '../../../lib/core/call/detection.ts';
import type { LegEvent, LegResult } from '../../../lib/core/call/leg.ts';
import type { FlowComponent } from '../../../lib/core/configuration.ts';
import {
  type InboundEffect,
  type InboundEvent,
  type InboundSession,
  inboundDeadlineOf,
  reduceInbound,
} from '../../../lib/core/flow/inbound-session.ts';
import { component } from '../../support/flow-components.ts';
import { configuration, FINAL } from '../callback/life-fixture.ts';
import { anExtension } from '../rules/configuration-fixture.ts';
import { announce, dial, HOST, menu } from './flow-fixture.ts';

const LEG = 'in-1';
const COMPONENTS: Record<string, FlowComponent> = {
  menu: menu({
    choices: {
      '1': 'extension',
      '2': 'number',
      '20': 'back',
      '9': 'hello',
      '0': 'order',
      '3': 'several',
      '4': 'gate',
      '5': 'away',
      '6': 'hook',
      '7': 'message',
    },
    otherwise: 'bye',
  }),
  patient: menu({
    choices: { '1': 'set' },
    retries: 2,
    firstDigitTimerFrom: 'promptStart',
    noInput: 'who',
    invalid: 'hello',
  }),
  hello: { ...announce('hello', 'menu'), interruptible: true, repeat: 2 },
  order: component('collect', {
    min: 2,
    max: 3,
    variable: 'order',
    readBack: { prompt: 'you-entered', confirmPrompt: 'press-one', confirm: '1', again: '2' },
    next: 'set',
    noInput: 'hours',
    invalid: 'patient',
  }),
  set: component('set', { variables: { order: '{order}{digits}' }, language: 'es', next: 'who' }),
  who: component('switch', { on: '{order}', cases: { '1*': 'number', '/2/': 'order' }, otherwise: 'hours' }),
  hours: component('hours', { hours: 'gone', open: 'menu', otherwise: 'hello' }),
  extension: dial({ extension: '200', otherwise: 'number' }),
  number: dial({ number: '+5548999990000', otherwise: 'menu' }),
  back: component('callback', { rule: 'Callback geral' }),
  several: dial({
    extensions: ['200', '201'],
    strategy: 'inOrder',
    whisper: 'psst',
    confirm: { prompt: 'take?', key: '1', timeoutSeconds: 5, repeat: 2 },
    maxTalkSeconds: 8,
    next: 'menu',
    busy: 'number',
    otherwise: 'gate',
  }),
  gate: component('screen', {
    amd: AMD_STANDARD,
    message: { prompt: 'message', beepSeconds: 5 },
    maxSeconds: 4,
    next: 'several',
    machine: 'ask',
    otherwise: 'away',
  }),
  away: component('transfer', { extension: '201', timeoutSeconds: 5, next: 'menu', otherwise: 'ask' }),
  ask: component('callback', { rule: 'Callback geral', otherwise: 'menu', maxSeconds: 9 }),
  hook: component('webhook', {
    prompt: 'please-hold',
    exits: { several: 'several', message: 'message' },
    next: 'gate',
    otherwise: 'menu',
    timeoutSeconds: 1,
    retries: 0,
  }),
  message: component('record', { prompt: 'leave-message', next: 'hook', otherwise: 'recorded', maxSeconds: 9 }),
  recorded: dial({ extension: '200', record: true, consent: true, next: 'message', otherwise: 'hook' }),
  bye: { type: 'hangup', reason: null },
};

const KEPT = { menu: COMPONENTS['menu']!, several: COMPONENTS['several']!, bye: COMPONENTS['bye']! };

/** The more often it stands here, the more often it happens. */
const KINDS = [
  ...['answered', 'answered', 'answered', 'answered', 'digit', 'digit', 'digit', 'digit', 'digit', 'digit'],
  ...['slot', 'slot', 'slot', 'slot', 'playEnded', 'playEnded', 'playEnded', 'playEnded', 'rejected', 'rejected'],
  ...['ringing', 'ringing', 'alarm', 'deadline', 'ended'],
  ...['detected', 'detected', 'referred', 'decided', 'decided'],
  ...['fetched', 'fetched', 'recorded', 'recorded', 'reconfigured'],
] as const;

/** One thing that may happen; `which` says to whose leg. */
const happening = fc.record({
  kind: fc.constantFrom(...KINDS),
  which: fc.nat({ max: 3 }),
  digit: fc.constantFrom('1', '1', '2', '0', '9', '3', '4', '5', '6', '7', '#'),
  status: fc.constantFrom(486, 503, 404, 480),
  afterMs: fc.nat({ max: 9000 }),
});
type Happening = typeof happening extends fc.Arbitrary<infer T> ? T : never;

class Legs {
  readonly up = new Set<string>([LEG]);
  readonly answered = new Set<string>();
  isAnswering = false;
  readonly slots: string[] = [];
  /** Slots that are neither used nor given back. */
  readonly kept = new Set<string>();
  plays: string[] = [];
  detections: string[] = [];
  referrals: string[] = [];
  fetches: string[] = [];
  recordings: string[] = [];
  /** What has been begun, and neither ended nor been stopped; of the person's leg one of each at most. */
  readonly open = new Map<'fetch' | 'detect' | 'record', string>();
  /** Who talks to whom. */
  readonly bridges = new Map<string, string>();

  #begun(effect: InboundEffect): void {
    if (effect.type === 'fetch') this.fetches.push(effect.requestId);
    if (effect.type === 'fetch') this.open.set('fetch', effect.requestId);
    if (effect.type === 'stopFetch') this.open.delete('fetch');
    if (effect.type === 'detect') this.open.set('detect', effect.detectId);
    if (effect.type === 'stopDetect') this.open.delete('detect');
    if (effect.type === 'record') this.recordings.push(effect.recordingId);
    if (effect.type === 'record') this.open.set('record', effect.recordingId);
    if (effect.type === 'stopRecord') this.open.delete('record');
  }

  /** Every effect must make sense for the legs as they are. */
  perform(effect: InboundEffect): void {
    if (effect.type === 'reserveSlot') this.slots.push(effect.legId);
    if (effect.type === 'reserveSlot') this.kept.add(effect.legId);
    if (effect.type === 'withdrawSlot') this.kept.delete(effect.legId);
    if (effect.type === 'dial') this.kept.delete(effect.request.legId);
    if (effect.type === 'dial') this.up.add(effect.request.legId);
    if (effect.type === 'answer') this.isAnswering = true;
    if (effect.type === 'play') this.plays.push(effect.playId);
    if (effect.type === 'detect') this.detections.push(effect.detectId);
    if (effect.type === 'refer') this.referrals.push(effect.referId);
    this.#begun(effect);
    const ends = effect.type === 'requestCallback' && effect.goesOn !== true;
    if (effect.type === 'hangUp' || effect.type === 'reject' || ends) this.up.delete(effect.legId);
    if (effect.type === 'reject') assert.ok(!this.answered.has(effect.legId), 'no rejection after an answer');
    if (effect.type !== 'bridge') return;
    assert.ok(this.answered.has(effect.a) && this.answered.has(effect.b), 'only the answered are bridged');
    const former = this.bridges.get(effect.a);
    assert.ok(former === undefined || !this.up.has(former), 'nobody talks to two at once');
    this.bridges.set(effect.a, effect.b);
  }
}

/** Which of what a flow begins may be under way while the person is there. */
const OPEN_AT: Readonly<Record<string, readonly string[]>> = {
  webhook: ['fetch'],
  screen: ['detect'],
  record: ['record'],
  bridged: ['record'],
};

function eventOf(happening: Happening, legs: Legs): InboundEvent {
  const { kind, which, digit, status } = happening;
  const legId = [...legs.up][which % legs.up.size] ?? LEG;
  const leg = (event: Omit<LegEvent, 'legId'> & Record<string, unknown>): InboundEvent => {
    return { type: 'leg', event: { legId, ...event } as LegEvent };
  };
  const result: LegResult = { ...FINAL, status };
  if (kind === 'alarm' || kind === 'deadline') return { type: 'alarm' };
  if (kind === 'slot') return { type: 'slotGranted', legId: legs.slots[which % Math.max(1, legs.slots.length)] ?? '' };
  if (kind === 'playEnded')
    return leg({ type: 'playEnded', playId: legs.plays.at(-1 - (which % 2)) ?? '', result: 'played' });
  if (kind === 'decided') return { type: 'callbackDecided', isGranted: which % 2 === 0, why: 'limits' };
  if (kind === 'detected') {
    const results = ['human', 'machine', 'machine', 'beep'] as const;
    const detectId = legs.detections.at(-1) ?? '';
    if (legId === LEG && legs.open.get('detect') === detectId) legs.open.delete('detect');
    return leg({ type: 'detected', detectId, result: results[which], cause: 'TOOLONG' });
  }
  if (kind === 'fetched') {
    const requestId = legs.fetches.at(-1 - (which % 2)) ?? '';
    if (legs.open.get('fetch') === requestId) legs.open.delete('fetch');
    const answer = { exit: ['several', 'message', 'next', 'nonsense'][which], variables: { told: digit } };
    const result = { type: 'answered', answer, tries: 1 } as const;
    return { type: 'fetched', requestId, result: which === 3 ? { type: 'failed', why: 'timeout', tries: 2 } : result };
  }
  if (kind === 'recorded') {
    const recordingId = legs.recordings.at(-1 - (which % 2)) ?? '';
    if (legs.open.get('record') === recordingId) legs.open.delete('record');
    const why = (['stopped', 'silence', 'storage', 'maxSeconds'] as const)[which]!;
    return { type: 'leg', event: { type: 'recorded', legId: LEG, recordingId, seconds: which, why } };
  }
  if (kind === 'referred') {
    const result = which % 2 === 0 ? 'transferred' : 'failed';
    return leg({ type: 'referred', referId: legs.referrals.at(-1) ?? '', result, status: 486 });
  }
  // The caller's leg is answered by us alone.
  const isEarly = kind === 'answered' && legId === LEG && !legs.isAnswering;
  if (kind === 'reconfigured' || isEarly) return { type: 'alarm' };
  if (kind === 'answered') legs.answered.add(legId);
  if (kind === 'ended' || (kind === 'rejected' && legId !== LEG)) legs.up.delete(legId);
  if (kind === 'rejected') return leg(legId === LEG ? { type: 'digit', digit } : { type: 'rejected', result });
  return leg({ type: kind, digit, status: 180, by: 'remote', text: '' });
}

describe('inbound call in a flow, whatever happens', () => {
  it('no leg is left up, nothing is bridged unanswered, and there is always a deadline', () => {
    const starts = fc.constantFrom(
      ...[
        'menu',
        'menu',
        'hello',
        'order',
        'order',
        'patient',
        'who',
        'extension',
        'number',
        'back',
        'bye',
        'several',
        'several',
        'gate',
        'gate',
        'away',
        'ask',
        'hook',
        'message',
        'recorded',
        'order',
        'order',
        'patient',
        'who',
      ],
    );
    fc.assert(
      fc.property(starts, fc.array(happening, { minLength: 20, maxLength: 60 }), (start, happenings) => {
        let current = configuration({
          flows: [{ name: 'f', start, components: COMPONENTS }],
          extensions: ['200', '201'].map((number) => anExtension({ number })),
        });
        const legs = new Legs();
        let now = 1_000_000;
        let session: InboundSession | null = null;
        const reduce = (from: Parameters<typeof reduceInbound>[0], event: InboundEvent) => {
          const step = reduceInbound(from, event, { now, configuration: current, engine: { showsTrying: true } });
          for (const effect of step.effects) legs.perform(effect);
          // Whoever has granted it ends the leg.
          const isGranted = event.type === 'callbackDecided' && event.isGranted;
          if (isGranted && step.session === null) legs.up.delete(LEG);
          return step.session;
        };
        session = reduce({ legId: LEG, call: HOST.call, flow: 'f', component: null }, { type: 'offered' });
        for (const next of [...happenings, null]) {
          if (session === null) break;
          const deadline: number = inboundDeadlineOf(session, current);
          assert.ok(Number.isFinite(deadline));
          now = next?.kind === 'deadline' ? Math.max(now, deadline) : now + (next?.afterMs ?? 0);
          // Most of it is gone: whoever is elsewhere ends with the next thing that happens.
          if (next?.kind === 'reconfigured') {
            if (next.which === 0) current = configuration({ flows: [{ name: 'f', start: 'bye', components: KEPT }] });
          }
          session = reduce(session, next === null ? { type: 'drain' } : eventOf(next, legs));
          const here = session === null ? [] : (OPEN_AT[session.state.place.type] ?? []);
          const left = [...legs.open.keys()].filter((what) => !here.includes(what));
          // What listens to a leg ends with it.
          assert.deepEqual(
            session === null ? left.filter((what) => what === 'fetch') : left,
            [],
            'nothing is left behind',
          );
        }
        assert.equal(session, null);
        assert.deepEqual([...legs.up], [], 'every leg has been ended');
        assert.deepEqual([...legs.kept], [], 'every slot is used or given back');
      }),
      { numRuns: 2000 },
    );
  });
});
