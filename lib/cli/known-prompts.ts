/** Which recordings there are, for commands that look at a configuration beside the server. */

import { languageFolders, recordingPath } from '../media/prompts/prompt-paths.ts';
import { EVERY_LANGUAGE } from '../ports/prompts.ts';
import type { HasPrompt } from '../schema/prompt-warnings.ts';
import { promptDirectories } from './prompt-directories.ts';

/** @param uploaded what the store has, as in `pt-BR/goodbye`: another node's folder may have no copy */
export function knownPrompts(dataDirectory: string, uploaded: ReadonlySet<string>): HasPrompt {
  const directories = promptDirectories(dataDirectory).map(({ path }) => path);
  return (name, language) =>
    recordingPath(directories, name, language) !== null ||
    [...languageFolders(language), EVERY_LANGUAGE, 'en'].some((folder) => uploaded.has(`${folder}/${name}`));
}
