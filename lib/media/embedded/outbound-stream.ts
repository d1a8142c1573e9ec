/**
 * Everything that an endpoint sends is one RTP stream (RFC 3550 5.1): one SSRC, sequence numbers without gaps, a timestamp
 * that runs with the clock, whether a prompt, a key or the other side of a bridge is the source. A key goes before a
 * prompt, and both go before the bridge.
 */

import { randomInt } from 'node:crypto';
import type { FrameSource } from '../prompts/frame-source.ts';
import type { PayloadKind } from '../sdp/remote-description.ts';
import type { AgreedMedia } from '../sdp/sdp-session.ts';
import { encodeG711, FRAME_SAMPLES, transcodeG711 } from './g711.ts';
import { RelayMapping } from './relay-mapping.ts';
import { RTP_HEADER_BYTES, type RtpHeader, sequenceDistance, timestampDistance, writeRtpHeader } from './rtp-packet.ts';
import {
  EVENT_BYTES,
  eventCodeOf,
  MOST_WAITING_KEYS,
  SENT_KEY_FRAMES,
  sentKeyAt,
  writeTelephoneEvent,
} from './telephone-event.ts';
import type { Ticker, TickerMember } from './ticker.ts';
import type { TimeSource } from './time-source.ts';

export interface OutboundStreamOptions {
  ticker: Ticker;
  time: TimeSource;
  /** The packet is the callee's from then on. */
  send(packet: Buffer): void;
}

const SAMPLES_PER_MS = 8;

interface Playing {
  source: FrameSource;
  ended(result: 'played' | 'stopped'): void;
}

export class OutboundStream implements TickerMember {
  readonly #options: OutboundStreamOptions;
  #ssrc = randomInt(0x1_0000_0000);
  readonly #relay = new RelayMapping();
  readonly #samples = new Int16Array(FRAME_SAMPLES);
  #agreed: AgreedMedia | null = null;
  #packets = 0;
  /** Of payload. */
  #octets = 0;
  #sequence = randomInt(0x1_0000);
  /** The newest timestamp and when it was first sent. */
  #timestamp = randomInt(0x1_0000_0000);
  #timestampAtMs: number;
  #playing: Playing | null = null;
  #waitingKeys: number[] = [];
  #key: { code: number; timestamp: number; frames: number } | null = null;
  /** Where the ticker's frames stand in the stream; null: the ticker is not used. */
  #base: { frame: number; timestamp: number } | null = null;
  /** The timestamp that continues the talkspurt; null: the next audio packet starts one. */
  #continues: number | null = null;

  constructor(options: OutboundStreamOptions) {
    this.#options = options;
    this.#timestampAtMs = options.time.nowMs();
  }

  get ssrc(): number {
    return this.#ssrc;
  }

  get packets(): number {
    return this.#packets;
  }

  get octets(): number {
    return this.#octets;
  }

