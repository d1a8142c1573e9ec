/**
 * RTP in threads of its own. Each has endpoints of its own; both legs of a call are in the same one. A thread that ends by
 * itself takes its calls with it and no others, and is started anew.
 */

import type { Log } from '../../../ports/log.ts';
import { MediaError } from '../media-error.ts';
import type { RtpHost, RtpOpening, RtpPath } from '../rtp-path.ts';
import { systemTime } from '../time-source.ts';
import { MediaThread, type StartThread } from './media-thread.ts';
import { ThreadLoad } from './thread-load.ts';
import { ThreadPath } from './thread-path.ts';

export interface ThreadedRtpOptions {
  /** At least 1. */
  threads: number;
  startThread: StartThread;
  log: Log;
}

/** One that does not even start must not keep the machine busy. */
const LEAST_BETWEEN_STARTS_MS = 1000;

/** A thread, and those that take its place. */
interface Place {
  name: string;
  /** Null: it is about to be started anew. */
  thread: MediaThread | null;
  load: ThreadLoad;
  startedAtMs: number;
  cancelStart: (() => void) | null;
}

export class ThreadedRtp implements RtpHost {
  readonly #options: ThreadedRtpOptions;
  #places: Place[] = [];
  #isStopped = false;

  constructor(options: ThreadedRtpOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {
    this.#begin();
    try {
      await Promise.all(this.#places.map(({ name, thread }) => thread?.ready ?? notStarted(name)));
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  async open(opening: RtpOpening): Promise<RtpPath> {
    this.#begin();
    return this.#threadFor(opening.like).open(opening);
  }

  isFull(): boolean {
    const nowMs = systemTime.nowMs();
    for (const { thread, load } of this.#places) load.look(thread?.busyMs() ?? 0, nowMs);
    return this.#places.length > 0 && this.#places.every(({ load }) => load.isFull);
  }

  busyMs(): Record<string, number> {
    return Object.fromEntries(this.#places.map(({ name, thread }) => [name, thread?.busyMs() ?? 0]));
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    for (const { cancelStart } of this.#places) cancelStart?.();
    await Promise.all(this.#places.map(({ thread }) => thread?.stop()));
  }

  /** Also without `start`: whoever opens first waits for the threads. */
  #begin(): void {
    if (this.#places.length > 0 || this.#isStopped) return;
    this.#places = Array.from({ length: this.#options.threads }, (_, index) => ({
      ...{ name: `media-${index + 1}`, thread: null, load: new ThreadLoad(), startedAtMs: 0, cancelStart: null },
    }));
    for (const place of this.#places) this.#startThread(place);
  }

  #startThread(place: Place): void {
    const { startThread } = this.#options;
    place.cancelStart = null;
    place.startedAtMs = systemTime.nowMs();
    try {
      place.thread = new MediaThread({ name: place.name, startThread, ended: (why) => this.#ended(place, why) });
    } catch (error) {
      // The system has no more threads for us.
      this.#ended(place, String(error));
    }
  }

  #ended(place: Place, why: string): void {
    place.thread = null;
    if (this.#isStopped) return;
    this.#options.log.error(
      { thread: place.name, why },
      'A media thread has ended, and its calls; it is started anew.',
    );
    const waitMs = place.startedAtMs + LEAST_BETWEEN_STARTS_MS - systemTime.nowMs();
    if (waitMs <= 0) this.#startThread(place);
    else place.cancelStart = systemTime.after(waitMs, () => this.#startThread(place));
  }

  /** That of the other leg; else the one with the fewest. */
  #threadFor(like: RtpPath | null): MediaThread {
    const threads = this.#places.flatMap(({ thread }) => thread ?? []);
    if (like instanceof ThreadPath && threads.includes(like.thread)) return like.thread;
    const [first, ...others] = threads;
    if (first === undefined) throw new MediaError('MEDIA_FULL', 'The media threads are being started anew.');
    return others.reduce((least, thread) => (thread.load < least.load ? thread : least), first);
  }
}

function notStarted(name: string): never {
  throw new Error(`the thread ${name} can not be started`);
}
