/** What one frame of 20 ms says of itself. */

export const FRAME_MS = 20;
const SAMPLES_PER_SECOND = 8000;
const LOWEST_HZ = 350;
const HIGHEST_HZ = 2050;
/** What 20 ms can tell apart. */
const STEP_HZ = 50;

/** Mean of the absolute samples, as Asterisk's silence detector has it. */
export function meanAmplitude(frame: Int16Array): number {
  let sum = 0;
  for (const sample of frame) sum += Math.abs(sample);
  return frame.length === 0 ? 0 : sum / frame.length;
}

export interface FrameTone {
  hz: number;
  /** Share of the frame's energy that this one sine has, 0 to 1. */
  purity: number;
  /** Root mean square. */
  level: number;
}

/** The strongest sine of a frame between 400 and 2000 Hz. */
export function toneOf(frame: Int16Array): FrameTone {
  let energy = 0;
  for (const sample of frame) energy += sample * sample;
  if (energy === 0) return { hz: 0, purity: 0, level: 0 };
  const powers: number[] = [];
  for (let hz = LOWEST_HZ; hz <= HIGHEST_HZ; hz += STEP_HZ) powers.push(powerAt(frame, hz));
  // The outermost are there for their neighbours alone
  let best = 1;
  for (let i = 2; i < powers.length - 1; i += 1) if (powers[i]! > powers[best]!) best = i;
  const hz = LOWEST_HZ + STEP_HZ * (best + offsetOf(powers, best));
  const purity = Math.min(1, (2 * powerAt(frame, hz)) / (energy * frame.length));
  return { hz, purity, level: Math.sqrt(energy / frame.length) };
}

/** Where between its neighbours a sine lies, from -1 to 1 steps: without a window its two strongest lines share it. */
function offsetOf(powers: readonly number[], best: number): number {
  const [below, here, above] = [powers[best - 1]!, powers[best]!, powers[best + 1]!].map(Math.sqrt) as [
    number,
    number,
    number,
  ];
  return above >= below ? above / (here + above) : -below / (here + below);
}

/** Goertzel: the squared length of the spectral line at `hz`. */
function powerAt(frame: Int16Array, hz: number): number {
  const factor = 2 * Math.cos((2 * Math.PI * hz) / SAMPLES_PER_SECOND);
  let [last, before] = [0, 0];
  for (const sample of frame) {
    const next = sample + factor * last - before;
    before = last;
    last = next;
  }
  return last * last + before * before - factor * last * before;
}
