/** Regular expressions of the configuration: RE2 syntax, matched in linear time, compiled once. */

import { RE2JS } from 're2js';

const MAX_PATTERN_LENGTH = 256;
const MAX_COMPILED = 512;

/** Oldest first; a pattern that can't be compiled is kept as null, so that it costs once. */
const compiled = new Map<string, RE2JS | null>();

function tryCompile(source: string, flags: number): RE2JS | null {
  if (source.length > MAX_PATTERN_LENGTH) return null;
  try {
    return RE2JS.compile(source, flags);
  } catch {
    return null;
  }
}

/** @returns null for a pattern that is too long or not RE2; `patternProblem` has told so at apply */
export function compilePattern(source: string, ignoreCase = false): RE2JS | null {
  const key = `${ignoreCase ? 'i' : '-'}${source}`;
  const known = compiled.get(key);
  if (known !== undefined) return known;
  const pattern = tryCompile(source, ignoreCase ? RE2JS.CASE_INSENSITIVE : 0);
  if (compiled.size >= MAX_COMPILED) {
    const oldest = compiled.keys().next();
    if (!oldest.done) compiled.delete(oldest.value);
  }
  compiled.set(key, pattern);
  return pattern;
}

/** How many patterns are held; never more than 512. */
export function compiledPatternCount(): number {
  return compiled.size;
}

/** What is wrong with a regular expression (RE2 syntax), for schema/; null: nothing. */
export function patternProblem(source: string): string | null {
  if (source === '') return 'the pattern is empty; it would match everything';
  if (source.length > MAX_PATTERN_LENGTH) return `the pattern is longer than ${MAX_PATTERN_LENGTH} characters`;
  try {
    RE2JS.compile(source);
    return null;
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    return `not a regular expression in RE2 syntax (no backreferences, no lookaround): ${text}`;
  }
}
