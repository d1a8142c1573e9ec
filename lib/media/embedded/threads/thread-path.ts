/** The RTP of an endpoint whose sockets are in another thread. */

import { MessageChannel } from 'node:worker_threads';
import type { PromptSound } from '../../prompts/prompt-sound.ts';
import type { AgreedMedia } from '../../sdp/sdp-session.ts';
import type { RtpFigures } from '../rtp-figures.ts';
import type { RtpOpening, RtpPath } from '../rtp-path.ts';
import type { MediaThread } from './media-thread.ts';

interface Playing {
  playId: number;
  ended(result: 'played' | 'stopped' | 'failed'): void;
}

export interface ThreadPathParts extends Pick<RtpOpening, 'digit' | 'lost' | 'log'> {
  id: number;
  thread: MediaThread;
  figures: RtpFigures;
}

export class ThreadPath implements RtpPath {
  readonly #parts: ThreadPathParts;
  readonly #listeners = new Set<{ hear(frame: Int16Array): void }>();
  #playing: Playing | null = null;
  #plays = 0;
  #isRelaying = false;
  /** Closed, or lost with its thread. */
  #isOver = false;

  constructor(parts: ThreadPathParts) {
    this.#parts = parts;
  }

  get figures(): RtpFigures {
    return this.#parts.figures;
  }

  get thread(): MediaThread {
    return this.#parts.thread;
  }

  configure(agreed: AgreedMedia): void {
    const { thread, id } = this.#parts;
    if (!this.#isOver) thread.post({ type: 'configure', id, agreed });
  }

  play(sounds: readonly PromptSound[]): Promise<'played' | 'stopped' | 'failed'> {
    this.#endPlaying('stopped');
    if (this.#isOver) return Promise.resolve('failed');
    const { thread, id } = this.#parts;
    const { promise, resolve } = Promise.withResolvers<'played' | 'stopped' | 'failed'>();
    this.#plays += 1;
    this.#playing = { playId: this.#plays, ended: resolve };
    thread.post({ type: 'play', id, playId: this.#plays, sounds });
    return promise;
  }

  stopPlaying(): void {
    if (this.#playing === null) return;
    const { thread, id } = this.#parts;
    this.#endPlaying('stopped');
    thread.post({ type: 'stopPlaying', id });
  }

  sendKey(key: string): void {
    const { thread, id } = this.#parts;
    if (!this.#isOver) thread.post({ type: 'sendKey', id, key });
  }

  hear(hear: (frame: Int16Array) => void): () => void {
    if (this.#isOver) return () => {};
    const { thread, id } = this.#parts;
    const entry = { hear };
    if (this.#listeners.size === 0) thread.post({ type: 'hear', id, isHeard: true });
    this.#listeners.add(entry);
    return () => {
      if (this.#listeners.delete(entry) && this.#listeners.size === 0)
        thread.post({ type: 'hear', id, isHeard: false });
    };
  }

  relayTo(other: RtpPath | null): void {
    const { thread, id } = this.#parts;
    this.#isRelaying = other !== null;
    if (this.#isOver) return;
    if (other !== null && !(other instanceof ThreadPath)) throw new TypeError('The other one has no thread.');
    if (other === null || other.#isOver) return thread.post({ type: 'relayTo', id, to: null });
    if (other.thread === thread) return thread.post({ type: 'relayTo', id, to: other.#parts.id });
    const { port1, port2 } = new MessageChannel();
    thread.post({ type: 'relayTo', id, to: port1 }, [port1]);
    other.thread.post({ type: 'relayFrom', id: other.#parts.id, from: port2 }, [port2]);
  }

  close(): void {
    if (this.#isOver) return;
    const { thread, id } = this.#parts;
    this.#end('stopped');
    thread.forget(id);
    thread.post({ type: 'close', id });
  }

  digit(digit: string): void {
    // What was on its way when the bridge began is not ours any more.
    if (!this.#isRelaying) this.#parts.digit(digit);
  }

  played(playId: number): void {
    if (this.#playing?.playId === playId) this.#endPlaying('played');
  }

  /** @param frame may be kept */
  heard(frame: Int16Array): void {
    for (const { hear } of this.#listeners) hear(frame);
  }

  warn(fields: object, text: string): void {
    this.#parts.log.warn(fields, text);
  }

  /** The thread is gone. */
  lost(reason: string): void {
    this.#end('failed');
    this.#parts.lost(reason);
  }

  #end(result: 'stopped' | 'failed'): void {
    this.#isOver = true;
    this.#listeners.clear();
    this.#endPlaying(result);
  }

  #endPlaying(result: 'played' | 'stopped' | 'failed'): void {
    const playing = this.#playing;
    this.#playing = null;
    playing?.ended(result);
  }
}
