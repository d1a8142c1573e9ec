import assert from 'node:assert/strict';
import fc from 'fast-check';
import { encodeFrame, FrameDecoder } from '../../../lib/engine/control/frame.ts';

function decodeAll(decoder: FrameDecoder): (string | 'broken')[] {
  const out: string[] = [];
  for (let frame = decoder.next(); frame !== undefined; frame = decoder.next()) {
    out.push(frame.toString());
    if (frame === 'broken') break;
  }
  return out;
}

describe('frames of the app protocol', () => {
  it('come out whole however the stream is cut, lengths counted in bytes', () => {
    const texts = fc.array(fc.string({ minLength: 1, unit: 'grapheme' }), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(texts, fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }), (payloads, cuts) => {
        const stream = Buffer.concat(payloads.map((payload) => encodeFrame(payload)));
        const decoder = new FrameDecoder(10_000);
        const out: string[] = [];
        for (let at = 0, turn = 0; at < stream.length; turn++) {
          const end = Math.min(stream.length, at + cuts[turn % cuts.length]!);
          decoder.push(stream.subarray(at, end));
          out.push(...decodeAll(decoder));
          at = end;
        }
        assert.deepEqual(out, payloads);
      }),
    );
  });

  it('carry a message behind the meta line', () => {
    const decoder = new FrameDecoder(100);
    decoder.push(encodeFrame('1|sip', Buffer.from('ü')));
    assert.deepEqual(decodeAll(decoder), ['1|sip\r\nü']);
    assert.match(encodeFrame('1|sip', Buffer.from('ü')).toString(), /^9#/);
  });

  for (const [name, bytes] of [
    ['a letter in the length', 'x#abc'],
    ['no length', '#abc'],
    ['length zero', '0#'],
    ['a minus', '-1#a'],
    ['a length above the limit', '101#'],
    ['a length that never ends', '0000000000'],
    ['a binary stream', '\xff\xfe\x00'],
  ] as const) {
    it(`break the stream for good: ${name}`, () => {
      const decoder = new FrameDecoder(100);
      decoder.push(Buffer.from(bytes, 'latin1'));
      assert.deepEqual(decodeAll(decoder), ['broken']);
      decoder.push(encodeFrame('fine'));
      assert.deepEqual(decodeAll(decoder), ['broken']);
    });
  }

  it('of a mebibyte in small pieces take linear time', () => {
    const decoder = new FrameDecoder(2 ** 20);
    const stream = encodeFrame('x'.repeat(2 ** 20 - 8));
    const startedAt = performance.now();
    let frames = 0;
    for (let at = 0; at < stream.length; at += 64) {
      decoder.push(stream.subarray(at, at + 64));
      if (decoder.next() !== undefined) frames += 1;
    }
    assert.equal(frames, 1);
    assert.ok(performance.now() - startedAt < 2_000);
  });
});
