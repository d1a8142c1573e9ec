import { Buffer } from 'node:buffer';

const HASH = 0x23;
const ZERO = 0x30;
const NINE = 0x39;
const EMPTY = Buffer.alloc(0);

/** `<decimal byte length>#<payload>`; the payload is one line of tokens, and behind CRLF perhaps a SIP message. */
export function encodeFrame(metaLine: string, message?: Buffer): Buffer {
  const meta = message === undefined ? metaLine : `${metaLine}\r\n`;
  const length = Buffer.byteLength(meta) + (message?.length ?? 0);
  const prefix = `${length}#`;
  const frame = Buffer.allocUnsafe(prefix.length + length);
  const end = frame.write(prefix + meta);
  if (message !== undefined) frame.set(message, end);
  return frame;
}

/** Cuts a byte stream into frames. It never holds more than one frame of `maxFrameBytes` and the chunk behind it. */
export class FrameDecoder {
  maxFrameBytes: number;
  #chunks: Buffer[] = [];
  #size = 0;
  /** How many bytes must be there before looking again is worth it. */
  #needed = 1;
  #isBroken = false;

  constructor(maxFrameBytes: number) {
    this.maxFrameBytes = maxFrameBytes;
  }

  push(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#size += chunk.length;
  }

  /** The next whole payload, undefined if more bytes are needed, `broken` for good once the stream cannot be cut. */
  next(): Buffer | undefined | 'broken' {
    if (this.#isBroken) return 'broken';
    if (this.#size < this.#needed) return undefined;
    const bytes = this.#chunks.length === 1 ? this.#chunks[0]! : Buffer.concat(this.#chunks);
    const prefix = this.#prefix(bytes);
    if (prefix === undefined) return this.#keep(bytes, bytes.length + 1);
    if (prefix === 'broken') {
      this.#isBroken = true;
      this.#keep(EMPTY, 1);
      return 'broken';
    }
    const end = prefix.start + prefix.length;
    if (bytes.length < end) return this.#keep(bytes, end);
    this.#keep(bytes.subarray(end), 1);
    return bytes.subarray(prefix.start, end);
  }

  #keep(bytes: Buffer, needed: number): undefined {
    this.#chunks = bytes.length === 0 ? [] : [bytes];
    this.#size = bytes.length;
    this.#needed = needed;
  }

  #prefix(bytes: Buffer): { start: number; length: number } | undefined | 'broken' {
    let length = 0;
    for (let at = 0; at < bytes.length; at++) {
      const code = bytes[at]!;
      if (code === HASH) return at === 0 || length === 0 ? 'broken' : { start: at + 1, length };
      if (code < ZERO || code > NINE) return 'broken';
      length = length * 10 + (code - ZERO);
      if (length > this.maxFrameBytes || at > 8) return 'broken';
    }
    return undefined;
  }
}
