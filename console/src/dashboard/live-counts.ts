/** What happens, counted as long as the console is open. */

import { useSyncExternalStore } from 'react';
import { eventLink, type SystemEvent } from '../api/events.ts';
import { callsPerSecond, counted, type LiveSlot, leavesBy, recent, SLOT_MS } from './live-slots.ts';

let slots: readonly LiveSlot[] = counted([], Date.now(), null);
/** Instants of the latest INVITEs of each trunk. */
const leftAt = new Map<string, number[]>();
const watchers = new Set<() => void>();

function note(event: SystemEvent | null): void {
  const now = Date.now();
  const happened = event === null ? null : { type: event.type, data: event.data, at: eventLink.hereAt(event) };
  slots = counted(slots, now, happened);
  const trunk = happened === null ? null : leavesBy(happened);
  if (happened !== null && trunk !== null) leftAt.set(trunk, [...recent(leftAt.get(trunk) ?? [], now), happened.at]);
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
export const callRate = (trunk: string): number => callsPerSecond(leftAt.get(trunk) ?? [], Date.now());
