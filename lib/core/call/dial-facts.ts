/** What the gates that need the store found, immediately before dialling. */

import type { Worded } from '../sentence.ts';

export type DialFacts =
  | { type: 'free' }
  /** `text` is one sentence, without secrets. `ofTrunk`: another trunk may have room. */
  | ({ type: 'refused'; gate: 'suppressed' | 'spend'; ofTrunk?: true } & Worded)
  /** The store can't be asked: nobody is dialled on a guess. */
  | { type: 'unknown' };
