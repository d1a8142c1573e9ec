/** All recordings of a node: what was uploaded, what lies in its data directory, what came with the program. */

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isPromptName, promptParts } from '../../core/flow/prompt.ts';
import {
  EVERY_LANGUAGE,
  type PromptOrigin,
  type PromptRecording,
  type PromptService,
  type PromptUpload,
  type UploadResult,
} from '../../ports/prompts.ts';
import { convertSound, KEPT_SAMPLE_RATE } from './convert-sound.ts';
import { isLanguage, isRecording, recordingPath } from './prompt-paths.ts';
import { measured, promptFiles } from './recording-folder.ts';
import { readSound } from './sound-file.ts';
import type { StoredPrompt, StoredPrompts } from './stored-prompts.ts';
import { toneOf } from './tone.ts';

export interface PromptShelfOptions {
  /** In the order in which they are played. */
  directories: ReadonlyArray<{ origin: PromptOrigin; path: string }>;
  stored: StoredPrompts;
}

const MOST_UPLOADS = 2000;
/** Of each part of a name: with `.wav` it is the name of a file, of 255 bytes at most. */
const MOST_NAME_BYTES = 200;

export class PromptShelf implements PromptService {
  readonly #options: PromptShelfOptions;

  constructor(options: PromptShelfOptions) {
    this.#options = options;
  }

  has(prompt: string, language: string): boolean {
    const directories = this.#options.directories.map(({ path }) => path);
    return promptParts(prompt).every((part) =>
      part.type === 'tone' ? toneOf(part.name) !== null : recordingPath(directories, part.name, language) !== null,
    );
  }

  async list(): Promise<PromptRecording[]> {
    const uploads = new Map((await this.#options.stored.all()).map((one) => [`${one.language}/${one.name}`, one]));
    const found = new Map<string, PromptRecording>();
    for (const { origin, path: directory } of this.#options.directories) {
      for (const { path, language, name } of await promptFiles(directory)) {
        const key = `${language}/${name}`;
        const covering = found.get(key);
        const upload = origin === 'uploaded' ? (uploads.get(key) ?? null) : null;
        const size = covering === undefined ? await measured(join(directory, path)) : null;
        if (covering !== undefined) covering.covers ??= origin;
        else if (size !== null) found.set(key, { ...recordingOf({ language, name, origin, upload }), ...size });
      }
    }
    const order = new Intl.Collator('en', { numeric: true });
    return [...found.values()].sort((a, b) => order.compare(a.name, b.name) || order.compare(a.language, b.language));
  }

  async read(language: string, name: string): Promise<Buffer | null> {
    const path = this.#fileOf(language, name);
    return path === null ? null : readFile(path).catch(() => null);
  }

  #fileOf(language: string, name: string): string | null {
    const isKnown = isPromptName(name) && (language === EVERY_LANGUAGE || isLanguage(language));
    if (!isKnown) return null;
    const folder = language === EVERY_LANGUAGE ? '' : language;
    const paths = this.#options.directories.map(({ path }) => join(path, folder, `${name}.wav`));
    return paths.find(isRecording) ?? null;
  }

  async upload({ language, name, file, by, replace }: PromptUpload): Promise<UploadResult> {
    if (!mayBeUploaded(language, name)) return { result: 'bad-name' };
    const read = readSound(file);
    if (read.result === 'refused') return read;
    const { stored } = this.#options;
    const before = await stored.get(language, name);
    if (before !== null && !replace) return { result: 'exists' };
    if (before === null && (await stored.all()).length >= MOST_UPLOADS) return { result: 'full' };
    const wav = await convertSound(read.sound);
    const seconds = (wav.length - 44) / (2 * KEPT_SAMPLE_RATE);
    const kept = await stored.put({ language, name, seconds, bytes: wav.length, uploadedBy: by }, wav);
    if (kept === null) return { result: 'exists' };
    const recording = (await this.list()).find((one) => one.language === language && one.name === name);
    const shown = recording ?? { ...recordingOf({ ...kept, origin: 'uploaded', upload: kept }), ...kept };
    return { result: 'stored', recording: shown, isReplaced: before !== null };
  }

  async remove(language: string, name: string): Promise<'removed' | 'absent' | 'fixed'> {
    if (await this.#options.stored.remove(language, name)) return 'removed';
    return this.#fileOf(language, name) === null ? 'absent' : 'fixed';
  }
}

interface Found extends Pick<PromptRecording, 'language' | 'name' | 'origin'> {
  upload: StoredPrompt | null;
}

function recordingOf({ language, name, origin, upload }: Found): PromptRecording {
  const { uploadedAt = null, uploadedBy = null } = upload ?? {};
  return { language, name, origin, seconds: 0, bytes: 0, uploadedAt, uploadedBy, covers: null };
}

/**
 * A name that is its file's, and found again under it, with no folder where another one has its file; what is for every
 * language can't lie in a language's folder.
 */
function mayBeUploaded(language: string, name: string): boolean {
  const isOfAll = language === EVERY_LANGUAGE;
  if (!isPromptName(name) || !(isOfAll || isLanguage(language))) return false;
  const segments = name.split('/');
  if (name !== name.normalize('NFC') || segments.some((one) => /(?:[. ]|\.wav)$/.test(one))) return false;
  if (segments.some((one) => Buffer.byteLength(one) > MOST_NAME_BYTES)) return false;
  return !(isOfAll && segments.length > 1 && isLanguage(segments[0]!));
}
