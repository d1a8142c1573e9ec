/** Which ways out are closed at the moment, and why: a trunk that is down or parked, a switch that is off. */

import type { DialCandidate } from '../call/leg.ts';

export type Closure = 'down' | 'parked' | 'switched-off';

export interface LineState {
  /** Trunks that may not be dialled now; the others may. */
  trunks: ReadonlyMap<string, Closure>;
  /** Callbacks to extensions are held back; null: they are not. */
  extensions: Closure | null;
  /** This node has no room for another call; left out: it has. */
  isFull?: boolean;
}

/** What is reserved for an extension while those are held back. No trunk is called so: callbacks have it as `source`. */
export const EXTENSIONS_LANE = 'extension:';

export function closureOf(candidate: DialCandidate, line: LineState | undefined): Closure | null {
  if (line === undefined) return null;
  return candidate.kind === 'trunk' ? (line.trunks.get(candidate.trunk) ?? null) : line.extensions;
}

/** Where a candidate waits for its turn. */
export function laneOf(candidate: DialCandidate): string {
  return candidate.kind === 'trunk' ? candidate.trunk : EXTENSIONS_LANE;
}
