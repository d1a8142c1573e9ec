/** A history in which nothing is wrong, and then each way to break it: an oracle that sees nothing proves nothing. */

import assert from 'node:assert/strict';
import { Account } from '../../load/account.ts';
import type { LegEnd, PhoneLeg } from '../../load/phone-leg.ts';
import type { SipHead } from '../../load/sip-head.ts';
import { Journal } from './journal.ts';
import { type Breach, type Broken, judge } from './oracle.ts';
import type { StoredAttempt, StoredCallback } from './stored-history.ts';
import { timeLine } from './time-line.ts';

const BEGIN = 1_800_000_000_000;
const DELAY_MS = 2_000;
const NUMBER = '+5548991000001';
const OTHER = '+5548991000002';
const FAR_LATER = BEGIN + 600_000;

const leg = (number: string, callbackId: string, callId: string): PhoneLeg =>
  ({ number, callId, callbackId, from: 'we' }) as PhoneLeg;

const inviteOf = (legId: string): SipHead =>
  ({ method: 'INVITE', callId: callIdOf(legId), uri: `sip:${NUMBER}@trunk` }) as SipHead;

/** What the wire and the store would show; a test changes what it wants broken. */
class History {
  readonly account = new Account({ delayMs: DELAY_MS, earlyToleranceMs: 2, retireAfterMs: Number.POSITIVE_INFINITY });
  readonly journal = new Journal(this.account);
  readonly stored: StoredCallback[] = [];
  leftovers: Array<{ what: string; count: number }> = [{ what: 'callback_legs at node 1', count: 0 }];
  isWireWhole = true;
  isPromptlyPromised = true;
  isClockSteady = true;

  called(number: string, callbackId: string, at = BEGIN): this {
    this.journal.offered(number, at);
    this.journal.promised(number, at + 10, callbackId);
    return this;
  }

  /** An INVITE, ringing for half a second, and its end. */
  rung(number: string, callbackId: string, { legId, at, isHeard = true, end = 'hungUpByThem' }: Rung): this {
    const phone = leg(number, callbackId, callIdOf(legId));
    this.journal.rang(phone, at, isHeard);
    if (end === null) return this;
    if (end !== 'rejected' && end !== 'cancelled') this.journal.answered(phone, at + 500);
    this.journal.ended(phone, at + 600, end);
    return this;
  }

  store(over: Partial<StoredCallback> = {}): this {
    this.stored.push(callback(over));
    return this;
  }

  breaches(): Breach[] {
    return judge({
      account: this.account.report(FAR_LATER),
      promises: [...this.journal.promises.values()],
      rings: [...this.journal.rings.values()],
      unheard: this.journal.unheard,
      stored: { callbacks: this.stored, callIdOf },
      leftovers: this.leftovers,
      isWireWhole: this.isWireWhole,
      isPromptlyPromised: this.isPromptlyPromised,
      isClockSteady: this.isClockSteady,
    });
  }

  /** The kinds of what is broken, each once. */
  broken(): Broken[] {
    return [...new Set(this.breaches().map(({ broken }) => broken))].toSorted();
  }
}

interface Rung {
  legId: string;
  at: number;
  isHeard?: boolean;
  end?: LegEnd | null;
}

const callIdOf = (legId: string): string => `call-of-${legId}`;

const attempt = (over: Partial<StoredAttempt> = {}): StoredAttempt => ({
  attemptId: 'a.1',
  number: 1,
  plannedAt: BEGIN + 2_010,
  dialledAt: BEGIN + 2_015,
  endedAt: BEGIN + 2_700,
  outcome: 'connected',
  reason: 'flow-ended',
  ...over,
});

function dialled(legId: string, isAnswered = true): StoredCallback['log'] {
  const types = isAnswered ? ['dial-ordered', 'dialled', 'answered'] : ['dial-ordered', 'dialled'];
  return types.map((type, index) => ({ at: BEGIN + 2_010 + index, type, detail: { legId } }));
}

