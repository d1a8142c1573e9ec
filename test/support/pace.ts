/** How evenly a stream came: what a jitter buffer at the other end has to make up for. */

import type { ReceivedPacket } from './rtp-peer.ts';

export interface Pace {
  packets: number;
  /** Milliseconds between packets. */
  p99GapMs: number;
  maxGapMs: number;
  /** Packets per second, from the first to the last. */
  rate: number;
  /** Sequence numbers that did not come. */
  lost: number;
}

export function paceOf(received: readonly ReceivedPacket[]): Pace {
  const gaps = received.slice(1).map((packet, index) => packet.atMs - received[index]!.atMs);
  const sorted = gaps.toSorted((a, b) => a - b);
  const spanMs = received.at(-1)!.atMs - received[0]!.atMs;
  const numbers = new Set(received.map(({ sequence }) => sequence));
  const expected = ((received.at(-1)!.sequence - received[0]!.sequence) & 0xffff) + 1;
  return {
    packets: received.length,
    p99GapMs: sorted[Math.floor(sorted.length * 0.99)] ?? 0,
    maxGapMs: sorted.at(-1) ?? 0,
    rate: (gaps.length * 1000) / spanMs,
    lost: expected - numbers.size,
  };
}
