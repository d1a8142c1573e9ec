/** A small RTP test phone: it sends a tone and keys, also faulty ones, and measures what it hears. */

import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { parse } from 'sdp-transform';
import { decodeG711, encodeG711, FRAME_SAMPLES } from '../../lib/media/embedded/g711.ts';
import { isRtcp } from '../../lib/media/embedded/rtcp-packet.ts';
import { emptyRtpHeader, type RtpHeader, readRtp, writeRtpHeader } from '../../lib/media/embedded/rtp-packet.ts';
import { EVENT_BYTES, eventCodeOf, writeTelephoneEvent } from '../../lib/media/embedded/telephone-event.ts';
import { Ticker, type TickerMember } from '../../lib/media/embedded/ticker.ts';
import { systemTime } from '../../lib/media/embedded/time-source.ts';
import { ToneSource } from '../../lib/media/prompts/tone.ts';
import type { Codec } from '../../lib/media/sdp/remote-description.ts';

export interface RtpPeerOptions {
  /** A loopback address of the test's own. */
  address: string;
  /** Default 0: the kernel chooses. */
  port?: number;
  codec?: Codec;
  /** Its payload number in the peer's SDP; default the static one. */
  payload?: number;
  /** Default 101; null: the peer has no telephone-event. */
  eventPayload?: number | null;
}

export interface ReceivedPacket extends RtpHeader {
  atMs: number;
  from: string;
  payload: Buffer;
}

/** What goes wrong with the packets of a key. */
export interface KeyFaults {
  withoutMarker?: boolean;
  withoutEnds?: boolean;
  onlyEnds?: boolean;
  /** How often each packet is sent; default 1. */
  copies?: number;
}

const MAX_KEPT = 50_000;

export class RtpPeer {
  readonly received: ReceivedPacket[] = [];
  /** RTCP that came to the same port. */
  readonly control: Buffer[] = [];
  readonly ssrc = Math.floor(Math.random() * 0xffff_ffff);
  readonly #socket: Socket;
  readonly #ticker = new Ticker(systemTime);
  readonly #options: Required<RtpPeerOptions>;
  readonly #waiting = new Set<() => void>();
  #target: { address: string; port: number } | null = null;
  #sequence = Math.floor(Math.random() * 0xffff);
  #timestamp = Math.floor(Math.random() * 0xffff_ffff);
  #sending: TickerMember | null = null;

