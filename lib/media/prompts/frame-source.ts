/** Audio to be played, 8 kHz, 20 ms at a time, out of parts that follow each other without a gap. */

import { FRAME_SAMPLES } from '../embedded/g711.ts';

export interface FrameSource {
  /**
   * Fills all of `frame`; past the end of the audio with silence.
   * @returns false when nothing is left; `frame` is then meaningless
   */
  next(frame: Int16Array): boolean;
}

/** One piece of audio, by the sample: what follows it begins in the same frame. */
export interface SampleSource {
  /**
   * Writes into `frame` from `from` on.
   * @returns where it has stopped writing: at the end of the frame, or before it, when nothing is left
   */
  fill(frame: Int16Array, from: number): number;
}

export class SequenceSource implements FrameSource {
  readonly #parts: readonly SampleSource[];
  #part = 0;

  constructor(parts: readonly SampleSource[]) {
    this.#parts = parts;
  }

  next(frame: Int16Array): boolean {
    let filled = 0;
    while (filled < FRAME_SAMPLES && this.#part < this.#parts.length) {
      filled = this.#parts[this.#part]!.fill(frame, filled);
      if (filled < FRAME_SAMPLES) this.#part += 1;
    }
    if (filled === 0) return false;
    frame.fill(0, filled);
    return true;
  }
}

/** Samples that are there already. */
export class RecordedSource implements SampleSource {
  readonly #samples: Int16Array;
  #position = 0;

  constructor(samples: Int16Array) {
    this.#samples = samples;
  }

  fill(frame: Int16Array, from: number): number {
    const part = this.#samples.subarray(this.#position, this.#position + FRAME_SAMPLES - from);
    frame.set(part, from);
    this.#position += part.length;
    return from + part.length;
  }
}
