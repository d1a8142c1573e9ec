/** A configuration file on its way in. */

import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { type LocatedMistake, type ParseResult, parseConfiguration } from '../schema/parse-configuration.ts';
import { type CliDependencies, CommandError } from './cli-dependencies.ts';

const LARGEST_FILE_BYTES = 32 * 1024 * 1024;

/** Files that a configuration names are sought beside it. */
function besideOf(configurationFile: string): (path: string) => string {
  return (path) => {
    try {
      return readFileSync(resolve(dirname(configurationFile), path), 'utf8');
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      throw new Error(code === 'ENOENT' ? `there is no file \`${path}\`` : `\`${path}\` can't be read (${code})`);
    }
  };
}

/** Throws CommandError for a file that can't be read. */
export async function parseFile(
  path: string,
  dependencies: Pick<CliDependencies, 'extraChecks'>,
): Promise<ParseResult> {
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    const why =
      code === 'ENOENT' ? 'there is no such file' : code === 'EISDIR' ? 'is a directory' : `can't be read (${code})`;
    throw new CommandError(`${path}: ${why}`);
  }
  if (bytes.length > LARGEST_FILE_BYTES) throw new CommandError(`${path}: is too large for a configuration`);
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new CommandError(`${path}: is not UTF-8 text`);
  }
  const extraChecks = await dependencies.extraChecks();
  return parseConfiguration(text, {
    extraChecks,
    readFile: besideOf(path),
    ...(path.endsWith('.json') ? { format: 'json' as const } : {}),
  });
}

/** `path: message (line 12)`; a mistake of the whole carries the file's name. */
export function mistakeLine(mistake: LocatedMistake, file: string): string {
  const line = mistake.line === undefined ? '' : ` (line ${mistake.line})`;
  return `${mistake.path === '' ? file : mistake.path}: ${mistake.message}${line}`;
}

export function printMistakes(
  mistakes: readonly LocatedMistake[],
  { file, dependencies }: { file: string; dependencies: CliDependencies },
): void {
  for (const mistake of mistakes) dependencies.err(mistakeLine(mistake, file));
}
