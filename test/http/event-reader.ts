import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';

/** Frames of a stream, waited for one by one. */
export class Reader {
  readonly #frames: string[] = [];
  #text = '';
  #wake: () => void = () => undefined;
  ended = false;
  readonly response: IncomingMessage;

  constructor(response: IncomingMessage) {
    this.response = response;
    response.setEncoding('utf8');
    response.on('data', (text: string) => {
      const parts = (this.#text + text).split('\n\n');
      this.#text = parts.pop() ?? '';
      this.#frames.push(...parts);
      this.#wake();
    });
    for (const event of ['end', 'close', 'error'])
      response.on(event, () => {
        this.ended = true;
        this.#wake();
      });
  }

  async next(): Promise<string> {
    while (this.#frames.length === 0) {
      assert.ok(!this.ended, 'the stream ended');
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return this.#frames.shift()!;
  }

  async end(): Promise<void> {
    while (!this.ended)
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
  }
}
