/** RFC 4733 key presses as a pcap file that SIPp replays: events, durations, timestamps and losses as a case wants them. */

import { encodeG711 } from '../../lib/media/embedded/g711.ts';

/** One press, and the pause after it. */
export interface KeyPress {
  key: string;
  /** Time from its first packet to its first end packet. Default 120. */
  onMs?: number;
  /** Pause after it. Default 80. */
  offMs?: number;
  /** How many end packets are sent; RFC 4733 2.5.1.4 asks for three (default). */
  ends?: number;
  /** False: only the end packets arrive, all updates are lost. */
  updates?: boolean;
  /** The first so many updates are lost, the one with the marker bit among them. */
  lostFirst?: number;
  /** Each packet arrives twice. */
  doubled?: boolean;
  /** The updates arrive in the opposite order. */
  reversed?: boolean;
}

export interface RtpEventPacket {
  /** Since the begin of the file. */
  atMs: number;
  marker: boolean;
  sequence: number;
  timestamp: number;
  code: number;
  end: boolean;
  duration: number;
}

const KEYS = '0123456789*#ABCD';
const PACKET_MS = 20;
/** Timestamp units per millisecond (8 kHz). */
const PER_MS = 8;
export const EVENT_PAYLOAD_TYPE = 101;
const SSRC = 0x5199_6260;
const START_TIMESTAMP = 160_000;

/** The packets as they arrive. Each press has its own timestamp, that of its begin; sequence numbers tell of losses. */
export function packetsOf(presses: readonly KeyPress[]): RtpEventPacket[] {
  const packets: RtpEventPacket[] = [];
  let atMs = 0;
  let sequence = 1_000;
  for (const press of presses) {
    const {
      onMs = 120,
      offMs = 80,
      ends = 3,
      lostFirst = 0,
      updates = true,
      doubled = false,
      reversed = false,
    } = press;
    const code = KEYS.indexOf(String(press.key).toUpperCase());
    if (code < 0 || String(press.key).length !== 1) throw new Error(`not a key: ${press.key}`);
    const count = Math.max(1, Math.round(onMs / PACKET_MS));
    const timestamp = START_TIMESTAMP + atMs * PER_MS;
    const all = Array.from({ length: count + 3 }, (_, index): RtpEventPacket => {
      const end = index >= count;
      return {
        atMs: atMs + Math.min(index, count) * PACKET_MS + (end ? (index - count) * 2 : 0),
        marker: index === 0,
        sequence: sequence + index,
        timestamp,
        code,
        end,
        duration: Math.min(0xffff, Math.min(index + 1, count) * PACKET_MS * PER_MS),
      };
    });
    sequence += all.length;
    const kept = updates ? all.slice(lostFirst, count) : [];
    const arriving = [...(reversed ? swapped(kept) : kept), ...all.slice(count, count + ends)];
    packets.push(...(doubled ? arriving.flatMap((packet) => [packet, packet]) : arriving));
    atMs += count * PACKET_MS + offMs;
  }
  return packets;
}

/** The same instants, the packets in opposite order. */
function swapped(packets: readonly RtpEventPacket[]): RtpEventPacket[] {
  return packets.map(({ atMs }, index) => ({ ...packets[packets.length - 1 - index]!, atMs }));
}

/** A pcap file (Ethernet, IPv4, UDP); SIPp puts addresses and ports of its own over those in it. */
export function dtmfPcap(presses: readonly KeyPress[]): Buffer {
  const head = Buffer.alloc(24);
  head.writeUInt32LE(0xa1b2c3d4, 0);
  head.writeUInt16LE(2, 4);
  head.writeUInt16LE(4, 6);
  head.writeUInt32LE(65_535, 16);
  head.writeUInt32LE(1, 20);
  return Buffer.concat([head, ...packetsOf(presses).map((packet) => record(packet.atMs, rtpOf(packet)))]);
}

const TONE_HZ = 500;
const TONE_AMPLITUDE = 8000;
const PCMA_PAYLOAD_TYPE = 8;

/** The same of somebody who speaks: a tone in G.711 A-law, a packet each 20 ms. */
export function tonePcap(seconds: number): Buffer {
  const packets = Array.from({ length: Math.round((seconds * 1000) / PACKET_MS) }, (_, index) => {
    const first = index * PACKET_MS * PER_MS;
    const samples = Int16Array.from({ length: PACKET_MS * PER_MS }, (_, i) =>
      Math.round(TONE_AMPLITUDE * Math.sin((2 * Math.PI * TONE_HZ * (first + i)) / 8000)),
    );
    const rtp = Buffer.alloc(12 + samples.length);
    rtp[0] = 0x80;
    rtp[1] = (index === 0 ? 0x80 : 0) | PCMA_PAYLOAD_TYPE;
    rtp.writeUInt16BE(1_000 + index, 2);
    rtp.writeUInt32BE(START_TIMESTAMP + first, 4);
    rtp.writeUInt32BE(SSRC, 8);
    encodeG711('PCMA', samples, { into: rtp, offset: 12 });
    return record(index * PACKET_MS, rtp);
  });
  return Buffer.concat([dtmfPcap([]), ...packets]);
}

function record(atMs: number, rtp: Buffer): Buffer {
  const frame = frameOf(rtp);
  const head = Buffer.alloc(16);
  head.writeUInt32LE(Math.floor(atMs / 1_000), 0);
  head.writeUInt32LE((atMs % 1_000) * 1_000, 4);
  head.writeUInt32LE(frame.length, 8);
  head.writeUInt32LE(frame.length, 12);
  return Buffer.concat([head, frame]);
}

function rtpOf({ marker, sequence, timestamp, code, end, duration }: RtpEventPacket): Buffer {
  const rtp = Buffer.alloc(16);
  rtp[0] = 0x80;
  rtp[1] = (marker ? 0x80 : 0) | EVENT_PAYLOAD_TYPE;
  rtp.writeUInt16BE(sequence, 2);
  rtp.writeUInt32BE(timestamp, 4);
  rtp.writeUInt32BE(SSRC, 8);
  rtp[12] = code;
  rtp[13] = (end ? 0x80 : 0) | 10;
  rtp.writeUInt16BE(duration, 14);
  return rtp;
}

function frameOf(rtp: Buffer): Buffer {
  const head = Buffer.alloc(42);
  head.writeUInt16BE(0x0800, 12);
  head[14] = 0x45;
  head.writeUInt16BE(28 + rtp.length, 16);
  head[22] = 64;
  head[23] = 17;
  head.set([127, 0, 0, 1], 26);
  head.set([127, 0, 0, 1], 30);
  head.writeUInt16BE(6_000, 34);
  head.writeUInt16BE(6_000, 36);
  head.writeUInt16BE(8 + rtp.length, 38);
  return Buffer.concat([head, rtp]);
}
