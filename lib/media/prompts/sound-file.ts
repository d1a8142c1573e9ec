/**
 * Recordings as people have them: RIFF/WAVE of 8, 16, 24 or 32 bits, floating point, A-law or mu-law, one channel or two.
 * Anything else is refused with a reason, never by an exception. A library would bring its own ideas of memory and of what
 * a broken file is; the format is two chunks.
 */

import { decodeG711 } from '../embedded/g711.ts';

export interface Sound {
  sampleRate: number;
  /** One channel, from -1 to 1; two are mixed. */
  samples: Float32Array;
}

export type SoundRefusal =
  | 'not-wav'
  | 'cut-off'
  | 'encoding'
  | 'channels'
  | 'sample-rate'
  | 'no-samples'
  | 'too-long'
  | 'silent';

export type SoundResult =
  | { result: 'read'; sound: Sound }
  /** `detail`: what stands in the file. */
  | { result: 'refused'; reason: SoundRefusal; detail: string };

export const SOUND_LIMITS = { bytes: 10_000_000, seconds: 300, leastRate: 8000, mostRate: 48_000 };

const MAX_CHUNKS = 256;
/** Below -60 dBFS there is nothing that anybody would hear on a telephone. */
const SILENCE = 0.001;
const EXTENSIBLE = 0xfffe;

interface Format {
  bytesPerSample: number;
  channels: number;
  sampleRate: number;
  read: (body: Buffer, at: number) => number;
}

type Reader = Pick<Format, 'read' | 'bytesPerSample'>;

const ALAW = decodeG711(
  'PCMA',
  Uint8Array.from({ length: 256 }, (_, code) => code),
);
const MULAW = decodeG711(
  'PCMU',
  Uint8Array.from({ length: 256 }, (_, code) => code),
);

/** By WAVE_FORMAT tag and bits. */
const READERS: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ['1/8', { bytesPerSample: 1, read: (body, at) => (body[at]! - 128) / 128 }],
  ['1/16', { bytesPerSample: 2, read: (body, at) => body.readInt16LE(at) / 32_768 }],
  ['1/24', { bytesPerSample: 3, read: (body, at) => body.readIntLE(at, 3) / 8_388_608 }],
  ['1/32', { bytesPerSample: 4, read: (body, at) => body.readInt32LE(at) / 2_147_483_648 }],
  ['3/32', { bytesPerSample: 4, read: (body, at) => bounded(body.readFloatLE(at)) }],
  ['3/64', { bytesPerSample: 8, read: (body, at) => bounded(body.readDoubleLE(at)) }],
  ['6/8', { bytesPerSample: 1, read: (body, at) => ALAW[body[at]!]! / 32_768 }],
  ['7/8', { bytesPerSample: 1, read: (body, at) => MULAW[body[at]!]! / 32_768 }],
]);

/** Floating point may hold anything. */
function bounded(value: number): number {
  return Number.isFinite(value) ? Math.max(-1, Math.min(1, value)) : 0;
}

function refused(reason: SoundRefusal, detail = ''): SoundResult {
  return { result: 'refused', reason, detail };
}

export function readSound(file: Buffer): SoundResult {
  if (file.length < 12 || file.toString('latin1', 0, 4) !== 'RIFF' || file.toString('latin1', 8, 12) !== 'WAVE')
    return refused('not-wav');
  let format: Format | null = null;
  let start = 12;
  for (let chunk = 0; chunk < MAX_CHUNKS && start + 8 <= file.length; chunk += 1) {
    const name = file.toString('latin1', start, start + 4);
    const size = file.readUInt32LE(start + 4);
    if (name === 'fmt ') {
      const read = formatOf(file.subarray(start + 8, start + 8 + size));
      if ('result' in read) return read;
      format = read;
    } else if (name === 'data') {
      if (format === null) return refused('cut-off', 'data before the format');
      // A writer that could not seek back leaves 0 or 0xffffffff: the data then goes to the end.
      const end = size === 0 ? file.length : Math.min(start + 8 + size, file.length);
      return samplesOf(format, file.subarray(start + 8, end));
    }
    // Chunks are padded to an even length.
    start += 8 + size + (size % 2);
  }
  return refused('cut-off', 'no data');
}

function formatOf(body: Buffer): Format | SoundResult {
  if (body.length < 16) return refused('cut-off', 'the format');
  const tag = body.readUInt16LE(0);
  // The extensible form repeats the tag at the head of its GUID.
  const encoding = tag === EXTENSIBLE && body.length >= 26 ? body.readUInt16LE(24) : tag;
  const bits = body.readUInt16LE(14);
  const reader = READERS.get(`${encoding}/${bits}`);
  if (reader === undefined) return refused('encoding', `format ${encoding}, ${bits} bits`);
  const channels = body.readUInt16LE(2);
  if (channels !== 1 && channels !== 2) return refused('channels', String(channels));
  const sampleRate = body.readUInt32LE(4);
  const isUsable = sampleRate >= SOUND_LIMITS.leastRate && sampleRate <= SOUND_LIMITS.mostRate;
  return isUsable ? { ...reader, channels, sampleRate } : refused('sample-rate', `${sampleRate} Hz`);
}

function samplesOf({ read, bytesPerSample, channels, sampleRate }: Format, body: Buffer): SoundResult {
  const count = Math.floor(body.length / (bytesPerSample * channels));
  if (count === 0) return refused('no-samples');
  if (count > SOUND_LIMITS.seconds * sampleRate) return refused('too-long', `${Math.round(count / sampleRate)} s`);
  const samples = new Float32Array(count);
  let peak = 0;
  for (let index = 0; index < count; index += 1) {
    const at = index * bytesPerSample * channels;
    const value = channels === 1 ? read(body, at) : (read(body, at) + read(body, at + bytesPerSample)) / 2;
    samples[index] = value;
    peak = Math.max(peak, Math.abs(value));
  }
  return peak < SILENCE ? refused('silent') : { result: 'read', sound: { sampleRate, samples } };
}
