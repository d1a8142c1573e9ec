import assert from 'node:assert/strict';
import { FakeClock } from '../support/fake-clock.ts';

describe('fake clock', () => {
  it('runs alarms at their own instants, in order, and settles promises between them', async () => {
    const clock = new FakeClock(1000);
    const seen: string[] = [];
    const note = (name: string) => () => {
      seen.push(`${name}@${clock.now()}`);
      void Promise.resolve()
        .then(() => new Promise((resolve) => setImmediate(resolve)))
        .then(() => seen.push(`${name} settled`));
    };
    clock.alarm(1020, note('b'));
    clock.alarm(1010, note('a'));
    clock.alarm(1031, note('later'));
    await clock.advance(30);
    assert.deepEqual(seen, ['a@1010', 'a settled', 'b@1020', 'b settled']);
    assert.equal(clock.now(), 1030);
    assert.equal(clock.pending, 1);
    assert.equal(clock.nextAt, 1031);
  });

  it('runs within one advance what an alarm sets for the same stretch', async () => {
    const clock = new FakeClock(0);
    const seen: number[] = [];
    const again = () => {
      seen.push(clock.now());
      if (seen.length < 3) clock.alarm(clock.now() + 10, again);
    };
    clock.alarm(10, again);
    await clock.advance(30);
    assert.deepEqual(seen, [10, 20, 30]);
  });

  it('runs nothing by a step, and what has become due at the next advance', async () => {
    const clock = new FakeClock(0);
    let ranAt = -1;
    clock.alarm(10, () => {
      ranAt = clock.now();
    });
    clock.step(100);
    assert.equal(ranAt, -1);
    await clock.advance(0);
    assert.equal(ranAt, 100);
    clock.step(-50);
    assert.equal(clock.now(), 50);
  });

  it('does not run what was taken back', async () => {
    const clock = new FakeClock(0);
    clock.alarm(10, () => assert.fail('taken back'))();
    await clock.advance(20);
    assert.equal(clock.nextAt, null);
  });
});
