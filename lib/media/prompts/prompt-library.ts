/**
 * Prompts by name and language, for every engine that plays. `tone:...` is made in code; `file:NAME` or plain NAME is a WAV
 * file of the language's folder in one of the prompt directories (`callback-menu` -> `DIR/en/callback-menu.wav`).
 */

import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { type PromptPart, promptParts } from '../../core/flow/prompt.ts';
import type { Log } from '../../ports/log.ts';
import type { FrameSource } from './frame-source.ts';
import { promptPaths } from './prompt-paths.ts';
import { type PromptSound, sharedSamples, soundSource } from './prompt-sound.ts';
import { toneOf } from './tone.ts';
import { readWav } from './wav.ts';

/** 5 minutes at 8 kHz. */
const MAX_FILE_BYTES = 5_000_000;
const MAX_CACHED_SAMPLES = 16_000_000;
/** A FIFO in a prompt directory must not block anybody. */
const READ = constants.O_RDONLY | constants.O_NONBLOCK;

interface CachedFile {
  mtimeMs: number;
  size: number;
  samples: Int16Array;
}

interface FileStatus {
  isFile(): boolean;
  size: number;
  mtimeMs: number;
}

export class PromptLibrary {
  readonly #directories: readonly string[];
  readonly #log: Log;
  /** By path, the least recently used first. */
  readonly #cache = new Map<string, CachedFile>();

  constructor(directories: readonly string[], log: Log) {
    this.#directories = directories;
    this.#log = log;
  }

  /** Reads the files, so that true means that it can be played now. */
  has(prompt: string, language: string | null = null): boolean {
    return promptParts(prompt).every((part) => {
      if (part.type === 'tone') return toneOf(part.name) !== null;
      return this.#pathsOf(part, language).some((path) => this.#readNow(path) !== null);
    });
  }

  /** @returns null when any part of it is not there or can't be played; the reason is logged */
  async source(prompt: string, language: string | null = null): Promise<FrameSource | null> {
    const sounds = await this.sounds(prompt, language);
    return sounds === null ? null : soundSource(sounds);
  }

  /** What it is made of, in the order in which it is heard; null as above. */
  async sounds(prompt: string, language: string | null = null): Promise<PromptSound[] | null> {
    const sounds: PromptSound[] = [];
    for (const part of promptParts(prompt)) {
      const sound = await this.#soundOf(part, language);
      if (sound === null) return null;
      sounds.push(sound);
    }
    return sounds;
  }

  async #soundOf(part: PromptPart, language: string | null): Promise<PromptSound | null> {
    if (part.type === 'tone') {
      const tone = toneOf(part.name);
      return tone === null ? null : { type: 'tone', tone };
    }
    for (const path of this.#pathsOf(part, language)) {
      const samples = await this.#read(path);
      if (samples !== null) return { type: 'recorded', samples };
    }
    return null;
  }

  #pathsOf({ name }: PromptPart, language: string | null): string[] {
    return promptPaths(this.#directories, name, language);
  }

  #readNow(path: string): Int16Array | null {
    let descriptor: number | null = null;
    try {
      descriptor = openSync(path, READ);
      const status = fstatSync(descriptor);
      if (!this.#isReadable(path, status)) return null;
      const cached = this.#cached(path, status);
      if (cached !== null) return cached;
      const content = Buffer.alloc(status.size);
      const bytesRead = readSync(descriptor, content, 0, status.size, 0);
      return this.#keep(path, status, content.subarray(0, bytesRead));
    } catch (error) {
      return this.#unreadable(path, error);
    } finally {
      if (descriptor !== null) closeSync(descriptor);
    }
  }

  async #read(path: string): Promise<Int16Array | null> {
    try {
      await using file = await open(path, READ);
      const status = await file.stat();
      if (!this.#isReadable(path, status)) return null;
      const cached = this.#cached(path, status);
      if (cached !== null) return cached;
      const { buffer, bytesRead } = await file.read(Buffer.alloc(status.size), 0, status.size, 0);
      return this.#keep(path, status, buffer.subarray(0, bytesRead));
    } catch (error) {
      return this.#unreadable(path, error);
    }
  }

  #isReadable(path: string, status: FileStatus): boolean {
    if (status.isFile() && status.size <= MAX_FILE_BYTES) return true;
    const reason = status.isFile() ? `larger than ${MAX_FILE_BYTES} bytes` : 'not a regular file';
    this.#log.warn({ path, reason }, 'Prompt can not be played.');
    return false;
  }

  #unreadable(path: string, error: unknown): null {
    const code = (error as NodeJS.ErrnoException).code;
    if (code !== 'ENOENT' && code !== 'ENOTDIR') this.#log.warn({ path, code }, 'Prompt can not be read.');
    return null;
  }

  #cached(path: string, status: FileStatus): Int16Array | null {
    const cached = this.#cache.get(path);
    if (cached === undefined || cached.mtimeMs !== status.mtimeMs || cached.size !== status.size) return null;
    this.#cache.delete(path);
    this.#cache.set(path, cached);
    return cached.samples;
  }

  #keep(path: string, status: FileStatus, content: Buffer): Int16Array | null {
    const wav = readWav(content);
    if (wav.result === 'refused') {
      this.#log.warn(
        { path, reason: wav.reason },
        'Prompt can not be played: a WAV file of 16 bits, mono, 8 or 16 kHz is needed.',
      );
      return null;
    }
    const samples = sharedSamples(wav.samples);
    this.#cache.set(path, { mtimeMs: status.mtimeMs, size: status.size, samples });
    let total = [...this.#cache.values()].reduce((sum, file) => sum + file.samples.length, 0);
    for (const [oldest, file] of this.#cache) {
      if (total <= MAX_CACHED_SAMPLES) break;
      this.#cache.delete(oldest);
      total -= file.samples.length;
    }
    return samples;
  }
}
