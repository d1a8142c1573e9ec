/** What a prompt directory holds. */

import { open, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isPromptName } from '../../core/flow/prompt.ts';
import { EVERY_LANGUAGE } from '../../ports/prompts.ts';
import { isLanguage } from './prompt-paths.ts';

export interface RecordingFile {
  /** Below the directory, with slashes. */
  path: string;
  language: string;
  name: string;
  content(): Promise<Buffer>;
}

/** A folder that somebody took for another one is no list of prompts. */
const MOST_FILES = 10_000;
const MOST_FOLDERS_DEEP = 5;
/** Enough for the format and what writers put before the sound. */
const HEAD_BYTES = 4096;

/** In no order. A directory that is not there holds nothing. */
export async function promptFiles(directory: string): Promise<RecordingFile[]> {
  const paths: string[] = [];
  await collect(directory, '', paths);
  return paths.flatMap((path) => {
    const [folder, ...rest] = path.slice(0, -'.wav'.length).split('/') as [string, ...string[]];
    const isOfLanguage = rest.length > 0 && isLanguage(folder);
    const name = (isOfLanguage ? rest.join('/') : [folder, ...rest].join('/')).normalize('NFC');
    if (!isPromptName(name)) return [];
    const language = isOfLanguage ? folder : EVERY_LANGUAGE;
    return [{ path, language, name, content: () => readFile(join(directory, path)) }];
  });
}

async function collect(directory: string, under: string, paths: string[]): Promise<void> {
  const entries = await readdir(join(directory, under), { withFileTypes: true }).catch(() => []);
  for (const entry of entries) {
    if (paths.length >= MOST_FILES) return;
    const path = under === '' ? entry.name : `${under}/${entry.name}`;
    if (entry.isDirectory() && path.split('/').length < MOST_FOLDERS_DEEP) await collect(directory, path, paths);
    else if (entry.isFile() && entry.name.endsWith('.wav') && !entry.name.startsWith('.')) paths.push(path);
  }
}

/** Size and length by the head of the file; null: no WAV. */
export async function measured(path: string): Promise<{ bytes: number; seconds: number } | null> {
  try {
    const { size } = await stat(path);
    await using file = await open(path, 'r');
    const { buffer, bytesRead } = await file.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
    const head = buffer.subarray(0, bytesRead);
    if (head.toString('latin1', 0, 4) !== 'RIFF' || head.toString('latin1', 8, 12) !== 'WAVE') return null;
    const format = head.indexOf('fmt ', 12, 'latin1');
    const data = head.indexOf('data', 12, 'latin1');
    if (format < 0 || data < 0 || format + 20 > bytesRead) return null;
    const bytesPerSecond = head.readUInt32LE(format + 16);
    return bytesPerSecond === 0 ? null : { bytes: size, seconds: Math.max(0, size - data - 8) / bytesPerSecond };
  } catch {
    return null;
  }
}
