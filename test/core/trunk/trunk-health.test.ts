import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { LegResult } from '../../../lib/core/call/leg.ts';
import { signOf } from '../../../lib/core/trunk/call-signs.ts';
import {
  FRESH,
  type HealthEvent,
  type HealthPolicy,
  healthClosure,
  healthDeadline,
  isHalfOpen,
  nextPingAt,
  reduceHealth,
  type TrunkHealth,
} from '../../../lib/core/trunk/trunk-health.ts';
import { FINAL } from '../callback/life-fixture.ts';

const POLICY: HealthPolicy = { optionsSeconds: 0, downAfter: 3, upAfter: 2, probeSeconds: 300, maxParkSeconds: 300 };

/** A trunk on a clock that the test moves; without jitter. */
class Bench {
  now = 1_000_000;
  health: TrunkHealth = FRESH;
  notes: string[] = [];
  readonly policy: HealthPolicy;

  constructor(policy: Partial<HealthPolicy> = {}) {
    this.policy = { ...POLICY, ...policy };
  }

  tell(...events: HealthEvent[]): this {
    for (const event of events) {
      const context = { now: this.now, policy: this.policy, random: () => 0.5 };
      const { health, notes } = reduceHealth(this.health, event, context);
      this.health = health;
      this.notes.push(...notes.map(({ type }) => type));
    }
    return this;
  }

  fail(cause: Extract<HealthEvent, { type: 'failed' }>['cause'], times = 1, legId = 'l'): this {
    for (let time = 0; time < times; time += 1) this.tell({ type: 'failed', legId, cause, retryAfterSeconds: null });
    return this;
  }

  ping(answered: boolean, times = 1): this {
    for (let time = 0; time < times; time += 1) this.tell({ type: 'pinged', answered });
    return this;
  }

  wait(ms: number): this {
    this.now += ms;
    return this;
  }

  get closure() {
    return healthClosure(this.health, this.now);
  }
  get halfOpen() {
    return isHalfOpen(this.health, this.now);
  }
}

const alive: HealthEvent = { type: 'alive', legId: 'l' };

