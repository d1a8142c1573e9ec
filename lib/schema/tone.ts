/** Tones as prompts: `tone:NAME`, `tone:FREQUENCY/MILLISECONDS`, `tone:silence/MILLISECONDS`. */

import { shown, suggestion } from './nearest.ts';

export const TONE_NAMES = ['beep', 'busy', 'hold', 'ringback', 'silence'] as const;
const FREQUENCY_HZ = { min: 20, max: 3800 };
const DURATION_MS = { min: 20, max: 60_000 };

/** @param name what stands behind `tone:`. @returns what is wrong with it; null: nothing */
export function toneMistake(name: string): string | null {
  if ((TONE_NAMES as readonly string[]).includes(name)) return null;
  const made = /^(silence|\d{2,4})\/(\d{2,5})$/.exec(name);
  if (made === null) return `\`${shown(name)}\` is not a tone${suggestion(name, TONE_NAMES)}, or 1000/400 (Hz/ms)`;
  if (made[1] !== 'silence' && !within(Number(made[1]), FREQUENCY_HZ)) return 'a tone has 20 to 3800 Hz';
  return within(Number(made[2]), DURATION_MS) ? null : 'a tone has 20 to 60000 ms';
}

function within(value: number, { min, max }: { min: number; max: number }): boolean {
  return value >= min && value <= max;
}
