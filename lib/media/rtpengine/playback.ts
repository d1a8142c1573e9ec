/**
 * What is played to one peer. rtpengine tells nobody when a prompt has ended, so its length is waited for. A peer that holds
 * is sent nothing, while the time of the prompt runs on.
 */

import type { PromptFile } from './prompt-files.ts';

export type PlayResult = { type: 'played' | 'stopped' } | { type: 'failed'; reason: string };

export interface PlaybackOptions {
  /** @returns its length in milliseconds; null: it can't be played */
  play(file: string, isEndless: boolean): Promise<number | null>;
  stop(): Promise<void>;
  /** The peer takes audio. */
  isHeard(): boolean;
  /** Runs a command after those before it. */
  enqueue(run: () => Promise<void>): void;
  /** `isPlaying` has changed. */
  changed(): void;
}

interface Playing {
  file: PromptFile | null;
  /** rtpengine plays it, or is about to. */
  isSent: boolean;
  timer: NodeJS.Timeout | null;
  resolve(result: PlayResult): void;
}

export class Playback {
  readonly #options: PlaybackOptions;
  #playing: Playing | null = null;
  #isClosed = false;

  constructor(options: PlaybackOptions) {
    this.#options = options;
  }

  get isPlaying(): boolean {
    return this.#playing !== null;
  }

  /** Replaces what plays. */
  play(load: () => Promise<PromptFile | null>): Promise<PlayResult> {
    this.stop();
    if (this.#isClosed) return Promise.resolve({ type: 'failed', reason: 'the endpoint is closed' });
    return new Promise((resolve) => {
      const playing: Playing = { file: null, isSent: false, timer: null, resolve };
      this.#playing = playing;
      load().then(
        (file) => this.#loaded(playing, file),
        (error: unknown) => this.#end(playing, { type: 'failed', reason: String(error) }),
      );
    });
  }

  stop(): void {
    if (this.#playing !== null) this.#end(this.#playing, { type: 'stopped' });
  }

  /** There is nobody any more who could play. */
  fail(reason: string): void {
    if (this.#playing === null) return;
    this.#playing.isSent = false;
    this.#end(this.#playing, { type: 'failed', reason });
  }

  close(): void {
    this.#isClosed = true;
    // The call is deleted with all that plays on it
    if (this.#playing !== null) this.#playing.isSent = false;
    this.stop();
  }

  /** The peer holds, or is back: a tone without end goes on then, a prompt is not begun anew. */
  heardChanged(): void {
    const playing = this.#playing;
    if (playing === null || playing.file === null) return;
    const isHeard = this.#options.isHeard();
    if (!isHeard && playing.isSent) {
      playing.isSent = false;
      this.#options.enqueue(() => this.#options.stop());
    } else if (isHeard && !playing.isSent && playing.file.isEndless) this.#start(playing, playing.file);
  }

  #loaded(playing: Playing, file: PromptFile | null): void {
    if (this.#playing !== playing) {
      file?.discard?.();
      return;
    }
    if (file === null) {
      this.#end(playing, { type: 'failed', reason: 'no such prompt' });
      return;
    }
    playing.file = file;
    this.#options.changed();
    if (this.#options.isHeard()) this.#start(playing, file);
    else if (!file.isEndless) this.#endAfter(playing, file.durationMs);
  }

  #start(playing: Playing, file: PromptFile): void {
    playing.isSent = true;
    this.#options.enqueue(async () => {
      if (this.#playing !== playing) return;
      if (!playing.isSent) {
        // The peer holds since then: unheard it lasts as long
        if (!file.isEndless) this.#endAfter(playing, file.durationMs);
        return;
      }
      try {
        const durationMs = await this.#options.play(file.path, file.isEndless);
        if (durationMs === null) this.#end(playing, { type: 'failed', reason: `rtpengine can not play ${file.path}` });
        else if (!file.isEndless) this.#endAfter(playing, durationMs);
      } catch (error) {
        playing.isSent = false;
        this.#end(playing, { type: 'failed', reason: error instanceof Error ? error.message : String(error) });
        throw error;
      }
    });
  }

  #endAfter(playing: Playing, durationMs: number): void {
    if (this.#playing !== playing) return;
    playing.timer = setTimeout(() => {
      playing.isSent = false;
      this.#end(playing, { type: 'played' });
    }, durationMs);
  }

  #end(playing: Playing, result: PlayResult): void {
    if (this.#playing !== playing) return;
    this.#playing = null;
    if (playing.timer !== null) clearTimeout(playing.timer);
    if (playing.isSent) this.#options.enqueue(() => this.#options.stop());
    playing.file?.discard?.();
    playing.resolve(result);
    this.#options.changed();
  }
}
