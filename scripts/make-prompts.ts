// Makes the spoken prompts out of FOLDER/<language>/texts.txt by espeak-ng: WAV, 8 kHz, 16 bits, mono. What is as it was is
// left alone; made.txt keeps of what text and sound each one is.
// Usage: node scripts/make-prompts.ts [--force] [FOLDER, default prompts]

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { resample } from '../lib/media/prompts/resampler.ts';
import { readSound } from '../lib/media/prompts/sound-file.ts';
import { toInt16, writeWav } from '../lib/media/prompts/write-wav.ts';

const SAMPLE_RATE = 8000;
/** Of espeak-ng, where the name of the language alone is another accent. */
const VOICES: Readonly<Record<string, string>> = { en: 'en-us', es: 'es-419', 'pt-BR': 'pt-br' };
const SENTENCE = { wordsPerMinute: 180, leadMs: 40, tailMs: 60 };
/** They are played one behind the other. */
const KEY = { wordsPerMinute: 190, leadMs: 20, tailMs: 60 };
const PAUSE_MS = 160;
/** Of full scale: as loud as people on the line are, and never clipped by what comes after. */
const LEVEL = { speech: 10 ** (-19 / 20), peak: 10 ** (-3 / 20), silence: 0.01 };

interface Line {
  name: string;
  text: string;
}

function linesOf(file: string): Line[] {
  const lines = readFileSync(file, 'utf8').split('\n');
  const said = lines.filter((line) => line.trim() !== '' && !line.startsWith('# '));
  return said.map((line) => {
    const [name, text, ...more] = line.split('|');
    if (!name || !text || more.length > 0) throw new Error(`${file}: '${line}' is not NAME|TEXT`);
    return { name, text };
  });
}

const sumOf = (data: string | Buffer) => createHash('sha256').update(data).digest('hex').slice(0, 32);

function spoken(language: string, { name, text }: Line): Buffer {
  const { wordsPerMinute, leadMs, tailMs } = name.startsWith('digits/') ? KEY : SENTENCE;
  const voice = VOICES[language] ?? language.toLowerCase();
  const said = execFileSync('espeak-ng', ['-v', voice, '-s', String(wordsPerMinute), '--stdout', '--', text], {
    maxBuffer: 64_000_000,
  });
  const read = readSound(said);
  if (read.result === 'refused') throw new Error(`${language}/${name}: ${read.reason} ${read.detail}`);
  const { sampleRate, samples } = read.sound;
  const speech = levelled(withShortPauses(trimmed(resample(samples, { from: sampleRate, to: SAMPLE_RATE }))));
  const padded = new Float32Array(speech.length + ((leadMs + tailMs) * SAMPLE_RATE) / 1000);
  padded.set(speech, (leadMs * SAMPLE_RATE) / 1000);
  return writeWav(toInt16(padded), SAMPLE_RATE);
}

function trimmed(samples: Float32Array): Float32Array {
  const first = samples.findIndex((sample) => Math.abs(sample) > LEVEL.silence);
  const last = samples.findLastIndex((sample) => Math.abs(sample) > LEVEL.silence);
  return samples.subarray(Math.max(0, first), last + 1);
}

/** Between sentences the voice waits longer than people do. */
function withShortPauses(samples: Float32Array): Float32Array {
  let quiet = 0;
  return samples.filter((sample) => {
    quiet = Math.abs(sample) > LEVEL.silence ? 0 : quiet + 1;
    return quiet <= (PAUSE_MS * SAMPLE_RATE) / 1000;
  });
}

/** To the level of speech, by what of it is speech; less where a peak would be too high. */
function levelled(samples: Float32Array): Float32Array {
  const speech = samples.filter((sample) => Math.abs(sample) > LEVEL.silence);
  const mean = Math.sqrt(speech.reduce((sum, sample) => sum + sample * sample, 0) / speech.length);
  const peak = samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
  const gain = Math.min(LEVEL.speech / mean, LEVEL.peak / peak);
  return samples.map((sample) => sample * gain);
}

/** By name: of what it was made, and what it is. */
function madeBefore(file: string): Map<string, { text: string; sound: string }> {
  if (!existsSync(file)) return new Map();
  const lines = readFileSync(file, 'utf8').split('\n').filter(Boolean);
  return new Map(
    lines.map((line) => {
      const [name, text, sound] = line.split('|');
      return [name!, { text: text!, sound: sound! }];
    }),
  );
}

function makeLanguage(folder: string, language: string, isForced: boolean): number {
  const made = join(folder, language, 'made.txt');
  const before = madeBefore(made);
  let count = 0;
  const kept = linesOf(join(folder, language, 'texts.txt')).map((line) => {
    const path = join(folder, language, `${line.name}.wav`);
    const text = sumOf(`${line.name}|${line.text}`);
    const was = before.get(line.name);
    before.delete(line.name);
    if (!isForced && was?.text === text && existsSync(path) && sumOf(readFileSync(path)) === was.sound)
      return `${line.name}|${text}|${was.sound}`;
    const wav = spoken(language, line);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, wav);
    count += 1;
    return `${line.name}|${text}|${sumOf(wav)}`;
  });
  // What was made of a text that is gone goes with it; other recordings are somebody's own.
  for (const name of before.keys()) rmSync(join(folder, language, `${name}.wav`), { force: true });
  writeFileSync(made, `${kept.join('\n')}\n`);
  return count;
}

const given = process.argv.slice(2);
const folder = given.find((word) => !word.startsWith('--')) ?? join(import.meta.dirname, '../prompts');
const languages = readdirSync(folder).filter((language) => existsSync(join(folder, language, 'texts.txt')));
for (const language of languages) {
  const count = makeLanguage(folder, language, given.includes('--force'));
  process.stdout.write(`${language}: ${count} made\n`);
}
