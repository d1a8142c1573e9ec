/** One thread of the RTP, seen from outside: what it is told, and what becomes of what it tells. */

import { extname } from 'node:path';
import type { Transferable, Worker, WorkerOptions } from 'node:worker_threads';
import { HEARD_SAMPLES } from '../../hearing/jitter-buffer.ts';
import { MediaError } from '../media-error.ts';
import { RTP_FIGURES_BYTES, RtpFigures } from '../rtp-figures.ts';
import type { RtpOpening, RtpPath } from '../rtp-path.ts';
import { systemTimeStartMs } from '../time-source.ts';
import type { FromMediaThread, MediaThreadData, ToMediaThread } from './messages.ts';
import { ThreadPath } from './thread-path.ts';

export type StartThread = (entry: URL, options: WorkerOptions) => Worker;

/** Its sockets are closed in some milliseconds. */
const STOP_LIMIT_MS = 3000;
/** The source as it is, or what was built of it. */
const ENTRY = new URL(`./thread-entry${extname(import.meta.filename)}`, import.meta.url);

export interface MediaThreadOptions {
  /** As `ps -L` shows it. */
  name: string;
  startThread: StartThread;
  /** It has ended without having been told to. What was open is lost, and told so after this. */
  ended(why: string): void;
}

interface Opening {
  path: ThreadPath;
  resolve(path: RtpPath): void;
  reject(error: Error): void;
}

export class MediaThread {
  /** Rejects when it ends before it is. */
  readonly ready: Promise<void>;
  readonly #worker: Worker;
  readonly #options: MediaThreadOptions;
  readonly #exited: Promise<void>;
  readonly #paths = new Map<number, ThreadPath>();
  readonly #opening = new Map<number, Opening>();
  #lastId = 0;
  #isStopping = false;

  constructor(options: MediaThreadOptions) {
    const workerData: MediaThreadData = { timeStartMs: systemTimeStartMs() };
    this.#options = options;
    this.#worker = options.startThread(ENTRY, { name: options.name, workerData });
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.ready = promise;
    // Who does not wait for it hears of its end otherwise.
    promise.catch(() => {});
    let fault = new Error('it has ended by itself');
    this.#worker.on('error', (error: Error) => {
      fault = error;
    });
    this.#worker.on('message', (message: FromMediaThread) => {
      if (message.type === 'ready') resolve();
      else this.#take(message);
    });
    this.#exited = new Promise((exited) => {
      this.#worker.on('exit', () => {
        reject(new Error(`a media thread did not start: ${fault.message}`));
        this.#end(fault.stack ?? fault.message);
        exited();
      });
    });
  }

  /** Paths that it has, or is about to have. */
  get load(): number {
    return this.#paths.size + this.#opening.size;
  }

  busyMs(): number {
    return this.#worker.performance.eventLoopUtilization().active;
  }

  /** As RtpHost.open. */
  open(opening: RtpOpening): Promise<RtpPath> {
    const { address, port, sipAddress } = opening;
    this.#lastId += 1;
    const id = this.#lastId;
    const memory = new SharedArrayBuffer(RTP_FIGURES_BYTES);
    const path = new ThreadPath({ ...opening, id, thread: this, figures: RtpFigures.begin(memory) });
    const { promise, resolve, reject } = Promise.withResolvers<RtpPath>();
    this.#opening.set(id, { path, resolve, reject });
    this.post({ type: 'open', id, address, port, sipAddress, memory });
    return promise;
  }

  post(message: ToMediaThread, transfer: Transferable[] = []): void {
    this.#worker.postMessage(message, transfer);
  }

  /** A path was closed: nothing comes of it any more. */
  forget(id: number): void {
    this.#paths.delete(id);
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    const patience = setTimeout(() => void this.#worker.terminate(), STOP_LIMIT_MS);
    this.post({ type: 'stop' });
    await this.#exited;
    clearTimeout(patience);
  }

  #take(message: Exclude<FromMediaThread, { type: 'ready' }>): void {
    switch (message.type) {
      case 'opened':
        return this.#opened(message.id);
      case 'notOpened':
        return this.#notOpened(message);
      case 'digit':
        return this.#paths.get(message.id)?.digit(message.digit);
      case 'played':
        return this.#paths.get(message.id)?.played(message.playId);
      case 'heard':
        return this.#heard(message.ids, message.samples);
      case 'warning':
        return this.#paths.get(message.id)?.warn(message.fields, message.text);
      default:
        message satisfies never;
    }
  }

  #opened(id: number): void {
    const opening = this.#opening.get(id)!;
    this.#opening.delete(id);
    this.#paths.set(id, opening.path);
    opening.resolve(opening.path);
  }

  #notOpened({ id, code, message }: FromMediaThread & { type: 'notOpened' }): void {
    const opening = this.#opening.get(id)!;
    this.#opening.delete(id);
    opening.reject(Object.assign(new Error(message), { code }));
  }

  #heard(ids: readonly number[], samples: Int16Array): void {
    for (const [index, id] of ids.entries()) {
      // A copy of its own: who keeps a frame keeps no others.
      this.#paths.get(id)?.heard(samples.slice(index * HEARD_SAMPLES, (index + 1) * HEARD_SAMPLES));
    }
  }

  #end(why: string): void {
    if (!this.#isStopping) this.#options.ended(why);
    const [openings, paths] = [[...this.#opening.values()], [...this.#paths.values()]];
    this.#opening.clear();
    this.#paths.clear();
    for (const { reject } of openings) reject(new MediaError('MEDIA_FULL', 'The media thread has ended.'));
    for (const path of paths) path.lost('the media thread has ended');
  }
}
