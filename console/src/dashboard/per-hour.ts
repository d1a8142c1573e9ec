const HOUR_MS = 3_600_000;

export interface CountedSlot {
  /** ISO 8601. */
  at: string;
  accepted: number;
  outcomes: Readonly<Record<string, number>>;
}

/** The slots of each hour since midnight, put together. */
export function perHour(slots: readonly CountedSlot[], midnight: number, now: number) {
  const hours = Math.max(1, Math.ceil((now - midnight) / HOUR_MS));
  const accepted = Array.from({ length: hours }, () => 0);
  const reached = [...accepted];
  for (const slot of slots) {
    const hour = Math.floor((Date.parse(slot.at) - midnight) / HOUR_MS);
    if (hour < 0 || hour >= hours) continue;
    accepted[hour]! += slot.accepted;
    reached[hour]! += slot.outcomes['connected'] ?? 0;
  }
  return { accepted, reached };
}
