/**
 * One recording: frames of one or two sides become samples in pieces, which are written one after the other. What can't be
 * written in time is bounded: a slow disk ends the recording, not the call.
 */

import type { RecordingEnd, RecordingOptions } from '../../core/call/recording.ts';
import type { Recorder } from '../../ports/listening.ts';
import type { RecordingSink, Recordings } from '../../ports/recordings.ts';
import { FRAME_MS, meanAmplitude } from '../detection/frame.ts';
import { FRAME_SAMPLES } from '../embedded/g711.ts';

/** Half a second in one write. */
const PIECE_FRAMES = 25;
/** Ten seconds that wait to be written. */
const MOST_PIECES = 20;
/** The other side's frames come at the same pace, though not at the same moment. */
const MOST_AHEAD = 5;
/** As Asterisk's silence detector. */
const SILENCE_AMPLITUDE = 256;
const SILENCE: Int16Array = new Int16Array(FRAME_SAMPLES);

type Ended = (end: { seconds: number; why: RecordingEnd; silent: boolean }) => void;

export class LegRecorder implements Recorder {
  readonly #options: RecordingOptions;
  readonly #ended: Ended;
  readonly #channels: 1 | 2;
  readonly #others: Int16Array[] = [];
  #piece: Int16Array;
  #pieceFrames = 0;
  readonly #pieces: Int16Array[] = [];
  #frames = 0;
  #silentMs = 0;
  /** Nothing but silence came from the leg itself. */
  #isSilent = true;
  #why: RecordingEnd | null = null;
  #isTold = false;
  #wake: () => void = () => {};

  constructor(recordings: Recordings, recordingId: string, options: RecordingOptions, ended: Ended) {
    this.#options = options;
    this.#ended = ended;
    this.#channels = options.what === 'stereo' ? 2 : 1;
    this.#piece = this.#emptyPiece();
    void this.#write(recordings, recordingId);
  }

  hear(side: 'person' | 'other', frame: Int16Array): void {
    if (this.#why !== null) return;
    if (side === 'person') this.#person(frame);
    else if (this.#options.what !== 'person') {
      this.#others.push(frame);
      if (this.#others.length > MOST_AHEAD) this.#others.shift();
    }
  }

  #person(frame: Int16Array): void {
    const other = this.#others.shift() ?? SILENCE;
    const at = this.#pieceFrames * FRAME_SAMPLES * this.#channels;
    if (this.#channels === 2) interleave(this.#piece, at, [frame, other]);
    else if (this.#options.what === 'mixed') mix(this.#piece, at, [frame, other]);
    else this.#piece.set(frame.subarray(0, FRAME_SAMPLES), at);
    this.#frames += 1;
    this.#pieceFrames += 1;
    if (this.#pieceFrames === PIECE_FRAMES) this.#handOver();
    const isSilence = meanAmplitude(frame) < SILENCE_AMPLITUDE;
    this.#silentMs = isSilence ? this.#silentMs + FRAME_MS : 0;
    this.#isSilent &&= isSilence;
    this.#judge();
  }

  #judge(): void {
    const { maxSeconds, silenceSeconds } = this.#options;
    if (maxSeconds !== null && this.#frames * FRAME_MS >= maxSeconds * 1000) this.#end('maxSeconds');
    else if (silenceSeconds !== null && this.#silentMs >= silenceSeconds * 1000) this.#end('silence');
  }

  stop(why: 'stopped' | 'hangup' | 'noMedia'): void {
    this.#end(why);
    // Nobody is there any more when all has been written
    if (why === 'hangup') this.#tell();
  }

  #end(why: RecordingEnd): void {
    if (this.#why !== null) return;
    this.#why = why;
    if (this.#pieceFrames > 0) this.#handOver();
    this.#wake();
  }

  #handOver(): void {
    this.#pieces.push(this.#piece.subarray(0, this.#pieceFrames * FRAME_SAMPLES * this.#channels));
    this.#piece = this.#emptyPiece();
    this.#pieceFrames = 0;
    if (this.#pieces.length > MOST_PIECES) {
      this.#pieces.length = 0;
      this.#end('overrun');
      // Who knows when the write that is under way comes back
      this.#tell();
    }
    this.#wake();
  }

  #emptyPiece(): Int16Array {
    return new Int16Array(PIECE_FRAMES * FRAME_SAMPLES * this.#channels);
  }

  #tell(): void {
    if (this.#isTold) return;
    this.#isTold = true;
    const seconds = (this.#frames * FRAME_MS) / 1000;
    this.#ended({ seconds, why: this.#why ?? 'stopped', silent: this.#isSilent });
  }

  async #write(recordings: Recordings, recordingId: string): Promise<void> {
    let sink: RecordingSink | null = null;
    try {
      sink = await recordings.open(recordingId, { channels: this.#channels });
      for (;;) {
        const piece = this.#pieces.shift();
        if (piece !== undefined) await sink.write(piece);
        else if (this.#why !== null) break;
        else await this.#more();
      }
      await sink.close();
    } catch {
      this.#failed();
      // What was written before stands
      await sink?.close().catch(() => {});
    }
    this.#tell();
  }

  #failed(): void {
    this.#pieces.length = 0;
    this.#why = this.#why === 'overrun' ? 'overrun' : 'storage';
  }

  #more(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }
}

function interleave(to: Int16Array, at: number, [left, right]: readonly [Int16Array, Int16Array]): void {
  for (let i = 0; i < FRAME_SAMPLES; i += 1) {
    to[at + 2 * i] = left[i] ?? 0;
    to[at + 2 * i + 1] = right[i] ?? 0;
  }
}

function mix(to: Int16Array, at: number, [one, other]: readonly [Int16Array, Int16Array]): void {
  for (let i = 0; i < FRAME_SAMPLES; i += 1) {
    const sum = (one[i] ?? 0) + (other[i] ?? 0);
    to[at + i] = Math.max(-32768, Math.min(32767, sum));
  }
}