  /** The timestamp of what would be sampled now. */
  timestampNow(): number {
    return (this.#timestamp + this.#elapsed()) >>> 0;
  }

  /** The peer has chosen the same SSRC: ours is another from now on (RFC 3550 8.2). */
  collided(): void {
    this.#ssrc = randomInt(0x1_0000_0000);
  }

  configure(agreed: AgreedMedia): void {
    this.#agreed = agreed;
  }

  /** @returns when it has ended */
  play(source: FrameSource): Promise<'played' | 'stopped'> {
    this.stopPlaying();
    return new Promise((resolve) => {
      this.#playing = { source, ended: resolve };
      this.#options.ticker.add(this);
    });
  }

  stopPlaying(): void {
    const playing = this.#playing;
    this.#playing = null;
    if (this.#key === null && this.#waitingKeys.length === 0) this.#leaveTicker();
    playing?.ended('stopped');
  }

  /** @returns false when it is no key, or the peer takes none */
  sendKey(key: string): boolean {
    const code = eventCodeOf(key);
    if (code === null || (this.#agreed?.sendPayloads.event ?? null) === null) return false;
    if (this.#waitingKeys.length >= MOST_WAITING_KEYS) return false;
    this.#waitingKeys.push(code);
    this.#options.ticker.add(this);
    return true;
  }

  close(): void {
    this.#waitingKeys = [];
    this.#key = null;
    this.stopPlaying();
  }

  tick(frame: number): void {
    if (this.#base === null) {
      this.#base = { frame, timestamp: this.#nextTimestamp() };
      this.#continues = null;
      this.#relay.reset();
    }
    const timestamp = (this.#base.timestamp + (frame - this.#base.frame) * FRAME_SAMPLES) >>> 0;
    if (this.#key === null && this.#waitingKeys.length > 0) {
      this.#key = { code: this.#waitingKeys.shift()!, timestamp, frames: 0 };
    }
    if (this.#key !== null) this.#tickKey(this.#key);
    else if (this.#playing !== null) this.#tickAudio(this.#playing, timestamp);
    else this.#leaveTicker();
  }

  /**
   * Passes on a packet of the bridged peer. Packet and header are consumed: the packet is rewritten where it lies, without
   * a copy.
   */
  relay(packet: Buffer, header: RtpHeader, kind: PayloadKind): void {
    const agreed = this.#agreed;
    if (agreed === null || !agreed.sending || this.#base !== null) {
      this.#relay.reset();
      return;
    }
    if (!this.#relay.place(header, this.#nextPosition)) return;
    let payloadType = agreed.sendPayloads[kind];
    if (payloadType === null) {
      if (kind === 'event') {
        this.#relay.withdraw(header);
        return;
      }
      payloadType = agreed.sendPayloads[agreed.codec]!;
      transcodeG711(kind, packet, header.payloadStart, header.payloadEnd);
    }
    const { position } = this.#relay;
    header.payloadType = payloadType;
    header.marker ||= position.isFirst;
    header.sequence = position.sequence;
    header.timestamp = position.timestamp;
    header.ssrc = this.#ssrc;
    this.#note(position.sequence, position.timestamp);
    this.#pass(plainPacket(packet, header));
  }

  #tickKey(key: { code: number; timestamp: number; frames: number }): void {
    const { frames } = key;
    key.frames += 1;
    const event = sentKeyAt(key.code, frames);
    if (event !== null) {
      const packet = Buffer.allocUnsafe(RTP_HEADER_BYTES + EVENT_BYTES);
      writeTelephoneEvent(packet, RTP_HEADER_BYTES, event);
      this.#send(packet, 'event', { timestamp: key.timestamp, marker: frames === 0 });
    }
    if (key.frames >= SENT_KEY_FRAMES) this.#key = null;
  }

  #tickAudio(playing: Playing, timestamp: number): void {
    if (!playing.source.next(this.#samples)) {
      this.#playing = null;
      this.#leaveTicker();
      playing.ended('played');
      return;
    }
    const codec = this.#agreed?.codec ?? 'PCMA';
    const packet = Buffer.allocUnsafe(RTP_HEADER_BYTES + FRAME_SAMPLES);
    encodeG711(codec, this.#samples, { into: packet, offset: RTP_HEADER_BYTES });
    // RFC 3551 4.1: the marker is on the first packet of a talkspurt.
    const sent = this.#send(packet, codec, { timestamp, marker: timestamp !== this.#continues });
    this.#continues = sent ? (timestamp + FRAME_SAMPLES) >>> 0 : null;
  }

  /** While the peer holds, a prompt runs on unheard, as a live source would. */
  #send(packet: Buffer, kind: PayloadKind, { timestamp, marker }: { timestamp: number; marker: boolean }): boolean {
    const payloadType = this.#agreed?.sending ? this.#agreed.sendPayloads[kind] : null;
    if (payloadType === null || payloadType === undefined) return false;
    const sequence = (this.#sequence + 1) & 0xffff;
    writeRtpHeader(packet, 0, { payloadType, marker, sequence, timestamp, ssrc: this.#ssrc });
    this.#note(sequence, timestamp);
    this.#pass(packet);
    return true;
  }

  #pass(packet: Buffer): void {
    this.#packets += 1;
    this.#octets += packet.length - RTP_HEADER_BYTES;
    this.#options.send(packet);
  }

  #leaveTicker(): void {
    this.#options.ticker.remove(this);
    this.#base = null;
  }

  #note(sequence: number, timestamp: number): void {
    if (sequenceDistance(sequence, this.#sequence) > 0) this.#sequence = sequence;
    if (timestampDistance(timestamp, this.#timestamp) <= 0) return;
    this.#timestamp = timestamp;
    this.#timestampAtMs = this.#options.time.nowMs();
  }

  readonly #nextPosition = () => ({ sequence: (this.#sequence + 1) & 0xffff, timestamp: this.#nextTimestamp() });

  /** Silence has no packets, but its time passes (RFC 3550 5.1). */
  #nextTimestamp(): number {
    return (this.#timestamp + Math.max(FRAME_SAMPLES, this.#elapsed())) >>> 0;
  }

  #elapsed(): number {
    return Math.round((this.#options.time.nowMs() - this.#timestampAtMs) * SAMPLES_PER_MS);
  }
}

/** The packet with a plain header before its payload: what CSRC list, extension or padding it had stays behind. */
function plainPacket(packet: Buffer, header: RtpHeader): Buffer {
  const start = header.payloadStart - RTP_HEADER_BYTES;
  writeRtpHeader(packet, start, header);
  return start === 0 && header.payloadEnd === packet.length ? packet : packet.subarray(start, header.payloadEnd);
}
