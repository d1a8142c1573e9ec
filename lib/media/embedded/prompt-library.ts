/**
 * Prompts by name. `tone:...` is made in code; `file:NAME` or plain NAME is a WAV file `NAME.wav` of one of the prompt
 * directories, or of the language's folder in it (`callback-menu` -> `DIR/en/callback-menu.wav`).
 */

import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import type { Log } from '../../ports/log.ts';
import { FRAME_SAMPLES } from './g711.ts';
import { type FrameSource, ToneSource, toneOf } from './tone.ts';
import { readWav } from './wav.ts';

const DEFAULT_LANGUAGE = 'en';
/** 5 minutes at 8 kHz. */
const MAX_FILE_BYTES = 5_000_000;
const MAX_CACHED_SAMPLES = 16_000_000;
/** Up to four plain segments. None starts with a dot, so no name leads out of its directory. */
const NAME = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}(?:\/[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}){0,3}$/;
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

  /** Reads the file, so that true means that it can be played now. */
  has(prompt: string): boolean {
    if (prompt.startsWith('tone:')) return toneOf(prompt.slice(5)) !== null;
    return this.#pathsOf(prompt).some((path) => this.#readNow(path) !== null);
  }

  /** @returns null when there is no such prompt or it can't be played; the reason is logged */
  async source(prompt: string): Promise<FrameSource | null> {
    if (prompt.startsWith('tone:')) {
      const tone = toneOf(prompt.slice(5));
      return tone === null ? null : new ToneSource(tone);
    }
    for (const path of this.#pathsOf(prompt)) {
      const samples = await this.#read(path);
      if (samples !== null) return new SampleSource(samples);
    }
    return null;
  }

  #pathsOf(prompt: string): string[] {
    const name = (prompt.startsWith('file:') ? prompt.slice(5) : prompt).replace(/\.wav$/, '');
    if (!NAME.test(name)) return [];
    return this.#directories.flatMap((directory) => [
      join(directory, `${name}.wav`),
      join(directory, DEFAULT_LANGUAGE, `${name}.wav`),
    ]);
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
    this.#cache.set(path, { mtimeMs: status.mtimeMs, size: status.size, samples: wav.samples });
    let total = [...this.#cache.values()].reduce((sum, file) => sum + file.samples.length, 0);
    for (const [oldest, file] of this.#cache) {
      if (total <= MAX_CACHED_SAMPLES) break;
      this.#cache.delete(oldest);
      total -= file.samples.length;
    }
    return wav.samples;
  }
}

class SampleSource implements FrameSource {
  readonly #samples: Int16Array;
  #position = 0;

  constructor(samples: Int16Array) {
    this.#samples = samples;
  }

  next(frame: Int16Array): boolean {
    if (this.#position >= this.#samples.length) return false;
    const part = this.#samples.subarray(this.#position, this.#position + FRAME_SAMPLES);
    frame.set(part);
    frame.fill(0, part.length);
    this.#position += FRAME_SAMPLES;
    return true;
  }
}
