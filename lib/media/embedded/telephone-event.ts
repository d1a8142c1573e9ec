/**
 * Keys as RTP events (RFC 4733): four bytes of payload, and how a receiver counts presses. Tones in the audio itself are
 * not detected: a peer without telephone-event has SIP INFO left.
 */

import { FRAME_SAMPLES } from './g711.ts';
import { timestampDistance } from './rtp-packet.ts';

/** By event code 0-15. */
const KEYS = '0123456789*#ABCD';
export const EVENT_BYTES = 4;
/** A press lasts until its segment's duration field is full (RFC 4733 2.5.1.3); a little earlier for coarse senders. */
const FULL_SEGMENT = 0xf000;
/** 40 ms: nobody presses again that soon, but some senders move the timestamp of one press along with each packet. */
const SLIDING_TIMESTAMP = 320;
const REMEMBERED_EVENTS = 16;
/** A key that we send, in frames of 20 ms: 160 ms of updates, the end three times (RFC 4733 2.5.1.4), 60 ms of rest. */
const SENT_UPDATES = 8;
const SENT_ENDS = 3;
const SENT_REST = 3;
/** What one that we send takes, with the rest after it. */
export const SENT_KEY_FRAMES = SENT_UPDATES + SENT_ENDS + SENT_REST;
export const MOST_WAITING_KEYS = 64;

export interface TelephoneEvent {
  /** 0-15 are keys. */
  code: number;
  end: boolean;
  /** Timestamp units (1/8000 s) since the event's RTP timestamp. */
  duration: number;
}

/** @returns the event code, or null when it is no key */
export function eventCodeOf(key: string): number | null {
  const code = key.length === 1 ? KEYS.indexOf(key.toUpperCase()) : -1;
  return code < 0 ? null : code;
}

export function writeTelephoneEvent(packet: Buffer, offset: number, event: TelephoneEvent): void {
  packet[offset] = event.code;
  // Volume -10 dBm0, as most phones say.
  packet[offset + 1] = (event.end ? 0x80 : 0) | 10;
  packet.writeUInt16BE(event.duration, offset + 2);
}

/** @param frame of the key, from 0. @returns what is sent then; null: it rests */
export function sentKeyAt(code: number, frame: number): TelephoneEvent | null {
  if (frame >= SENT_UPDATES + SENT_ENDS) return null;
  return { code, end: frame >= SENT_UPDATES, duration: Math.min(frame + 1, SENT_UPDATES) * FRAME_SAMPLES };
}

/** @returns null when the payload is too short */
export function readTelephoneEvent(payload: Uint8Array): TelephoneEvent | null {
  if (payload.length < EVENT_BYTES) return null;
  return { code: payload[0]!, end: payload[1]! >= 0x80, duration: (payload[2]! << 8) | payload[3]! };
}

interface SeenEvent {
  timestamp: number;
  code: number;
  /** The longest seen. */
  duration: number;
}

/**
 * Counts presses. A press is known by its RTP timestamp and code, so packets that are repeated, late, out of order or
 * lost (the marked first one, or all of the ends) neither add nor lose one; a press is reported at its first packet.
 */
export class TelephoneEventReceiver {
  #ssrc = -1;
  /** The newest last. */
  #seen: SeenEvent[] = [];

  /** @returns the key, once per press; null for what belongs to a known press or is no key */
  receive(ssrc: number, timestamp: number, event: TelephoneEvent): string | null {
    const key = KEYS[event.code];
    if (key === undefined) return null;
    if (ssrc !== this.#ssrc) {
      this.#ssrc = ssrc;
      this.#seen = [];
    }
    const known = this.#seen.find((seen) => seen.timestamp === timestamp && seen.code === event.code);
    if (known !== undefined) {
      known.duration = Math.max(known.duration, event.duration);
      return null;
    }
    const last = this.#seen.at(-1);
    const continued = last !== undefined && isContinuation(last, timestamp, event.code);
    this.#seen.push({ timestamp, code: event.code, duration: event.duration });
    if (this.#seen.length > REMEMBERED_EVENTS) this.#seen.shift();
    return continued ? null : key;
  }
}

function isContinuation(last: SeenEvent, timestamp: number, code: number): boolean {
  if (last.code !== code) return false;
  const distance = timestampDistance(timestamp, last.timestamp);
  if (distance > 0 && distance <= SLIDING_TIMESTAMP) return true;
  // RFC 4733 2.5.1.3: a long press goes on in a new segment that starts where the full one ended.
  return last.duration >= FULL_SEGMENT && distance >= FULL_SEGMENT && distance <= 0x1_0000;
}
