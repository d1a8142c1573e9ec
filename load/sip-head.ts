/**
 * A SIP message as the phones of a load run need it: one pass over the head, and independent of the engine's own codec.
 * Unfolded lines only, which is what every peer of today sends; a line that is folded is read without its continuation.
 */
export class SipHead {
  readonly text: string;
  /** Empty for responses. */
  method = '';
  /** Empty for responses. */
  uri = '';
  /** 0 for requests. */
  status = 0;
  /** Whole lines, as they came: they go back into the response unchanged. */
  readonly vias: string[] = [];
  readonly recordRoutes: string[] = [];
  from = '';
  to = '';
  callId = '';
  contact = '';
  cseq = 0;
  cseqMethod = '';
  readonly #bodyAt: number;

  private constructor(text: string, headEnd: number) {
    this.text = text;
    this.#bodyAt = headEnd + 4;
  }

  /** null: not SIP, or without what every message must have (RFC 3261 8.1.1). */
  static read(text: string): SipHead | null {
    const headEnd = text.indexOf('\r\n\r\n');
    if (headEnd < 0) return null;
    const head = new SipHead(text, headEnd);
    let lineEnd = text.indexOf('\r\n');
    if (!head.#readStart(text.slice(0, lineEnd))) return null;
    while (lineEnd < headEnd) {
      const start = lineEnd + 2;
      lineEnd = text.indexOf('\r\n', start);
      const colon = text.indexOf(':', start);
      if (colon > start && colon < lineEnd) head.#readField(start, colon, lineEnd);
    }
    return head.vias.length > 0 && head.callId !== '' && head.cseqMethod !== '' ? head : null;
  }

  get body(): string {
    return this.text.slice(this.#bodyAt);
  }

  /** The first value of any header, by its long name in lower case; empty: none. */
  header(name: string): string {
    const head = this.text.slice(0, this.#bodyAt - 2);
    for (const line of head.split('\r\n')) {
      const colon = line.indexOf(':');
      if (line.slice(0, colon).trim().toLowerCase() === name) return line.slice(colon + 1).trim();
    }
    return '';
  }

  get branch(): string {
    const via = this.vias[0]!;
    const comma = via.indexOf(',');
    return parameterOf(comma < 0 ? via : via.slice(0, comma), ';branch=');
  }

  get fromTag(): string {
    return parameterOf(this.from, ';tag=');
  }

  get toTag(): string {
    return parameterOf(this.to, ';tag=');
  }

  #readStart(line: string): boolean {
    if (line.startsWith('SIP/2.0 ')) {
      this.status = Number(line.slice(8, 11));
      return this.status >= 100;
    }
    const space = line.indexOf(' ');
    const end = line.lastIndexOf(' ');
    if (space < 1 || end <= space || line.slice(end + 1) !== 'SIP/2.0') return false;
    this.method = line.slice(0, space);
    this.uri = line.slice(space + 1, end);
    return true;
  }

  #readField(start: number, colon: number, end: number): void {
    const name = this.text.slice(start, colon).trimEnd().toLowerCase();
    const kind = FIELDS[name];
    if (kind === undefined) return;
    const value = this.text.slice(colon + 1, end).trim();
    if (kind === 'vias' || kind === 'recordRoutes') this[kind].push(value);
    else if (kind !== 'cseq') this[kind] ||= value;
    else {
      const space = value.indexOf(' ');
      this.cseq = Number(value.slice(0, space));
      this.cseqMethod = value.slice(space + 1).trim();
    }
  }
}

const FIELDS: Record<string, 'vias' | 'recordRoutes' | 'from' | 'to' | 'callId' | 'contact' | 'cseq'> = {
  via: 'vias',
  v: 'vias',
  'record-route': 'recordRoutes',
  from: 'from',
  f: 'from',
  to: 'to',
  t: 'to',
  'call-id': 'callId',
  i: 'callId',
  contact: 'contact',
  m: 'contact',
  cseq: 'cseq',
};

/** As everybody writes it, by searching; with spaces or capitals, by pattern. A display name in quotes may hold anything. */
function parameterOf(value: string, name: keyof typeof PARAMETERS): string {
  const from = Math.max(0, value.lastIndexOf('>'));
  const at = value.indexOf(name, from);
  if (at < 0) return PARAMETERS[name].exec(value.slice(from))?.[1] ?? '';
  const start = at + name.length;
  const end = value.indexOf(';', start);
  return (end < 0 ? value.slice(start) : value.slice(start, end)).trim();
}

const PARAMETERS = {
  ';branch=': /;\s*branch\s*=\s*([^;\s,>]+)/i,
  ';tag=': /;\s*tag\s*=\s*([^;\s,>]+)/i,
};

/** The URI within a From, To, Contact or Record-Route value. */
export function uriOf(value: string): string {
  const open = value.indexOf('<');
  if (open < 0) return value.split(';', 1)[0]!.trim();
  return value.slice(open + 1, value.indexOf('>', open));
}

/** The user of a SIP or tel URI, its escapes and parameters taken off; empty: none. */
export function userOf(uri: string): string {
  const colon = uri.indexOf(':');
  const at = uri.indexOf('@');
  const isTel = uri.startsWith('tel:');
  if (at < 0 && !isTel) return '';
  const user = (isTel ? uri.slice(colon + 1) : uri.slice(colon + 1, at)).split(';', 1)[0]!;
  return user.includes('%') ? unescapeUser(user) : user;
}

function unescapeUser(user: string): string {
  try {
    return decodeURIComponent(user);
  } catch {
    return user;
  }
}

/** Host and port of a SIP URI; 5060 when it names none. IPv6 without its brackets. */
export function hostPortOf(uri: string): { address: string; port: number } | null {
  const parts = /^sips?:(?:[^@]*@)?(?:\[([^\]]+)\]|([^:;>?]+))(?::(\d+))?/.exec(uri);
  const address = parts?.[1] ?? parts?.[2];
  return address === undefined ? null : { address, port: Number(parts?.[3] ?? 5060) };
}
