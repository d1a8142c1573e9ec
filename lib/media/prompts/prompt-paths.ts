/**
 * Where the recording of a prompt may lie. Its own language is looked for in every directory, then what has no language;
 * English is what everybody is left with: the prompts that come with the program have all their names in it.
 */

import { statSync } from 'node:fs';
import { join } from 'node:path';
import { isPromptName } from '../../core/flow/prompt.ts';

const LANGUAGE = /^[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,3}$/;
const LAST_RESORT = 'en';
/** Spoken nearly alike, where a language has no recordings of its own. */
const NEAREST: Readonly<Record<string, string>> = { pt: 'pt-BR' };

export function isLanguage(language: string): boolean {
  return LANGUAGE.test(language);
}

/** The folders of a language, the best one first: `pt-PT`, `pt`, `pt-BR`. */
export function languageFolders(language: string | null): string[] {
  const wanted = language !== null && isLanguage(language) ? language : LAST_RESORT;
  const primary = wanted.split('-')[0]!;
  const nearest = Object.hasOwn(NEAREST, primary) ? [NEAREST[primary]!] : [];
  return [...new Set([wanted, primary, ...nearest])];
}

/** Files in the order in which they are tried. */
export function promptPaths(directories: readonly string[], name: string, language: string | null): string[] {
  if (!isPromptName(name)) return [];
  const file = `${name}.wav`;
  const folders = languageFolders(language);
  const paths = directories.flatMap((directory) => [
    ...folders.map((folder) => join(directory, folder, file)),
    join(directory, file),
  ]);
  return [...new Set([...paths, ...directories.map((directory) => join(directory, LAST_RESORT, file))])];
}

/** The file that is played; null: there is none. It is not looked into. */
export function recordingPath(directories: readonly string[], name: string, language: string | null): string | null {
  return promptPaths(directories, name, language).find(isRecording) ?? null;
}

export function isRecording(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}
