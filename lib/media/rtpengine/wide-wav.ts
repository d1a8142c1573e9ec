/** Samples of 8 kHz at 16 kHz. */

export const WIDE_SAMPLE_RATE = 16_000;

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
