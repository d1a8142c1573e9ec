import { Buffer } from 'node:buffer';
import { DEFAULT_LIMITS, type MessageLimits } from './limits.ts';
import { type Malformed, type ParseResult, parseMessage } from './parse.ts';

/**
 * What a stream gave: a message (readable or refused, the stream goes on), a keep-alive ping which wants a pong (CRLFCRLF,
 * RFC 5626 3.5.1), or an error behind which the stream cannot be read any more.
 */
export type FramerEvent =
  | { type: 'message'; result: ParseResult }
  | { type: 'ping' }
  | { type: 'fatal'; result: Malformed };

export class StreamFramer {
  readonly #limits: MessageLimits;
  constructor(limits: MessageLimits = DEFAULT_LIMITS) {
    this.#limits = limits;
  }
  feed(chunk: Buffer): FramerEvent[] {
    return [{ type: 'message', result: parseMessage(Buffer.from(chunk), { limits: this.#limits }) }];
  }
}
