/** What a prompt is made of, as data: another thread can be told to play it. */

import { type FrameSource, RecordedSource, SequenceSource } from './frame-source.ts';
import { type Tone, ToneSource } from './tone.ts';

export type PromptSound =
  | { type: 'tone'; tone: Tone }
  /** 8 kHz, linear, in memory that threads share: it is never copied. Not to be changed. */
  | { type: 'recorded'; samples: Int16Array };

/** One after the other, without a gap. */
export function soundSource(sounds: readonly PromptSound[]): FrameSource {
  return new SequenceSource(
    sounds.map((sound) => (sound.type === 'tone' ? new ToneSource(sound.tone) : new RecordedSource(sound.samples))),
  );
}

/** The same samples where threads can share them. */
export function sharedSamples(samples: Int16Array): Int16Array {
  const shared = new Int16Array(new SharedArrayBuffer(samples.byteLength));
  shared.set(samples);
  return shared;
}
