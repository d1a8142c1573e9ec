/** Prompts as they are written: one by its name, or several joined by `&`. */

import { isPromptName, type PromptPart, promptParts } from '../core/flow/prompt.ts';
import { type Flaw, flaw } from '../core/mistake.ts';
import { ENDLESS_TONES, toneMistake } from './tone.ts';

const MOST_PARTS = 40;
/** Keys, with the signs that numbers are written with, and variables. */
const SPOKEN = /^digits:(?:[0-9*#+ ().-]|\{[a-z][A-Za-z0-9]{0,31}\})+$/;

function partMistake(written: string): Flaw | null {
  if (written.startsWith('tone:')) return toneMistake(written.slice('tone:'.length));
  if (written.startsWith('digits:')) return SPOKEN.test(written) ? null : flaw('not-spoken-digits');
  const [part] = promptParts(written) as [PromptPart];
  return isPromptName(part.name) ? null : flaw('not-a-prompt');
}

function isEndless(written: string): boolean {
  return written.startsWith('tone:') && ENDLESS_TONES.has(written.slice('tone:'.length));
}

/** What is wrong with it; null: nothing. */
export function promptMistake(text: string): Flaw | null {
  const parts = text.split('&');
  if (parts.length > MOST_PARTS) return flaw('too-many-parts', { most: MOST_PARTS });
  const wrong = parts.map(partMistake).find((mistake) => mistake !== null);
  if (wrong !== undefined) return wrong;
  const endless = parts.slice(0, -1).find(isEndless);
  return endless === undefined ? null : flaw('endless-before-others', { tone: endless });
}
