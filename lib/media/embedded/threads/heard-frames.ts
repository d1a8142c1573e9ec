/** What peers say, gathered: all frames of one turn of the ticker go in one message. */

import { HEARD_SAMPLES } from '../../hearing/jitter-buffer.ts';

export class HeardFrames {
  readonly #send: (ids: number[], samples: Int16Array<ArrayBuffer>) => void;
  #ids: number[] = [];
  #frames: Int16Array[] = [];

  /** @param send the samples are the callee's */
  constructor(send: (ids: number[], samples: Int16Array<ArrayBuffer>) => void) {
    this.#send = send;
  }

  add(id: number, frame: Int16Array): void {
    // The ticker's turn is one callback of a timer: this runs when it is over.
    if (this.#ids.length === 0) queueMicrotask(() => this.#sendAll());
    this.#ids.push(id);
    this.#frames.push(frame);
  }

  #sendAll(): void {
    const samples = new Int16Array(this.#frames.length * HEARD_SAMPLES);
    for (const [index, frame] of this.#frames.entries()) samples.set(frame, index * HEARD_SAMPLES);
    const ids = this.#ids;
    this.#ids = [];
    this.#frames = [];
    this.#send(ids, samples);
  }
}
