/** Tones as prompts: `tone:NAME`, `tone:FREQUENCY/MILLISECONDS`, `tone:silence/MILLISECONDS`. */

import { type Flaw, flaw } from '../core/mistake.ts';
import { shown, suggestion } from './nearest.ts';

export const TONE_NAMES = ['beep', 'busy', 'hold', 'ringback', 'silence'] as const;
/** They play until they are stopped. */
export const ENDLESS_TONES: ReadonlySet<string> = new Set(['busy', 'hold', 'ringback']);
const FREQUENCY_HZ = { min: 20, max: 3800 };
const DURATION_MS = { min: 20, max: 60_000 };

/** @param name what stands behind `tone:`. @returns what is wrong with it; null: nothing */
export function toneMistake(name: string): Flaw | null {
  if ((TONE_NAMES as readonly string[]).includes(name)) return null;
  const made = /^(silence|\d{2,4})\/(\d{2,5})$/.exec(name);
  if (made === null) return flaw('not-a-tone', { tone: shown(name), hint: suggestion(name, TONE_NAMES) });
  if (made[1] !== 'silence' && !within(Number(made[1]), FREQUENCY_HZ)) return flaw('tone-frequency');
  return within(Number(made[2]), DURATION_MS) ? null : flaw('tone-length');
}

function within(value: number, { min, max }: { min: number; max: number }): boolean {
  return value >= min && value <= max;
}
