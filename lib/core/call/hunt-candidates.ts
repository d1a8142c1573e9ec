/** Which of its candidates a hunt may try: trunks that are gone are none, and those that are closed are passed over. */

import type { Configuration } from '../configuration.ts';
import { type Closure, closureOf, laneOf } from '../trunk/line-state.ts';
import type { Hunt, HuntContext, HuntParty, Skip } from './hunt.ts';
import type { DialCandidate } from './leg.ts';

export function trunkOf(candidate: DialCandidate | undefined, configuration: Configuration) {
  if (candidate?.kind !== 'trunk') return null;
  return configuration.trunks.find((trunk) => trunk.name === candidate.trunk) ?? null;
}

export function isKnown(candidate: DialCandidate, configuration: Configuration): boolean {
  return candidate.kind !== 'trunk' || trunkOf(candidate, configuration) !== null;
}

/** An extension that somebody on the line wants is rung whatever the switches say: what is on the line goes on. */
export function closureFor(candidate: DialCandidate, party: HuntParty, { line }: HuntContext): Closure | null {
  return candidate.kind !== 'trunk' && !party.mayWait ? null : closureOf(candidate, line);
}

/** The first open candidate from `from` on; those before it that are closed. Trunks that are gone are neither. */
export function openFrom(
  hunt: Hunt,
  from: number,
  party: HuntParty,
  context: HuntContext,
): { index: number | null; skipped: Skip[] } {
  const skipped: Skip[] = [];
  for (let index = from; index < hunt.candidates.length; index += 1) {
    const candidate = hunt.candidates[index]!;
    if (!isKnown(candidate, context.configuration)) continue;
    const why = closureFor(candidate, party, context);
    if (why === null) return { index, skipped };
    skipped.push({ lane: laneOf(candidate), why });
  }
  return { index: null, skipped };
}
