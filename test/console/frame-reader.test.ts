import assert from 'node:assert/strict';
import fc from 'fast-check';
import { FrameReader } from '../../console/src/api/frame-reader.ts';

describe('server-sent events in the browser', () => {
  it('are the same frames, in whatever pieces they come', () => {
    const frames = Array.from({ length: 20 }, (_, id) => `id: ${id}\nevent: callback.done\ndata: {"sequence":${id}}`);
    const stream = `retry: 2000\n\n: alive\n\n${frames.join('\n\n')}\n\n`;
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }), (sizes) => {
        const reader = new FrameReader();
        const read: Array<Record<string, string>> = [];
        for (let at = 0, turn = 0; at < stream.length; turn += 1) {
          const size = sizes[turn % sizes.length]!;
          read.push(...reader.take(stream.slice(at, at + size)));
          at += size;
        }
        assert.deepEqual(
          read.filter(({ data }) => data !== undefined).map(({ id }) => id),
          frames.map((_, id) => String(id)),
        );
      }),
    );
  });

  it('keep colons and blanks of their data', () => {
    assert.deepEqual(new FrameReader().take('data: a: b  c\r\n\r\n'), [{ data: 'a: b  c' }]);
  });
});
