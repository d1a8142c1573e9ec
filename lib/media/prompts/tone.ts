/** Prompts made in code: `tone:beep`, `tone:ringback`, `tone:busy`, `tone:hold`, `tone:silence[/MS]`, `tone:FREQ/MS`. */

import { FRAME_SAMPLES } from '../embedded/g711.ts';
import type { FrameSource, SampleSource } from './frame-source.ts';

export interface ToneSegment {
  /** Hz; 0: silence. */
  frequency: number;
  durationMs: number;
}

export interface Tone {
  segments: readonly ToneSegment[];
  /** Plays until it is stopped. */
  endless: boolean;
}

const SAMPLES_PER_MS = 8;
/** About -14 dBFS: clear, and not louder than speech. */
const AMPLITUDE = 6500;
/** Edges without clicks. */
const RAMP_SAMPLES = 32;
const SINE_SIZE = 4096;
const SINE = Float64Array.from({ length: SINE_SIZE }, (_, index) => Math.sin((2 * Math.PI * index) / SINE_SIZE));

const FREQUENCY_HZ = { min: 20, max: 3800 };
const DURATION_MS = { min: 20, max: 60_000 };

/** Ringing and busy as ITU-T E.180 recommends them (425 Hz). */
const NAMED: ReadonlyMap<string, Tone> = new Map<string, Tone>([
  ['beep', { endless: false, segments: [{ frequency: 1000, durationMs: 400 }] }],
  ['silence', { endless: false, segments: [{ frequency: 0, durationMs: 1000 }] }],
  ['ringback', { endless: true, segments: cadence(425, 1000, 4000) }],
  ['busy', { endless: true, segments: cadence(425, 500, 500) }],
  [
    'hold',
    {
      endless: true,
      segments: [
        ...[523, 659, 784, 659].flatMap((frequency) => cadence(frequency, 360, 140)),
        { frequency: 0, durationMs: 2000 },
      ],
    },
  ],
]);

function cadence(frequency: number, onMs: number, offMs: number): ToneSegment[] {
  return [
    { frequency, durationMs: onMs },
    { frequency: 0, durationMs: offMs },
  ];
}

/**
 * @param name what stands behind `tone:`
 * @returns null when there is no such tone, or it is out of bounds (20-3800 Hz, 20-60000 ms)
 */
export function toneOf(name: string): Tone | null {
  const named = NAMED.get(name);
  if (named !== undefined) return named;
  const match = /^(silence|\d{2,4})\/(\d{2,5})$/.exec(name);
  if (match === null) return null;
  const frequency = match[1] === 'silence' ? 0 : Number(match[1]);
  const durationMs = Number(match[2]);
  if (frequency !== 0 && (frequency < FREQUENCY_HZ.min || frequency > FREQUENCY_HZ.max)) return null;
  if (match[1] !== 'silence' && frequency === 0) return null;
  if (durationMs < DURATION_MS.min || durationMs > DURATION_MS.max) return null;
  return { endless: false, segments: [{ frequency, durationMs }] };
}

export class ToneSource implements FrameSource, SampleSource {
  readonly #tone: Tone;
  #segment = 0;
  /** Samples of the segment that are done. */
  #position = 0;
  /** Of the sine, in table entries. */
  #phase = 0;

  constructor(tone: Tone) {
    this.#tone = tone;
  }

  next(frame: Int16Array): boolean {
    const filled = this.fill(frame, 0);
    frame.fill(0, filled);
    return filled > 0;
  }

  fill(frame: Int16Array, from: number): number {
    let filled = from;
    while (filled < FRAME_SAMPLES) {
      const segment = this.#tone.segments[this.#segment];
      if (segment === undefined) break;
      filled = this.#fillSegment(frame, filled, segment);
    }
    return filled;
  }

  #fillSegment(frame: Int16Array, from: number, segment: ToneSegment): number {
    const total = segment.durationMs * SAMPLES_PER_MS;
    const end = Math.min(FRAME_SAMPLES, from + total - this.#position);
    const step = (segment.frequency * SINE_SIZE) / 8000;
    for (let index = from; index < end; index += 1) {
      const edge = Math.min(this.#position, total - 1 - this.#position, RAMP_SAMPLES) / RAMP_SAMPLES;
      frame[index] = segment.frequency === 0 ? 0 : AMPLITUDE * edge * SINE[Math.floor(this.#phase)]!;
      this.#phase = (this.#phase + step) % SINE_SIZE;
      this.#position += 1;
    }
    if (this.#position >= total) this.#nextSegment();
    return end;
  }

  #nextSegment(): void {
    this.#position = 0;
    this.#phase = 0;
    this.#segment += 1;
    if (this.#tone.endless && this.#segment >= this.#tone.segments.length) this.#segment = 0;
  }
}
