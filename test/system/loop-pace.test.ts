import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { LoopPace } from '../../lib/system/loop-pace.ts';

function hold(ms: number): void {
  for (const until = performance.now() + ms; performance.now() < until; );
}

describe('how late the main loop is', () => {
  let pace: LoopPace;
  beforeEach(() => {
    pace = new LoopPace();
  });
  afterEach(() => pace.stop());

  it('is not known before it has turned a few times', () => {
    assert.equal(pace.look(), null);
  });

  it('is the time by which every turn is held up', async () => {
    for (let turn = 0; turn < 8; turn += 1) {
      hold(150);
      await delay(1);
    }
    const look = pace.look();
    assert.ok(look !== null && look.lateMs >= 100, JSON.stringify(look));
    assert.ok(look.spanMs >= 1_200, JSON.stringify(look));
  });

  it('is not what a single pause was', async () => {
    hold(500);
    for (let turn = 0; turn < 15; turn += 1) await delay(20);
    const look = pace.look();
    assert.ok(look !== null && look.lateMs < 250, JSON.stringify(look));
  });

  it('counts from one look to the next', async () => {
    for (let turn = 0; turn < 6; turn += 1) {
      hold(150);
      await delay(1);
    }
    assert.ok(pace.look() !== null);
    assert.equal(pace.look(), null);
    for (let turn = 0; turn < 15; turn += 1) await delay(20);
    const look = pace.look();
    assert.ok(look !== null && look.lateMs < 100, JSON.stringify(look));
  });
});
