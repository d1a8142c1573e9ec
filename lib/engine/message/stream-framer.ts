import { Buffer } from 'node:buffer';
import type { Problem } from './head.ts';
import { DEFAULT_LIMITS, type MessageLimits } from './limits.ts';
import { type Malformed, type ParseResult, parseMessage } from './parse.ts';
import { hasAnswerableHeaders } from './validity.ts';

/**
 * What a stream gave: a message (readable or refused, the stream goes on), a keep-alive ping which wants a pong (CRLFCRLF,
 * RFC 5626 3.5.1), or an error behind which the stream cannot be read any more.
 */
export type FramerEvent =
  | { type: 'message'; result: ParseResult }
  | { type: 'ping' }
  | { type: 'fatal'; result: Malformed };

const CR = 0x0d;
const LF = 0x0a;
const SPACE = 0x20;
const TAB = 0x09;
const EMPTY = Buffer.alloc(0);
const FIRST_ROOM_BYTES = 4096;
const PING_BYTES = 4;
const LENGTH_LINE = /^(?:content-length|l)[ \t]*:/i;
const DIGITS = /^[0-9]{1,10}$/;
const START_LINE = /^SIP\/[0-9]|SIP\/[0-9.]{1,10}[ \t]*$/i;

/** How far the head of the current message has been looked at; offsets count from the message's first byte. */
type Scan = {
  lineAt: number;
  lookAt: number;
  lineCount: number;
  /** The Content-Length line's value; folds are added to it. */
  length: string | undefined;
  isLengthLine: boolean;
  /** Bytes of head and body, once known. */
  total: number | undefined;
};

/**
 * Cuts a TCP stream into messages by their Content-Length (RFC 3261 18.3). Holds little more than one message's bytes and
 * looks at each byte of a head once, however small the pieces are in which it comes.
 */
export class StreamFramer {
  readonly #limits: MessageLimits;
  #room: Buffer = EMPTY;
  #held = 0;
  #scan: Scan = newScan();
  /** How much of CRLFCRLF has been seen between messages. */
  #pingBytes = 0;
  #isDead = false;

  constructor(limits: MessageLimits = DEFAULT_LIMITS) {
    this.#limits = limits;
  }

  /** Bytes of an unfinished message. */
  get heldBytes(): number {
    return this.#held;
  }

