import assert from 'node:assert/strict';
import fc from 'fast-check';
import { encodeG711 } from '../../lib/media/embedded/g711.ts';
import { convertSound } from '../../lib/media/prompts/convert-sound.ts';
import { resample } from '../../lib/media/prompts/resampler.ts';
import { readSound, SOUND_LIMITS } from '../../lib/media/prompts/sound-file.ts';
import { readWav } from '../../lib/media/prompts/wav.ts';
import { goertzelShare } from '../support/rtp-peer.ts';
import { sine, sixteenBits, waveFile } from '../support/wave-file.ts';

const TONE = sine(1000, { rate: 8000, seconds: 0.2 });

function bytes(each: number, write: (data: Buffer, sample: number, at: number) => void): Buffer {
  const data = Buffer.alloc(TONE.length * each);
  for (const [index, sample] of TONE.entries()) write(data, sample, index * each);
  return data;
}

function law(codec: 'PCMA' | 'PCMU'): Buffer {
  const data = Buffer.alloc(TONE.length);
  encodeG711(
    codec,
    Int16Array.from(TONE, (sample) => sample * 32_767),
    { into: data, offset: 0 },
  );
  return data;
}

function soundOf(file: Buffer) {
  const read = readSound(file);
  assert.ok(read.result === 'read', JSON.stringify(read));
  return read.sound;
}

describe('Recordings as people have them', () => {
  const kinds: Array<[string, Buffer, number]> = [
    [
      '8 bits',
      waveFile(
        bytes(1, (data, x, at) => data.writeUInt8(Math.round(x * 127) + 128, at)),
        { bits: 8 },
      ),
      0.01,
    ],
    ['16 bits', waveFile(sixteenBits(TONE)), 0.0001],
    [
      '24 bits',
      waveFile(
        bytes(3, (data, x, at) => data.writeIntLE(Math.round(x * 8_388_607), at, 3)),
        { bits: 24 },
      ),
      1e-6,
    ],
    [
      '32 bits',
      waveFile(
        bytes(4, (data, x, at) => data.writeInt32LE(Math.round(x * 2_147_483_647), at)),
        { bits: 32 },
      ),
      1e-6,
    ],
    [
      'floating point',
      waveFile(
        bytes(4, (data, x, at) => data.writeFloatLE(x, at)),
        { encoding: 3, bits: 32 },
      ),
      1e-6,
    ],
    [
      'double',
      waveFile(
        bytes(8, (data, x, at) => data.writeDoubleLE(x, at)),
        { encoding: 3, bits: 64 },
      ),
      1e-6,
    ],
    ['A-law', waveFile(law('PCMA'), { encoding: 6, bits: 8 }), 0.02],
    ['mu-law', waveFile(law('PCMU'), { encoding: 7, bits: 8 }), 0.02],
  ];
  for (const [what, file, most] of kinds) {
    it(`are read in ${what}`, () => {
      const { sampleRate, samples } = soundOf(file);
      assert.equal(sampleRate, 8000);
      assert.equal(samples.length, TONE.length);
      for (const [index, sample] of samples.entries())
        assert.ok(Math.abs(sample - TONE[index]!) <= most, `${index}: ${sample} for ${TONE[index]}`);
    });
  }

  it('of two channels are mixed', () => {
    const pairs = sixteenBits([0.5, -0.5, 0.5, 0.25, 0, 1]);
    const { samples } = soundOf(waveFile(pairs, { channels: 2 }));
    assert.deepEqual(
      [...samples].map((sample) => sample.toFixed(3)),
      ['0.000', '0.375', '0.500'],
    );
  });

  it('with an extensible header are read by the tag within it', () => {
    const plain = waveFile(sixteenBits(TONE));
    const extension = Buffer.alloc(24);
    extension.writeUInt16LE(22, 0);
    extension.writeUInt16LE(1, 8);
    const file = Buffer.concat([plain.subarray(0, 36), extension, plain.subarray(36)]);
    file.writeUInt32LE(40, 16);
    file.writeUInt16LE(0xfffe, 20);
    assert.equal(soundOf(file).samples.length, TONE.length);
  });

  it('that hold what is no number are silent there', () => {
    const data = Buffer.alloc(16);
    for (const [index, value] of [Number.NaN, Infinity, 0.5, -7].entries()) data.writeFloatLE(value, index * 4);
    assert.deepEqual([...soundOf(waveFile(data, { encoding: 3, bits: 32 })).samples], [0, 0, 0.5, -1]);
  });

  it('of another kind are refused with the reason', () => {
    const data = sixteenBits(TONE);
    const long = Buffer.alloc(8000 * 2 * (SOUND_LIMITS.seconds + 1), 1);
    const refusals: Array<[Buffer, string]> = [
      [Buffer.from('OggS and so on'), 'not-wav'],
      [Buffer.from('ID3'), 'not-wav'],
      [Buffer.alloc(0), 'not-wav'],
      [waveFile(data).subarray(0, 30), 'cut-off'],
      [waveFile(data).subarray(0, 38), 'cut-off'],
      [waveFile(data, { encoding: 2 }), 'encoding'],
      [waveFile(data, { encoding: 85 }), 'encoding'],
      [waveFile(data, { bits: 12 }), 'encoding'],
      [waveFile(data, { channels: 3 }), 'channels'],
      [waveFile(data, { channels: 0 }), 'channels'],
      [waveFile(data, { rate: 7999 }), 'sample-rate'],
      [waveFile(data, { rate: 96_000 }), 'sample-rate'],
      [waveFile(Buffer.alloc(0)), 'no-samples'],
      [waveFile(long), 'too-long'],
      [waveFile(Buffer.alloc(3200)), 'silent'],
    ];
    for (const [file, reason] of refusals) {
      const read = readSound(file);
      assert.equal(read.result === 'refused' && read.reason, reason);
    }
  });

  it('are read from any bytes without throwing, and never more of them than there are', () => {
    const valid = waveFile(sixteenBits(TONE.slice(0, 40)), { channels: 2 });
    const change = fc.tuple(fc.nat(valid.length - 1), fc.nat(255));
    fc.assert(
      fc.property(fc.array(change, { maxLength: 8 }), fc.nat(valid.length), (changes, length) => {
        const file = Buffer.from(valid);
        for (const [index, byte] of changes) file[index] = byte;
        const read = readSound(file.subarray(0, length));
        if (read.result === 'read') assert.ok(read.sound.samples.length <= length);
      }),
      { numRuns: 2000 },
    );
  });
});

