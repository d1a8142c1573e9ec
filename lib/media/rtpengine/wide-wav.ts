/** Samples of 8 kHz as a WAV file of 16 kHz. */

const HEADER_BYTES = 44;
const SAMPLE_RATE = 16_000;

/** Half-band low-pass at 4 kHz (Hamming window), one side of it: what is between two samples, of those around it. */
const BETWEEN = [1, 3, 5, 7, 9, 11].map((offset) => {
  const sinc = Math.sin((Math.PI * offset) / 2) / (Math.PI * offset);
  return { distance: (offset + 1) / 2, weight: 2 * sinc * (0.54 + 0.46 * Math.cos((Math.PI * offset) / 12)) };
});

/** Twice as many: each second one is as it was, so nothing above 4 kHz is added. */
export function upsampled(samples: Int16Array): Int16Array {
  const doubled = new Int16Array(samples.length * 2);
  for (let index = 0; index < samples.length; index += 1) {
    let sum = 0;
    for (const { distance, weight } of BETWEEN)
      sum += weight * ((samples[index + 1 - distance] ?? 0) + (samples[index + distance] ?? 0));
    doubled[index * 2] = samples[index]!;
    doubled[index * 2 + 1] = Math.max(-32_768, Math.min(32_767, Math.round(sum)));
  }
  return doubled;
}

export function writeWav(samples: Int16Array): Buffer {
  const file = Buffer.alloc(HEADER_BYTES + samples.length * 2);
  file.write('RIFF', 0, 'latin1');
  file.writeUInt32LE(file.length - 8, 4);
  file.write('WAVEfmt ', 8, 'latin1');
  file.writeUInt32LE(16, 16);
  // PCM, mono
  file.writeUInt16LE(1, 20);
  file.writeUInt16LE(1, 22);
  file.writeUInt32LE(SAMPLE_RATE, 24);
  file.writeUInt32LE(SAMPLE_RATE * 2, 28);
  file.writeUInt16LE(2, 32);
  file.writeUInt16LE(16, 34);
  file.write('data', 36, 'latin1');
  file.writeUInt32LE(samples.length * 2, 40);
  for (const [index, sample] of samples.entries()) file.writeInt16LE(sample, HEADER_BYTES + index * 2);
  return file;
}
