import { Buffer } from 'node:buffer';
import { type HeaderLine, HeaderList } from './header-list.ts';
import { headerKey } from './header-names.ts';
import { isMethodName } from './methods.ts';
import { type NameAddr, parseNameAddr } from './name-addr.ts';
import { statusPhrase } from './status-phrases.ts';
import { parseVia, type Via } from './via.ts';

/** CSeq (RFC 3261 20.16): the number is at most 2^31 - 1. */
export type CSeq = { number: number; method: string };

/** What a message begins with. */
export type StartLine =
  | { kind: 'request'; method: string; uri: string }
  | { kind: 'response'; status: number; reason: string };

const EMPTY = Buffer.alloc(0);
const CSEQ = /^([0-9]{1,32})[ \t]+(\S+)$/;
const MAX_CSEQ = 2 ** 31 - 1;
const CRLF_ONLY = /[\r\n]+/g;

/** Reads the value of CSeq; undefined when it is none or too large (RFC 3261 8.1.1.5). */
export function parseCSeq(value: string): CSeq | undefined {
  const match = CSEQ.exec(value);
  if (match === null) return undefined;
  const [, digits = '', method = ''] = match;
  const number = Number(digits);
  return number <= MAX_CSEQ && isMethodName(method) ? { number, method } : undefined;
}

/**
 * A SIP request or response. Header lines keep their order and, while untouched, their bytes; values are read when they
 * are asked for. Header names are case-insensitive and compact forms are known everywhere.
 */
export class SipMessage {
  #start: StartLine;
  #headers: HeaderList;
  #body: Buffer;
  /** What was read of lines, which do not change, and what was written. */
  #via: { line: HeaderLine; via: Via | undefined } | undefined;
  #from: { line: HeaderLine; address: NameAddr | undefined } | undefined;
  #to: { line: HeaderLine; address: NameAddr | undefined } | undefined;
  #cseq: { line: HeaderLine; cseq: CSeq | undefined } | undefined;
  #bytes: Buffer | undefined;

  constructor(start: StartLine, headers: HeaderList = new HeaderList(), body: Buffer = EMPTY) {
    this.#start = start;
    this.#headers = headers;
    this.#body = body;
  }

  static request(method: string, uri: string): SipMessage {
    return new SipMessage({ kind: 'request', method, uri });
  }

  /** A response; the reason is the usual phrase when it is not given. */
  static response(status: number, reason?: string): SipMessage {
    return new SipMessage({ kind: 'response', status, reason: reason ?? statusPhrase(status) });
  }

  get isRequest(): boolean {
    return this.#start.kind === 'request';
  }

  /** The request's method; for a response the one of its CSeq (empty when it has none). */
  get method(): string {
    return this.#start.kind === 'request' ? this.#start.method : (this.cseq?.method ?? '');
  }

  /** The Request-URI; empty for a response. */
  get uri(): string {
    return this.#start.kind === 'request' ? this.#start.uri : '';
  }

