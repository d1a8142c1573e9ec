import assert from 'node:assert/strict';
import fc from 'fast-check';
import { CallCosts } from '../../lib/app/call-costs.ts';
import type { LegResult } from '../../lib/core/call/leg.ts';
import { MICROS } from '../../lib/core/policy/price-list.ts';
import type { UsageChange } from '../../lib/core/policy/sliding-window.ts';
import type { UsageStore } from '../../lib/ports/store.ts';
import { aConfiguration, aTrunk, limits } from '../core/rules/configuration-fixture.ts';
import { BUSY } from '../support/fake-calls.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { MemoryLog } from '../support/outside-world.ts';

const TRUNKS = { a: 30, b: 12, c: null } as const;
const PER_DAY = 60;
const RULE = { origin: 'rule:r', perDay: 40 };
const MAX: Record<string, number> = { total: PER_DAY, 'rule:r': RULE.perDay, 'trunk:a': TRUNKS.a, 'trunk:b': TRUNKS.b };
const CONFIGURATION = aConfiguration({
  trunks: Object.entries(TRUNKS).map(([name, spendPerDay]) => aTrunk({ name, spendPerDay })),
  limits: limits({
    spend: {
      prices: 'prefix,class,perMinute\n55,low,2\n',
      classes: ['low'],
      maxPriceClass: null,
      assumedMinutes: 3,
      perDay: PER_DAY,
    },
  }),
});
const NUMBER = { received: '+5511991996260', e164: '+5511991996260' };

type Step =
  | { type: 'ask'; trunk: keyof typeof TRUNKS; isAttempt: boolean; hasRule: boolean; isSlow: boolean }
  | { type: 'settleStore' }
  | { type: 'wait'; seconds: number }
  | { type: 'answer' | 'reject' | 'end' | 'withdraw' | 'join'; which: number; other: number };

const which = fc.record({
  type: fc.constantFrom('answer' as const, 'reject' as const, 'end' as const, 'withdraw' as const, 'join' as const),
  which: fc.nat(12),
  other: fc.nat(12),
});
const ask = fc.record({
  type: fc.constant('ask' as const),
  trunk: fc.constantFrom('a' as const, 'b' as const, 'c' as const),
  isAttempt: fc.boolean(),
  hasRule: fc.boolean(),
  isSlow: fc.boolean(),
});
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: ask },
  { weight: 6, arbitrary: which },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('wait' as const), seconds: fc.nat(170) }) },
  { weight: 2, arbitrary: fc.constant({ type: 'settleStore' as const }) },
);

/** Sums as the stores keep them, with answers that the test holds back; it also knows what is assumed at each moment. */
class Sums {
  readonly totals = new Map<string, number>();
  readonly violations: string[] = [];
  readonly #held: Array<() => void> = [];
  isSlow = false;

  readonly usage: Pick<UsageStore, 'take' | 'add'> = {
    take: async (changes) => {
      if (this.isSlow) await new Promise<void>((resolve) => void this.#held.push(resolve));
      const full = changes.findIndex(({ counter, amount, max }) => this.of(counter) + amount > max);
      if (full >= 0) return full;
      this.#put(changes);
      for (const { counter } of changes) {
        const max = (MAX[counter.split('|')[1] ?? ''] ?? 0) * MICROS;
        if (this.of(counter) > max) this.violations.push(`${counter} is at ${this.of(counter)}, of ${max}`);
      }
      return null;
    },
    add: async (changes) => this.#put(changes),
  };

  of(counter: string): number {
    return this.totals.get(counter) ?? 0;
  }

  #put(changes: readonly UsageChange[]): void {
    for (const { counter, amount } of changes) {
      this.totals.set(counter, this.of(counter) + amount);
      if (this.of(counter) < 0) this.violations.push(`${counter} is below nothing`);
    }
  }

  release(): void {
    for (const resolve of this.#held.splice(0)) resolve();
  }
}

/** A leg that may be dialled, and what its end will have cost. */
interface Up {
  legId: string;
  counters: string[];
  answeredAt: number | null;
}

class World {
  readonly clock = new FakeClock();
  readonly sums = new Sums();
  readonly costs = new CallCosts({
    clock: this.clock,
    configuration: () => CONFIGURATION,
    log: new MemoryLog(),
    store: {
      usage: this.sums.usage as UsageStore,
      suppressions: { get: async () => null } as never,
    },
  });
  readonly up: Up[] = [];
  readonly asking: string[] = [];
  /** What the calls that are over have cost, by counter. */
  readonly real = new Map<string, number>();
  #serial = 0;

