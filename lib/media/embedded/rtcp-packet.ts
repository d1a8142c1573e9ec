/**
 * RTCP compound packets (RFC 3550 6): ours is a report, our CNAME and, at the end, BYE; of a peer's the reports and BYE are
 * read and all else is passed over. What comes is hostile: nothing here throws, and a packet is walked through once.
 */

const SENDER_REPORT = 200;
const RECEIVER_REPORT = 201;
const SOURCE_DESCRIPTION = 202;
const BYE = 203;
const CNAME = 1;
const HEADER_BYTES = 4;
const SENDER_INFO_BYTES = 20;
const BLOCK_BYTES = 24;
/** As long as an RTP packet may be here. */
const MAX_PACKET_BYTES = 1500;

/** What a receiver says of one source (RFC 3550 6.4.1). */
export interface ReportBlock {
  ssrc: number;
  /** Of 256 packets, since the report before. */
  fractionLost: number;
  /** Since the beginning; negative where there were duplicates. */
  lost: number;
  /** Extended highest sequence number received. */
  highest: number;
  /** In timestamp units. */
  jitter: number;
  /** The middle 32 bits of the NTP timestamp of the last SR; 0: none came. */
  lastReport: number;
  /** 1/65536 s between that SR and this report. */
  delay: number;
}

export interface SenderInfo {
  /** NTP timestamp: seconds and their fraction, 32 bits each. */
  ntpSeconds: number;
  ntpFraction: number;
  /** The RTP timestamp of the same instant. */
  timestamp: number;
  packets: number;
  octets: number;
}

/** One report, of the first SR or RR of a compound packet. */
export interface RtcpReport {
  /** Of whoever reports. */
  ssrc: number;
  /** Null: an RR. */
  sender: SenderInfo | null;
  blocks: ReportBlock[];
  /** Who leaves. */
  byes: number[];
}

/** Whether a packet on a port for both is RTCP (RFC 5761 4: packet types 192 to 223 are no RTP payload numbers). */
export function isRtcp(packet: Uint8Array): boolean {
  const type = packet[1] ?? 0;
  return type >= 192 && type <= 223;
}

/** @returns null when it is no compound packet that begins with a report (RFC 3550 A.2) */
export function readRtcp(packet: Buffer): RtcpReport | null {
  if (packet.length < 8 || packet.length > MAX_PACKET_BYTES || packet.length % 4 !== 0) return null;
  // The first one is a report without padding.
  if ((packet[0]! & 0xe0) !== 0x80 || (packet[1] !== SENDER_REPORT && packet[1] !== RECEIVER_REPORT)) return null;
  const report: RtcpReport = { ssrc: packet.readUInt32BE(4), sender: null, blocks: [], byes: [] };
  for (let start = 0; start < packet.length; ) {
    if (start + HEADER_BYTES > packet.length || packet[start]! >> 6 !== 2) return null;
    const end = start + HEADER_BYTES + packet.readUInt16BE(start + 2) * 4;
    if (end > packet.length || !readOne(packet.subarray(start, end), report)) return null;
    start = end;
  }
  return report;
}

/** One packet of the compound. @returns false where its count says more than its length has */
function readOne(packet: Buffer, report: RtcpReport): boolean {
  const count = packet[0]! & 0x1f;
  switch (packet[1]) {
    case SENDER_REPORT:
      if (packet.length < 8 + SENDER_INFO_BYTES + count * BLOCK_BYTES) return false;
      report.sender ??= readSender(packet);
      return readBlocks(packet, 8 + SENDER_INFO_BYTES, count, report);
    case RECEIVER_REPORT:
      if (packet.length < 8 + count * BLOCK_BYTES) return false;
      return readBlocks(packet, 8, count, report);
    case BYE:
      if (packet.length < HEADER_BYTES + count * 4) return false;
      for (let index = 0; index < count; index += 1) report.byes.push(packet.readUInt32BE(HEADER_BYTES + index * 4));
      return true;
    default:
      return true;
  }
}

