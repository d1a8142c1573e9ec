/** What is done with what can be heard on a leg. Frames are 160 linear samples, 8 kHz, one each 20 ms; nobody changes one. */

import type { Detection, DetectionCause, DetectionResult } from '../core/call/detection.ts';
import type { RecordingEnd, RecordingOptions } from '../core/call/recording.ts';

export interface Finding {
  result: DetectionResult;
  cause: DetectionCause;
}

export interface Detector {
  /** @returns what was found, once; null: not yet */
  hear(frame: Int16Array): Finding | null;
}

export interface Recorder {
  /** What the leg itself says sets the pace; what its other side says is laid beside it. */
  hear(side: 'person' | 'other', frame: Int16Array): void;
  /** `ended` follows: at once after `hangup`, else when all has been written. */
  stop(why: 'stopped' | 'hangup' | 'noMedia'): void;
}

export interface Listening {
  detector(detection: Detection): Detector;
  /** @param ended called once */
  recorder(
    recordingId: string,
    options: RecordingOptions,
    ended: (end: { seconds: number; why: RecordingEnd; silent: boolean }) => void,
  ): Recorder;
}
