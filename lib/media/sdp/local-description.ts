/** Our SDP as text (RFC 4566), kept compact: an INVITE on UDP has to stay below 1,300 bytes. */

import { isIPv6 } from 'node:net';
import type { Direction, PayloadFormat } from './remote-description.ts';

export type LocalMedia =
  | {
      type: 'audio';
      port: number;
      protocol: string;
      direction: Direction;
      formats: readonly PayloadFormat[];
      /** RTCP comes to the same port (RFC 5761). */
      mux: boolean;
    }
  /** A line of the peer's offer that we do not take: port 0 (RFC 3264 6). */
  | { type: 'rejected'; media: string; protocol: string; format: string };

export interface LocalDescription {
  sessionId: string;
  version: number;
  /** An IP address, or the host name that is advertised. */
  address: string;
  /** The t= line's two numbers. */
  time: string;
  media: readonly LocalMedia[];
}

/** @returns lines that end in CRLF */
export function writeDescription(description: LocalDescription): string {
  const connection = `IN IP${isIPv6(description.address) ? 6 : 4} ${description.address}`;
  const lines = [
    'v=0',
    `o=- ${description.sessionId} ${description.version} ${connection}`,
    's=-',
    `c=${connection}`,
    `t=${description.time}`,
    ...description.media.flatMap(mediaLines),
  ];
  return `${lines.join('\r\n')}\r\n`;
}

function mediaLines(media: LocalMedia): string[] {
  if (media.type === 'rejected') return [`m=${media.media} 0 ${media.protocol} ${media.format}`];
  const numbers = media.formats.map((format) => format.payload).join(' ');
  return [
    `m=audio ${media.port} ${media.protocol} ${numbers}`,
    ...media.formats.flatMap(formatLines),
    'a=ptime:20',
    ...(media.mux ? ['a=rtcp-mux'] : []),
    `a=${media.direction}`,
  ];
}

function formatLines({ payload, kind }: PayloadFormat): string[] {
  if (kind !== 'event') return [`a=rtpmap:${payload} ${kind}/8000`];
  return [`a=rtpmap:${payload} telephone-event/8000`, `a=fmtp:${payload} 0-15`];
}
