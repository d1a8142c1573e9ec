/** "Did you mean": the known word nearest to one that was written. */

import { type Flaw, flaw } from '../core/mistake.ts';

const LONGEST_WORD = 64;

/** Optimal string alignment distance: insert, delete, replace, swap of neighbours. Words are cut at 64 characters. */
export function editDistance(left: string, right: string): number {
  const a = left.slice(0, LONGEST_WORD);
  const b = right.slice(0, LONGEST_WORD);
  let before: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let best = Math.min(row[j - 1]! + 1, previous[j]! + 1, previous[j - 1]! + (same ? 0 : 1));
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (swapped) best = Math.min(best, before[j - 2]! + 1);
      row.push(best);
    }
    before = previous;
    previous = row;
  }
  return previous[b.length]!;
}

/** @returns the candidate with the least distance of at most `most`; the first of equals; null: none */
export function nearest(word: string, candidates: Iterable<string>, most = Number.POSITIVE_INFINITY): string | null {
  const lower = word.toLowerCase();
  let best: string | null = null;
  let bestDistance = most;
  for (const candidate of candidates) {
    const distance = editDistance(lower, candidate.toLowerCase());
    if (distance < bestDistance || (distance === bestDistance && best === null)) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** `; did you mean \`x\`?`, or `; known are …` where there are few, or nothing. */
export function suggestion(word: string, known: readonly string[]): Flaw | '' {
  const near = nearest(word, known, Math.max(1, Math.floor(Math.min(word.length, LONGEST_WORD) / 2)));
  if (near !== null) return flaw('did-you-mean', { word: near });
  if (known.length === 0 || known.length > 20) return '';
  return flaw('known-are', { words: known.map((one) => `\`${one}\``) });
}

/** An unknown key always hears of the nearest known one. */
export function unknownKey(key: string, known: readonly string[]): Flaw {
  const near = nearest(key, known);
  return flaw('unknown-key', { key: shown(key), hint: near === null ? '' : flaw('did-you-mean', { word: near }) });
}

/** A word from outside, fit to be shown in one line. */
export function shown(word: string): string {
  const clean = word.replace(/[\p{Cc}\p{Cf}\u2028\u2029`]/gu, '?');
  return clean.length > 60 ? `${clean.slice(0, 57)}...` : clean;
}
