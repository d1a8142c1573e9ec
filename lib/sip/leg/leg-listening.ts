/** What is listened to on one leg: one detection and one recording at a time. Nothing comes out after `close`. */

import type { Detection } from '../../core/call/detection.ts';
import type { LegEvent, LegId } from '../../core/call/leg.ts';
import type { RecordingOptions } from '../../core/call/recording.ts';
import type { Finding, Listening, Recorder } from '../../ports/listening.ts';
import type { MediaEndpoint } from '../../ports/media.ts';

export interface LegListeningOptions {
  legId: () => LegId;
  listening: Listening;
  /** Null: there is no media, or it goes past us. */
  own(): MediaEndpoint | null;
  /** Of the other side of the bridge; null: there is none. */
  other(): MediaEndpoint | null;
  event(event: LegEvent): void;
}

interface Recording {
  recorder: Recorder;
  stopOwn: () => void;
  stopOther: () => void;
}

export class LegListening {
  readonly #options: LegListeningOptions;
  #stopDetector: (() => void) | null = null;
  #recording: Recording | null = null;
  /** Stopped, and still being written. */
  readonly #ending = new Set<Recorder>();

  constructor(options: LegListeningOptions) {
    this.#options = options;
  }

  /** Something here needs the media to stay with us. */
  get isBusy(): boolean {
    return this.#stopDetector !== null || this.#recording !== null;
  }

  detect(detectId: string, detection: Detection): void {
    const { legId, listening, own, event } = this.#options;
    this.stopDetect();
    const detector = listening.detector(detection);
    const tell = ({ result, cause }: Finding) => event({ type: 'detected', legId: legId(), detectId, result, cause });
    const stop = own()?.hear((frame) => {
      const finding = detector.hear(frame);
      if (finding === null || this.#stopDetector !== stop) return;
      this.stopDetect();
      tell(finding);
    });
    if (stop) this.#stopDetector = stop;
    else tell({ result: detection.what === 'human' ? 'notsure' : 'none', cause: 'NOMEDIA' });
  }

  stopDetect(): void {
    this.#stopDetector?.();
    this.#stopDetector = null;
  }

  record(recordingId: string, options: RecordingOptions): void {
    const { legId, listening, own, event } = this.#options;
    this.stopRecord();
    let recording: Recording | null = null;
    const ended: Parameters<Listening['recorder']>[2] = ({ seconds, why, silent }) => {
      if (recording !== null) this.#ending.delete(recording.recorder);
      if (this.#recording === recording) this.#dropRecording();
      tell(seconds, why, silent);
    };
    const tell = (seconds: number, why: (LegEvent & { type: 'recorded' })['why'], silent: boolean) =>
      event({ type: 'recorded', legId: legId(), recordingId, seconds, why, silent });
    const stopOwn = own()?.hear((frame) => recording?.recorder.hear('person', frame)) ?? null;
    if (stopOwn === null) {
      tell(0, 'noMedia', true);
      return;
    }
    const recorder = listening.recorder(recordingId, options, ended);
    recording = { recorder, stopOwn, stopOther: () => {} };
    this.#recording = recording;
    this.bridged();
  }

  stopRecord(why: 'stopped' | 'hangup' | 'noMedia' = 'stopped'): void {
    const recorder = this.#recording?.recorder;
    this.#dropRecording();
    if (recorder === undefined) return;
    this.#ending.add(recorder);
    recorder.stop(why);
  }

  #dropRecording(): void {
    this.#recording?.stopOwn();
    this.#recording?.stopOther();
    this.#recording = null;
  }

  /** The other side is another one now, or gone. */
  bridged(): void {
    const recording = this.#recording;
    if (recording === null) return;
    recording.stopOther();
    const stop = this.#options.other()?.hear((frame) => recording.recorder.hear('other', frame));
    recording.stopOther = stop ?? (() => {});
  }

  /** The endpoint goes. */
  close(why: 'hangup' | 'noMedia' = 'hangup'): void {
    this.stopDetect();
    this.stopRecord(why);
    // Whoever waits for the end of one hears of it before the leg is gone
    if (why === 'hangup') for (const recorder of [...this.#ending]) recorder.stop('hangup');
  }
}
