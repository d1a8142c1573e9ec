/**
 * What a peer's SDP says, as far as audio over RTP is concerned (RFC 4566). The text is hostile: it is bounded, only the
 * lines that matter reach the parser, and nothing here throws.
 */

import { isIP } from 'node:net';
import { parse } from 'sdp-transform';

export type Codec = 'PCMA' | 'PCMU';
/** What one RTP payload number stands for. */
export type PayloadKind = Codec | 'event';
export type Direction = 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive';

export interface PayloadFormat {
  /** RTP payload number, 0-127. */
  payload: number;
  kind: PayloadKind;
}

/**
 * Where the peer wants its RTP:
 * - `literal`: an IP address that can be sent to
 * - `name`: a host name; the address is learned from the first packets
 * - `hold`: 0.0.0.0, "send me nothing" (RFC 3264 8.4)
 * - `unusable`: missing, multicast, broadcast
 */
export type RemoteAddress =
  | { type: 'literal'; address: string; family: 4 | 6 }
  | { type: 'name' }
  | { type: 'hold' }
  | { type: 'unusable' };

export interface RemoteMedia {
  /** `audio`, `video`, ... */
  type: string;
  /** 0: rejected or removed. */
  port: number;
  protocol: string;
  /** The first format of the m= line, to be repeated when the line is rejected. */
  firstFormat: string;
  address: RemoteAddress;
  /** As the peer sees it. */
  direction: Direction;
  /** Those that we know, in the peer's order. */
  formats: PayloadFormat[];
  /** Where it wants RTCP, if not on the port above RTP (RFC 3605); `address` null: where RTP goes. */
  control: { port: number; address: string | null } | null;
  /** RTP and RTCP may share a port (RFC 5761). */
  mux: boolean;
  /** It wants no reports (RFC 3556). */
  noReports: boolean;
}

export interface RemoteDescription {
  /** The t= line's two numbers; an answer repeats them (RFC 3264 6). */
  time: string;
  media: RemoteMedia[];
}

const MAX_CHARACTERS = 32_768;
const MAX_LINES = 600;
const MAX_LINE_CHARACTERS = 512;
const MAX_MEDIA = 16;
/** A line that makes a difference for us; candidates, fingerprints and the like never reach the parser. */
const RELEVANT_LINE = /^(?:[votcm]=|b=R[SR]:|a=(?:rtpmap:|rtcp:|rtcp-mux$|sendrecv$|sendonly$|recvonly$|inactive$))/;
const STATIC_KINDS = new Map<number, Codec>([
  [8, 'PCMA'],
  [0, 'PCMU'],
]);

/** @returns null when the text is no SDP, is out of bounds, or has no m= line that can be answered */
export function readDescription(text: string): RemoteDescription | null {
  const relevant = relevantLines(text);
  if (relevant === null) return null;
  let parsed: ReturnType<typeof parse>;
  try {
    parsed = parse(relevant);
  } catch {
    return null;
  }
  if (parsed.version !== 0 || parsed.media.length === 0 || parsed.media.length > MAX_MEDIA) return null;
  const media: RemoteMedia[] = [];
  for (const line of parsed.media) {
    const read = readMedia(line, parsed);
    if (read === null) return null;
    media.push(read);
  }
  return { time: readTime(parsed.timing), media };
}

function relevantLines(text: string): string | null {
  if (text.length > MAX_CHARACTERS) return null;
  const lines = text.split(/\r\n|\r|\n/, MAX_LINES + 1);
  if (lines.length > MAX_LINES) return null;
  const relevant = lines.map((line) => line.trimEnd()).filter((line) => RELEVANT_LINE.test(line));
  return relevant.some((line) => line.length > MAX_LINE_CHARACTERS) ? null : `${relevant.join('\r\n')}\r\n`;
}

type ParsedSession = ReturnType<typeof parse>;
type ParsedMedia = ParsedSession['media'][number];

