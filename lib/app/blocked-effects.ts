/** What would ring somebody and waits for a save that has not succeeded yet. */

import type { LegId } from '../core/call/leg.ts';
import type { CallbackEffect } from '../core/callback/event.ts';
import { type HeldCallback, isOrdered, isWanted } from './held-callback.ts';
import type { Switchboard } from './switchboard.ts';

/**
 * Of what was waiting, what the callback has not moved on from; the rest is over. The INVITE to the person is left out: it
 * has to be ordered anew (`isPersonDue`), for its timers have stood still meanwhile.
 */
export function stillWanted(
  entry: HeldCallback,
  switchboard: Switchboard,
  waiting: readonly CallbackEffect[],
): { effects: CallbackEffect[]; isPersonDue: boolean } {
  const wanted = waiting.filter((effect) => isWanted(entry.callback, effect));
  for (const effect of waiting) {
    if (effect.type === 'dial' && !wanted.includes(effect)) neverDialled(entry, switchboard, effect.request.legId);
  }
  const { callback } = entry;
  const isPersons = (effect: CallbackEffect) =>
    effect.type === 'dial' && effect.request.legId === callback.attempt?.legId && isOrdered(callback);
  return { effects: wanted.filter((effect) => !isPersons(effect)), isPersonDue: wanted.some(isPersons) };
}

/** @returns whether the leg's INVITE was waiting; it is over at once then */
export function takeBack(entry: HeldCallback, switchboard: Switchboard, legId: LegId): boolean {
  const waiting = entry.blocked.find((effect) => effect.type === 'dial' && effect.request.legId === legId);
  if (!waiting) return false;
  entry.blocked = entry.blocked.filter((effect) => effect !== waiting);
  neverDialled(entry, switchboard, legId);
  return true;
}

function neverDialled(entry: HeldCallback, switchboard: Switchboard, legId: LegId): void {
  switchboard.perform(entry.owner, { type: 'withdrawSlot', legId });
  entry.owner.legEvent({ type: 'ended', legId, by: 'local', text: 'never dialled' });
}
