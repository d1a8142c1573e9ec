/** What was changed, so that it can be taken back, and done again. */

import type { Draft } from './flow-draft.ts';

export interface History {
  past: readonly Draft[];
  present: Draft;
  future: readonly Draft[];
  /** What was changed last: letters typed into one field are one change. */
  what: string | null;
}

export type HistoryAction =
  /** `what`: goes together with a change of the same that came immediately before. */
  { type: 'change'; draft: Draft; what?: string } | { type: 'undo' } | { type: 'redo' };

const MOST_STEPS = 200;

export const begun = (draft: Draft): History => ({ past: [], present: draft, future: [], what: null });

export function stepped(history: History, action: HistoryAction): History {
  const { past, present, future } = history;
  if (action.type === 'undo') {
    const before = past.at(-1);
    return before === undefined
      ? history
      : { past: past.slice(0, -1), present: before, future: [present, ...future], what: null };
  }
  if (action.type === 'redo') {
    const [after, ...rest] = future;
    return after === undefined ? history : { past: [...past, present], present: after, future: rest, what: null };
  }
  const what = action.what ?? null;
  if (action.draft === present) return history;
  const goesOn = what !== null && what === history.what;
  return {
    past: goesOn ? past : [...past, present].slice(-MOST_STEPS),
    present: action.draft,
    future: [],
    what,
  };
}
