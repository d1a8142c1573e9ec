/** WAV files: RIFF, PCM, 16 bits, mono, 8 or 16 kHz. Anything else is refused with a reason, never by an exception. */

import { kaiser } from './resampler.ts';

export type WavResult =
  /** At 8 kHz, whatever the file's rate. */
  { result: 'read'; samples: Int16Array } | { result: 'refused'; reason: string };

interface WavFormat {
  sampleRate: 8000 | 16_000;
}

const MAX_CHUNKS = 64;
const PCM = 1;
const EXTENSIBLE = 0xfffe;

export function readWav(file: Buffer): WavResult {
  if (file.length < 12 || file.toString('latin1', 0, 4) !== 'RIFF' || file.toString('latin1', 8, 12) !== 'WAVE') {
    return refused('not a RIFF/WAVE file');
  }
  let format: WavFormat | null = null;
  let start = 12;
  for (let chunk = 0; chunk < MAX_CHUNKS && start + 8 <= file.length; chunk += 1) {
    const name = file.toString('latin1', start, start + 4);
    const size = file.readUInt32LE(start + 4);
    const body = file.subarray(start + 8, Math.min(start + 8 + size, file.length));
    if (name === 'fmt ') {
      const read = readFormat(body);
      if (typeof read === 'string') return refused(read);
      format = read;
    } else if (name === 'data') {
      return format === null ? refused('data before the format') : readSamples(format, file, start + 8, size);
    }
    // Chunks are padded to an even length.
    start += 8 + size + (size % 2);
  }
  return refused('no data');
}

function refused(reason: string): WavResult {
  return { result: 'refused', reason };
}

function readFormat(body: Buffer): WavFormat | string {
  if (body.length < 16) return 'the format is cut off';
  const tag = body.readUInt16LE(0);
  // The extensible form repeats the tag at the head of its GUID.
  const encoding = tag === EXTENSIBLE && body.length >= 26 ? body.readUInt16LE(24) : tag;
  if (encoding !== PCM) return `encoding ${encoding} is not PCM`;
  const channels = body.readUInt16LE(2);
  const sampleRate = body.readUInt32LE(4);
  const bits = body.readUInt16LE(14);
  if (channels !== 1) return `${channels} channels, only mono is played`;
  if (bits !== 16) return `${bits} bits, only 16 are played`;
  if (sampleRate !== 8000 && sampleRate !== 16_000) return `${sampleRate} Hz, only 8000 and 16000 are played`;
  return { sampleRate };
}

function readSamples(format: WavFormat, file: Buffer, start: number, size: number): WavResult {
  // A writer that could not seek back leaves 0 or 0xffffffff: the data then goes to the end.
  const end = size === 0 || start + size > file.length ? file.length : start + size;
  const count = Math.floor((end - start) / 2);
  if (count === 0) return refused('no samples');
  const samples = new Int16Array(count);
  for (let index = 0; index < count; index += 1) samples[index] = file.readInt16LE(start + index * 2);
  return { result: 'read', samples: format.sampleRate === 8000 ? samples : halve(samples) };
}

/** Half-band low-pass (Kaiser window, 59 taps, -70 dB from 4.6 kHz on), one side of it; even taps but the centre are 0. */
const HALF_BAND = Array.from({ length: 15 }, (_, index) => {
  const offset = 2 * index + 1;
  return { offset, weight: (Math.sin((Math.PI * offset) / 2) / (Math.PI * offset)) * kaiser(offset / 30) };
});

/** 16 kHz to 8 kHz, without aliases. */
function halve(samples: Int16Array): Int16Array {
  const halved = new Int16Array(Math.ceil(samples.length / 2));
  for (let index = 0; index < halved.length; index += 1) {
    const centre = index * 2;
    let sum = samples[centre]! * 0.5;
    for (const { offset, weight } of HALF_BAND) {
      sum += weight * ((samples[centre - offset] ?? 0) + (samples[centre + offset] ?? 0));
    }
    halved[index] = Math.max(-32_768, Math.min(32_767, Math.round(sum)));
  }
  return halved;
}
