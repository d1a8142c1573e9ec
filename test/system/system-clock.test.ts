import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type ClockSource, createSystemClock } from '../../lib/system/clock.ts';

/** A platform whose timers obey a monotonic clock, fire early if told so, and treat a long wait as Node does. */
class Platform implements ClockSource {
  elapsed = 0;
  /** Wall clock minus monotonic clock. */
  offset = 1_700_000_000_000;
  earlyMs = 0;
  timers: Array<{ at: number; fire: () => void }> = [];
  /** Every wait that was asked for. */
  waits: number[] = [];

  now(): number {
    return this.elapsed + this.offset;
  }

  monotonic(): number {
    return this.elapsed;
  }

  wait(ms: number, fire: () => void): () => void {
    this.waits.push(ms);
    const inNode = ms > 2 ** 31 - 1 ? 1 : Math.max(ms, 1);
    const timer = { at: this.elapsed + Math.max(inNode - this.earlyMs, 0.5), fire };
    this.timers.push(timer);
    return () => {
      this.timers = this.timers.filter((other) => other !== timer);
    };
  }

  pass(ms: number): void {
    const until = this.elapsed + ms;
    for (;;) {
      const next = this.timers.toSorted((a, b) => a.at - b.at)[0];
      if (next === undefined || next.at > until) break;
      this.timers = this.timers.filter((timer) => timer !== next);
      this.elapsed = Math.max(this.elapsed, next.at);
      next.fire();
    }
    this.elapsed = until;
  }
}

const MINUTE = 60_000;

