import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  beginRegistration,
  isRegistered,
  type RegisterResult,
  registrationAnswered,
  registrationDeadline,
  registrationSent,
  registrationTick,
  type TrunkRegistration,
} from '../../../lib/core/trunk/trunk-registration.ts';

class Bench {
  now = 1_000_000;
  registration: TrunkRegistration = beginRegistration(300, this.now);
  notes: string[] = [];
  random = 0.5;

  answer(result: RegisterResult): this {
    const sent = registrationSent(this.registration);
    const { registration, notes } = registrationAnswered(sent, result, { now: this.now, random: () => this.random });
    this.registration = registration;
    this.notes.push(...notes.map(({ type }) => type));
    return this;
  }

  to(at: number): this {
    this.now = at;
    const { registration, notes } = registrationTick(this.registration, at);
    this.registration = registration;
    this.notes.push(...notes.map(({ type }) => type));
    return this;
  }

  get inMs(): number | null {
    return this.registration.nextAt === null ? null : this.registration.nextAt - this.now;
  }
}

const SILENT: RegisterResult = { type: 'silent', text: 'no answer' };
const WRONG: RegisterResult = { type: 'credentials', status: 401, text: '401 Unauthorized' };
const registered = (expiresSeconds: number): RegisterResult => ({ type: 'registered', expiresSeconds });

describe('registration at a trunk', () => {
  it('is due at once, and is refreshed well before it expires, never at one moment for all', () => {
    const bench = new Bench();
    assert.equal(bench.inMs, 0);
    bench.answer(registered(300));
    assert.deepEqual([isRegistered(bench.registration, bench.now), bench.notes], [true, ['registered']]);
    bench.random = 0;
    assert.equal(bench.answer(registered(300)).inMs, 210_000);
    bench.random = 1;
    assert.equal(bench.answer(registered(300)).inMs, 255_000);
    assert.deepEqual(bench.notes, ['registered'], 'a refresh is no news');
  });

  it('goes by the time that the registrar grants', () => {
    const bench = new Bench().answer(registered(60));
    assert.equal(registrationDeadline(bench.registration)! - bench.now, 46_500);
    assert.equal(bench.registration.expiresSeconds, 300, 'and asks for its own again');
  });

  it('asks again at once for the least time that a 423 names, and keeps to it', () => {
    const bench = new Bench().answer({ type: 'tooBrief', minExpiresSeconds: 600 });
    assert.deepEqual([bench.inMs, bench.registration.expiresSeconds, bench.registration.failures], [0, 600, 0]);
  });

  it('does not follow a registrar that names more and more', () => {
    const bench = new Bench();
    for (const minExpiresSeconds of [400, 500, 600]) bench.answer({ type: 'tooBrief', minExpiresSeconds });
    assert.equal(bench.inMs, 0);
    assert.equal(bench.answer({ type: 'tooBrief', minExpiresSeconds: 700 }).inMs, 3_750);
  });

  it('does not ask in circles for a 423 that names nothing more', () => {
    for (const minExpiresSeconds of [null, 300, 10, 10 ** 8]) {
      const bench = new Bench().answer({ type: 'tooBrief', minExpiresSeconds });
      assert.deepEqual([bench.inMs, bench.registration.expiresSeconds], [3_750, 300]);
    }
  });

  it('tries again after pauses that grow, by at least half a pause, up to ten minutes', () => {
    const bench = new Bench();
    bench.random = 0;
    const pauses = Array.from({ length: 12 }, () => bench.answer(SILENT).inMs);
    assert.deepEqual(pauses.slice(0, 4), [2_500, 5_000, 10_000, 20_000]);
    assert.equal(pauses.at(-1), 300_000);
    bench.random = 1;
    assert.equal(bench.answer(SILENT).inMs, 600_000);
    bench.answer(registered(300));
    assert.equal(bench.answer(SILENT).inMs, 5_000, 'a success begins anew');
  });

  it('waits as long as Retry-After says, an hour at most', () => {
    const refused = (retryAfterSeconds: number): RegisterResult => ({
      type: 'refused',
      status: 503,
      text: '503 Service Unavailable',
      retryAfterSeconds,
    });
    assert.equal(new Bench().answer(refused(120)).inMs, 120_000);
    assert.equal(new Bench().answer(refused(10 ** 6)).inMs, 3_600_000);
  });

  it('raises an alarm for refused credentials, asks seldom then, and takes the alarm back', () => {
    const bench = new Bench().answer(WRONG);
    assert.deepEqual(
      [bench.notes, bench.registration.alarmAt, bench.inMs],
      [['alarm', 'registration-failed'], 1_000_000, 45_000],
    );
    assert.equal(bench.answer(WRONG).inMs, 90_000);
    bench.answer(registered(300));
    assert.deepEqual(bench.notes.slice(-2), ['alarm-cleared', 'registered']);
  });

  it('stands until its time is over, whatever becomes of a refresh, and is told when it is lost', () => {
    const bench = new Bench().answer(registered(60));
    bench.to(bench.now + 50_000).answer(SILENT);
    assert.equal(isRegistered(bench.registration, bench.now), true);
    bench.to(bench.now + 10_000);
    assert.equal(isRegistered(bench.registration, bench.now), false);
    assert.deepEqual(bench.notes, ['registered', 'registration-failed', 'registration-lost']);
    assert.deepEqual(bench.answer(registered(60)).notes.at(-1), 'registered');
  });

  it('a registrar that keeps our contact for no time at all has not registered us', () => {
    const bench = new Bench().answer(registered(0));
    assert.deepEqual([isRegistered(bench.registration, bench.now), bench.registration.failures], [false, 1]);
  });

  it('always has a next step, never sooner than half a pause after a failure', () => {
    const result: fc.Arbitrary<RegisterResult> = fc.oneof(
      fc.nat(100_000).map(registered),
      fc.record({ type: fc.constant('tooBrief' as const), minExpiresSeconds: fc.option(fc.nat(10 ** 7)) }),
      fc.constant(WRONG),
      fc.constant(SILENT),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(result, fc.nat(100_000)), { maxLength: 40 }), (steps) => {
        const bench = new Bench();
        for (const [one, ms] of steps) {
          bench.answer(one);
          assert.ok(registrationDeadline(bench.registration) !== null);
          if (bench.registration.failures > 0 && bench.registration.raises === 0) assert.ok(bench.inMs! >= 2_500);
          bench.to(bench.now + ms);
        }
      }),
    );
  });
});
