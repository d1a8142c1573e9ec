/**
 * Prompts as rtpengine plays them evenly: WAV of 16 bits, mono, 16 kHz. It reads 4 kB at a time, so 8 kHz comes in bursts of
 * 116 ms and more. The files are named after what is in them, so they are written once, never changed, and may be read by
 * several rtpengines.
 */

import { createHash, randomBytes } from 'node:crypto';
import { mkdir, readdir, rename, stat, unlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { speaksKeys } from '../../core/flow/prompt.ts';
import type { Log } from '../../ports/log.ts';
import { FRAME_SAMPLES } from '../embedded/g711.ts';
import type { FrameSource } from '../prompts/frame-source.ts';
import type { PromptLibrary } from '../prompts/prompt-library.ts';
import { toneOf } from '../prompts/tone.ts';
import { writeWav } from '../prompts/write-wav.ts';
import { upsampled, WIDE_SAMPLE_RATE } from './wide-wav.ts';

export interface PromptFile {
  path: string;
  durationMs: number;
  /** It is to be played again and again. */
  isEndless: boolean;
  /** Keys that somebody has pressed are spoken in it: to be called once it is not needed any more. */
  discard?(): void;
}

const SAMPLES_PER_SECOND = 8000;
/** What does not end within it is cut. */
const LONGEST_SECONDS = 300;
/** An endless tone is repeated by rtpengine, and as seldom as that. */
const ENDLESS_SECONDS = 20;
/** Spoken numbers make many files; the ones that were not played for the longest time go. */
const MOST_FILES = 500;
/** Another one where the files are made in another way. */
const FORM = '16 kHz, 1\n';
const NAME = /^[0-9a-f]{32}\.wav$/;
/** What is being written, by us or by another node that shares the directory. */
const HALF = /^[0-9a-f]{32}(?:\.keys)?\.wav\.[0-9a-f]+$/;
/** Spoken keys, which nobody else is to hear: they go when they have been heard. */
const SPOKEN = /^[0-9a-f]{32}\.keys\.wav$/;
/** Nobody writes at one for so long. */
const HALF_IS_LEFT_AFTER_MS = 60_000;

export class PromptFiles {
  readonly #directory: string;
  readonly #library: PromptLibrary;
  readonly #log: Log;
  /** Written and there, by name, the one that was played last at the end. */
  readonly #files = new Map<string, Promise<void>>();

  constructor(directory: string, library: PromptLibrary, log: Log) {
    this.#directory = directory;
    this.#library = library;
    this.#log = log;
  }

  get directory(): string {
    return this.#directory;
  }

  /** Takes over what an earlier start has left. */
  async open(): Promise<void> {
    // Readable for others: rtpengine has a user of its own
    await mkdir(this.#directory, { recursive: true, mode: 0o755 });
    const names = await readdir(this.#directory);
    for (const { name } of await this.#dated(names.filter((one) => NAME.test(one))))
      this.#files.set(name, Promise.resolve());
    for (const { name, at } of await this.#dated(names.filter((one) => HALF.test(one))))
      if (Date.now() - at > HALF_IS_LEFT_AFTER_MS) await this.#remove(name);
    // Another node may be about to play the younger ones
    for (const { name, at } of await this.#dated(names.filter((one) => SPOKEN.test(one)))) {
      const leftMs = Math.max(0, at + LONGEST_SECONDS * 1000 - Date.now());
      if (leftMs === 0) await this.#remove(name);
      else setTimeout(() => void this.#remove(name), leftMs).unref();
    }
    await this.#forget();
  }

  /** Those that are there, the oldest first: another node may tidy up meanwhile. */
  async #dated(names: readonly string[]): Promise<{ name: string; at: number }[]> {
    const dated = names.map((name) =>
      stat(join(this.#directory, name)).then(
        ({ mtimeMs }) => [{ name, at: mtimeMs }],
        () => [],
      ),
    );
    return (await Promise.all(dated)).flat().sort((a, b) => a.at - b.at);
  }

  /** @returns null when it is no prompt, or can't be written; the reason is logged */
  async file(prompt: string, language: string | null): Promise<PromptFile | null> {
    const source = await this.#library.source(prompt, language);
    if (source === null) return null;
    const isEndless = isEndlessTone(prompt);
    const all = samplesOf(source, isEndless ? ENDLESS_SECONDS : LONGEST_SECONDS);
    const samples = isEndless ? wholeCycles(prompt, all) : all;
    const durationMs = (samples.length / SAMPLES_PER_SECOND) * 1000;
    if (speaksKeys(prompt)) return { ...(await this.#spoken(samples)), durationMs, isEndless: false };
    return { path: await this.#written(samples), durationMs, isEndless };
  }

  /** A short silence, to see whether rtpengine can read what is written here. */
  async probe(): Promise<string> {
    return await this.#written(new Int16Array(FRAME_SAMPLES * 5));
  }

  async #spoken(samples: Int16Array): Promise<Pick<PromptFile, 'path' | 'discard'>> {
    const name = `${randomBytes(16).toString('hex')}.keys.wav`;
    const path = join(this.#directory, name);
    await this.#write(path, samples, false);
    return { path, discard: () => void this.#remove(name) };
  }

  async #written(samples: Int16Array): Promise<string> {
    // By what they are made of: whoever is there already is not made again, which takes its time with music
    const bytes = Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength);
    const name = `${createHash('sha256').update(FORM).update(bytes).digest('hex').slice(0, 32)}.wav`;
    const path = join(this.#directory, name);
    const known = this.#files.get(name);
    this.#files.delete(name);
    const written = (known ?? Promise.resolve()).then(() => this.#write(path, samples, known !== undefined));
    this.#files.set(name, written);
    try {
      await written;
    } catch (error) {
      this.#files.delete(name);
      throw error;
    }
    await this.#forget();
    return path;
  }

  async #write(path: string, samples: Int16Array, isKnown: boolean): Promise<void> {
    // Somebody may have tidied up; else its date says that it is in use
    if (isKnown && (await touched(path))) return;
    const content = writeWav(upsampled(samples), WIDE_SAMPLE_RATE);
    const half = `${path}.${randomBytes(6).toString('hex')}`;
    try {
      await writeFile(half, content, { mode: 0o644 });
      await rename(half, path);
    } catch (error) {
      await unlink(half).catch(() => {});
      throw error;
    }
  }

  async #forget(): Promise<void> {
    while (this.#files.size > MOST_FILES) {
      const [oldest] = this.#files.keys();
      this.#files.delete(oldest!);
      // rtpengine has read it into its memory, or has it open: who hears it goes on hearing it
      await this.#remove(oldest!);
    }
  }

  async #remove(name: string): Promise<void> {
    await unlink(join(this.#directory, name)).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') this.#log.warn({ file: name, code: error.code }, 'Prompt file not removed.');
    });
  }
}

async function touched(path: string): Promise<boolean> {
  const now = new Date();
  return await utimes(path, now, now).then(
    () => true,
    () => false,
  );
}

function isEndlessTone(prompt: string): boolean {
  return prompt.startsWith('tone:') && toneOf(prompt.slice(5))?.endless === true;
}

/** As many samples as are whole cycles of the tone, so that its repetition is not heard. */
function wholeCycles(prompt: string, samples: Int16Array): Int16Array {
  const segments = toneOf(prompt.slice(5))?.segments ?? [];
  const cycle = segments.reduce((sum, { durationMs }) => sum + durationMs * (SAMPLES_PER_SECOND / 1000), 0);
  return cycle === 0 ? samples : samples.subarray(0, Math.max(1, Math.floor(samples.length / cycle)) * cycle);
}

function samplesOf(source: FrameSource, seconds: number): Int16Array {
  const frames: Int16Array[] = [];
  const most = (seconds * SAMPLES_PER_SECOND) / FRAME_SAMPLES;
  for (let frame = new Int16Array(FRAME_SAMPLES); frames.length < most && source.next(frame); ) {
    frames.push(frame);
    frame = new Int16Array(FRAME_SAMPLES);
  }
  const samples = new Int16Array(frames.length * FRAME_SAMPLES);
  for (const [index, frame] of frames.entries()) samples.set(frame, index * FRAME_SAMPLES);
  return samples;
}
