import assert from 'node:assert/strict';
import { decodeG711, encodeG711, transcodeG711 } from '../../lib/media/embedded/g711.ts';
import type { Codec } from '../../lib/media/sdp/remote-description.ts';

function encode(codec: Codec, ...samples: number[]): number[] {
  const bytes = Buffer.alloc(samples.length);
  encodeG711(codec, Int16Array.from(samples), { into: bytes, offset: 0 });
  return [...bytes];
}

const everyCode = Uint8Array.from({ length: 256 }, (_, code) => code);

describe('G.711', () => {
  it('encodes the values that the recommendation gives', () => {
    assert.deepEqual(
      encode('PCMA', 0, 8, -8, 1000, -1000, 32_767, -32_768),
      [0xd5, 0xd5, 0x55, 0xfa, 0x7a, 0xaa, 0x2a],
    );
    assert.deepEqual(
      encode('PCMU', 0, 4, -4, 1000, -1000, 32_767, -32_768),
      [0xff, 0xfe, 0x7e, 0xce, 0x4e, 0x80, 0x00],
    );
  });

  it('loses nothing when a decoded code is encoded again', () => {
    assert.deepEqual(encode('PCMA', ...decodeG711('PCMA', everyCode)), [...everyCode]);
    // mu-law has two zeros.
    const expected = [...everyCode].map((code) => (code === 0x7f ? 0xff : code));
    assert.deepEqual(encode('PCMU', ...decodeG711('PCMU', everyCode)), expected);
  });

  it('keeps every sample within the step of its segment', () => {
    for (const codec of ['PCMA', 'PCMU'] as const) {
      for (let sample = -32_000; sample <= 32_000; sample += 37) {
        const [decoded] = decodeG711(codec, Uint8Array.from(encode(codec, sample)));
        assert.ok(Math.abs(decoded! - sample) <= Math.max(16, Math.abs(sample) / 16), `${codec} ${sample}: ${decoded}`);
      }
    }
  });

  it('transcodes as decoding and encoding does, and only the part that it is told', () => {
    for (const [from, to] of [
      ['PCMA', 'PCMU'],
      ['PCMU', 'PCMA'],
    ] as const) {
      const bytes = Buffer.from(everyCode);
      transcodeG711(from, bytes, 10, 250);
      const expected = encode(to, ...decodeG711(from, everyCode));
      assert.deepEqual(
        [...bytes],
        [...everyCode].map((code, index) => (index >= 10 && index < 250 ? expected[index] : code)),
      );
    }
  });
});
