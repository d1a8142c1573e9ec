/**
 * The tone after which an answering machine records: one sine between 400 and 2000 Hz that keeps its pitch and its loudness
 * for 150 ms to 2.5 s, and then stops. It is told once it is over, which is when the recording begins.
 *
 * What else sounds like it: speech changes its pitch, dual tones (ringback, busy and DTMF in many countries) are no single
 * sine, the three of a special information tone follow each other at once (E.180: up to 30 ms), and the call progress tones
 * about 425 Hz that are single sines are longer or come again.
 */

import type { Detector, Finding } from '../../ports/listening.ts';
import { FRAME_MS, type FrameTone, meanAmplitude, toneOf } from './frame.ts';

const LOWEST_HZ = 395;
const HIGHEST_HZ = 2005;
/** Below it nobody would hear it over a telephone. */
const LEAST_AMPLITUDE = 200;
const LEAST_PURITY = 0.85;
/** What is left of a steady pitch in frames of 20 ms and 8 bits. */
const MOST_DRIFT = 0.015;
const MOST_LEVEL_CHANGE = 1.5;
/** Of 150 ms at least so much are whole frames, however they lie. */
const LEAST_MS = 120;
const MOST_MS = 2500;
/** So long it has to be quiet after it: no other tone, no speech. */
const QUIET_MS = 100;
const QUIET_LEVEL = 0.3;
/** Call progress tones (E.180): 425 Hz, 400 to 450 in older networks. Busy comes again, ringback is longer. */
const PROGRESS_HZ = { from: 395, to: 455 };
const PROGRESS_MOST_MS = 800;
const PROGRESS_QUIET_MS = 1100;
/** One of a pair comes again within so long. */
const PROGRESS_MEMORY_MS = 6000;

interface Tone {
  hz: number;
  level: number;
  frames: number;
  /** It came at once after another one. */
  isSequel: boolean;
}

export class BeepDetector implements Detector {
  readonly #withinMs: number;
  #totalMs = 0;
  #tone: Tone | null = null;
  /** One that has ended, and is a beep if it is quiet now. */
  #candidate: { tone: Tone; endedMs: number } | null = null;
  #lastToneMs = Number.NEGATIVE_INFINITY;
  #lastProgressMs = Number.NEGATIVE_INFINITY;

  constructor(withinMs: number) {
    this.#withinMs = withinMs;
  }

  hear(frame: Int16Array): Finding | null {
    this.#totalMs += FRAME_MS;
    const heard = meanAmplitude(frame) < LEAST_AMPLITUDE ? null : toneOf(frame);
    if (heard !== null && isPure(heard)) this.#continue(heard);
    else this.#end();
    if (this.#isOver(heard)) return { result: 'beep', cause: 'BEEP' };
    return this.#totalMs >= this.#withinMs ? { result: 'none', cause: 'TIMEOUT' } : null;
  }

  #continue({ hz, level }: FrameTone): void {
    if (this.#tone === null || !isSame(this.#tone, { hz, level })) {
      this.#end();
      const isSequel = this.#totalMs - this.#lastToneMs <= QUIET_MS;
      this.#tone = { hz, level, frames: 0, isSequel };
    }
    const tone = this.#tone;
    tone.frames += 1;
    // The mean, so that a pitch that glides does not stay near its neighbour
    tone.hz += (hz - tone.hz) / tone.frames;
    tone.level = level;
  }

  #end(): void {
    const tone = this.#tone;
    this.#tone = null;
    if (tone === null || tone.frames * FRAME_MS < LEAST_MS) return;
    const isAgain = isOfProgress(tone) && this.#totalMs - this.#lastProgressMs < PROGRESS_MEMORY_MS;
    const isShort = tone.frames * FRAME_MS <= (isOfProgress(tone) ? PROGRESS_MOST_MS : MOST_MS);
    if (isShort && !isAgain && !tone.isSequel) this.#candidate = { tone, endedMs: this.#totalMs };
    this.#lastToneMs = this.#totalMs;
    if (isOfProgress(tone)) this.#lastProgressMs = this.#totalMs;
  }

  /** The candidate has been followed by silence. */
  #isOver(heard: FrameTone | null): boolean {
    if (this.#candidate === null) return false;
    const { tone, endedMs } = this.#candidate;
    const quietMs = this.#totalMs - endedMs;
    // The frame in which it ends may have some of it
    const isQuiet = quietMs <= FRAME_MS || heard === null || heard.level <= QUIET_LEVEL * tone.level;
    if (!isQuiet) this.#candidate = null;
    return isQuiet && quietMs >= (isOfProgress(tone) ? PROGRESS_QUIET_MS : QUIET_MS);
  }
}

function isPure({ purity, hz }: FrameTone): boolean {
  return purity >= LEAST_PURITY && hz >= LOWEST_HZ && hz <= HIGHEST_HZ;
}

function isSame(present: Tone, { hz, level }: Pick<FrameTone, 'hz' | 'level'>): boolean {
  const change = level > present.level ? level / present.level : present.level / level;
  return Math.abs(hz - present.hz) <= present.hz * MOST_DRIFT && change <= MOST_LEVEL_CHANGE;
}

function isOfProgress({ hz }: Tone): boolean {
  return hz >= PROGRESS_HZ.from && hz <= PROGRESS_HZ.to;
}
