/** What happens, counted per ten seconds as long as the console is open. */

import { useSyncExternalStore } from 'react';
import { eventLink, type SystemEvent } from '../api/events.ts';

export const SLOT_MS = 10_000;
const SLOTS = 60;

export interface LiveSlot {
  at: number;
  accepted: number;
  dialled: number;
  answered: number;
}

const COUNTED: Readonly<Record<string, 'accepted' | 'dialled' | 'answered'>> = {
  'callback.accepted': 'accepted',
  'callback.dialled': 'dialled',
  'callback.answered': 'answered',
};

const slotStart = (at: number) => Math.floor(at / SLOT_MS) * SLOT_MS;

/** The slots of the last ten minutes, all of them, with `event` counted. */
export function counted(slots: readonly LiveSlot[], now: number, event: SystemEvent | null): LiveSlot[] {
  const last = slotStart(now);
  const known = new Map(slots.map((slot) => [slot.at, slot]));
  const word = event === null ? undefined : COUNTED[event.type];
  const at = event === null ? 0 : slotStart(Date.parse(event.at));
  return Array.from({ length: SLOTS }, (_, index) => {
    const start = last - (SLOTS - 1 - index) * SLOT_MS;
    const slot = known.get(start) ?? { at: start, accepted: 0, dialled: 0, answered: 0 };
    return word !== undefined && start === at ? { ...slot, [word]: slot[word] + 1 } : slot;
  });
}

let slots: readonly LiveSlot[] = counted([], Date.now(), null);
/** Instants of the latest INVITEs of each trunk. */
const dialledAt = new Map<string, number[]>();
const watchers = new Set<() => void>();
const RATE_MS = 10_000;

function note(event: SystemEvent | null): void {
  slots = counted(slots, Date.now(), event);
  const trunk = event?.data['trunk'];
  if (event?.type === 'callback.dialled' && typeof trunk === 'string') {
    const recent = (dialledAt.get(trunk) ?? []).filter((at) => at > Date.now() - RATE_MS);
    dialledAt.set(trunk, [...recent, Date.parse(event.at)]);
  }
  for (const watcher of watchers) watcher();
}

// Counting begins with the page, whatever part of it is shown.
eventLink.subscribe(note);
setInterval(() => note(null), SLOT_MS);

export function useLiveSlots(): readonly LiveSlot[] {
  return useSyncExternalStore(
    (watcher) => {
      watchers.add(watcher);
      return () => watchers.delete(watcher);
    },
    () => slots,
  );
}

/** New calls per second of the last ten. */
export function callRate(trunk: string): number {
  return (dialledAt.get(trunk) ?? []).filter((at) => at > Date.now() - RATE_MS).length / (RATE_MS / 1000);
}
