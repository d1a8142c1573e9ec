import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { TrunkLimits, Waiter } from '../../lib/app/pacing.ts';
import { TrunkPacing } from '../../lib/app/trunk-pacing.ts';
import { FakeClock } from '../support/fake-clock.ts';

/** Time here needs no event loop: nothing is asynchronous. */
const still = () => new FakeClock(1_000_000, async () => undefined);

const onGrant = (granted: () => void): Waiter => ({ granted, closed: () => undefined });

interface Bench {
  clock: FakeClock;
  pacing: TrunkPacing;
  limits: TrunkLimits;
  /** In the order of the grants. */
  granted: string[];
  /** Reserves, and dials as soon as it is granted. */
  call(legId: string): void;
}

function bench(limits: Partial<TrunkLimits>): Bench {
  const clock = still();
  const known: TrunkLimits = { maxCallsPerSecond: 5, maxConcurrentCalls: 30, ...limits };
  const pacing = new TrunkPacing(clock, (name) => (name === 't' ? known : null));
  const granted: string[] = [];
  const call = (legId: string) =>
    pacing.reserve(
      legId,
      't',
      onGrant(() => {
        granted.push(legId);
        pacing.dialled(legId, 't');
      }),
    );
  return { clock, pacing, limits: known, granted, call };
}

const names = (count: number) => Array.from({ length: count }, (_, index) => `l${index}`);

/** The most of these instants that lie within any second. */
function mostInASecond(instants: readonly number[]): number {
  const sorted = instants.toSorted((a, b) => a - b);
  return Math.max(0, ...sorted.map((at, index) => sorted.slice(index).filter((later) => later < at + 1_000).length));
}

