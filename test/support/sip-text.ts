/** SIP messages for test peers: small, literal, and independent of the engine's own codec. */

export interface SipText {
  raw: string;
  /** Empty for responses. */
  method: string;
  uri: string;
  /** 0 for requests. */
  status: number;
  phrase: string;
  body: string;
  /** First value by name in any case, long form; empty: none. */
  get(name: string): string;
  all(name: string): string[];
}

const compact: Record<string, string> = {
  i: 'call-id',
  f: 'from',
  t: 'to',
  v: 'via',
  m: 'contact',
  l: 'content-length',
  c: 'content-type',
};

export function parseSip(raw: string): SipText | null {
  const end = raw.indexOf('\r\n\r\n');
  const [startLine = '', ...lines] = (end < 0 ? raw : raw.slice(0, end)).split('\r\n');
  const status = /^SIP\/2\.0 (\d{3}) ?(.*)$/s.exec(startLine);
  const request = /^([A-Za-z-]+) (\S+) SIP\/2\.0$/.exec(startLine);
  if (!status && !request) return null;
  const fields = lines.map((line) => {
    const colon = line.indexOf(':');
    const name = line.slice(0, colon).trim().toLowerCase();
    return { name: compact[name] ?? name, value: line.slice(colon + 1).trim() };
  });
  const all = (name: string) => fields.filter((field) => field.name === name.toLowerCase()).map((field) => field.value);
  return {
    raw,
    method: request?.[1] ?? '',
    uri: request?.[2] ?? '',
    status: Number(status?.[1] ?? 0),
    phrase: status?.[2] ?? '',
    body: end < 0 ? '' : raw.slice(end + 4),
    all,
    get: (name) => all(name)[0] ?? '',
  };
}

export type SipHeaders = ReadonlyArray<readonly [string, string]>;

export function formatSip(startLine: string, headers: SipHeaders, body: string): string {
  const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  return `${startLine}\r\n${lines}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
}

export function tagOf(value: string): string {
  return /;\s*tag=([^;\s>]+)/i.exec(value)?.[1] ?? '';
}

/** The URI within a From, To, Contact or Route value. */
export function uriOf(value: string): string {
  return /<([^>]*)>/.exec(value)?.[1] ?? value.split(';')[0]!.trim();
}

export function branchOf(message: SipText): string {
  return /;\s*branch=([^;\s,]+)/i.exec(message.get('via'))?.[1] ?? '';
}

export function cseqOf(message: SipText): { number: number; method: string } {
  const [number = '0', method = ''] = message.get('cseq').split(/\s+/);
  return { number: Number(number), method };
}

/** Host and port of a SIP URI. */
export function hostPortOf(uri: string): { address: string; port: number } {
  const parts = /^sips?:(?:[^@]*@)?([^:;>?]+)(?::(\d+))?/.exec(uri);
  return { address: parts?.[1] ?? '127.0.0.1', port: Number(parts?.[2] ?? 5060) };
}

export interface SdpOptions {
  address: string;
  port: number;
  /** Payload types; 101 is telephone-event. */
  payloads?: number[];
  direction?: 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive';
  version?: number;
}

export function sdpText(options: SdpOptions): string {
  const { address, port, payloads = [8, 0, 101], direction = 'sendrecv', version = 1 } = options;
  const names: Record<number, string> = {
    0: 'PCMU/8000',
    8: 'PCMA/8000',
    9: 'G722/8000',
    18: 'G729/8000',
    101: 'telephone-event/8000',
  };
  const maps = payloads.map((payload) => `a=rtpmap:${payload} ${names[payload] ?? 'X-UNKNOWN/8000'}\r\n`).join('');
  const events = payloads.includes(101) ? 'a=fmtp:101 0-16\r\n' : '';
  return `v=0\r\no=phone 1 ${version} IN IP4 ${address}\r\ns=-\r\nc=IN IP4 ${address}\r\nt=0 0\r\nm=audio ${port} RTP/AVP ${payloads.join(' ')}\r\n${maps}${events}a=${direction}\r\n`;
}
