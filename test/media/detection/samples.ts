/** Calls as a detector hears them: speech out of the fixtures, tones, silence with a little noise, in frames of 20 ms. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodeG711 } from '../../../lib/media/embedded/g711.ts';
import type { Detector, Finding } from '../../../lib/ports/listening.ts';

export const SAMPLES = join(import.meta.dirname, '../../fixtures/amd');
const HEAD_BYTES = 46;
const PER_MS = 8;

export function speech(name: string): Int16Array {
  return decodeG711('PCMA', readFileSync(join(SAMPLES, `${name}.wav`)).subarray(HEAD_BYTES));
}

/** Sines together; 0 dBFS of each is 32767. */
export function tone(hz: number | readonly number[], ms: number, { amplitude = 5000, phase = 0 } = {}): Int16Array {
  const all = typeof hz === 'number' ? [hz] : hz;
  return Int16Array.from({ length: ms * PER_MS }, (_, i) =>
    Math.round(
      all.reduce((sum, one) => sum + (amplitude / all.length) * Math.sin((2 * Math.PI * one * i) / 8000 + phase), 0),
    ),
  );
}

export function silence(ms: number): Int16Array {
  return new Int16Array(ms * PER_MS);
}

/** Cut off and on so many times. */
export function cadence(sound: Int16Array, offMs: number, times: number): Int16Array[] {
  return Array.from({ length: times }, () => [sound, silence(offMs)]).flat();
}

/** What is on the line, in G.711, with a line noise of this amplitude. @param offset samples by which the frames lie otherwise */
export function framesOf(parts: readonly Int16Array[], { noise = 20, offset = 0 } = {}): Int16Array[] {
  const all = new Int16Array(parts.reduce((sum, part) => sum + part.length, offset));
  let at = offset;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  const random = randomFrom(7);
  const line = all.map((sample) =>
    Math.max(-32768, Math.min(32767, sample + Math.round((random() - 0.5) * 2 * noise))),
  );
  return Array.from({ length: Math.floor(line.length / 160) }, (_, i) => line.subarray(160 * i, 160 * i + 160));
}

/** The same numbers in each run (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Null: it has not made up its mind in so many frames. */
export function hears(detector: Detector, frames: readonly Int16Array[]): (Finding & { afterMs: number }) | null {
  for (const [i, frame] of frames.entries()) {
    const finding = detector.hear(frame);
    if (finding !== null) return { ...finding, afterMs: 20 * (i + 1) };
  }
  return null;
}
