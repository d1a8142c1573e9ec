/**
 * Makes test/fixtures/amd anew: espeak-ng says each phrase, at 8 kHz, as loud as people are on the telephone (about -20 dBFS),
 * in A-law. Only whoever changes a phrase runs it: `node test/media/detection/speak.ts`.
 */

import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodeG711 } from '../../../lib/media/embedded/g711.ts';
import { PHRASES, type Phrase } from './phrases.ts';
import { SAMPLES } from './samples.ts';

const RATE = 8000;
const LOUDNESS = 3200;

function said({ voice, wordsPerMinute, text }: Phrase): Float64Array {
  const wav = execFileSync('espeak-ng', ['-v', voice, '-s', String(wordsPerMinute), '--stdout', text]);
  const rate = wav.readUInt32LE(24);
  const samples = new Int16Array(wav.buffer.slice(wav.byteOffset + 44, wav.byteOffset + wav.length - (wav.length % 2)));
  return resampled(samples, rate);
}

/** A windowed sinc at each sample: whatever is above 3.4 kHz goes, as on a telephone line. */
function resampled(samples: Int16Array, rate: number): Float64Array {
  const result = new Float64Array(Math.floor((samples.length * RATE) / rate));
  const cutoff = 3400 / rate;
  for (const i of result.keys()) {
    const center = (i * rate) / RATE;
    for (let k = Math.ceil(center) - 48; k <= center + 48; k += 1) {
      const x = k - center;
      const window = 0.5 + 0.5 * Math.cos((Math.PI * x) / 49);
      const sinc = x === 0 ? 2 * cutoff : Math.sin(2 * Math.PI * cutoff * x) / (Math.PI * x);
      result[i]! += (samples[k] ?? 0) * sinc * window;
    }
  }
  return result;
}

/** Without the silence around it, at one loudness. */
function trimmed(samples: Float64Array): Int16Array {
  const loud = (value: number) => Math.abs(value) > 150;
  const [first, last] = [samples.findIndex(loud), samples.findLastIndex(loud)];
  const part = samples.subarray(Math.max(0, first - 80), last + 80);
  const voiced = part.filter((value) => Math.abs(value) > 150);
  const rms = Math.sqrt(voiced.reduce((sum, value) => sum + value * value, 0) / voiced.length);
  return Int16Array.from(part, (value) => Math.max(-32768, Math.min(32767, Math.round((value * LOUDNESS) / rms))));
}

/** RIFF of A-law (format 6), so that it can be played. */
function alawFile(samples: Int16Array): Buffer {
  const data = Buffer.alloc(samples.length);
  encodeG711('PCMA', samples, { into: data, offset: 0 });
  const head = Buffer.alloc(46);
  head.write('RIFF', 0, 'latin1');
  head.writeUInt32LE(38 + data.length, 4);
  head.write('WAVEfmt ', 8, 'latin1');
  for (const [at, value] of [
    [16, 18],
    [24, RATE],
    [28, RATE],
    [42, data.length],
  ] as const)
    head.writeUInt32LE(value, at);
  for (const [at, value] of [
    [20, 6],
    [22, 1],
    [32, 1],
    [34, 8],
    [36, 0],
  ] as const)
    head.writeUInt16LE(value, at);
  head.write('data', 38, 'latin1');
  return Buffer.concat([head, data]);
}

mkdirSync(SAMPLES, { recursive: true });
let bytes = 0;
for (const phrase of PHRASES) {
  const file = alawFile(trimmed(said(phrase)));
  bytes += file.length;
  writeFileSync(join(SAMPLES, `${phrase.name}.wav`), file);
}
process.stdout.write(`${PHRASES.length} samples, ${bytes} bytes\n`);
