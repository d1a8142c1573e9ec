/** RTP packets (RFC 3550 5.1): read without allocation, written into a buffer of the caller. */

export const RTP_HEADER_BYTES = 12;
/** Longer than what fits an Ethernet frame is not audio. */
const MAX_PACKET_BYTES = 1500;

/** Filled again and again by `readRtp`, so that the relay's hot path allocates nothing. */
export interface RtpHeader {
  payloadType: number;
  marker: boolean;
  sequence: number;
  timestamp: number;
  ssrc: number;
  /** The payload is `packet[payloadStart, payloadEnd)`. */
  payloadStart: number;
  payloadEnd: number;
}

export function emptyRtpHeader(): RtpHeader {
  return { payloadType: 0, marker: false, sequence: 0, timestamp: 0, ssrc: 0, payloadStart: 0, payloadEnd: 0 };
}

/** @returns false when it is no RTP packet of version 2 with a payload (RFC 3550 A.1); `header` is then meaningless */
export function readRtp(packet: Buffer, header: RtpHeader): boolean {
  const length = packet.length;
  if (length <= RTP_HEADER_BYTES || length > MAX_PACKET_BYTES) return false;
  const first = packet[0]!;
  if (first >> 6 !== 2) return false;
  let start = RTP_HEADER_BYTES + (first & 0x0f) * 4;
  if ((first & 0x10) !== 0) {
    if (start + 4 > length) return false;
    start += 4 + packet.readUInt16BE(start + 2) * 4;
  }
  let end = length;
  if ((first & 0x20) !== 0) {
    const padding = packet[length - 1]!;
    if (padding === 0) return false;
    end -= padding;
  }
  if (start >= end) return false;
  const second = packet[1]!;
  header.marker = second >= 0x80;
  header.payloadType = second & 0x7f;
  header.sequence = packet.readUInt16BE(2);
  header.timestamp = packet.readUInt32BE(4);
  header.ssrc = packet.readUInt32BE(8);
  header.payloadStart = start;
  header.payloadEnd = end;
  return true;
}

/** Writes a plain header (no CSRC, extension or padding) at `offset`. Numbers are taken modulo their field. */
export function writeRtpHeader(
  packet: Buffer,
  offset: number,
  header: Pick<RtpHeader, 'payloadType' | 'marker' | 'sequence' | 'timestamp' | 'ssrc'>,
): void {
  packet[offset] = 0x80;
  packet[offset + 1] = (header.marker ? 0x80 : 0) | (header.payloadType & 0x7f);
  packet.writeUInt16BE(header.sequence & 0xffff, offset + 2);
  packet.writeUInt32BE(header.timestamp >>> 0, offset + 4);
  packet.writeUInt32BE(header.ssrc >>> 0, offset + 8);
}

/** How far `a` is ahead of `b`, -32768..32767 (RFC 3550 A.1: sequence numbers wrap). */
export function sequenceDistance(a: number, b: number): number {
  return ((a - b) << 16) >> 16;
}

/** How far `a` is ahead of `b` in timestamp units, signed 32 bits. */
export function timestampDistance(a: number, b: number): number {
  return (a - b) | 0;
}