  /** @throws TypeError on a response */
  set uri(uri: string) {
    if (this.#start.kind !== 'request') throw new TypeError('A response has no Request-URI to set');
    this.#start = { kind: 'request', method: this.#start.method, uri };
    this.#bytes = undefined;
  }

  /** The status code; 0 for a request. */
  get status(): number {
    return this.#start.kind === 'response' ? this.#start.status : 0;
  }

  /** The reason phrase; empty for a request. */
  get reason(): string {
    return this.#start.kind === 'response' ? this.#start.reason : '';
  }

  /** The value of the first line of this name: trimmed, folds as one space. */
  get(name: string): string | undefined {
    return this.#headers.first(name)?.value;
  }

  /** The values of all lines of this name, one string per line. */
  lines(name: string): string[] {
    return this.#headers.values(name);
  }

  /** The values of this name, one string per list element (commas in quotes and angle brackets separate nothing). */
  getAll(name: string): string[] {
    return this.#headers.elements(name);
  }

  /** The first list element of this name. */
  getFirst(name: string): string | undefined {
    return this.#headers.firstElement(name);
  }

  has(name: string): boolean {
    return this.#headers.first(name) !== undefined;
  }

  /**
   * Replaces all lines of this name by one, where the first of them was, else at the end.
   * @throws TypeError when the name is no token (the same for `append` and `prepend`)
   */
  set(name: string, value: string): void {
    this.#bytes = undefined;
    this.#headers.set(name, value);
  }

  /** Adds a line behind the last one of this name, else at the end. */
  append(name: string, value: string): void {
    this.#bytes = undefined;
    this.#headers.append(name, value);
  }

  /** Appends all values that another message has of this name. Lines are shared where they are written as we write. */
  copyLines(from: SipMessage, name: string): void {
    const key = headerKey(name);
    this.#bytes = undefined;
    for (const line of from.#headers.all) if (line.key === key) this.#headers.add(line.canonical);
  }

  /** Appends the first value that another message has of this name, an empty one if it has none. */
  copyLine(from: SipMessage, name: string): void {
    const line = from.#headers.first(name);
    this.#bytes = undefined;
    if (line === undefined) this.#headers.append(name, '');
    else this.#headers.add(line.canonical);
  }

  /** Adds a line before the first one of this name, else at the top. */
  prepend(name: string, value: string): void {
    this.#bytes = undefined;
    this.#headers.prepend(name, value);
  }

  remove(name: string): void {
    this.#bytes = undefined;
    this.#headers.remove(name);
  }

  /** Takes the first list element of this name away; false when there is none. */
  removeFirst(name: string): boolean {
    this.#bytes = undefined;
    return this.#headers.removeFirst(name);
  }

  /** Puts a value in the place of the first list element of this name; false when there is none. */
  replaceFirst(name: string, value: string): boolean {
    this.#bytes = undefined;
    return this.#headers.replaceFirst(name, value);
  }

  /** Each header's usual name once, in order of appearance. */
  headerNames(): string[] {
    return this.#headers.names();
  }

  get body(): Buffer {
    return this.#body;
  }

  /** Also brings Content-Length up to date. */
  set body(body: Buffer) {
    this.#bytes = undefined;
    this.#body = body;
    this.#headers.setLength(body.length);
  }

  /** Call-ID; empty when there is none. */
  get callId(): string {
    return this.#headers.line('call-id')?.value ?? '';
  }

  get cseq(): CSeq | undefined {
    const line = this.#headers.line('cseq');
    if (line === undefined) return undefined;
    if (this.#cseq?.line !== line) this.#cseq = { line, cseq: parseCSeq(line.value) };
    return this.#cseq.cseq;
  }

  get from(): NameAddr | undefined {
    const line = this.#headers.line('from');
    if (line === undefined) return undefined;
    if (this.#from?.line !== line) this.#from = { line, address: parseNameAddr(line.value) };
    return this.#from.address;
  }

  get to(): NameAddr | undefined {
    const line = this.#headers.line('to');
    if (line === undefined) return undefined;
    if (this.#to?.line !== line) this.#to = { line, address: parseNameAddr(line.value) };
    return this.#to.address;
  }

  get fromTag(): string | undefined {
    return tagOf(this.from);
  }

  get toTag(): string | undefined {
    return tagOf(this.to);
  }

  get topVia(): Via | undefined {
    const line = this.#headers.line('via');
    if (line === undefined) return undefined;
    if (this.#via?.line !== line) this.#via = { line, via: parseVia(this.#headers.firstElement('via') ?? '') };
    return this.#via.via;
  }

  /** A message of its own that shares the (immutable) lines and the body's bytes. */
  clone(): SipMessage {
    const clone = new SipMessage(this.#start, this.#headers.clone(), this.#body);
    clone.#via = this.#via;
    clone.#from = this.#from;
    clone.#to = this.#to;
    clone.#cseq = this.#cseq;
    return clone;
  }

  /** The start line without its end. */
  get startLine(): string {
    const start = this.#start;
    if (start.kind === 'request') return `${start.method} ${start.uri} SIP/2.0`.replace(CRLF_ONLY, ' ');
    return `SIP/2.0 ${start.status} ${start.reason}`.replace(CRLF_ONLY, ' ');
  }

  /**
   * The bytes for the wire. Content-Length is always there, once, and counts the body's bytes. They are written once, must not be
   * changed, and have memory of their own: a transaction keeps them for 32 s, and slabs of 8 kB must not stay with them.
   */
  toBuffer(): Buffer {
    this.#bytes ??= this.#write();
    return this.#bytes;
  }

  #write(): Buffer {
    this.#headers.setLength(this.#body.length);
    let text = `${this.startLine}\r\n`;
    let hasBytes = false;
    for (const line of this.#headers.all) {
      hasBytes ||= line.isBytes;
      text += line.text;
      text += '\r\n';
    }
    const head = hasBytes ? this.#mixedHead() : `${text}\r\n`;
    const headBytes = Buffer.byteLength(head);
    const bytes = Buffer.allocUnsafeSlow(headBytes + this.#body.length);
    if (typeof head === 'string') bytes.write(head);
    else bytes.set(head);
    bytes.set(this.#body, headBytes);
    return bytes;
  }

  /** The head when some lines are bytes that are no UTF-8: each line in its own encoding. */
  #mixedHead(): Buffer {
    const parts = [Buffer.from(`${this.startLine}\r\n`, 'utf8')];
    for (const line of this.#headers.all) parts.push(Buffer.from(`${line.text}\r\n`, line.isBytes ? 'latin1' : 'utf8'));
    parts.push(Buffer.from('\r\n'));
    return Buffer.concat(parts);
  }
}

function tagOf(address: NameAddr | undefined): string | undefined {
  const tag = address?.params.get('tag');
  return typeof tag === 'string' && tag !== '' ? tag : undefined;
}
