import type { Configuration } from '../core/configuration.ts';
import { languagesOf, promptUses, recordingsOf } from '../core/flow/prompt-uses.ts';
import { flaw, type Mistake, mistakeAt } from '../core/mistake.ts';

/** Whether a recording is there, in this language or in one that takes its place. */
export type HasPrompt = (name: string, language: string) => boolean;

/** Prompts of which a caller would hear nothing. What is missing in a language alone is spoken in English. */
export function promptWarnings(configuration: Configuration, has: HasPrompt): Mistake[] {
  const languages = languagesOf(configuration);
  const known = new Map<string, boolean>();
  const isThere = (name: string) => {
    const seen = known.get(name);
    if (seen !== undefined) return seen;
    const there = languages.every((language) => has(name, language));
    known.set(name, there);
    return there;
  };
  return promptUses(configuration).flatMap(({ prompt, path }) => {
    const missing = recordingsOf(prompt).filter((name) => !isThere(name));
    return missing.map((name) => mistakeAt(path, flaw('no-recording', { name })));
  });
}
