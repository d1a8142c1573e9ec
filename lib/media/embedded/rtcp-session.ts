/**
 * The reports of one endpoint to its peer (RFC 3550 6): each about five seconds by chance, so that the reports of many
 * calls do not come together, the first one sooner, and BYE at the end. Each side of a bridge has its own with us.
 */

import { randomBytes } from 'node:crypto';
import type { Reception } from './reception.ts';
import { type RtcpReport, readRtcp, type SenderInfo, writeRtcp } from './rtcp-packet.ts';
import type { TimeSource } from './time-source.ts';

export interface RtcpSessionOptions {
  time: TimeSource;
  /** From 0 (included) to 1 (excluded). */
  random: () => number;
  reception: Reception;
  /** Our own stream. */
  stream: { readonly ssrc: number; readonly packets: number; readonly octets: number; timestampNow(): number };
  send(packet: Buffer): void;
}

const LEAST_INTERVAL_MS = 5000;
/** 5 % of the session's bandwidth (RFC 3550 6.2), here G.711 with its headers, 80 kbit/s; octets per millisecond. */
const RTCP_BANDWIDTH = (80_000 * 0.05) / 8 / 1000;
/** Reconsideration ends up at a shorter interval on average; this makes up for it (e - 3/2, RFC 3550 6.3.1). */
const COMPENSATION = Math.E - 1.5;
/** IP and UDP headers count (RFC 3550 6.2). */
const LOWER_HEADERS = 28;
/** A round trip that takes longer was not measured. */
const LONGEST_ROUND_TRIP_MS = 30_000;

/** What the reports of both sides say; null where there was none. */
export interface RtcpFindings {
  roundTripMs: number | null;
  /** What the peer has lost of our packets, and with what jitter it got the others. */
  peerLost: number | null;
  peerJitterMs: number | null;
}

/** RFC 3550 6.3.1 and A.7, without the choice between senders and receivers: there are two of us. */
export function reportIntervalMs(
  state: { members: number; averageBytes: number; isFirst: boolean },
  random: number,
): number {
  const least = state.isFirst ? LEAST_INTERVAL_MS / 2 : LEAST_INTERVAL_MS;
  const fair = (state.members * state.averageBytes) / RTCP_BANDWIDTH;
  return (Math.max(least, fair) * (0.5 + random)) / COMPENSATION;
}

export class RtcpSession {
  readonly #options: RtcpSessionOptions;
  /** RFC 7022: says nothing of us, and is the same for the length of the session. */
  readonly #cname = randomBytes(12).toString('base64');
  #cancel: (() => void) | null = null;
  #isClosed = false;
  #isOff = false;
  /** When the last report left; null: none has. */
  #sentAtMs: number | null = null;
  #startedAtMs = 0;
  #averageBytes = 128;
  /** Packets of our stream that were sent before the last report, and before the one before it. */
  #packetsBefore: [number, number] = [0, 0];
  #peerIsHere = false;
  #lastSender: { middle: number; atMs: number } | null = null;
  #findings: RtcpFindings = { roundTripMs: null, peerLost: null, peerJitterMs: null };
  /** Reports that came. */
  #received = 0;

  constructor(options: RtcpSessionOptions) {
    this.#options = options;
  }

  get findings(): Readonly<RtcpFindings> {
    return this.#findings;
  }

  get received(): number {
    return this.#received;
  }

