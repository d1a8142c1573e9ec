import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Account } from '../../load/account.ts';

const DELAY_MS = 2_000;
const NUMBER = '+5548991000001';

/** One caller's whole story, as it should be. */
function story(account: Account, number: string, at: number): void {
  account.offered(number, at);
  account.promised(number, at + 5, `id-${number}`);
  const rungAt = at + 5 + DELAY_MS + 1.5;
  account.rang(number, `call-${number}`, rungAt);
  account.answered(number, `call-${number}`, rungAt + 50);
  account.rungEnd(number, `call-${number}`, rungAt + 1_000);
  account.completed(number, rungAt + 1_000);
}

describe('the account of a load', () => {
  const open = () => new Account({ delayMs: DELAY_MS });

  it('counts a caller who is promised and called back once as nothing but that', () => {
    const account = open();
    story(account, NUMBER, 1_000.25);
    assert.deepEqual(account.report(60_000), {
      offered: 1,
      promised: 1,
      refused: {},
      unanswered: 0,
      calledBackOnce: 1,
      missing: [],
      pending: 0,
      doubled: [],
      overlapping: [],
      answeredTwice: [],
      early: [],
      unasked: [],
      rungUnpromised: 0,
      rungThoughRefused: [],
      lateness: { p50: 1.5, p99: 1.5, max: 1.5 },
      rejectMs: { p50: 5, p99: 5, max: 5 },
      completed: 1,
    });
  });

  it('calls a promised number missing when it is due long ago, and pending before', () => {
    const account = new Account({ delayMs: DELAY_MS, missingAfterMs: 3_000 });
    account.offered(NUMBER, 0);
    account.promised(NUMBER, 10, 'id');
    assert.equal(account.report(5_010).pending, 1);
    assert.deepEqual(account.report(5_010).missing, []);
    assert.deepEqual(account.report(5_011).missing, [NUMBER]);
    assert.equal(account.report(5_011).pending, 0);
  });

  it('takes a second Call-ID for a second ring, and a repeated one for none', () => {
    const account = open();
    story(account, NUMBER, 0);
    account.rang(NUMBER, `call-${NUMBER}`, 9_000);
    assert.deepEqual(account.report(10_000).doubled, []);
    account.rang(NUMBER, 'another', 9_000);
    const report = account.report(10_000);
    assert.deepEqual(report.doubled, [NUMBER]);
    assert.deepEqual(report.overlapping, []);
    assert.equal(report.calledBackOnce, 0);
  });

  it('sees two calls to one person that are up at once, and two that are answered', () => {
    const account = open();
    account.offered(NUMBER, 0);
    account.promised(NUMBER, 5, 'id');
    account.rang(NUMBER, 'a', 3_000);
    account.rang(NUMBER, 'b', 3_001);
    account.answered(NUMBER, 'a', 3_050);
    assert.deepEqual(account.report(4_000).overlapping, [NUMBER]);
    assert.deepEqual(account.report(4_000).answeredTwice, []);
    account.answered(NUMBER, 'b', 3_051);
    assert.deepEqual(account.report(4_000).answeredTwice, [NUMBER]);
  });

  it('calls a ring early that comes before rejection and delay, and is certain where it comes before INVITE and delay', () => {
    const account = new Account({ delayMs: DELAY_MS, earlyToleranceMs: 10 });
    const rings = { '1': 1_990, '2': 1_989.5, '3': 2_000, '4': 1_979.5 };
    for (const [number, rungAt] of Object.entries(rings)) {
      account.offered(number, -20);
      account.promised(number, 0, 'id');
      account.rang(number, `call-${number}`, rungAt);
    }
    assert.deepEqual(account.report(5_000).early, [
      { number: '2', byMs: 10.5, isCertain: false },
      { number: '4', byMs: 20.5, isCertain: true },
    ]);
    assert.equal(account.tally().early, 1);
    assert.equal(account.report(5_000).lateness.p50, -10.5);
  });

  it('tells who rang unasked from who rang though his promise was not seen, and from who was refused', () => {
    const account = open();
    account.rang('1', 'a', 100);
    account.offered('2', 0);
    account.unanswered('2', 32_000);
    account.rang('2', 'b', 2_100);
    account.offered('3', 0);
    account.refused('3', 5, 503);
    account.rang('3', 'c', 2_100);
    const report = account.report(40_000);
    assert.deepEqual(report.unasked, ['1']);
    assert.equal(report.rungUnpromised, 2);
    assert.deepEqual(report.rungThoughRefused, ['3']);
    assert.deepEqual(report.refused, { 503: 1 });
    assert.equal(report.unanswered, 1);
  });

  it('keeps the first promise of somebody who calls again', () => {
    const account = open();
    for (const at of [0, 1_000]) {
      account.offered(NUMBER, at);
      account.promised(NUMBER, at + 10, 'id');
    }
    account.rang(NUMBER, 'call', 2_012);
    const report = account.report(3_000);
    assert.deepEqual([report.offered, report.promised, report.calledBackOnce], [2, 1, 1]);
    assert.deepEqual(report.early, []);
    assert.equal(report.lateness.max, 2);
  });

  it('measures nothing before it knows both ends, whichever comes first', () => {
    const account = open();
    account.rang(NUMBER, 'call', 2_012);
    account.promised(NUMBER, 10, 'id');
    account.offered(NUMBER, 4);
    const report = account.report(3_000);
    assert.equal(report.lateness.max, 2);
    assert.equal(report.rejectMs.max, 6);
    assert.equal(report.calledBackOnce, 1);
    assert.deepEqual(report.unasked, []);
  });
});

