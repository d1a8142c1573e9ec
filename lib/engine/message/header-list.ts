import { canonicalHeaderName, headerKey, headerName, isListHeader } from './header-names.ts';
import { indexOutsideQuotes } from './params.ts';

const LENGTH = /^[0-9]{1,10}$/;
const LINE_BREAKS = /[\r\n\0]+/g;
const BREAK = /[\r\n\0]/;

/** One header line. It never changes, so that messages can share it; its text is what came, without the line's end. */
export class HeaderLine {
  readonly key: string;
  readonly text: string;
  /** The text holds bytes, one per character, since they were no UTF-8. */
  readonly isBytes: boolean;
  readonly #colon: number;
  #value: string | undefined;

  constructor(key: string, text: string, place: { colon: number; isBytes: boolean; value?: string }) {
    this.key = key;
    this.text = text;
    this.isBytes = place.isBytes;
    this.#colon = place.colon;
    this.#value = place.value;
  }

  /** The name as written. */
  get name(): string {
    return this.text.slice(0, this.#colon).trimEnd();
  }

  /** The value, trimmed, folds replaced by one space (RFC 3261 7.3.1). */
  get value(): string {
    if (this.#value === undefined) {
      const value = this.text.slice(this.#colon + 1).trim();
      this.#value = value.includes('\n') ? unfold(value) : value;
    }
    return this.#value;
  }

  /** The line as it is written here: itself, unless it came in another spelling, with folds or with more spaces than one. */
  get canonical(): HeaderLine {
    const { text, value } = this;
    const name = canonicalHeaderName(this.name);
    const isCanonical =
      !this.isBytes &&
      text.length === name.length + 2 + value.length &&
      text.startsWith(`${name}: `) &&
      !BREAK.test(text);
    return isCanonical ? this : makeHeaderLine(name, value);
  }
}

/** Split and trimmed piece by piece: one expression over the whole would take quadratic time on long runs of spaces. */
function unfold(value: string): string {
  const pieces = value.split('\n').map((piece) => piece.trim());
  return pieces.filter((piece) => piece !== '').join(' ');
}

/**
 * A line made here. Line breaks in the value become spaces, so that no value can smuggle a header in.
 * @throws TypeError when the name is no token
 */
export function makeHeaderLine(name: string, value: string): HeaderLine {
  const header = headerName(name);
  if (header === undefined) throw new TypeError(`Header name ${JSON.stringify(name.slice(0, 40))} is no token`);
  const sound = (BREAK.test(value) ? value.replace(LINE_BREAKS, ' ') : value).trim();
  const place = { colon: header.name.length, isBytes: false, value: sound };
  return new HeaderLine(header.key, `${header.name}: ${sound}`, place);
}

/** The elements of a comma-separated value, trimmed, empty ones left out. */
export function splitElements(value: string): string[] {
  if (!value.includes(',')) return value === '' ? [] : [value];
  const elements: string[] = [];
  let at = 0;
  while (at <= value.length) {
    const comma = indexOutsideQuotes(value, ',', at);
    const end = comma < 0 ? value.length : comma;
    const element = value.slice(at, end).trim();
    if (element !== '') elements.push(element);
    at = end + 1;
  }
  return elements;
}

/** The first element of a comma-separated value, and the rest behind its comma (undefined when there is no more). */
export function splitFirst(value: string): { first: string; rest: string | undefined } {
  let at = 0;
  while (at <= value.length) {
    const comma = indexOutsideQuotes(value, ',', at);
    if (comma < 0) break;
    const first = value.slice(at, comma).trim();
    const rest = value.slice(comma + 1).trim();
    if (first !== '') return { first, rest: rest === '' ? undefined : rest };
    at = comma + 1;
  }
  return { first: value.slice(at).trim(), rest: undefined };
}

/** Header lines in their order. Names are case-insensitive, compact forms are the same as the long ones. */
export class HeaderList {
  readonly #lines: HeaderLine[];

  constructor(lines: HeaderLine[] = []) {
    this.#lines = lines;
  }

  get all(): readonly HeaderLine[] {
    return this.#lines;
  }

  clone(): HeaderList {
    return new HeaderList(this.#lines.slice());
  }

  first(name: string): HeaderLine | undefined {
    return this.line(headerKey(name));
  }

  /** The first line of this key. */
  line(key: string): HeaderLine | undefined {
    for (const line of this.#lines) if (line.key === key) return line;
    return undefined;
  }

  values(name: string): string[] {
    const key = headerKey(name);
    const values: string[] = [];
    for (const line of this.#lines) if (line.key === key) values.push(line.value);
    return values;
  }

  elements(name: string): string[] {
    const values = this.values(name);
    return isListHeader(headerKey(name)) ? values.flatMap(splitElements) : values;
  }

  firstElement(name: string): string | undefined {
    const line = this.first(name);
    if (line === undefined) return undefined;
    return isListHeader(line.key) && line.value.includes(',') ? splitFirst(line.value).first : line.value;
  }

  names(): string[] {
    const names = new Map<string, string>();
    for (const line of this.#lines) if (!names.has(line.key)) names.set(line.key, canonicalHeaderName(line.name));
    return [...names.values()];
  }

  set(name: string, value: string): void {
    const line = makeHeaderLine(name, value);
    const at = this.#indexOf(line.key);
    if (at < 0) {
      this.#lines.push(line);
      return;
    }
    this.#lines[at] = line;
    this.#drop(line.key, at + 1);
  }

  append(name: string, value: string): void {
    this.add(makeHeaderLine(name, value));
  }

  /** Behind the last line of its name, else at the end. */
  add(line: HeaderLine): void {
    let at = this.#lines.length;
    while (at > 0 && this.#lines[at - 1]?.key !== line.key) at--;
    if (at === 0 || at === this.#lines.length) this.#lines.push(line);
    else this.#lines.splice(at, 0, line);
  }

  prepend(name: string, value: string): void {
    const line = makeHeaderLine(name, value);
    this.#lines.splice(Math.max(0, this.#indexOf(line.key)), 0, line);
  }

  remove(name: string): void {
    this.#drop(headerKey(name), 0);
  }

  /** Takes the first element away; false when there is none. */
  removeFirst(name: string): boolean {
    return this.#changeFirst(name, (rest) => rest);
  }

  /** Puts another value where the first element is; false when there is none. */
  replaceFirst(name: string, value: string): boolean {
    return this.#changeFirst(name, (rest) => (rest === undefined ? value : `${value}, ${rest}`));
  }

  /** Sees to it that there is one Content-Length line, and that it says so many bytes. */
  setLength(bytes: number): void {
    let count = 0;
    let fits = false;
    for (const line of this.#lines) {
      if (line.key !== 'content-length') continue;
      count++;
      fits = line.value === String(bytes) || (LENGTH.test(line.value) && Number(line.value) === bytes);
    }
    if (count !== 1 || !fits) this.set('Content-Length', String(bytes));
  }

  #changeFirst(name: string, change: (rest: string | undefined) => string | undefined): boolean {
    const at = this.#indexOf(headerKey(name));
    const line = this.#lines[at];
    if (line === undefined) return false;
    const rest = isListHeader(line.key) ? splitFirst(line.value).rest : undefined;
    const value = change(rest);
    if (value === undefined) this.#lines.splice(at, 1);
    else this.#lines[at] = makeHeaderLine(line.name, value);
    return true;
  }

  #indexOf(key: string): number {
    return this.#lines.findIndex((line) => line.key === key);
  }

  #drop(key: string, from: number): void {
    let kept = from;
    for (let at = from; at < this.#lines.length; at++) {
      const line = this.#lines[at];
      if (line !== undefined && line.key !== key) this.#lines[kept++] = line;
    }
    this.#lines.length = kept;
  }
}
