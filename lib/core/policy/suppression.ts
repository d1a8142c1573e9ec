/** The suppression list: numbers that are not called, whatever asks for it. */

import { type Said, say } from '../sentence.ts';
import type { PhoneNumber } from './phone-number.ts';
import { withoutSeparators } from './read-number.ts';

export interface Suppression {
  /** E.164 where the number can be read, else its digits. */
  number: string;
  /** A word or a sentence; `unwanted` for those that answered 607. */
  reason: string;
  /** Who put it there: `api`, `cli`, `callback:ID`. */
  source: string;
  createdAt: number;
  /** From then on it may be called again; null: never. */
  expiresAt: number | null;
}

/** One sentence for `explain` and the log. */
export function suppressionSaid({ reason, expiresAt }: Suppression): Said {
  return expiresAt === null
    ? say('suppressed', { reason })
    : say('suppressed-until', { reason, until: new Date(expiresAt).toISOString() });
}

/** A number has one entry, however it is written. */
export function suppressionKeyOf(number: PhoneNumber): string {
  return number.e164 ?? withoutSeparators(number.received);
}