describe('trunk health', () => {
  it('goes down after `downAfter` unanswered pings in a row, and up after `upAfter` answered ones', () => {
    const bench = new Bench({ optionsSeconds: 10 }).ping(false, 2).ping(true).ping(false, 2);
    assert.equal(bench.closure, null);
    bench.ping(false);
    assert.deepEqual([bench.closure, bench.health.down?.cause, bench.health.down?.by], ['down', 'silent', 'options']);
    bench.ping(true).ping(false).ping(true);
    assert.equal(bench.closure, 'down', 'an answer between two that are missing is no sign of health');
    bench.ping(true);
    assert.deepEqual([bench.closure, bench.notes], [null, ['down', 'up']]);
  });

  it('goes down by faults of calls in a row; one call that shows life breaks the row', () => {
    const bench = new Bench().fail('silent', 2).tell(alive).fail('silent', 2);
    assert.equal(bench.closure, null);
    bench.fail('silent');
    assert.deepEqual([bench.closure, bench.health.down?.by], ['down', 'calls']);
  });

  it('three calls that fail in three ways do not take it down; 503 and other 5xx are one way', () => {
    const mixed = new Bench().fail('errors').fail('silent').fail('credentials').fail('errors', 2);
    assert.equal(mixed.closure, null);
    assert.equal(new Bench().fail('unavailable').fail('errors').fail('unavailable').closure, 'down');
    assert.equal(new Bench().fail('silent').fail('unreachable').fail('silent').closure, 'down');
  });

  it('comes up with one call that shows life, also one that was dialled before it went down', () => {
    const bench = new Bench({ optionsSeconds: 10 }).fail('silent', 3).tell(alive);
    assert.deepEqual([bench.closure, bench.notes], [null, ['down', 'up']]);
  });

  it('lets one call through after a while, and the next one only when that failed and twice the time has passed', () => {
    const bench = new Bench().fail('silent', 3);
    assert.deepEqual(
      [bench.closure, bench.halfOpen, healthDeadline(bench.health, bench.now)],
      ['down', false, bench.now + 30_000],
    );
    bench.wait(30_000);
    assert.deepEqual([bench.closure, bench.halfOpen], [null, true]);
    bench.tell({ type: 'dialled', legId: 'probe' });
    assert.deepEqual([bench.closure, bench.halfOpen], ['down', false]);
    bench.fail('silent', 1, 'probe');
    assert.deepEqual([bench.closure, bench.halfOpen], ['down', false]);
    bench.wait(59_999);
    assert.equal(bench.halfOpen, false);
    bench.wait(1).tell({ type: 'dialled', legId: 'second' }, { type: 'alive', legId: 'second' });
    assert.equal(bench.closure, null);
    assert.deepEqual(bench.notes, ['down', 'probed', 'probed', 'up']);
  });

  it('never waits longer than `probeSeconds` for the next one, nor shorter than a second', () => {
    const waits = (probeSeconds: number) => {
      const bench = new Bench({ probeSeconds }).fail('silent', 3);
      return Array.from({ length: 6 }, () => {
        const waitMs = bench.health.down!.probeAt! - bench.now;
        bench.wait(waitMs).tell({ type: 'dialled', legId: 'probe' }).fail('silent', 1, 'probe');
        return waitMs;
      });
    };
    assert.deepEqual(waits(30), [3_000, 6_000, 12_000, 24_000, 30_000, 30_000]);
    assert.deepEqual(waits(1), [1_000, 1_000, 1_000, 1_000, 1_000, 1_000]);
  });

  it('takes the next call for a probe when one ended without telling anything', () => {
    const bench = new Bench().fail('silent', 3).wait(30_000).tell({ type: 'dialled', legId: 'probe' });
    bench.tell({ type: 'over', legId: 'probe' });
    assert.equal(bench.halfOpen, true);
  });

  it('leaves it to the pings where they can tell, and to a call where they cannot: 5xx, credentials', () => {
    for (const cause of ['silent', 'unreachable', 'unavailable'] as const) {
      const bench = new Bench({ optionsSeconds: 10 }).fail(cause, 3).wait(3_600_000);
      assert.deepEqual([bench.closure, bench.halfOpen], ['down', false], cause);
      assert.equal(bench.ping(true, 2).closure, null, cause);
    }
    for (const cause of ['errors', 'credentials'] as const) {
      const bench = new Bench({ optionsSeconds: 10 }).fail(cause, 3).ping(true, 9);
      assert.equal(bench.closure, 'down', `${cause}: it answers pings all the time`);
      assert.equal(bench.wait(30_000).halfOpen, true, cause);
    }
  });

  it('parks for the time that a 503 asks for, bounded, and that is no fault', () => {
    const park = (retryAfterSeconds: number): HealthEvent => ({
      type: 'failed',
      legId: 'l',
      cause: 'unavailable',
      retryAfterSeconds,
    });
    const bench = new Bench({ downAfter: 1 }).tell(park(20));
    assert.deepEqual([bench.closure, bench.health.faults], ['parked', 0]);
    assert.equal(bench.wait(19_999).closure, 'parked');
    assert.equal(bench.wait(1).closure, null);
    assert.deepEqual(bench.tell({ type: 'tick' }).notes, ['parked', 'unparked']);
    assert.equal(bench.tell(park(86_400)).wait(299_999).closure, 'parked');
    assert.equal(bench.wait(1).closure, null);
    assert.equal(new Bench({ downAfter: 1 }).tell(park(0)).closure, 'down', 'a time of nothing is none');
    assert.equal(new Bench({ downAfter: 1, maxParkSeconds: 0 }).tell(park(20)).closure, 'down', 'switched off');
    const longer = new Bench().tell(park(60), park(5));
    assert.equal(longer.wait(59_999).closure, 'parked', 'a shorter time does not shorten a longer one');
  });

  it('raises an alarm when credentials are refused, once, until a call gets through', () => {
    const bench = new Bench().fail('credentials', 2);
    assert.deepEqual([bench.notes, bench.health.alarmAt], [['alarm'], 1_000_000]);
    bench.tell(alive);
    assert.deepEqual([bench.notes, bench.health.alarmAt], [['alarm', 'alarm-cleared'], null]);
  });

  it('pings in a time that is lengthened or shortened by up to a tenth, and never where pings are off', () => {
    const policy = { ...POLICY, optionsSeconds: 10 };
    assert.deepEqual(
      [0, 0.5, 0.999_999].map((random) => nextPingAt(0, { policy, random: () => random })),
      [9_000, 10_000, 11_000],
    );
    assert.equal(nextPingAt(0, { policy: POLICY, random: () => 0 }), null);
  });

  it('is never closed for ever: from any history, time or pings open it again', () => {
    const leg = fc.constantFrom('a', 'b', 'c');
    const cause = fc.constantFrom('silent', 'unreachable', 'unavailable', 'errors', 'credentials');
    const event: fc.Arbitrary<HealthEvent | { type: 'wait'; ms: number }> = fc.oneof(
      fc.record({ type: fc.constant('pinged' as const), answered: fc.boolean() }),
      fc.record({ type: fc.constantFrom('dialled', 'alive', 'over'), legId: leg }) as fc.Arbitrary<HealthEvent>,
      fc.record({
        type: fc.constant('failed' as const),
        legId: leg,
        cause,
        retryAfterSeconds: fc.option(fc.nat(1_000)),
      }) as fc.Arbitrary<HealthEvent>,
      fc.record({ type: fc.constant('wait' as const), ms: fc.nat(60_000) }),
    );
    fc.assert(
      fc.property(fc.array(event, { maxLength: 60 }), fc.constantFrom(0, 10), (events, optionsSeconds) => {
        const bench = new Bench({ optionsSeconds });
        const dialled = new Set<string>();
        for (const one of events) {
          if (one.type === 'wait') bench.wait(one.ms).tell({ type: 'tick' });
          else {
            if (one.type === 'dialled') dialled.add(one.legId);
            bench.tell(one);
          }
          // Whoever goes by the deadline alone misses no opening.
          const at = healthDeadline(bench.health, bench.now);
          if (bench.closure === 'parked') assert.ok(at !== null);
          assert.ok(at === null || at > bench.now);
        }
        for (const legId of dialled) bench.tell({ type: 'over', legId });
        bench.wait(400_000).tell({ type: 'tick' });
        if (optionsSeconds > 0) bench.ping(true, 2);
        assert.equal(bench.closure, null);
      }),
    );
  });
});

