/**
 * An uploaded recording as it is kept: 16 kHz, 16 bits, mono. rtpengine plays 8 kHz files in bursts (its chunks are counted
 * in bytes) and 16 kHz evenly; the embedded media halves the rate when it reads the file. One file serves both.
 */

import { setImmediate as othersTurn } from 'node:timers/promises';
import { Resampler } from './resampler.ts';
import type { Sound } from './sound-file.ts';
import { toInt16, writeWav } from './write-wav.ts';

export const KEPT_SAMPLE_RATE = 16_000;
/** A quarter of a second of sound, some ten milliseconds of work: calls beside it go on. */
const PORTION = 4000;

/** @returns the WAV file */
export async function convertSound({ sampleRate, samples }: Sound): Promise<Buffer> {
  if (sampleRate === KEPT_SAMPLE_RATE) return writeWav(toInt16(samples), sampleRate);
  const resampler = new Resampler(samples, { from: sampleRate, to: KEPT_SAMPLE_RATE });
  const output = new Float32Array(resampler.length);
  for (let start = 0; start < output.length; start += PORTION) {
    resampler.run(output, start, Math.min(start + PORTION, output.length));
    await othersTurn();
  }
  return writeWav(toInt16(output), KEPT_SAMPLE_RATE);
}