  /** There is a peer to report to; again after each description of his. @param isOff he wants no reports (RFC 3556) */
  start(isOff: boolean): void {
    this.#isOff = isOff;
    if (this.#cancel !== null || this.#isClosed) return;
    this.#startedAtMs = this.#options.time.nowMs();
    this.#schedule(this.#intervalMs());
  }

  /** @returns false when it was no RTCP */
  receive(packet: Buffer): boolean {
    const report = readRtcp(packet);
    if (report === null || this.#isClosed) return false;
    this.#received += 1;
    this.#peerIsHere = report.byes.length === 0;
    this.#average(packet.length);
    if (report.sender !== null) this.#noteSender(report.sender);
    this.#noteBlocks(report);
    return true;
  }

  close(): void {
    if (this.#isClosed) return;
    // Who was never heard has nothing to take leave of (RFC 3550 6.3.7).
    if (this.#sentAtMs !== null || this.#options.stream.packets > 0) this.#send(true);
    this.#isClosed = true;
    this.#cancel?.();
    this.#cancel = null;
  }

  #intervalMs(): number {
    const members = this.#peerIsHere || this.#options.reception.ssrc !== null ? 2 : 1;
    const state = { members, averageBytes: this.#averageBytes, isFirst: this.#sentAtMs === null };
    return reportIntervalMs(state, this.#options.random());
  }

  #schedule(delayMs: number): void {
    this.#cancel = this.#options.time.after(delayMs, () => this.#expired());
  }

  /** Timer reconsideration (RFC 3550 6.3.6): drawn again, and sent only if that is over too. */
  #expired(): void {
    const nowMs = this.#options.time.nowMs();
    const dueMs = (this.#sentAtMs ?? this.#startedAtMs) + this.#intervalMs();
    if (dueMs > nowMs) {
      this.#schedule(dueMs - nowMs);
      return;
    }
    this.#send(false);
    this.#schedule(this.#intervalMs());
  }

  #send(isLast: boolean): void {
    const { time, stream, reception, send } = this.#options;
    if (this.#isOff) {
      this.#sentAtMs = time.nowMs();
      return;
    }
    const nowMs = time.nowMs();
    const received = reception.report();
    const last = this.#lastSender;
    const packet = writeRtcp({
      ssrc: stream.ssrc,
      sender: stream.packets > this.#packetsBefore[0] ? this.#senderInfo(nowMs) : null,
      block: received && {
        ...received,
        lastReport: last?.middle ?? 0,
        delay: last === null ? 0 : Math.round(((nowMs - last.atMs) * 65_536) / 1000),
      },
      cname: this.#cname,
      isLast,
    });
    this.#packetsBefore = [this.#packetsBefore[1], stream.packets];
    this.#sentAtMs = nowMs;
    this.#average(packet.length);
    send(packet);
  }

  #senderInfo(nowMs: number): SenderInfo {
    const { stream } = this.#options;
    return { ...ntpOf(nowMs), timestamp: stream.timestampNow(), packets: stream.packets, octets: stream.octets };
  }

  #noteSender({ ntpSeconds, ntpFraction }: SenderInfo): void {
    const middle = ((ntpSeconds << 16) | (ntpFraction >>> 16)) >>> 0;
    this.#lastSender = { middle, atMs: this.#options.time.nowMs() };
  }

  #noteBlocks({ blocks }: RtcpReport): void {
    const { stream, time } = this.#options;
    const block = blocks.find(({ ssrc }) => ssrc === stream.ssrc);
    if (block === undefined) return;
    const { lastReport, delay, lost, jitter } = block;
    this.#findings = { ...this.#findings, peerLost: Math.max(0, lost), peerJitterMs: jitter / 8 };
    if (lastReport === 0) return;
    const { ntpSeconds, ntpFraction } = ntpOf(time.nowMs());
    const arrival = ((ntpSeconds << 16) | (ntpFraction >>> 16)) >>> 0;
    const roundTripMs = (((arrival - lastReport - delay) | 0) * 1000) / 65_536;
    // Rounding of both clocks makes a little less than nothing of a very short one.
    if (roundTripMs < -5 || roundTripMs > LONGEST_ROUND_TRIP_MS) return;
    this.#findings.roundTripMs = Math.max(0, roundTripMs);
  }

  #average(bytes: number): void {
    this.#averageBytes += (bytes + LOWER_HEADERS - this.#averageBytes) / 16;
  }
}

/** Time since an arbitrary start, as RFC 3550 6.4.1 allows: nobody has to know the clock of this machine. */
function ntpOf(nowMs: number): { ntpSeconds: number; ntpFraction: number } {
  const seconds = Math.floor(nowMs / 1000);
  return { ntpSeconds: seconds, ntpFraction: Math.floor((nowMs / 1000 - seconds) * 0x1_0000_0000) >>> 0 };
}