  private constructor(options: RtpPeerOptions, socket: Socket) {
    const codec = options.codec ?? 'PCMA';
    const standard = { port: 0, codec, payload: codec === 'PCMA' ? 8 : 0, eventPayload: 101 };
    this.#options = { ...standard, ...options };
    this.#socket = socket;
    socket.on('message', (packet, from) => this.#keep(packet, `${from.address}:${from.port}`));
    socket.on('error', () => {});
  }

  static async open(options: RtpPeerOptions): Promise<RtpPeer> {
    const socket = createSocket(options.address.includes(':') ? 'udp6' : 'udp4');
    socket.bind(options.port ?? 0, options.address);
    await once(socket, 'listening');
    return new RtpPeer(options, socket);
  }

  get port(): number {
    return (this.#socket.address() as AddressInfo).port;
  }

  /** Its SDP, to be used as an offer or an answer. */
  sdp(changes: { direction?: string; address?: string; port?: number } = {}): string {
    const { codec, payload, eventPayload } = this.#options;
    const address = changes.address ?? this.#options.address;
    const connection = `IN IP${address.includes(':') ? 6 : 4} ${address}`;
    const events = eventPayload === null ? [] : [`a=rtpmap:${eventPayload} telephone-event/8000`];
    const numbers = eventPayload === null ? `${payload}` : `${payload} ${eventPayload}`;
    return [
      'v=0',
      `o=phone 1 1 ${connection}`,
      's=-',
      `c=${connection}`,
      't=0 0',
      `m=audio ${changes.port ?? this.port} RTP/AVP ${numbers}`,
      `a=rtpmap:${payload} ${codec}/8000`,
      ...events,
      `a=${changes.direction ?? 'sendrecv'}`,
      '',
    ].join('\r\n');
  }

  /** Sends to where the other side's SDP says. */
  aim(sdp: string): void {
    const { media, connection } = parse(sdp);
    this.#target = { address: (media[0]?.connection ?? connection)!.ip, port: media[0]!.port };
  }

  /** Sends a tone (Hz) for good, 20 ms packets, until `silence()`. */
  sendTone(frequency: number): void {
    this.silence();
    const source = new ToneSource({ endless: true, segments: [{ frequency, durationMs: 60_000 }] });
    const samples = new Int16Array(FRAME_SAMPLES);
    this.#sending = {
      tick: () => {
        source.next(samples);
        const payload = Buffer.alloc(FRAME_SAMPLES);
        encodeG711(this.#options.codec, samples, { into: payload, offset: 0 });
        this.#timestamp += FRAME_SAMPLES;
        this.sendPacket(this.#options.payload, payload);
      },
    };
    this.#ticker.add(this.#sending);
  }

  /** Sends these samples, then silence for good, until `silence()`. */
  sendSamples(samples: Int16Array): void {
    this.silence();
    let at = 0;
    this.#sending = {
      tick: () => {
        const frame = new Int16Array(FRAME_SAMPLES);
        frame.set(samples.subarray(at, at + FRAME_SAMPLES));
        at += FRAME_SAMPLES;
        const payload = Buffer.alloc(FRAME_SAMPLES);
        encodeG711(this.#options.codec, frame, { into: payload, offset: 0 });
        this.#timestamp += FRAME_SAMPLES;
        this.sendPacket(this.#options.payload, payload);
      },
    };
    this.#ticker.add(this.#sending);
  }

  silence(): void {
    if (this.#sending !== null) this.#ticker.remove(this.#sending);
    this.#sending = null;
  }

  /** Sends a press at once, all packets in a row: 100 ms of updates and three ends. */
  pressKey(key: string, faults: KeyFaults = {}): void {
    this.#timestamp += 1600;
    const code = eventCodeOf(key)!;
    const updates = faults.onlyEnds ? [] : [1, 2, 3, 4, 5].map((step) => ({ end: false, duration: step * 160 }));
    const ends = faults.withoutEnds ? [] : [0, 0, 0].map(() => ({ end: true, duration: 800 }));
    for (const [index, packet] of [...updates, ...ends].entries()) {
      const payload = Buffer.alloc(EVENT_BYTES);
      writeTelephoneEvent(payload, 0, { code, ...packet });
      const marker = index === 0 && !faults.withoutMarker;
      this.sendPacket(this.#options.eventPayload ?? 101, payload, { marker, copies: faults.copies ?? 1 });
    }
  }

  /** The next packet of its stream, at its present timestamp. */
  sendPacket(payloadType: number, payload: Buffer, { marker = false, copies = 1 } = {}): void {
    const packet = Buffer.alloc(12 + payload.length);
    this.#sequence = (this.#sequence + 1) & 0xffff;
    const { ssrc } = this;
    writeRtpHeader(packet, 0, { payloadType, marker, sequence: this.#sequence, timestamp: this.#timestamp, ssrc });
    payload.copy(packet, 12);
    for (let copy = 0; copy < copies; copy += 1) this.sendRaw(packet);
  }

  sendRaw(packet: Buffer): void {
    if (this.#target !== null) this.#socket.send(packet, this.#target.port, this.#target.address);
  }

  /** Resolves when what was received satisfies `condition`; rejects after `timeoutMs`. */
  async heard(condition: (received: readonly ReceivedPacket[]) => boolean, timeoutMs = 5000): Promise<void> {
    if (condition(this.received)) return;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const check = () => {
      if (condition(this.received)) resolve();
    };
    const timer = setTimeout(() => reject(new Error(`not heard within ${timeoutMs} ms`)), timeoutMs);
    this.#waiting.add(check);
    try {
      await promise;
    } finally {
      clearTimeout(timer);
      this.#waiting.delete(check);
    }
  }

  /** Resolves after `count` more packets. */
  async heardMore(count: number): Promise<void> {
    const wanted = this.received.length + count;
    await this.heard((received) => received.length >= wanted);
  }

  /** Milliseconds between packets, as they came. */
  gapsMs(): number[] {
    return this.received.slice(1).map((packet, index) => packet.atMs - this.received[index]!.atMs);
  }

  /** Whether the last `packets` audio packets are of the codec that was agreed. */
  isAsAgreed(packets: number): boolean {
    return this.#lastAudio(packets).every((packet) => packet.payloadType === this.#options.payload);
  }

  #lastAudio(packets: number): ReceivedPacket[] {
    return this.received.filter((packet) => packet.payloadType !== this.#options.eventPayload).slice(-packets);
  }

  /** The share (0-1) of the power of the last `packets` audio packets that lies at `frequency` Hz. */
  shareOf(frequency: number, packets = 20): number {
    const { codec, payload } = this.#options;
    const audio = this.#lastAudio(packets);
    const other = audio.find((packet) => packet.payloadType !== payload);
    if (other !== undefined) throw new Error(`payload number ${other.payloadType}, not ${payload} as agreed`);
    return goertzelShare(
      audio.flatMap((packet) => [...decodeG711(codec, packet.payload)]),
      frequency,
    );
  }

  /** Keys received, one per timestamp. */
  keys(): string[] {
    const events = this.received.filter((packet) => packet.payloadType === this.#options.eventPayload);
    const presses = new Map(events.map((packet) => [packet.timestamp, packet.payload[0]!]));
    return [...presses.values()].map((code) => '0123456789*#ABCD'[code] ?? '?');
  }

  close(): void {
    this.silence();
    this.#socket.close();
  }

  #keep(packet: Buffer, from: string): void {
    if (isRtcp(packet)) {
      this.control.push(packet);
      for (const check of this.#waiting) check();
      return;
    }
    const header = emptyRtpHeader();
    if (!readRtp(packet, header) || this.received.length >= MAX_KEPT) return;
    const payload = packet.subarray(header.payloadStart, header.payloadEnd);
    this.received.push({ ...header, atMs: performance.now(), from, payload });
    for (const check of this.#waiting) check();
  }
}

/** Goertzel: the share (0-1) of the samples' power at one frequency (8 kHz sampling). */
export function goertzelShare(samples: readonly number[], frequency: number): number {
  const coefficient = 2 * Math.cos((2 * Math.PI * frequency) / 8000);
  let [previous, beforePrevious, total] = [0, 0, 0];
  for (const sample of samples) {
    [previous, beforePrevious] = [sample + coefficient * previous - beforePrevious, previous];
    total += sample * sample;
  }
  const power = previous ** 2 + beforePrevious ** 2 - coefficient * previous * beforePrevious;
  return total === 0 ? 0 : power / ((total * samples.length) / 2);
}