function readMedia(line: ParsedMedia, session: ParsedSession): RemoteMedia | null {
  // An m= line that the grammar does not match, as `audio 4000/2 RTP/AVP 0`, leaves these empty.
  if (typeof line.type !== 'string' || line.type === '' || typeof line.protocol !== 'string') return null;
  if (!Number.isInteger(line.port) || line.port < 0 || line.port > 65_535) return null;
  const formats = String(line.payloads ?? '')
    .split(' ')
    .filter((format) => /^[\x21-\x7e]{1,32}$/.test(format));
  const connection = line.connection ?? session.connection;
  return {
    type: line.type,
    port: line.port,
    protocol: line.protocol,
    firstFormat: formats[0] ?? '0',
    address: connection === undefined ? { type: 'unusable' } : readAddress(String(connection.ip)),
    direction: readDirection(line.direction) ?? readDirection(session.direction) ?? 'sendrecv',
    formats: readFormats(formats, line.rtp),
    control: readControl(line.rtcp),
    mux: line.rtcpMux !== undefined,
    noReports: ['RS', 'RR'].every((type) => isNothing(type, line.bandwidth ?? session.bandwidth)),
  };
}

function readDirection(value: unknown): Direction | null {
  return value === 'sendrecv' || value === 'sendonly' || value === 'recvonly' || value === 'inactive' ? value : null;
}

function readControl(rtcp: { port?: unknown; address?: unknown } | undefined): RemoteMedia['control'] {
  const port = Number(rtcp?.port);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) return null;
  if (rtcp?.address === undefined) return { port, address: null };
  const read = readAddress(String(rtcp.address));
  return read.type === 'literal' ? { port, address: read.address } : null;
}

function isNothing(type: string, bandwidth: ReadonlyArray<{ type: unknown; limit: unknown }> | undefined): boolean {
  return bandwidth?.some((line) => line.type === type && Number(line.limit) === 0) ?? false;
}

function readTime(timing: { start: unknown; stop: unknown } | undefined): string {
  const numbers = [timing?.start, timing?.stop].map(String);
  return numbers.every((number) => /^\d{1,20}$/.test(number)) ? numbers.join(' ') : '0 0';
}

function readAddress(text: string): RemoteAddress {
  const family = isIP(text);
  if (family === 0)
    return /^[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?$/i.test(text) ? { type: 'name' } : { type: 'unusable' };
  if (text === '0.0.0.0' || text === '::') return { type: 'hold' };
  const firstOctet = Number(text.split('.', 1)[0]);
  // 0/8 is nobody's; 224/4 and above is multicast, reserved and broadcast; ff00::/8 is multicast. A scope is not SDP's.
  const notUnicast = family === 4 ? firstOctet === 0 || firstOctet >= 224 : /^ff/i.test(text) || text.includes('%');
  return notUnicast ? { type: 'unusable' } : { type: 'literal', address: text, family: family === 4 ? 4 : 6 };
}

function readFormats(listed: readonly string[], rtpmaps: ParsedMedia['rtp']): PayloadFormat[] {
  const named = new Map<number, PayloadKind | null>();
  for (const { payload, codec, rate, encoding } of rtpmaps) {
    if (!named.has(payload)) named.set(payload, kindOf(String(codec), rate, encoding));
  }
  const formats: PayloadFormat[] = [];
  for (const text of listed) {
    const payload = /^\d{1,3}$/.test(text) ? Number(text) : 128;
    if (payload > 127) continue;
    // A static number needs no rtpmap (RFC 3551 6), but an rtpmap may give it another meaning.
    const kind = named.has(payload) ? named.get(payload) : STATIC_KINDS.get(payload);
    if (kind && !formats.some((known) => known.kind === kind || known.payload === payload))
      formats.push({ payload, kind });
  }
  return formats;
}

function kindOf(codec: string, rate: unknown, channels: unknown): PayloadKind | null {
  if (rate !== 8000 || (channels !== undefined && channels !== 1)) return null;
  switch (codec.toUpperCase()) {
    case 'PCMA':
      return 'PCMA';
    case 'PCMU':
      return 'PCMU';
    case 'TELEPHONE-EVENT':
      return 'event';
    default:
      return null;
  }
}