  async take(given: Step): Promise<void> {
    if (given.type === 'ask') this.#ask(given);
    else if (given.type === 'settleStore') this.sums.release();
    else if (given.type === 'wait') await this.clock.advance(given.seconds * 1000);
    else if (given.type === 'withdraw' && given.which % 2 === 0) this.#withdrawAsked(given.which);
    else this.#leg(given);
    await new Promise((resolve) => setImmediate(resolve));
  }

  #ask({ trunk, isAttempt, hasRule, isSlow }: Step & { type: 'ask' }): void {
    this.#serial += 1;
    const legId = `leg${this.#serial}`;
    const rule = hasRule ? RULE : null;
    const shared = isAttempt ? [] : ['total', ...(hasRule ? ['rule:r'] : [])];
    const counters = [...shared, ...(TRUNKS[trunk] === null ? [] : [`trunk:${trunk}`])];
    this.sums.isSlow = isSlow;
    this.asking.push(legId);
    void this.costs.ask({ type: 'reserveSlot', legId, trunk }, { number: NUMBER, rule, isAttempt }).then((facts) => {
      this.asking.splice(this.asking.indexOf(legId), 1);
      if (facts?.type === 'free') this.up.push({ legId, counters, answeredAt: null });
    });
  }

  #withdrawAsked(index: number): void {
    const legId = this.asking[index % Math.max(1, this.asking.length)];
    if (legId !== undefined) this.costs.over(legId);
  }

  #leg({ type, which: index, other }: Extract<Step, { which: number }>): void {
    const leg = this.up[index % Math.max(1, this.up.length)];
    if (leg === undefined) return;
    const { legId } = leg;
    if (type === 'answer') {
      leg.answeredAt ??= this.clock.now();
      this.costs.event({ type: 'answered', legId });
    } else if (type === 'reject') {
      // A leg that was answered ends; only one that was not is rejected.
      if (leg.answeredAt !== null) return;
      this.#over(leg);
      this.costs.event({ type: 'rejected', legId, result: BUSY as LegResult });
      this.costs.event({ type: 'rejected', legId, result: BUSY as LegResult });
    } else if (type === 'join') this.#join(leg, this.up[other % this.up.length]!);
    else if (type === 'withdraw') {
      this.#over(leg);
      this.costs.over(legId);
    } else {
      this.#over(leg);
      this.costs.event({ type: 'ended', legId, by: 'remote', text: '' });
      this.costs.over(legId);
    }
  }

  /** The call of one goes on under the name of the other, whose own is over. */
  #join(leg: Up, heir: Up): void {
    if (leg === heir) return;
    this.#over(heir);
    this.up.splice(this.up.indexOf(leg), 1, { ...leg, legId: heir.legId });
    this.costs.event({ type: 'ended', legId: leg.legId, by: 'local', text: '', continuesAs: heir.legId });
  }

  #over(leg: Up): void {
    this.up.splice(this.up.indexOf(leg), 1);
    const { answeredAt, counters } = leg;
    const minutes = answeredAt === null ? 0 : Math.max(1, Math.ceil((this.clock.now() - answeredAt) / 60_000));
    for (const counter of counters) this.real.set(counter, (this.real.get(counter) ?? 0) + 2 * minutes * MICROS);
  }

  /** All are over. */
  async end(): Promise<void> {
    for (let turn = 0; turn < 3; turn += 1) await this.take({ type: 'settleStore' });
    while (this.up.length > 0) await this.take({ type: 'end', which: 0, other: 0 });
  }
}

describe('the cost of calls, whatever becomes of them', () => {
  it('is never taken above a cap, is settled once, and comes to what was really talked', async function () {
    this.timeout(60_000);
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60, size: 'max' }), async (steps) => {
        const world = new World();
        for (const one of steps) await world.take(one);
        await world.end();
        assert.deepEqual(world.sums.violations, []);
        assert.equal(world.costs.open, 0, 'nothing is kept of calls that are over');
        for (const counter of Object.keys(MAX)) {
          const sum = world.sums.of(`spend|${counter}|86400000`);
          assert.equal(sum, world.real.get(counter) ?? 0, counter);
        }
      }),
      { numRuns: 150 },
    );
  });
});
