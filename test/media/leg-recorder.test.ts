import assert from 'node:assert/strict';
import type { RecordingOptions } from '../../lib/core/call/recording.ts';
import { LegRecorder } from '../../lib/media/recording/leg-recorder.ts';
import { MemoryRecordings } from '../support/memory-recordings.ts';

const frame = (value: number) => new Int16Array(160).fill(value);
const usual: RecordingOptions = { what: 'person', maxSeconds: null, silenceSeconds: null };

describe('a recording', () => {
  let store: MemoryRecordings;
  let ends: Array<{ seconds: number; why: string }>;
  let over: Promise<void>;
  let isSilent: boolean;
  beforeEach(() => {
    store = new MemoryRecordings();
    ends = [];
  });

  function record(options: Partial<RecordingOptions> = {}): LegRecorder {
    const { promise, resolve } = Promise.withResolvers<void>();
    over = promise;
    return new LegRecorder(store, 'r', { ...usual, ...options }, ({ silent, ...end }) => {
      isSilent = silent;
      ends.push(end);
      resolve();
    });
  }

  const say = (recorder: LegRecorder, frames: number, value = 1000) => {
    for (let i = 0; i < frames; i += 1) recorder.hear('person', frame(value));
  };
  const written = () => store.all.get('r')!;

  it('holds what the person says, in order, and is over when all of it is written', async () => {
    const recorder = record();
    for (let i = 1; i <= 60; i += 1) recorder.hear('person', frame(i));
    recorder.hear('other', frame(9));
    recorder.stop('stopped');
    say(recorder, 5);
    assert.deepEqual(ends, []);
    await over;
    assert.deepEqual(ends, [{ seconds: 1.2, why: 'stopped' }]);
    assert.deepEqual(written().format, { channels: 1 });
    assert.ok(written().isClosed);
    assert.equal(written().samples.length, 60 * 160);
    for (let i = 0; i < 60; i += 1) assert.equal(written().samples[160 * i + 80], i + 1);
  });

  it('mixes both sides, or keeps them apart, with silence for who says nothing', async () => {
    for (const what of ['mixed', 'stereo'] as const) {
      store = new MemoryRecordings();
      const recorder = record({ what });
      recorder.hear('other', frame(200));
      recorder.hear('person', frame(100));
      recorder.hear('person', frame(32_000));
      recorder.hear('other', frame(32_000));
      recorder.hear('person', frame(32_000));
      recorder.stop('stopped');
      await over;
      const { samples, format } = written();
      const at = (index: number) =>
        what === 'stereo' ? [...samples.slice(320 * index, 320 * index + 2)] : samples[160 * index];
      assert.equal(format.channels, what === 'stereo' ? 2 : 1);
      assert.deepEqual(
        [at(0), at(1), at(2)],
        what === 'stereo'
          ? [
              [100, 200],
              [32_000, 0],
              [32_000, 32_000],
            ]
          : [300, 32_000, 32_767],
      );
    }
  });

  it('of an other side that is ahead stays together with it', async () => {
    const recorder = record({ what: 'stereo' });
    for (let i = 1; i <= 40; i += 1) recorder.hear('other', frame(i));
    recorder.hear('person', frame(1));
    recorder.stop('stopped');
    await over;
    assert.equal(written().samples[1], 36);
  });

  it('ends after its longest time, and by silence', async () => {
    say(record({ maxSeconds: 2 }), 200);
    await over;
    say(record({ silenceSeconds: 1 }), 30);
    const recorder = record({ silenceSeconds: 1 });
    say(recorder, 40, 0);
    say(recorder, 10, 1000);
    say(recorder, 49, 100);
    assert.equal(ends.length, 1);
    say(recorder, 100, 100);
    await over;
    assert.deepEqual(ends, [
      { seconds: 2, why: 'maxSeconds' },
      { seconds: 2, why: 'silence' },
    ]);
  });

  it('says whether the person has said anything, whatever the other side says', async () => {
    for (const [level, is] of [
      [100, true],
      [1000, false],
    ] as const) {
      const recorder = record({ what: 'mixed' });
      for (let i = 0; i < 10; i += 1) {
        recorder.hear('other', frame(5000));
        recorder.hear('person', frame(level));
      }
      recorder.stop('stopped');
      await over;
      assert.equal(isSilent, is);
    }
  });

  it('is told of at once when the call is over, and written all the same', async () => {
    store.gate = new Promise((resolve) => setImmediate(resolve));
    const recorder = record();
    say(recorder, 30);
    recorder.stop('hangup');
    assert.deepEqual(ends, [{ seconds: 0.6, why: 'hangup' }]);
    for (let round = 0; round < 100 && !written().isClosed; round += 1) await new Promise(setImmediate);
    assert.equal(written().samples.length, 30 * 160);
    assert.equal(ends.length, 1);
  });

  it('that was stopped is told of at the latest when the call is over', () => {
    store.gate = new Promise(() => {});
    const recorder = record();
    say(recorder, 30);
    recorder.stop('stopped');
    assert.deepEqual(ends, []);
    recorder.stop('hangup');
    assert.deepEqual(ends, [{ seconds: 0.6, why: 'stopped' }]);
  });

  it('ends where the disk is full, and keeps what was written', async () => {
    store.roomForPieces = 2;
    const recorder = record();
    say(recorder, 100);
    await over;
    assert.equal(ends[0]!.why, 'storage');
    say(recorder, 100);
    recorder.stop('hangup');
    assert.equal(ends.length, 1);
    assert.ok(written().isClosed);
    assert.equal(written().pieces.length, 2);
  });

  it('that can not be begun has ended', async () => {
    store.refuses = true;
    record();
    await over;
    assert.deepEqual(ends, [{ seconds: 0, why: 'storage' }]);
  });

  it('ends where the disk is too slow, and never holds more than ten seconds', async () => {
    store.gate = new Promise(() => {});
    const recorder = record();
    say(recorder, 490);
    assert.equal(ends.length, 0);
    say(recorder, 100);
    await over;
    assert.equal(ends[0]!.why, 'overrun');
    assert.ok(ends[0]!.seconds <= 11, JSON.stringify(ends));
  });
});
