import { Buffer, isAscii, isUtf8 } from 'node:buffer';
import { HeaderLine } from './header-list.ts';
import { headerName } from './header-names.ts';
import type { MessageLimits } from './limits.ts';
import { isMethodName } from './methods.ts';
import type { StartLine } from './sip-message.ts';

/** What is wrong with a message, and the status that tells a request's sender. */
export type Problem = { reason: string; status: 400 | 505 | 513 };

/** What stands before the body. */
export type Head = {
  /** Undefined when the bytes are no SIP message at all. */
  start: StartLine | undefined;
  lines: HeaderLine[];
  /** Where the body begins; the end of the bytes when there is no blank line. */
  bodyAt: number;
  hasBlankLine: boolean;
  /** The first thing that is wrong. */
  problem: Problem | undefined;
};

const CR = 0x0d;
const LF = 0x0a;
const SPACE = 0x20;
const TAB = 0x09;
const BACKSLASH = 0x5c;
const DELETE = 0x7f;
const SIP_VERSION = /^SIP\/([0-9]{1,10}\.[0-9]{1,10})$/i;
const STATUS_LINE = /^SIP\/2\.0 ([1-6][0-9][0-9])(?: ([^\r\n]*))?$/i;
const NOT_IN_URI = /[^\x21-\x7e]|[<>"]/;
const LINE_END = /\r?\n/g;

/** Reads the start line and the header lines; takes time linear in the bytes and stops at the limits. */
export function readHead(bytes: Buffer, limits: MessageLimits): Head {
  const from = leadingBreaks(bytes);
  const { end, bodyAt, isTooLong } = findHeadEnd(bytes, from, limits.maxHeaderLines + 1);
  const head: Head = { start: undefined, lines: [], bodyAt, hasBlankLine: bodyAt > end, problem: undefined };
  const headBytes = bytes.subarray(from, end);
  const isPlain = isAscii(headBytes);
  const isText = isPlain || isUtf8(headBytes);
  const text = isText && !isPlain ? headBytes.toString('utf8') : headBytes.toString('latin1');
  readLines(text, head, { limits, isText });
  if (isTooLong) head.problem ??= { reason: `more than ${limits.maxHeaderLines} header lines`, status: 400 };
  if (hasForbiddenControl(headBytes)) head.problem ??= { reason: 'control character in the head', status: 400 };
  return head;
}

/**
 * Whether there is a control character that is no line end, tab or part of a quoted pair (RFC 4475 3.1.1.2). A CR alone is one:
 * some peers would take it for a line end, and see headers which were not looked at here.
 */
function hasForbiddenControl(bytes: Buffer): boolean {
  let last = 0;
  for (let at = 0; at < bytes.length; at++) {
    const code = bytes[at] as number;
    if (code < SPACE || code === DELETE) {
      if (code === CR ? bytes[at + 1] !== LF : code !== LF && code !== TAB && last !== BACKSLASH) return true;
    }
    last = code;
  }
  return false;
}

/** Line breaks before the start line are ignored (RFC 3261 7.5). */
function leadingBreaks(bytes: Buffer): number {
  let at = 0;
  while (bytes[at] === CR || bytes[at] === LF) at++;
  return at;
}

/** Finds the blank line; `end` is behind the last header line, its line end included. */
function findHeadEnd(bytes: Buffer, from: number, maxLines: number) {
  let at = from;
  for (let count = 0; count <= maxLines; count++) {
    const first = bytes[at];
    if (first === LF) return { end: at, bodyAt: at + 1, isTooLong: false };
    if (first === CR && bytes[at + 1] === LF) return { end: at, bodyAt: at + 2, isTooLong: false };
    const lineEnd = bytes.indexOf(LF, at);
    if (lineEnd < 0) return { end: bytes.length, bodyAt: bytes.length, isTooLong: false };
    if (count === maxLines) break;
    at = lineEnd + 1;
  }
  return { end: at, bodyAt: bytes.length, isTooLong: true };
}

type Reading = { limits: MessageLimits; isText: boolean };

function readLines(text: string, head: Head, reading: Reading): void {
  let at = 0;
  while (at < text.length) {
    let end = text.indexOf('\n', at);
    while (end >= 0 && isBlank(text.charCodeAt(end + 1))) end = text.indexOf('\n', end + 1);
    const next = end < 0 ? text.length : end + 1;
    if (end < 0) end = text.length;
    else if (text.charCodeAt(end - 1) === CR) end--;
    const line = text.slice(at, end);
    if (at === 0) readStartLine(line, head, reading);
    else readHeaderLine(line, head, reading);
    if (head.start === undefined) return;
    at = next;
  }
}

function isBlank(code: number): boolean {
  return code === SPACE || code === TAB;
}

function readStartLine(line: string, head: Head, reading: Reading): void {
  if (line.length > reading.limits.maxHeaderLineBytes) {
    head.problem = { reason: 'start line too long', status: 400 };
    return;
  }
  const status = STATUS_LINE.exec(line);
  if (status === null) {
    readRequestLine(line, head);
    return;
  }
  const reason = reading.isText ? (status[2] ?? '') : decodeBytes(status[2] ?? '').text;
  head.start = { kind: 'response', status: Number(status[1]), reason };
}

function readRequestLine(line: string, head: Head): void {
  const trimmed = line.trimEnd();
  const first = trimmed.indexOf(' ');
  const last = trimmed.lastIndexOf(' ');
  const method = trimmed.slice(0, Math.max(first, 0));
  const version = SIP_VERSION.exec(trimmed.slice(last + 1))?.[1];
  if (first === last || version === undefined || !isMethodName(method)) {
    head.problem = { reason: 'neither a request line nor a status line', status: 400 };
    return;
  }
  const uri = trimmed.slice(first + 1, last);
  head.start = { kind: 'request', method, uri: NOT_IN_URI.test(uri) ? uri.replace(/[^\x21-\x7e]+/g, '') : uri };
  if (version !== '2.0') head.problem = { reason: `SIP version ${version}`, status: 505 };
  else if (trimmed !== line) head.problem = { reason: 'white space at the end of the request line', status: 400 };
  else if (NOT_IN_URI.test(uri)) head.problem = { reason: 'Request-URI with characters that no URI has', status: 400 };
}

function readHeaderLine(line: string, head: Head, reading: Reading): void {
  const colon = line.indexOf(':');
  const name = colon < 0 ? undefined : headerName(line.slice(0, colon).trimEnd());
  if (name === undefined) {
    head.problem ??= { reason: 'a line that is no header', status: 400 };
  } else if (line.length > reading.limits.maxHeaderLineBytes) {
    head.problem ??= { reason: `header line longer than ${reading.limits.maxHeaderLineBytes} bytes`, status: 400 };
  } else {
    const { text, isBytes } = reading.isText ? { text: line, isBytes: false } : decodeBytes(line);
    const unixFree = text.includes('\n') ? text.replace(LINE_END, '\r\n') : text;
    head.lines.push(new HeaderLine(name.key, unixFree, { colon, isBytes }));
  }
}

/** A line of a head that is no UTF-8 as a whole: it may be UTF-8 by itself, else it stays one character per byte. */
function decodeBytes(line: string): { text: string; isBytes: boolean } {
  const bytes = Buffer.from(line, 'latin1');
  return isUtf8(bytes) ? { text: bytes.toString('utf8'), isBytes: false } : { text: line, isBytes: true };
}
