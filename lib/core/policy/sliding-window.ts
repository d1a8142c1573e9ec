/**
 * Counting in sliding windows with few rows: a window is cut into slots, and what fell into a slot is one number. A slot
 * that is in the window in part counts whole, so that a limit is never exceeded in any window; at worst something is
 * refused one slot longer than it had to be.
 */

const SLOTS = 60;
const SHORTEST_SLOT_MS = 100;

export function slotMs(windowMs: number): number {
  return Math.max(SHORTEST_SLOT_MS, Math.ceil(windowMs / SLOTS));
}

export function slotAt(at: number, windowMs: number): number {
  return Math.floor(at / slotMs(windowMs));
}

/** The earliest slot of which a part lies within the window that ends at `now`. */
export function firstSlot(now: number, windowMs: number): number {
  // What happened exactly one window ago is out of it.
  return Math.floor((now - windowMs + 1) / slotMs(windowMs));
}

/** From this instant on the slot is in no window any more. */
export function slotEndsAt(slot: number, windowMs: number): number {
  return (slot + 1) * slotMs(windowMs) + windowMs;
}

/** One sum in a store, and what is to be added to it. */
export interface UsageChange {
  counter: string;
  /** In which it falls. */
  slot: number;
  /** Where its window begins. */
  firstSlot: number;
  endsAt: number;
  amount: number;
  max: number;
}

export function usageChange(
  charge: { key: string; amount: number; max: number; windowMs: number },
  now: number,
): UsageChange {
  const { key, amount, max, windowMs } = charge;
  const slot = slotAt(now, windowMs);
  const endsAt = slotEndsAt(slot, windowMs);
  return { counter: key, slot, firstSlot: firstSlot(now, windowMs), endsAt, amount, max };
}
