/**
 * A slot that is free is taken before the save, as the core allows: one save then says both that it was wanted and that it
 * was got, and the INVITE leaves a write earlier. If that save fails, nothing of it has happened: a callback that waits for
 * the disk waits in `queued`, where no timer of an attempt runs.
 */

import type { CallbackEffect, CoreContext, Step } from '../core/callback/event.ts';
import { reduceCallback } from '../core/callback/reduce.ts';
import type { HeldCallback } from './held-callback.ts';
import type { Switchboard } from './switchboard.ts';

export interface SlotAhead {
  /** That the slot was wanted. */
  wanted: CallbackEffect & { type: 'reserveSlot' };
  /** What follows from having it. */
  step: Step;
  /** How far the clock had been set by then, since the start. */
  lookedMs: number;
}

/**
 * Null: the step wants no slot, or none is free.
 *
 * @param context of the step: what follows is of the same look at the clock
 */
export function slotAhead(
  entry: HeldCallback,
  step: Step,
  { switchboard, context, lookedMs }: { switchboard: Switchboard; context: CoreContext; lookedMs: number },
): SlotAhead | null {
  const wanted = step.effects.find((effect) => effect.type === 'reserveSlot');
  if (wanted === undefined || entry.blocked.length > 0 || entry.lost !== null) return null;
  if (!switchboard.takeSlot(wanted, entry.owner)) return null;
  entry.ownedLegs.add(wanted.legId);
  return {
    wanted,
    step: reduceCallback(step.callback, { type: 'slotGranted', legId: wanted.legId }, context),
    lookedMs,
  };
}

/** The effects of both. */
export function withoutWaiting(effects: readonly CallbackEffect[], { wanted, step }: SlotAhead): CallbackEffect[] {
  return [...effects.filter((effect) => effect !== wanted), ...step.effects];
}

/** As if the slot had not been free. */
export function giveBack(entry: HeldCallback, before: Step, ahead: SlotAhead, switchboard: Switchboard): void {
  const { log, attempts } = ahead.step;
  entry.callback = before.callback;
  entry.log = entry.log.filter((line) => !log.includes(line));
  entry.attempts = entry.attempts.filter((record) => !attempts.includes(record));
  switchboard.perform(entry.owner, { type: 'withdrawSlot', legId: ahead.wanted.legId });
}
