/** G.711 by table: A-law (PCMA) and mu-law (PCMU), 8 bits for a 16-bit linear sample. */

import type { Codec } from '../sdp/remote-description.ts';

/** Samples of one 20 ms packet at 8 kHz; one byte each. */
export const FRAME_SAMPLES = 160;

const SEGMENT_ENDS = [0x1f, 0x3f, 0x7f, 0xff, 0x1ff, 0x3ff, 0x7ff, 0xfff];
const MULAW_BIAS = 33;
const MULAW_CLIP = 8158;

function segmentOf(magnitude: number, ends: readonly number[]): number {
  const segment = ends.findIndex((end) => magnitude <= end);
  return segment < 0 ? ends.length : segment;
}

function encodeAlaw(sample: number): number {
  const value = sample >> 3;
  const mask = value >= 0 ? 0xd5 : 0x55;
  const magnitude = value >= 0 ? value : -value - 1;
  const segment = segmentOf(magnitude, SEGMENT_ENDS);
  if (segment >= 8) return 0x7f ^ mask;
  return ((segment << 4) | ((magnitude >> (segment < 2 ? 1 : segment)) & 0x0f)) ^ mask;
}

function decodeAlaw(code: number): number {
  const value = code ^ 0x55;
  const segment = (value & 0x70) >> 4;
  const step = (value & 0x0f) << 4;
  const magnitude = segment === 0 ? step + 8 : (step + 0x108) << (segment - 1);
  return (value & 0x80) !== 0 ? magnitude : -magnitude;
}

function encodeMulaw(sample: number): number {
  const value = sample >> 2;
  const mask = value < 0 ? 0x7f : 0xff;
  const magnitude = Math.min(Math.abs(value), MULAW_CLIP) + MULAW_BIAS;
  const segment = segmentOf(magnitude >> 1, SEGMENT_ENDS);
  if (segment >= 8) return 0x7f ^ mask;
  return ((segment << 4) | ((magnitude >> (segment + 1)) & 0x0f)) ^ mask;
}

function decodeMulaw(code: number): number {
  const value = ~code & 0xff;
  const magnitude = ((((value & 0x0f) << 3) + 0x84) << ((value & 0x70) >> 4)) - 0x84;
  return (value & 0x80) !== 0 ? -magnitude : magnitude;
}

/** 65,536 entries: the code of every sample, by its unsigned 16-bit pattern. */
function encodeTable(encode: (sample: number) => number): Uint8Array {
  const table = new Uint8Array(65_536);
  for (let pattern = 0; pattern < table.length; pattern += 1) table[pattern] = encode((pattern << 16) >> 16);
  return table;
}

function decodeTable(decode: (code: number) => number): Int16Array {
  return Int16Array.from({ length: 256 }, (_, code) => decode(code));
}

const ENCODE: Readonly<Record<Codec, Uint8Array>> = { PCMA: encodeTable(encodeAlaw), PCMU: encodeTable(encodeMulaw) };
const DECODE: Readonly<Record<Codec, Int16Array>> = { PCMA: decodeTable(decodeAlaw), PCMU: decodeTable(decodeMulaw) };

function transcodeTable(from: Codec, to: Codec): Uint8Array {
  return Uint8Array.from(DECODE[from], (sample) => ENCODE[to][sample & 0xffff]!);
}

/** To the other law, by the law that the bytes are in. */
const TRANSCODE: Readonly<Record<Codec, Uint8Array>> = {
  PCMA: transcodeTable('PCMA', 'PCMU'),
  PCMU: transcodeTable('PCMU', 'PCMA'),
};

/** Encodes `samples` into `out` from `offset` on. */
export function encodeG711(codec: Codec, samples: Int16Array, out: { into: Buffer; offset: number }): void {
  const table = ENCODE[codec];
  for (let index = 0; index < samples.length; index += 1) {
    out.into[out.offset + index] = table[samples[index]! & 0xffff]!;
  }
}

/** @returns 16-bit samples, one per byte */
export function decodeG711(codec: Codec, bytes: Uint8Array): Int16Array {
  return Int16Array.from(bytes, (byte) => DECODE[codec][byte]!);
}

/** Fills `samples` with as many bytes from `offset` on. */
export function decodeG711Into(codec: Codec, bytes: Uint8Array, offset: number, samples: Int16Array): void {
  const table = DECODE[codec];
  for (let index = 0; index < samples.length; index += 1) samples[index] = table[bytes[offset + index]!]!;
}

/** Turns the bytes from `start` up to `end` into the other law, in place. */
export function transcodeG711(from: Codec, bytes: Buffer, start: number, end: number): void {
  const table = TRANSCODE[from];
  for (let index = start; index < end; index += 1) bytes[index] = table[bytes[index]!]!;
}
