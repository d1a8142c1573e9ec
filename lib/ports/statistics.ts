/** What became of the callbacks, counted as it happens. */

import type { Outcome } from '../core/call/outcome.ts';

export interface Tally {
  accepted: number;
  /** INVITEs towards persons. */
  dialled: number;
  outcomes: Partial<Record<Outcome, number>>;
  /** By the word behind the outcome; those that reached the person are not among them. */
  reasons: Record<string, number>;
}

export interface TallySlot extends Tally {
  /** Its first instant. */
  at: number;
}

export interface Report {
  /** Nothing is known of what was before. */
  knownSince: number;
  slotMs: number;
  slots: TallySlot[];
  totals: Tally;
  /** Of first INVITEs after their due time, in milliseconds, each rounded up; null: nobody was dialled. */
  lateness: { p50: number; p99: number; most: number } | null;
}

export interface Statistics {
  /** @param from inclusive @param to exclusive; epoch milliseconds */
  report(from: number, to: number): Promise<Report>;
}