  /** Takes what came; at most one ping is told of per call. Behind a `fatal` event everything is ignored. */
  feed(chunk: Buffer): FramerEvent[] {
    const events: FramerEvent[] = [];
    let rest = chunk;
    while (rest.length > 0 && !this.#isDead) {
      if (this.#held === 0) rest = this.#skipBreaks(rest, events);
      if (rest.length > 0) rest = this.#take(rest, events);
    }
    return events;
  }

  #skipBreaks(rest: Buffer, events: FramerEvent[]): Buffer {
    let at = 0;
    for (; rest[at] === CR || rest[at] === LF; at++) {
      const wanted = this.#pingBytes % 2 === 0 ? CR : LF;
      this.#pingBytes = rest[at] === wanted ? this.#pingBytes + 1 : 0;
      if (this.#pingBytes < PING_BYTES) continue;
      this.#pingBytes = 0;
      if (!events.some((event) => event.type === 'ping')) events.push({ type: 'ping' });
    }
    if (at < rest.length) this.#pingBytes = 0;
    return rest.subarray(at);
  }

  /** Takes the current message from the front of `rest`; gives back what lies behind it. */
  #take(rest: Buffer, events: FramerEvent[]): Buffer {
    const isWhole = this.#held === 0;
    const data = isWhole ? rest : this.#append(rest);
    const problem = this.#look(data);
    if (problem !== undefined) {
      this.#isDead = true;
      events.push({ type: 'fatal', result: this.#refuse(data, problem) });
      this.#reset();
      return EMPTY;
    }
    const { total } = this.#scan;
    if (total === undefined || data.length < total) {
      if (isWhole) this.#append(rest);
      return EMPTY;
    }
    const behind = rest.subarray(rest.length - (data.length - total));
    events.push({ type: 'message', result: parseMessage(data.subarray(0, total), { limits: this.#limits }) });
    this.#reset();
    return behind;
  }

  #append(piece: Buffer): Buffer {
    const held = this.#held + piece.length;
    if (held > this.#room.length) {
      const room = Buffer.allocUnsafeSlow(Math.max(FIRST_ROOM_BYTES, held, this.#room.length * 2));
      this.#room.copy(room, 0, 0, this.#held);
      this.#room = room;
    }
    piece.copy(this.#room, this.#held);
    this.#held = held;
    return this.#room.subarray(0, held);
  }

  /** The room goes with the message that was cut from it, so a quiet connection holds no memory. */
  #reset(): void {
    this.#room = EMPTY;
    this.#held = 0;
    this.#scan = newScan();
  }

  /** Goes on looking for the head's end. */
  #look(data: Buffer): Problem | undefined {
    const scan = this.#scan;
    while (scan.total === undefined) {
      const end = data.indexOf(LF, scan.lookAt);
      if (end < 0) {
        scan.lookAt = data.length;
        return this.#sizeProblem(data.length, scan);
      }
      const lineEnd = data[end - 1] === CR ? end - 1 : end;
      if (lineEnd <= scan.lineAt) return this.#endHead(end + 1);
      const problem = this.#lookAtLine(data, lineEnd);
      if (problem !== undefined) return problem;
      scan.lineAt = end + 1;
      scan.lookAt = end + 1;
    }
    return undefined;
  }

  #sizeProblem(bytes: number, scan: Scan): Problem | undefined {
    if (bytes > this.#limits.maxMessageBytes) return this.#tooLarge();
    if (bytes - scan.lineAt <= this.#limits.maxHeaderLineBytes) return undefined;
    return { reason: `a line longer than ${this.#limits.maxHeaderLineBytes} bytes`, status: 400 };
  }

  #tooLarge(): Problem {
    return { reason: `larger than ${this.#limits.maxMessageBytes} bytes`, status: 513 };
  }

  #lookAtLine(data: Buffer, lineEnd: number): Problem | undefined {
    const scan = this.#scan;
    const first = data[scan.lineAt];
    scan.lineCount++;
    if (scan.lineCount > this.#limits.maxHeaderLines + 1) {
      return { reason: `more than ${this.#limits.maxHeaderLines} header lines`, status: 400 };
    }
    if (scan.lineCount === 1) {
      const isSip = START_LINE.test(data.toString('latin1', scan.lineAt, lineEnd));
      return isSip ? undefined : { reason: 'neither a request line nor a status line', status: 400 };
    }
    if (first === SPACE || first === TAB) {
      if (scan.isLengthLine) scan.length += data.toString('latin1', scan.lineAt, lineEnd).trim();
      return undefined;
    }
    const isCandidate = first === 0x4c || first === 0x6c || first === 0x43 || first === 0x63;
    const line = isCandidate ? data.toString('latin1', scan.lineAt, lineEnd) : '';
    scan.isLengthLine = isCandidate && LENGTH_LINE.test(line);
    if (!scan.isLengthLine) return undefined;
    // Two of them may disagree, and then nobody knows where the message ends.
    if (scan.length !== undefined) return { reason: 'more than one content-length header', status: 400 };
    scan.length = line.slice(line.indexOf(':') + 1).trim();
    return undefined;
  }

  #endHead(headBytes: number): Problem | undefined {
    const { length } = this.#scan;
    // On a stream it is mandatory (RFC 3261 20.14).
    if (length === undefined) return { reason: 'no content-length header on a stream', status: 400 };
    if (!DIGITS.test(length)) return { reason: 'Content-Length is no number', status: 400 };
    const total = headBytes + Number(length);
    if (total > this.#limits.maxMessageBytes) return this.#tooLarge();
    this.#scan.total = total;
    return undefined;
  }

  #refuse(data: Buffer, problem: Problem): Malformed {
    const { message } = parseMessage(data, { limits: this.#limits, isFragment: true });
    if (message === undefined || !message.isRequest) return { ok: false, reason: problem.reason };
    return hasAnswerableHeaders(message) ? { ok: false, ...problem, message } : { ok: false, ...problem };
  }
}

function newScan(): Scan {
  return { lineAt: 0, lookAt: 0, lineCount: 0, length: undefined, isLengthLine: false, total: undefined };
}