describe('an account that forgets', () => {
  const retiring = () => new Account({ delayMs: DELAY_MS, retireAfterMs: 1_000 });

  it('keeps its figures, and knows a later ring of a forgotten number for doubled', () => {
    const account = retiring();
    story(account, NUMBER, 0);
    const before = account.report(9_000);
    account.retire(9_000);
    assert.equal(account.open, 0);
    assert.deepEqual(account.report(9_000), before);
    account.rang(NUMBER, 'long after', 500_000);
    account.answered(NUMBER, 'long after', 500_100);
    const report = account.report(500_200);
    assert.deepEqual(report.doubled, [NUMBER]);
    assert.deepEqual(report.answeredTwice, [NUMBER]);
    assert.equal(report.calledBackOnce, 0);
    assert.equal(report.lateness.max, before.lateness.max);
  });

  it('never forgets who is missing, whose call is up, or who rang unpromised', () => {
    const account = retiring();
    account.offered('1', 0);
    account.promised('1', 5, 'id');
    account.offered('2', 0);
    account.promised('2', 5, 'id');
    account.rang('2', 'up', 2_010);
    account.rang('3', 'unasked', 10);
    account.rungEnd('3', 'unasked', 20);
    account.retire(1_000_000);
    const report = account.report(1_000_000);
    assert.deepEqual(report.missing, ['1']);
    assert.deepEqual(report.unasked, ['3']);
    account.rang('2', 'again', 1_000_000);
    assert.deepEqual(account.report(1_000_000).overlapping, ['2']);
  });

  it('knows a forgotten refusal when the phone rings all the same', () => {
    const account = retiring();
    account.offered('1', 0);
    account.refused('1', 5, 503);
    account.offered('2', 0);
    account.unanswered('2', 32_000);
    account.retire(100_000);
    assert.equal(account.open, 0);
    account.rang('1', 'a', 200_000);
    account.rang('2', 'b', 200_000);
    const report = account.report(200_000);
    assert.deepEqual(report.rungThoughRefused, ['1']);
    assert.equal(report.rungUnpromised, 2);
    assert.deepEqual(report.doubled, []);
  });

  it('holds no more people than are young enough, however many there were', () => {
    const account = retiring();
    let most = 0;
    for (let serial = 0; serial < 50_000; serial += 1) {
      story(account, `+55489${91_000_000 + serial}`, serial * 5);
      if (serial % 1_000 === 0) account.retire(serial * 5);
      most = Math.max(most, account.open);
    }
    assert.ok(most < 2_500, `${most} were open at once`);
    assert.equal(account.report(1e9).calledBackOnce, 50_000);
  });
});

/** One event of one caller; the model below says what the account must find. */
type Event = { number: string; at: number } & (
  | { type: 'offered' | 'promised' | 'unanswered' | 'completed' }
  | { type: 'refused'; status: number }
  | { type: 'rang' | 'rungEnd' | 'answered'; callId: string }
);

interface Caller {
  outcome: 'promised' | 'refused' | 'unanswered';
  rings: Array<{ afterMs: number; upMs: number; isAnswered: boolean }>;
}

const caller = fc.record({
  outcome: fc.constantFrom('promised' as const, 'promised' as const, 'refused' as const, 'unanswered' as const),
  rings: fc.array(
    fc.record({ afterMs: fc.nat(10_000), upMs: fc.integer({ min: 1, max: 3_000 }), isAnswered: fc.boolean() }),
    { maxLength: 3 },
  ),
});

const PROMISED_AT = 1_010;

