import assert from 'node:assert/strict';
import { Ticker, type TickerMember } from '../../lib/media/embedded/ticker.ts';
import { ManualTime } from '../support/manual-time.ts';

class Recorder implements TickerMember {
  readonly ticks: { frame: number; atMs: number }[] = [];
  readonly #time: ManualTime;

  constructor(time: ManualTime) {
    this.#time = time;
  }

  tick(frame: number): void {
    this.ticks.push({ frame, atMs: this.#time.nowMs() });
  }
}

function setUp(members: number): { time: ManualTime; ticker: Ticker; recorders: Recorder[] } {
  const time = new ManualTime();
  const ticker = new Ticker(time);
  const recorders = Array.from({ length: members }, () => new Recorder(time));
  for (const recorder of recorders) ticker.add(recorder);
  return { time, ticker, recorders };
}

describe('The shared ticker', () => {
  it('ticks every member each 20 ms exactly, the first time within 20 ms', () => {
    const { time, recorders } = setUp(8);
    time.advance(1000);
    for (const { ticks } of recorders) {
      assert.ok(ticks[0]!.atMs - 1000 < 20);
      assert.ok(ticks.length >= 50);
      assert.deepEqual(new Set(ticks.slice(1).map((tick, index) => tick.atMs - ticks[index]!.atMs)), new Set([20]));
      assert.deepEqual(
        ticks.map((tick) => tick.frame - ticks[0]!.frame),
        [...ticks.keys()],
      );
    }
  });

  it('spreads its members over four phases of 5 ms', () => {
    const { time, recorders } = setUp(8);
    time.advance(19);
    const firsts = recorders.map((recorder) => recorder.ticks[0]!.atMs - 1000).sort((a, b) => a - b);
    assert.deepEqual(firsts, [0, 0, 5, 5, 10, 10, 15, 15]);
  });

  it('runs only while it has members', () => {
    const { time, ticker, recorders } = setUp(2);
    time.advance(100);
    assert.equal(time.armed, 1);
    for (const recorder of recorders) ticker.remove(recorder);
    assert.equal(time.armed, 0);
    ticker.add(recorders[0]!);
    assert.equal(time.armed, 1);
  });

  it('lets a member leave from inside its tick', () => {
    const time = new ManualTime();
    const ticker = new Ticker(time);
    let ticks = 0;
    const member: TickerMember = {
      tick() {
        ticks += 1;
        ticker.remove(member);
      },
    };
    ticker.add(member);
    time.advance(200);
    assert.equal(ticks, 1);
    assert.equal(time.armed, 0);
  });

  it('catches up after a short stall, so that no frame is lost and the rate stays exact', () => {
    const { time, recorders } = setUp(1);
    time.advance(101);
    time.stall(60);
    time.advance(839);
    const { ticks } = recorders[0]!;
    assert.equal(ticks.length, 51);
    assert.deepEqual(
      ticks.map((tick) => tick.frame),
      [...ticks.keys()],
    );
  });

  it('skips the time of a long stall instead of sending a burst', () => {
    const { time, recorders } = setUp(4);
    time.advance(101);
    time.stall(5000);
    time.advance(1);
    for (const { ticks } of recorders) {
      const late = ticks.filter((tick) => tick.atMs > 5000);
      assert.ok(late.length <= 2, `${late.length} at once`);
    }
    time.advance(100);
    for (const { ticks } of recorders) {
      assert.equal(ticks.at(-1)!.frame, Math.floor((ticks.at(-1)!.atMs - 1000) / 20), 'the skipped frames are counted');
    }
  });

  it('does not tick a member twice that is added twice', () => {
    const { time, ticker, recorders } = setUp(1);
    ticker.add(recorders[0]!);
    assert.equal(ticker.size, 1);
    time.advance(39);
    assert.equal(recorders[0]!.ticks.length, 2);
  });
});