function callback(over: Partial<StoredCallback> = {}): StoredCallback {
  return {
    id: 'a',
    number: NUMBER,
    state: 'done',
    outcome: 'connected',
    reason: 'flow-ended',
    acceptedAt: BEGIN,
    allowedAttempts: 1,
    attempts: [attempt()],
    log: dialled('a.1.0'),
    ...over,
  };
}

const FIRST = { legId: 'a.1.0', at: BEGIN + 2_020 };
const SECOND = { legId: 'a.2.0', at: BEGIN + 8_000 };
const sound = () => new History().called(NUMBER, 'a').rung(NUMBER, 'a', FIRST);
/** Rung twice in turn, as his policy lets him be. */
const retried = (allowedAttempts: number, isFirstAnswered = false, firstEnd: LegEnd = 'cancelled') => {
  const attempts = [
    attempt({ outcome: 'no-answer', reason: 'no-answer' }),
    attempt({ attemptId: 'a.2', number: 2, plannedAt: BEGIN + 7_990, endedAt: BEGIN + 9_000 }),
  ];
  const log = [...dialled('a.1.0', isFirstAnswered), ...dialled('a.2.0')];
  return new History()
    .called(NUMBER, 'a')
    .rung(NUMBER, 'a', { ...FIRST, end: firstEnd })
    .rung(NUMBER, 'a', SECOND)
    .store({ allowedAttempts, attempts, log });
};