function eventsOf(one: Caller, serial: number): Event[] {
  const number = `+55${serial}`;
  const at = 1_000;
  const final: Event =
    one.outcome === 'refused'
      ? { number, at: PROMISED_AT, type: 'refused', status: 486 }
      : { number, at: PROMISED_AT, type: one.outcome };
  const rings = one.rings.flatMap(({ afterMs, upMs, isAnswered }, ring): Event[] => {
    const call = { number, callId: `${serial}-${ring}` };
    const rungAt = PROMISED_AT + afterMs;
    const answered: Event[] = isAnswered ? [{ ...call, type: 'answered', at: rungAt + 0.5 }] : [];
    return [{ ...call, type: 'rang', at: rungAt }, ...answered, { ...call, type: 'rungEnd', at: rungAt + upMs }];
  });
  return [{ number, at, type: 'offered' }, final, ...rings];
}

function tell(account: Account, event: Event): void {
  const { number, at } = event;
  if (event.type === 'promised') account.promised(number, at, 'id');
  else if (event.type === 'refused') account.refused(number, at, event.status);
  else if (event.type === 'rang' || event.type === 'rungEnd' || event.type === 'answered')
    account[event.type](number, event.callId, at);
  else account[event.type](number, at);
}

describe('an account of any callers', () => {
  const sorted = (events: Event[]) => events.toSorted((a, b) => a.at - b.at);

  it('finds what a model finds that looks at each caller by itself', () => {
    fc.assert(
      fc.property(fc.array(caller, { maxLength: 20 }), (callers) => {
        const account = new Account({ delayMs: DELAY_MS });
        for (const event of sorted(callers.flatMap(eventsOf))) tell(account, event);
        const report = account.report(1e6);
        const numbers = (matches: (one: Caller) => boolean) =>
          callers.flatMap((one, serial) => (matches(one) ? [`+55${serial}`] : [])).toSorted();
        const count = (outcome: string) => callers.filter((one) => one.outcome === outcome).length;
        const firstMs = (one: Caller) => Math.min(...one.rings.map(({ afterMs }) => afterMs));
        assert.equal(report.offered, callers.length);
        assert.equal(report.promised, count('promised'));
        assert.equal(report.unanswered, count('unanswered'));
        assert.deepEqual(
          report.missing,
          numbers((one) => one.outcome === 'promised' && one.rings.length === 0),
        );
        assert.deepEqual(
          report.doubled,
          numbers((one) => one.rings.length > 1),
        );
        assert.deepEqual(
          report.answeredTwice,
          numbers((one) => one.rings.filter((ring) => ring.isAnswered).length > 1),
        );
        assert.deepEqual(
          report.early.map(({ number }) => number),
          numbers((one) => one.outcome === 'promised' && firstMs(one) < DELAY_MS),
        );
        assert.deepEqual(
          report.rungThoughRefused,
          numbers((one) => one.outcome === 'refused' && one.rings.length > 0),
        );
        assert.equal(
          report.calledBackOnce,
          numbers((one) => one.outcome === 'promised' && one.rings.length === 1).length,
        );
      }),
    );
  });

  it('finds the same in whatever order it hears of different callers and of their two sides', () => {
    const order = fc.array(fc.tuple(caller, fc.nat(1_000), fc.boolean()), { maxLength: 15 });
    fc.assert(
      fc.property(order, (callers) => {
        const inTime = new Account({ delayMs: DELAY_MS });
        const mixed = new Account({ delayMs: DELAY_MS });
        const events = callers.map(([one], serial) => eventsOf(one, serial));
        for (const event of sorted(events.flat())) tell(inTime, event);
        const keyed = callers.flatMap(([, key, isRungFirst], serial) => {
          // The caller's side and the phone's keep their own order; between them none is certain.
          const [caller, phone] = [events[serial]!.slice(0, 2), sorted(events[serial]!.slice(2))];
          return (isRungFirst ? [...phone, ...caller] : [...caller, ...phone]).map((event) => ({ key, event }));
        });
        for (const { event } of keyed.toSorted((a, b) => a.key - b.key)) tell(mixed, event);
        assert.deepEqual(mixed.report(1e6), inTime.report(1e6));
      }),
    );
  });

  it('finds the same whether it forgets in between or not', () => {
    fc.assert(
      fc.property(fc.array(caller, { maxLength: 15 }), (callers) => {
        const keeping = new Account({ delayMs: DELAY_MS });
        const forgetting = new Account({ delayMs: DELAY_MS, retireAfterMs: 500 });
        for (const event of sorted(callers.flatMap(eventsOf))) {
          tell(keeping, event);
          tell(forgetting, event);
          forgetting.retire(event.at);
        }
        assert.deepEqual(forgetting.report(1e6), keeping.report(1e6));
      }),
    );
  });
});
