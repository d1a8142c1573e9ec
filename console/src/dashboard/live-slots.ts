/** Counting what happens, slot by slot: of callbacks per ten seconds, of calls per trunk. */

export const SLOT_MS = 10_000;
const SLOTS = 60;
const RATE_MS = 10_000;

export interface LiveSlot {
  at: number;
  accepted: number;
  dialled: number;
  answered: number;
}

export interface Happened {
  type: string;
  /** By the clock of this machine. */
  at: number;
  data: Record<string, unknown>;
}

const COUNTED: Readonly<Record<string, 'accepted' | 'dialled' | 'answered'>> = {
  'callback.accepted': 'accepted',
  'callback.dialled': 'dialled',
  'callback.answered': 'answered',
};
/** An INVITE is ordered: to the person, by another trunk where the first one fails, or to whom he is connected with. */
const ORDERED: ReadonlySet<string> = new Set(['callback.dial-ordered', 'callback.target-dialled']);

const slotStart = (at: number) => Math.floor(at / SLOT_MS) * SLOT_MS;

/** The slots of the last ten minutes, all of them, with `event` counted. */
export function counted(slots: readonly LiveSlot[], now: number, event: Happened | null): LiveSlot[] {
  const last = slotStart(now);
  const known = new Map(slots.map((slot) => [slot.at, slot]));
  const word = event === null ? undefined : COUNTED[event.type];
  const at = event === null ? 0 : slotStart(event.at);
  return Array.from({ length: SLOTS }, (_, index) => {
    const start = last - (SLOTS - 1 - index) * SLOT_MS;
    const slot = known.get(start) ?? { at: start, accepted: 0, dialled: 0, answered: 0 };
    return word !== undefined && start === at ? { ...slot, [word]: slot[word] + 1 } : slot;
  });
}

/** By which trunk a call leaves; null: none does. An extension is none, but has no trunk of its name either. */
export function leavesBy({ type, data }: Happened): string | null {
  const via = data['via'];
  return ORDERED.has(type) && typeof via === 'string' ? via : null;
}

/** Those of the last ten seconds. */
export const recent = (instants: readonly number[], now: number): number[] =>
  instants.filter((at) => at > now - RATE_MS);

export const callsPerSecond = (instants: readonly number[], now: number): number =>
  recent(instants, now).length / (RATE_MS / 1000);
