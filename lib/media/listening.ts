/** What is done with what legs say: detections and recordings. */

import type { Detection } from '../core/call/detection.ts';
import type { RecordingOptions } from '../core/call/recording.ts';
import type { Detector, Listening, Recorder } from '../ports/listening.ts';
import type { Recordings } from '../ports/recordings.ts';
import { AnsweringMachineDetector } from './detection/amd.ts';
import { BeepDetector } from './detection/beep.ts';
import { LegRecorder } from './recording/leg-recorder.ts';

export function createListening({ recordings }: { recordings: Recordings }): Listening {
  return {
    detector: (detection: Detection): Detector =>
      detection.what === 'human'
        ? new AnsweringMachineDetector(detection.settings)
        : new BeepDetector(detection.settings.within),
    recorder: (recordingId: string, options: RecordingOptions, ended): Recorder =>
      new LegRecorder(recordings, recordingId, options, ended),
  };
}