describe('what the end of a call says about its trunk', () => {
  const signs: Array<[Partial<LegResult>, string]> = [
    [{ status: 404 }, 'alive'],
    [{ status: 486 }, 'alive'],
    [{ status: 603 }, 'alive'],
    [{ status: 403 }, 'alive'],
    [{ status: 302 }, 'alive'],
    [{ status: 500, q850Cause: 17 }, 'alive'],
    [{ status: 408, rang: true }, 'alive'],
    [{ status: 408 }, 'silent'],
    [{ status: 500 }, 'errors'],
    [{ status: 502 }, 'errors'],
    [{ status: 500, q850Cause: 34 }, 'errors'],
    [{ status: 503 }, 'unavailable'],
    [{ status: 503, q850Cause: 17 }, 'unavailable'],
    [{ status: 504 }, 'silent'],
    [{ status: 401 }, 'credentials'],
    [{ status: 407 }, 'credentials'],
    [{ kind: 'noResponse', status: 408 }, 'silent'],
    [{ kind: 'transport', status: 503 }, 'unreachable'],
    [{ kind: 'transport', status: 0, ours: true }, 'nothing'],
    [{ kind: 'noCapacity', status: 0 }, 'nothing'],
    [{ kind: 'cancelled', status: 0 }, 'nothing'],
    [{ kind: 'cancelled', status: 487 }, 'alive'],
    [{ kind: 'media', status: 200 }, 'alive'],
    [{ kind: 'notReachable', status: 0 }, 'nothing'],
  ];
  for (const [result, expected] of signs) {
    it(`${JSON.stringify(result)}: ${expected}`, () => {
      const sign = signOf({ ...FINAL, ...result });
      assert.equal(sign.type === 'failed' ? sign.cause : sign.type, expected);
    });
  }
});