describe('system clock', () => {
  it('runs alarms in the order of their instants, never early, each once, on real timers that fire early', async () => {
    const clock = createSystemClock();
    const started = clock.now();
    const seen: Array<{ at: number; ranAt: number }> = [];
    await new Promise<void>((resolve) => {
      for (let index = 0; index < 200; index += 1) {
        const at = started + ((index * 37) % 60);
        clock.alarm(at, () => {
          seen.push({ at, ranAt: Date.now() });
          if (seen.length === 200) resolve();
        });
      }
    });
    for (const { at, ranAt } of seen) assert.ok(ranAt >= at, `${at - ranAt} ms early`);
    assert.deepEqual(
      seen.map(({ at }) => at),
      seen.map(({ at }) => at).toSorted((a, b) => a - b),
    );
  });

  it('never runs early when the timer does', () => {
    const platform = new Platform();
    platform.earlyMs = 1.7;
    const clock = createSystemClock(platform);
    const at = clock.now() + 100;
    let ranAt = 0;
    clock.alarm(at, () => {
      ranAt = clock.now();
    });
    platform.pass(98.5);
    assert.equal(ranAt, 0);
    platform.pass(10);
    assert.ok(ranAt >= at && ranAt < at + 2, `ran ${ranAt - at} ms after`);
  });

  it('waits for 100 days, in pieces that no timer is too long for', () => {
    const platform = new Platform();
    const clock = createSystemClock(platform);
    const days = 100 * 24 * 60 * MINUTE;
    let ran = 0;
    clock.alarm(clock.now() + days, () => {
      ran += 1;
    });
    platform.pass(days - 1);
    assert.equal(ran, 0);
    platform.pass(1);
    assert.equal(ran, 1);
    assert.ok(platform.waits.every((ms) => ms <= MINUTE));
    assert.equal(platform.timers.length, 0);
  });

  it('notices within a minute that the wall clock was put forward', () => {
    const platform = new Platform();
    const clock = createSystemClock(platform);
    let ran = 0;
    clock.alarm(clock.now() + 60 * MINUTE, () => {
      ran += 1;
    });
    platform.pass(MINUTE / 2);
    platform.offset += 120 * MINUTE;
    platform.pass(MINUTE);
    assert.equal(ran, 1);
  });

  it('waits on when the wall clock was put back', () => {
    const platform = new Platform();
    const clock = createSystemClock(platform);
    const at = clock.now() + 1000;
    let ranAt = 0;
    clock.alarm(at, () => {
      ranAt = clock.now();
    });
    platform.offset -= 10 * MINUTE;
    platform.pass(5 * MINUTE);
    assert.equal(ranAt, 0);
    platform.pass(6 * MINUTE);
    assert.ok(ranAt >= at && ranAt <= at + 2);
  });

  it('waits for a time to pass, however far the wall clock is set meanwhile, and tells of each step before the new time', () => {
    for (const byMs of [-60 * MINUTE, 60 * MINUTE, -2_000, 100]) {
      const platform = new Platform();
      const clock = createSystemClock(platform);
      const told: number[] = [];
      clock.onStep((ms) => told.push(ms));
      let ranAfter = -1;
      clock.after(1_000, () => {
        ranAfter = platform.elapsed;
      });
      platform.pass(400);
      platform.offset += byMs;
      if (byMs === -2_000) clock.now();
      platform.pass(599);
      assert.equal(ranAfter, -1, `${byMs}`);
      platform.pass(MINUTE);
      assert.ok(ranAfter >= 1_000 && ranAfter <= 1_002, `${byMs}: after ${ranAfter} ms`);
      assert.deepEqual(told, [byMs]);
    }
  });

  it('takes no step for what is the grain of the clocks, nor for a process that stood still between two looks', () => {
    const platform = new Platform();
    const stopped = Object.assign(Object.create(platform) as Platform, { stopMs: 0 });
    stopped.now = () => {
      const now = platform.elapsed + platform.offset;
      platform.elapsed += stopped.stopMs;
      stopped.stopMs = 0;
      return now;
    };
    stopped.monotonic = () => platform.elapsed;
    stopped.wait = (ms, fire) => platform.wait(ms, fire);
    const clock = createSystemClock(stopped);
    const told: number[] = [];
    clock.onStep((ms) => told.push(ms));
    for (let count = 0; count < 100; count += 1) {
      platform.offset += count % 2 ? 1 : -1;
      clock.now();
    }
    stopped.stopMs = 10_000;
    const now = clock.now();
    assert.deepEqual(told, []);
    assert.equal(now, platform.elapsed + platform.offset);
  });

  it('does not run what was taken back, whoever takes it back and when', () => {
    const platform = new Platform();
    const clock = createSystemClock(platform);
    const ran: string[] = [];
    const soon = clock.now() + 10;
    const takeBack = clock.alarm(soon + 1, () => ran.push('taken back by an alarm'));
    const first = clock.alarm(soon, () => {
      ran.push('first');
      takeBack();
      first();
    });
    clock.alarm(soon, () => ran.push('never'))();
    platform.pass(100);
    assert.deepEqual(ran, ['first']);
    first();
    takeBack();
  });

  it('holds one timer for a hundred thousand alarms, and none when all are taken back', () => {
    const platform = new Platform();
    const clock = createSystemClock(platform);
    const takeBacks = Array.from({ length: 100_000 }, (_, index) =>
      clock.alarm(clock.now() + 1000 + ((index * 7919) % 100_000), () => undefined),
    );
    assert.equal(platform.timers.length, 1);
    for (const takeBack of takeBacks) takeBack();
    assert.equal(platform.timers.length, 0);
  });

  it('runs the others after an alarm that throws', () => {
    const platform = new Platform();
    const clock = createSystemClock(platform);
    let ran = 0;
    clock.alarm(clock.now() + 10, () => {
      throw new Error('of the alarm');
    });
    clock.alarm(clock.now() + 10, () => {
      ran += 1;
    });
    assert.throws(() => platform.pass(10), /of the alarm/);
    platform.pass(10);
    assert.equal(ran, 1);
  });

  it('runs an alarm that an alarm sets, also one for the past, in a later step of the same timer or the next', () => {
    const platform = new Platform();
    const clock = createSystemClock(platform);
    const ran: string[] = [];
    clock.alarm(clock.now() + 10, () => {
      ran.push('outer');
      clock.alarm(clock.now() - 1000, () => ran.push('past'));
      clock.alarm(clock.now() + 5, () => ran.push('inner'));
    });
    platform.pass(10);
    platform.pass(10);
    assert.deepEqual(ran, ['outer', 'past', 'inner']);
  });

  it('lets the rest of the program have its turn within a flood of due alarms', () => {
    const platform = new Platform();
    const clock = createSystemClock(platform);
    let ran = 0;
    for (let index = 0; index < 2000; index += 1) {
      clock.alarm(clock.now() + 10, () => {
        ran += 1;
      });
    }
    const [timer] = platform.timers;
    platform.elapsed += 10;
    platform.timers = [];
    timer!.fire();
    assert.equal(ran, 500);
    platform.pass(10);
    assert.equal(ran, 2000);
  });

  it('refuses NaN, which would hold up every other alarm', () => {
    assert.throws(() => createSystemClock().alarm(Number.NaN, () => undefined), RangeError);
  });

  it('keeps its promises under random alarms, cancellations and clock steps', () => {
    const action = fc.oneof(
      {
        weight: 4,
        arbitrary: fc.record({ kind: fc.constant('alarm' as const), ms: fc.integer({ min: -50, max: 500_000 }) }),
      },
      {
        weight: 4,
        arbitrary: fc.record({ kind: fc.constant('after' as const), ms: fc.integer({ min: 0, max: 500_000 }) }),
      },
      { weight: 2, arbitrary: fc.record({ kind: fc.constant('cancel' as const), ms: fc.nat(100) }) },
      { weight: 3, arbitrary: fc.record({ kind: fc.constant('pass' as const), ms: fc.nat(100_000) }) },
      {
        weight: 1,
        arbitrary: fc.record({ kind: fc.constant('step' as const), ms: fc.integer({ min: -100_000, max: 100_000 }) }),
      },
    );
    fc.assert(
      fc.property(fc.array(action, { maxLength: 60, size: 'max' }), (actions) => {
        const platform = new Platform();
        platform.earlyMs = 1.7;
        const clock = createSystemClock(platform);
        const alarms: Array<{ at: number; runs: number; cancelled: boolean; cancel: () => void }> = [];
        for (const { kind, ms } of actions) {
          if (kind === 'pass') platform.pass(ms);
          if (kind === 'step') platform.offset += ms;
          if (kind === 'cancel') {
            const alarm = alarms[ms % Math.max(alarms.length, 1)];
            if (alarm !== undefined && alarm.runs === 0) alarm.cancelled = true;
            alarm?.cancel();
          }
          if (kind === 'after') {
            const from = platform.elapsed;
            const wait = { at: 0, runs: 0, cancelled: false, cancel: (): void => undefined };
            wait.cancel = clock.after(ms, () => {
              const passed = platform.elapsed - from;
              // Steps below the grain are not seen.
              assert.ok(passed >= ms - 60 && passed <= Math.max(ms, 0) + 60, `${passed} for ${ms}`);
              wait.runs += 1;
            });
            alarms.push(wait);
          }
          if (kind === 'alarm') {
            const alarm = { at: clock.now() + ms, runs: 0, cancelled: false, cancel: (): void => undefined };
            alarm.cancel = clock.alarm(alarm.at, () => {
              assert.ok(clock.now() >= alarm.at);
              alarm.runs += 1;
            });
            alarms.push(alarm);
          }
        }
        platform.pass(1_000_000);
        for (const { runs, cancelled } of alarms) assert.equal(runs, cancelled ? 0 : 1);
        assert.equal(platform.timers.length, 0);
      }),
      { numRuns: 300 },
    );
  });
});