describe('the oracle of chaos', () => {
  it('finds nothing where nothing is broken', () => {
    assert.deepEqual(sound().store().breaches(), []);
    assert.deepEqual(retried(2).breaches(), []);
  });

  it('lets a caller be rung once who saw no promise: it was lost on its way', () => {
    const history = new History();
    history.journal.offered(NUMBER, BEGIN);
    history.rung(NUMBER, 'a', FIRST).store();
    assert.deepEqual(history.breaches(), []);
  });

  it('lets the trunk fail before the person is reached, and lets a CANCEL cross an answer', () => {
    const failed = new History()
      .called(NUMBER, 'a')
      .rung(NUMBER, 'a', { legId: 'a.1.0', at: BEGIN + 2_020, isHeard: false, end: 'rejected' })
      .rung(NUMBER, 'a', { legId: 'a.1.1', at: BEGIN + 2_060 })
      .store({ log: [...dialled('a.1.0', false), ...dialled('a.1.1')] });
    assert.deepEqual(failed.breaches(), []);
  });

  it('lets an answer come to a call that was given up, as long as it is hung up at once', () => {
    const late = (history: History) => {
      const [callback] = history.stored;
      callback!.log.splice(2, 0, { at: BEGIN + 2_300, type: 'given-up', detail: { legId: 'a.1.0' } });
      return history;
    };
    assert.deepEqual(late(retried(2, false, 'hungUpByThem')).breaches(), []);
    assert.deepEqual(retried(2, false, 'hungUpByThem').broken(), ['overlapping'], 'it was not given up');
    assert.deepEqual(late(retried(2, false, 'hungUpByUs')).broken(), ['overlapping'], 'he hung up himself');
    const slow = late(retried(2, false, 'hungUpByThem'));
    slow.journal.rings.get(callIdOf('a.1.0'))!.endedAt! += 5_000;
    assert.deepEqual(slow.broken(), ['overlapping'], 'he was left on the line');
  });

  const breaks: Array<[what: string, broken: Broken[], history: () => History]> = [
    [
      'a promise that is never kept',
      ['lost', 'unseen'],
      () => new History().called(NUMBER, 'a').store({ outcome: 'failed', reason: 'restart' }),
    ],
    [
      'a promise that reached a dead trunk only',
      ['lost'],
      () =>
        new History()
          .called(NUMBER, 'a')
          .rung(NUMBER, 'a', { ...FIRST, isHeard: false, end: 'rejected' })
          .store({ log: dialled('a.1.0', false) }),
    ],
    ['a promise of an id that is not stored', ['lost', 'unknown'], () => new History().called(NUMBER, 'a')],
    [
      'the promise of somebody else',
      ['unknown'],
      () =>
        sound()
          .called(OTHER, 'a')
          .rung(OTHER, 'b', { legId: 'b.1.0', at: BEGIN + 2_030 })
          .store()
          .store(other()),
    ],
    ['an INVITE too many', ['doubled', 'overlapping', 'unknown'], () => sound().rung(NUMBER, 'a', SECOND).store()],
    [
      'an INVITE too many to somebody who saw no promise',
      ['doubled', 'overlapping', 'unknown'],
      () => {
        const history = new History();
        history.journal.offered(NUMBER, BEGIN);
        return history.rung(NUMBER, 'a', FIRST).rung(NUMBER, 'a', SECOND).store();
      },
    ],
    ['more rings than the policy allows', ['attempts', 'doubled'], () => retried(1)],
    ['a ring after an answer', ['doubled'], () => retried(2, true)],
    [
      'an INVITE that is sent once more by a node that does not hold its callback',
      ['doubled'],
      () => {
        const history = sound().store();
        history.journal.merged(leg(NUMBER, 'a', callIdOf('a.1.0')), BEGIN + 5_000);
        return history;
      },
    ],
    [
      'two INVITEs at once',
      ['attempts', 'doubled', 'overlapping'],
      () =>
        new History()
          .called(NUMBER, 'a')
          .rung(NUMBER, 'a', { ...FIRST, end: null })
          .rung(NUMBER, 'a', { ...SECOND, at: BEGIN + 2_100, end: null })
          .store({
            log: [...dialled('a.1.0', false), ...dialled('a.2.0', false)],
            attempts: [attempt(), attempt({ attemptId: 'a.2', number: 2, plannedAt: BEGIN + 2_600 })],
          }),
    ],
    [
      'a ring before the call plus the delay',
      ['early'],
      () =>
        new History()
          .called(NUMBER, 'a')
          .rung(NUMBER, 'a', { ...FIRST, at: BEGIN + 1_900 })
          .store(),
    ],
    [
      'a ring too soon after a rejection that came late',
      ['early'],
      () => {
        const history = new History();
        history.journal.offered(NUMBER, BEGIN);
        history.journal.promised(NUMBER, BEGIN + 8_000, 'a');
        return history.rung(NUMBER, 'a', { ...FIRST, at: BEGIN + 8_100 }).store();
      },
    ],
    ['a callback that stays open', ['open'], () => sound().store({ state: 'scheduled', outcome: null, reason: null })],
    ['an end without an outcome', ['open'], () => sound().store({ outcome: null })],
    [
      'an attempt without an end',
      ['attempts'],
      () => sound().store({ attempts: [attempt({ endedAt: null, outcome: null })] }),
    ],
    ['an INVITE that was never ordered', ['unknown'], () => sound().store({ log: [] })],
    [
      'an INVITE of a callback that is not stored',
      ['unknown'],
      () =>
        sound()
          .store()
          .rung(OTHER, 'b', { legId: 'b.1.0', at: BEGIN + 3_000 }),
    ],
    [
      "an INVITE to somebody else's phone",
      ['unknown'],
      () => new History().called(NUMBER, 'a').rung(NUMBER, 'a', FIRST).store({ number: OTHER }),
    ],
    [
      'an INVITE that left, says the store, and that nobody saw',
      ['unseen'],
      () => sound().store({ log: [...dialled('a.1.0'), ...dialled('a.1.1', false)] }),
    ],
    [
      'a promise of which a dead trunk alone got the INVITE',
      ['lost'],
      () => {
        const history = new History().called(NUMBER, 'a').store({ log: dialled('a.1.0', false) });
        history.journal.missed(inviteOf('a.1.0'), BEGIN + 2_020);
        return history;
      },
    ],
    [
      'two attempts at a time',
      ['attempts'],
      () => {
        const history = retried(2);
        history.stored[0]!.attempts[1]!.plannedAt = BEGIN + 2_699;
        return history;
      },
    ],
    [
      'a leg that is left',
      ['left over'],
      () => {
        const history = sound().store();
        history.leftovers = [{ what: 'callback_legs at node 2', count: 1 }];
        return history;
      },
    ],
  ];

  for (const [what, broken, history] of breaks) {
    it(`sees ${what}`, () => assert.deepEqual(history().broken(), broken.toSorted()));
  }

  it('lets him be rung again who was rung before he had his rejection, or by an INVITE that most likely never left', () => {
    for (const [type, detail] of [
      ['called-again', { state: 'dialing' }],
      ['recovered', { was: 'never-dialled' }],
    ] as const) {
      const history = retried(1);
      const [callback] = history.stored;
      callback!.attempts[0]!.outcome = 'cancelled';
      callback!.attempts[0]!.reason = type === 'recovered' ? 'restart' : 'called-again';
      callback!.log.push({ at: BEGIN + 3_000, type, detail });
      assert.deepEqual(history.breaches(), []);
    }
    const again = retried(1);
    again.stored[0]!.log.push({ at: BEGIN, type: 'called-again', detail: { state: 'scheduled' } });
    assert.ok(again.broken().includes('doubled'));
  });

  it('lets an INVITE be sent once more by the process that took over', () => {
    const history = sound().store();
    history.journal.merged(leg(NUMBER, 'a', callIdOf('a.1.0')), BEGIN + 3_000);
    history.stored[0]!.log.push({ at: BEGIN, type: 'recovered', detail: { was: 'dialing', repeated: 'a.1.0' } });
    assert.deepEqual(history.breaches(), []);
  });

  it('lets a promise be late that others have taken for given', () => {
    const history = new History();
    history.journal.offered(NUMBER, BEGIN);
    history.journal.promised(NUMBER, BEGIN + 8_000, 'a');
    history.rung(NUMBER, 'a', { ...FIRST, at: BEGIN + 4_000 }).store();
    assert.deepEqual(history.broken(), ['early']);
    history.isPromptlyPromised = false;
    assert.deepEqual(history.breaches(), []);
  });

  it('names who was wronged', () => {
    const breaches = new History().called(NUMBER, 'a').store({ log: [] }).breaches();
    assert.deepEqual(breaches, [
      {
        broken: 'lost',
        number: NUMBER,
        callbackId: 'a',
        text: 'promised and never rung; in the store it is done connected flow-ended',
      },
    ]);
  });

  it('expects nothing of a wire that loses datagrams, nor of a clock that was set, that they cannot show', () => {
    const lossy = sound().store({ log: [...dialled('a.1.0'), ...dialled('a.1.1', false)] });
    lossy.isWireWhole = false;
    assert.deepEqual(lossy.breaches(), []);
    const set = retried(2);
    set.stored[0]!.attempts[1]!.plannedAt = BEGIN - 3_600_000;
    set.isClockSteady = false;
    assert.deepEqual(set.breaches(), []);
  });

  it('tells the story of one callback, from the wire and from the store, in its order', () => {
    const history = sound().store();
    const lines = timeLine({ broken: 'lost', number: NUMBER, callbackId: 'a', text: '' }, history.journal, {
      callbacks: history.stored,
      callIdOf,
    });
    const words = lines.slice(1).map((line) => line.trim().split(/\s+/).slice(1, 3).join(' '));
    assert.deepEqual(words, [
      'wire calls',
      'wire is',
      'store dial-ordered',
      'store dialled',
      'store answered',
      'wire INVITE',
      'wire has',
      `wire ${callIdOf('a.1.0')}`,
    ]);
  });
});

function other(): Partial<StoredCallback> {
  return { id: 'b', number: OTHER, attempts: [attempt({ attemptId: 'b.1' })], log: dialled('b.1.0') };
}
