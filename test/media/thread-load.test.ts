import assert from 'node:assert/strict';
import { ThreadLoad } from '../../lib/media/embedded/threads/thread-load.ts';

describe('ThreadLoad', () => {
  /** Whether it is full after each look, half a second apart. */
  const looks = (...busyMs: number[]) => {
    const load = new ThreadLoad();
    return busyMs.map((busy, index) => {
      load.look(busy, index * 500);
      return load.isFull;
    });
  };

  it('is full when it was busy all the time for a second, and no longer than that', () => {
    assert.deepEqual(looks(0, 490, 980, 1470, 1500), [false, false, true, true, false]);
  });

  it('is not full by a pause, by four fifths, or by what another thread had done before it', () => {
    assert.deepEqual(looks(0, 500, 600, 1100), [false, false, false, false]);
    assert.deepEqual(looks(0, 400, 800, 1200), [false, false, false, false]);
    assert.deepEqual(looks(90_000, 100, 600), [false, false, false]);
  });
});