describe('TrunkPacing', () => {
  it('grants at once while the second has room, the rest in order as it gets room', async () => {
    const { clock, granted, call } = bench({ maxCallsPerSecond: 2 });
    for (const name of names(5)) call(name);
    assert.deepEqual(granted, ['l0', 'l1']);
    await clock.advance(1_019);
    assert.equal(granted.length, 2);
    await clock.advance(1);
    assert.deepEqual(granted, ['l0', 'l1', 'l2', 'l3']);
    await clock.advance(1_020);
    assert.deepEqual(granted, names(5));
  });

  it('takes a slot without waiting only where the second and the trunk have room and nobody waits', async () => {
    const { clock, pacing, granted, call } = bench({ maxCallsPerSecond: 3, maxConcurrentCalls: 3 });
    assert.deepEqual(
      names(4).map((name) => pacing.takeNow(name, 't')),
      [true, true, true, false],
    );
    assert.deepEqual(pacing.stats(), { t: { waiting: 0, active: 3 } });
    for (const name of ['l1', 'l2']) pacing.dialled(name, 't');
    await clock.advance(1_020);
    assert.equal(pacing.takeNow('full', 't'), false, 'the second has room, the trunk has not');
    pacing.release('l0');
    assert.equal(pacing.takeNow('l4', 't'), true, 'what was taken and not dialled is over with its release');
    pacing.dialled('l4', 't');
    call('waiting');
    pacing.release('l1');
    assert.deepEqual(granted, ['waiting']);
    call('next');
    pacing.release('l2');
    pacing.release('l4');
    assert.deepEqual(granted, ['waiting', 'next']);
    call('third');
    assert.equal(pacing.takeNow('overtaking', 't'), false, 'a second has three: l4, waiting, next');
    await clock.advance(1_020);
    assert.deepEqual(granted, ['waiting', 'next', 'third']);
  });

  it('keeps a limit with a fraction: never more than it says in any second', async () => {
    for (const [maxCallsPerSecond, afterTenSeconds] of [
      [2.5, 20],
      [0.5, 5],
    ] as const) {
      const { clock, granted, call } = bench({ maxCallsPerSecond });
      for (const name of names(40)) call(name);
      assert.equal(granted.length, Math.max(1, Math.floor(maxCallsPerSecond)));
      await clock.advance(10_000);
      assert.equal(granted.length, afterTenSeconds);
    }
  });

  it('has never more calls up than the trunk bears, and gives a free place to the one who waits longest', () => {
    const { pacing, granted, call } = bench({ maxConcurrentCalls: 2, maxCallsPerSecond: 100 });
    for (const name of names(4)) call(name);
    assert.deepEqual(granted, ['l0', 'l1']);
    assert.deepEqual(pacing.stats(), { t: { waiting: 2, active: 2 } });
    pacing.release('l1');
    assert.deepEqual(granted, ['l0', 'l1', 'l2']);
    pacing.release('l1');
    assert.equal(granted.length, 3);
  });

  it('forgets one who does not wait any longer: those behind him move up, and he is never granted', async () => {
    const { clock, pacing, granted, call } = bench({ maxConcurrentCalls: 1, maxCallsPerSecond: 100 });
    for (const name of names(3)) call(name);
    pacing.release('l1');
    pacing.release('l0');
    await clock.advance(5_000);
    assert.deepEqual(granted, ['l0', 'l2']);
    pacing.release('nobody');
  });

  it('serves each trunk by itself, and does not pace one that is not configured', () => {
    const { pacing, call, granted } = bench({ maxCallsPerSecond: 1 });
    for (const name of names(2)) call(name);
    let unknown = 0;
    const grant = () => {
      unknown += 1;
    };
    for (const name of names(50)) pacing.reserve(`u${name}`, 'gone', onGrant(grant));
    assert.deepEqual([granted.length, unknown], [1, 50]);
  });

  it('takes changed limits over at once: more, and fewer', async () => {
    const { clock, pacing, limits, granted, call } = bench({ maxCallsPerSecond: 1, maxConcurrentCalls: 3 });
    for (const name of names(8)) call(name);
    limits.maxCallsPerSecond = 3;
    pacing.refresh();
    assert.equal(granted.length, 3);
    limits.maxConcurrentCalls = 4;
    limits.maxCallsPerSecond = 1;
    pacing.refresh();
    await clock.advance(1_020);
    assert.equal(granted.length, 4);
    await clock.advance(10_000);
    assert.equal(granted.length, 4);
  });

  it('counts an INVITE when it leaves: those held up by the disk do not leave together with the next ones', async () => {
    const { clock, pacing } = bench({ maxCallsPerSecond: 2 });
    const granted: string[] = [];
    for (const name of names(6))
      pacing.reserve(
        name,
        't',
        onGrant(() => void granted.push(name)),
      );
    await clock.advance(30_000);
    assert.deepEqual(granted, ['l0', 'l1']);
    pacing.dialled('l0', 't');
    pacing.dialled('l1', 't');
    assert.equal(granted.length, 2);
    await clock.advance(1_020);
    assert.deepEqual(granted, names(4));
  });

  it('gives the turn of one that was granted and never dialled to the next', () => {
    const { pacing } = bench({ maxCallsPerSecond: 1 });
    const granted: string[] = [];
    for (const name of names(2))
      pacing.reserve(
        name,
        't',
        onGrant(() => void granted.push(name)),
      );
    pacing.release('l0');
    assert.deepEqual(granted, names(2));
  });

  it('counts an INVITE that was not asked for: one repeated after a restart', async () => {
    const { clock, pacing, granted, call } = bench({ maxCallsPerSecond: 1, maxConcurrentCalls: 2 });
    pacing.dialled('repeated', 't');
    call('l0');
    assert.deepEqual([granted, pacing.stats()], [[], { t: { waiting: 1, active: 1 } }]);
    await clock.advance(1_020);
    call('l1');
    await clock.advance(5_000);
    assert.deepEqual(granted, ['l0']);
    pacing.release('repeated');
    assert.deepEqual(granted, ['l0', 'l1']);
  });

  it('goes on when the clock is set back, and does not send a second load for it', async () => {
    const { clock, granted, call } = bench({ maxCallsPerSecond: 3 });
    for (const name of names(3)) call(name);
    clock.step(-3_600_000);
    call('after');
    assert.equal(granted.length, 3);
    await clock.advance(1_020);
    assert.equal(granted.at(-1), 'after');
  });

  it('grants nothing after it was stopped', async () => {
    const { clock, pacing, granted, call } = bench({ maxCallsPerSecond: 1 });
    for (const name of names(3)) call(name);
    pacing.stop();
    await clock.advance(10_000);
    assert.deepEqual([granted.length, clock.pending], [1, 0]);
  });

  it('lets never more than N INVITEs leave in any sliding second, nor more than M calls be up, and forgets nobody, also when the clock is set back', async () => {
    const step = fc.oneof(
      {
        weight: 3,
        arbitrary: fc.record({
          type: fc.constant('call' as const),
          slowMs: fc.integer({ min: 0, max: 300 }),
          // Ordered so long before it leaves.
          aheadMs: fc.constantFrom(0, 0, 40, 150),
        }),
      },
      { weight: 2, arbitrary: fc.record({ type: fc.constant('wait' as const), ms: fc.integer({ min: 0, max: 700 }) }) },
      { weight: 1, arbitrary: fc.record({ type: fc.constant('end' as const), which: fc.nat(20) }) },
      { weight: 1, arbitrary: fc.record({ type: fc.constant('back' as const), ms: fc.integer({ min: 1, max: 900 }) }) },
    );
    const run = fc.record({
      perSecond: fc.integer({ min: 1, max: 6 }),
      concurrent: fc.integer({ min: 1, max: 12 }),
      steps: fc.array(step, { maxLength: 120 }),
    });
    await fc.assert(
      fc.asyncProperty(run, async ({ perSecond, concurrent, steps }) => {
        const clock = still();
        const pacing = new TrunkPacing(clock, () => ({
          maxCallsPerSecond: perSecond,
          maxConcurrentCalls: concurrent,
        }));
        const sent: number[] = [];
        const up: string[] = [];
        const order: number[] = [];
        let calls = 0;
        let setBackMs = 0;
        for (const one of steps) {
          if (one.type === 'wait') await clock.advance(one.ms);
          else if (one.type === 'back') {
            clock.step(-one.ms);
            setBackMs += one.ms;
          } else if (one.type === 'end') {
            if (up.length > 0) pacing.release(up.splice(one.which % up.length, 1)[0]!);
          } else {
            const serial = calls;
            calls += 1;
            const dial = () => {
              order.push(serial);
              up.push(`l${serial}`);
              assert.ok(up.length <= concurrent);
              clock.alarm(clock.now() + one.slowMs, () => {
                // Ended before its INVITE could leave.
                if (!up.includes(`l${serial}`)) return;
                const leavesAt = clock.now() + one.aheadMs;
                sent.push(leavesAt + setBackMs);
                pacing.dialled(`l${serial}`, 't', leavesAt);
              });
            };
            pacing.reserve(`l${serial}`, 't', onGrant(dial));
          }
        }
        for (let round = 0; round < 2 * calls + setBackMs / 1_500 + 2; round += 1) {
          await clock.advance(1_500);
          for (const legId of up.splice(0)) pacing.release(legId);
        }
        assert.ok(mostInASecond(sent) <= perSecond);
        assert.deepEqual(
          order,
          Array.from({ length: calls }, (_, serial) => serial),
        );
        assert.equal(clock.pending, 0);
      }),
      { numRuns: 150 },
    );
  });
});