/** In decibels against the tone that went in. */
function gain(samples: Float32Array): number {
  const middle = samples.subarray(400, samples.length - 400);
  const power = middle.reduce((sum, sample) => sum + sample * sample, 0) / middle.length;
  return 10 * Math.log10((2 * power) / 0.25 + 1e-12);
}

describe('Another sample rate', () => {
  const rates = [8000, 11_025, 12_347, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000];

  it('keeps speech as loud as it was, whatever the rates', () => {
    for (const from of rates) {
      for (const to of [8000, 16_000]) {
        for (const frequency of [200, 1000, 3400]) {
          const samples = Float32Array.from(sine(frequency, { rate: from, seconds: 0.5 }));
          const changed = resample(samples, { from, to });
          assert.equal(changed.length, Math.round((samples.length * to) / from));
          assert.ok(Math.abs(gain(changed)) < 0.2, `${frequency} Hz from ${from} to ${to}: ${gain(changed)} dB`);
          assert.ok(
            goertzelShare([...changed].slice(0, 4000), (frequency * 8000) / to) > 0.98,
            `${frequency} ${from} ${to}`,
          );
        }
      }
    }
  });

  it('loses what it can not hold, so that nothing folds back', () => {
    for (const [from, to, frequency] of [
      [48_000, 16_000, 8500],
      [44_100, 16_000, 15_000],
      [22_050, 8000, 4200],
      [16_000, 8000, 7000],
    ] as const) {
      const changed = resample(Float32Array.from(sine(frequency, { rate: from, seconds: 0.5 })), { from, to });
      assert.ok(gain(changed) < -60, `${frequency} Hz from ${from} to ${to}: ${gain(changed)} dB`);
    }
  });

  it('adds no image where there was nothing', () => {
    const changed = resample(Float32Array.from(sine(3000, { rate: 8000, seconds: 0.5 })), { from: 8000, to: 16_000 });
    const heard = goertzelShare([...changed], 1500);
    assert.ok(heard > 0.999, `${heard} of it is the tone`);
  });
});

describe('An uploaded recording', () => {
  it('is kept at 16 kHz, 16 bits, mono, and heard as it was at 8 kHz', async () => {
    for (const rate of [8000, 16_000, 44_100]) {
      const file = waveFile(sixteenBits(sine(1000, { rate, seconds: 1 })), { rate });
      const kept = await convertSound(soundOf(file));
      assert.equal(kept.readUInt32LE(24), 16_000);
      assert.equal(kept.length, 44 + 32_000);
      const read = readWav(kept);
      assert.ok(read.result === 'read' && read.samples.length === 8000);
      assert.ok(goertzelShare([...read.samples], 1000) > 0.99);
      const peak = Math.max(...read.samples.subarray(500, 7500));
      assert.ok(Math.abs(peak - 16_384) < 330, `peak ${peak}`);
    }
  });

  it('does not keep the calls beside it waiting while it is converted', async () => {
    const rate = 44_100;
    const sound = soundOf(waveFile(sixteenBits(sine(1000, { rate, seconds: 20 })), { rate }));
    let turns = 0;
    const others = setInterval(() => turns++, 1);
    await convertSound(sound);
    clearInterval(others);
    assert.ok(turns >= 20, `${turns} turns of others`);
  });
});
