/**
 * From one sample rate to another by a windowed sinc (Kaiser, about -70 dB): what the new rate can't hold is gone before
 * it folds back. Telephone speech ends at 3.4 kHz, so the slope from there to 4 kHz costs nothing that was heard.
 */

export interface Rates {
  from: number;
  to: number;
}

const KAISER_BETA = 6.8;
/** The slope, as a share of the lower of the two bandwidths: 600 Hz of 4 kHz. */
const SLOPE = 0.15;
/** Of the taps of all phases; rates that have little in common take the nearest of so many phases. */
const MOST_PHASES = 640;

interface Kernel {
  phases: readonly Float32Array[];
  /** Taps on each side of the centre. */
  reach: number;
}

/** The modified Bessel function of the first kind, order 0. */
function bessel(x: number): number {
  let sum = 1;
  let term = 1;
  for (let k = 1; k < 40 && term > sum * 1e-12; k += 1) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}

/** @param across from -1 to 1; beyond there is nothing */
export function kaiser(across: number): number {
  return Math.abs(across) >= 1 ? 0 : bessel(KAISER_BETA * Math.sqrt(1 - across * across)) / bessel(KAISER_BETA);
}

function divisor(a: number, b: number): number {
  return b === 0 ? a : divisor(b, a % b);
}

function kernelOf({ from, to }: Rates): Kernel {
  const narrow = Math.min(from, to);
  /** In cycles per input sample: the middle of the slope. */
  const cutoff = ((narrow / 2) * (1 - SLOPE / 2)) / from;
  const slope = ((narrow / 2) * SLOPE) / from;
  const reach = Math.ceil(2.2 / slope);
  const phases = Math.min(MOST_PHASES, to / divisor(from, to));
  const made = Array.from({ length: phases }, (_, phase) => phaseOf(phase / phases, { reach, cutoff }));
  return { phases: made, reach };
}

/** The taps for an output that lies `shift` behind an input sample; they sum up to 1, so that nothing gets louder. */
function phaseOf(shift: number, { reach, cutoff }: { reach: number; cutoff: number }): Float32Array {
  const taps = Float32Array.from({ length: 2 * reach }, (_, index) => {
    const x = index - reach + 1 - shift;
    const sinc = x === 0 ? 2 * cutoff : Math.sin(2 * Math.PI * cutoff * x) / (Math.PI * x);
    return sinc * kaiser(x / reach);
  });
  const sum = taps.reduce((total, tap) => total + tap, 0);
  return taps.map((tap) => tap / sum);
}

export class Resampler {
  readonly #rates: Rates;
  readonly #samples: Float32Array;
  readonly #kernel: Kernel;
  readonly length: number;

  constructor(samples: Float32Array, rates: Rates) {
    this.#rates = rates;
    this.#samples = samples;
    this.#kernel = kernelOf(rates);
    this.length = Math.max(1, Math.round((samples.length * rates.to) / rates.from));
  }

  /** Fills `output` from its place `start` up to `end`. */
  run(output: Float32Array, start: number, end: number): void {
    const { from, to } = this.#rates;
    const { phases, reach } = this.#kernel;
    for (let index = start; index < end; index += 1) {
      // Whole numbers as long as they can be: no drift over minutes.
      const position = (index * from) / to;
      const steps = Math.round((position - Math.floor(position)) * phases.length);
      const base = Math.floor(position) + (steps === phases.length ? 1 : 0);
      output[index] = this.#at(base - reach + 1, phases[steps % phases.length]!);
    }
  }

  #at(first: number, taps: Float32Array): number {
    const samples = this.#samples;
    const begin = Math.max(0, -first);
    const end = Math.min(taps.length, samples.length - first);
    let sum = 0;
    for (let tap = begin; tap < end; tap += 1) sum += samples[first + tap]! * taps[tap]!;
    return sum;
  }
}

/** All at once; for what is long, `Resampler` in portions. */
export function resample(samples: Float32Array, rates: Rates): Float32Array {
  if (rates.from === rates.to) return samples;
  const resampler = new Resampler(samples, rates);
  const output = new Float32Array(resampler.length);
  resampler.run(output, 0, output.length);
  return output;
}
