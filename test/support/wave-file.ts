/** RIFF files of every kind, good ones and others. */

export interface WaveFormat {
  /** WAVE_FORMAT tag: 1 PCM, 3 floating point, 6 A-law, 7 mu-law. */
  encoding?: number;
  bits?: number;
  channels?: number;
  rate?: number;
}

export function waveFile(
  data: Buffer,
  { encoding = 1, bits = 16, channels = 1, rate = 8000 }: WaveFormat = {},
): Buffer {
  const head = Buffer.alloc(44);
  head.write('RIFF', 0, 'latin1');
  head.writeUInt32LE(36 + data.length, 4);
  head.write('WAVEfmt ', 8, 'latin1');
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(encoding, 20);
  head.writeUInt16LE(channels, 22);
  head.writeUInt32LE(rate, 24);
  head.writeUInt32LE((rate * channels * bits) / 8, 28);
  head.writeUInt16LE((channels * bits) / 8, 32);
  head.writeUInt16LE(bits, 34);
  head.write('data', 36, 'latin1');
  head.writeUInt32LE(data.length, 40);
  return Buffer.concat([head, data]);
}

/** Samples from -1 to 1 as 16 bits. */
export function sixteenBits(samples: readonly number[]): Buffer {
  const data = Buffer.alloc(samples.length * 2);
  for (const [index, sample] of samples.entries()) data.writeInt16LE(Math.round(sample * 32_767), index * 2);
  return data;
}

export function sine(frequency: number, { rate, seconds }: { rate: number; seconds: number }): number[] {
  return Array.from(
    { length: Math.round(rate * seconds) },
    (_, index) => 0.5 * Math.sin((2 * Math.PI * frequency * index) / rate),
  );
}
