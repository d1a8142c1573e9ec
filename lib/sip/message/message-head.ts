/**
 * The header section of a SIP message, read from its raw text. drachtio-srf joins repeated headers with commas, which
 * cannot be undone for From, Contact or challenges; here each line stays what it was. Any text is legal input.
 */

/** Lines beyond this are not looked at. */
const maxHeaderLines = 256;
const maxValueLength = 4096;

/** Compact forms, RFC 3261 7.3.3 and the IANA registry. */
const compactForms: ReadonlyMap<string, string> = new Map([
  ['i', 'call-id'],
  ['m', 'contact'],
  ['e', 'content-encoding'],
  ['l', 'content-length'],
  ['c', 'content-type'],
  ['f', 'from'],
  ['s', 'subject'],
  ['k', 'supported'],
  ['t', 'to'],
  ['v', 'via'],
  ['r', 'refer-to'],
  ['b', 'referred-by'],
  ['o', 'event'],
  ['u', 'allow-events'],
  ['x', 'session-expires'],
]);

export class MessageHead {
  readonly startLine: string;
  readonly #fields = new Map<string, string[]>();

  constructor(raw: string) {
    const end = raw.indexOf('\r\n\r\n');
    const lines = (end < 0 ? raw : raw.slice(0, end)).split('\r\n', maxHeaderLines);
    this.startLine = lines[0] ?? '';
    for (const [name, value] of unfolded(lines.slice(1))) {
      const values = this.#fields.get(name);
      if (values) values.push(value);
      else this.#fields.set(name, [value]);
    }
  }

  /** The first value of a header, by its lower-case long name; null: there is none. */
  first(name: string): string | null {
    return this.#fields.get(name)?.[0] ?? null;
  }

  /** One text per header line. */
  all(name: string): readonly string[] {
    return this.#fields.get(name) ?? [];
  }

  /** First values by lower-case name. The object has no prototype. */
  firstValues(): Record<string, string> {
    const values: Record<string, string> = Object.create(null);
    for (const [name, [first]] of this.#fields) if (first !== undefined) values[name] = first;
    return values;
  }

  /** As people read it: names by their long form, one line each. What proves who somebody is has been taken out. */
  text(): string {
    const lines = [...this.#fields].flatMap(([name, values]) =>
      values.map((value) => `${titled(name)}: ${SECRET_HEADERS.has(name) ? secretsOut(value) : value}`),
    );
    return [this.startLine, ...lines].join('\n');
  }
}

/** RFC 3261 22.4 and RFC 8224: an answer to a challenge can be tried out against guessed passwords. */
const SECRET_HEADERS: ReadonlySet<string> = new Set(['authorization', 'proxy-authorization', 'identity']);
const secretsOut = (value: string): string =>
  /^digest\b/i.test(value) ? value.replace(/\b(response|cnonce|nonce)\s*=\s*("[^"]*"|[^,\s]*)/gi, '$1="…"') : '…';

/** `call-id` and `cseq` as RFC 3261 writes them. */
const titled = (name: string): string => {
  const known: Record<string, string> = { 'call-id': 'Call-ID', cseq: 'CSeq', 'www-authenticate': 'WWW-Authenticate' };
  return known[name] ?? name.replace(/(^|-)[a-z]/g, (letter) => letter.toUpperCase());
};

/** Header lines as name and value, continuation lines (RFC 3261 7.3.1) put together. */
function unfolded(lines: readonly string[]): Array<[string, string]> {
  const fields: Array<[string, string]> = [];
  for (const line of lines) {
    const last = fields.at(-1);
    if ((line.startsWith(' ') || line.startsWith('\t')) && last) {
      if (last[1].length < maxValueLength) last[1] = `${last[1]} ${line.trim()}`.slice(0, maxValueLength);
      continue;
    }
    const colon = line.indexOf(':');
    if (colon <= 0) continue;
    const name = line.slice(0, colon).trim().toLowerCase();
    fields.push([compactForms.get(name) ?? name, line.slice(colon + 1, colon + 1 + maxValueLength).trim()]);
  }
  return fields;
}

/** The body of a raw message: what follows the blank line, cut to Content-Length (bytes) where that says less. */
export function bodyOf(raw: string, head: MessageHead): string {
  const end = raw.indexOf('\r\n\r\n');
  if (end < 0) return '';
  const body = raw.slice(end + 4);
  const declared = head.first('content-length');
  if (declared === null || !/^\d{1,7}$/.test(declared)) return body;
  const bytes = Number(declared);
  if (bytes >= Buffer.byteLength(body)) return body;
  return Buffer.from(body).subarray(0, bytes).toString();
}

/** Media type without parameters, lower case; empty: none. */
export function contentTypeOf(head: MessageHead): string {
  return (head.first('content-type') ?? '').split(';', 1)[0]!.trim().toLowerCase();
}

/** The parts of a header value between commas that stand outside quotes and angle brackets. At most 64. */
export function splitList(value: string): string[] {
  return splitOutside(value, ',').slice(0, 64);
}

/** Splits at a separator outside quoted strings and angle brackets; parts are trimmed, empty ones left out. */
export function splitOutside(value: string, separator: string): string[] {
  const parts: string[] = [];
  let quoted = false;
  let bracketed = false;
  let start = 0;
  for (let i = 0; i < value.length; i++) {
    const character = value[i];
    if (quoted) {
      if (character === '\\') i++;
      else if (character === '"') quoted = false;
    } else if (character === '"') quoted = true;
    else if (character === '<') bracketed = true;
    else if (character === '>') bracketed = false;
    else if (character === separator && !bracketed) {
      parts.push(value.slice(start, i).trim());
      start = i + 1;
    }
  }
  parts.push(value.slice(start).trim());
  return parts.filter((part) => part !== '');
}

/** The text of a quoted string, or the text itself when it is not quoted. */
export function unquoted(text: string): string {
  if (!text.startsWith('"')) return text;
  const end = text.length > 1 && text.endsWith('"') ? text.length - 1 : text.length;
  return text.slice(1, end).replace(/\\(.)/gs, '$1');
}

/** A quoted string (RFC 3261 25.1): quotes and backslashes escaped, control characters dropped. */
export function quoted(text: string): string {
  return `"${printable(text).replace(/["\\]/g, '\\$&')}"`;
}

/** Without control characters, C1 and line separators included, so that it cannot leave its header line. */
export function printable(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, '').toWellFormed();
}