function readSender(packet: Buffer): SenderInfo {
  return {
    ntpSeconds: packet.readUInt32BE(8),
    ntpFraction: packet.readUInt32BE(12),
    timestamp: packet.readUInt32BE(16),
    packets: packet.readUInt32BE(20),
    octets: packet.readUInt32BE(24),
  };
}

function readBlocks(packet: Buffer, start: number, count: number, report: RtcpReport): true {
  for (let index = 0; index < count; index += 1) {
    const at = start + index * BLOCK_BYTES;
    report.blocks.push({
      ssrc: packet.readUInt32BE(at),
      fractionLost: packet[at + 4]!,
      lost: packet.readIntBE(at + 5, 3),
      highest: packet.readUInt32BE(at + 8),
      jitter: packet.readUInt32BE(at + 12),
      lastReport: packet.readUInt32BE(at + 16),
      delay: packet.readUInt32BE(at + 20),
    });
  }
  return true;
}

export interface OwnReport {
  ssrc: number;
  /** Null: nothing was sent of late. */
  sender: SenderInfo | null;
  /** Null: nothing was received. */
  block: ReportBlock | null;
  cname: string;
  isLast: boolean;
}

/** SR or RR, SDES with the CNAME (RFC 3550 6.1), and BYE. */
export function writeRtcp({ ssrc, sender, block, cname, isLast }: OwnReport): Buffer {
  const text = Buffer.from(cname, 'ascii').subarray(0, 255);
  const reportBytes = 8 + (sender === null ? 0 : SENDER_INFO_BYTES) + (block === null ? 0 : BLOCK_BYTES);
  // SSRC, item, and at least one null octet up to the next word.
  const describedBytes = HEADER_BYTES + Math.ceil((4 + 2 + text.length + 1) / 4) * 4;
  const packet = Buffer.alloc(reportBytes + describedBytes + (isLast ? 8 : 0));
  writeHeader(packet, 0, {
    count: block === null ? 0 : 1,
    type: sender === null ? RECEIVER_REPORT : SENDER_REPORT,
    bytes: reportBytes,
  });
  packet.writeUInt32BE(ssrc, 4);
  if (sender !== null) writeSender(packet, sender);
  if (block !== null) writeBlock(packet, reportBytes - BLOCK_BYTES, block);
  writeHeader(packet, reportBytes, { count: 1, type: SOURCE_DESCRIPTION, bytes: describedBytes });
  packet.writeUInt32BE(ssrc, reportBytes + 4);
  packet[reportBytes + 8] = CNAME;
  packet[reportBytes + 9] = text.length;
  text.copy(packet, reportBytes + 10);
  if (isLast) {
    writeHeader(packet, packet.length - 8, { count: 1, type: BYE, bytes: 8 });
    packet.writeUInt32BE(ssrc, packet.length - 4);
  }
  return packet;
}

function writeHeader(
  packet: Buffer,
  at: number,
  { count, type, bytes }: { count: number; type: number; bytes: number },
): void {
  packet[at] = 0x80 | count;
  packet[at + 1] = type;
  packet.writeUInt16BE(bytes / 4 - 1, at + 2);
}

function writeSender(packet: Buffer, { ntpSeconds, ntpFraction, timestamp, packets, octets }: SenderInfo): void {
  for (const [index, value] of [ntpSeconds, ntpFraction, timestamp, packets, octets].entries())
    packet.writeUInt32BE(value >>> 0, 8 + index * 4);
}

function writeBlock(packet: Buffer, at: number, block: ReportBlock): void {
  packet.writeUInt32BE(block.ssrc, at);
  packet[at + 4] = block.fractionLost;
  packet.writeIntBE(Math.max(-0x80_0000, Math.min(block.lost, 0x7f_ffff)), at + 5, 3);
  for (const [index, value] of [block.highest, block.jitter, block.lastReport, block.delay].entries())
    packet.writeUInt32BE(value >>> 0, at + 8 + index * 4);
}
