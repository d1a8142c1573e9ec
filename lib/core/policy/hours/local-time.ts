/**
 * Wall clocks of IANA zones, by the zone data that the runtime brings (ICU). Instants are epoch milliseconds.
 *
 * Everything derives from one function, the offset at an instant, so that summer time needs no rule of its own: a wall
 * time that does not exist belongs to no instant, one that comes twice to two.
 */

const MINUTE_MS = 60_000;
export const DAY_MS = 86_400_000;
/** Clocks are changed at whole quarters of an hour of UTC, so an offset is good until the next one. */
const SLOT_MS = 15 * MINUTE_MS;

export interface LocalDate {
  year: number;
  /** 1 to 12. */
  month: number;
  day: number;
}

export interface WallTime extends LocalDate {
  /** 0 is Monday. */
  weekday: number;
  /** Since midnight by the clock on the wall; whole. */
  minute: number;
}

interface Zone {
  format: Intl.DateTimeFormat;
  slot: number;
  offsetMs: number;
}

/** A configuration names few zones; there are some 420 at all. */
const zones = new Map<string, Zone>();

function zoneOf(name: string): Zone {
  const known = zones.get(name);
  if (known !== undefined) return known;
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: name,
    calendar: 'gregory',
    numberingSystem: 'latn',
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  const zone = { format, slot: Number.NaN, offsetMs: 0 };
  zones.set(name, zone);
  return zone;
}

function readOffset(format: Intl.DateTimeFormat, at: number): number {
  const parts: Partial<Record<Intl.DateTimeFormatPartTypes, number>> = {};
  for (const { type, value } of format.formatToParts(at)) parts[type] = Number(value);
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
  return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(at / 1000) * 1000;
}

/**
 * What the clocks of the zone are ahead of UTC at this instant, in milliseconds.
 * @throws RangeError for a zone that does not exist
 */
export function offsetMs(zoneName: string, at: number): number {
  const zone = zoneOf(zoneName);
  const slot = Math.floor(at / SLOT_MS);
  if (zone.slot !== slot) {
    zone.offsetMs = readOffset(zone.format, at);
    zone.slot = slot;
  }
  return zone.offsetMs;
}

export function wallTime(zoneName: string, at: number): WallTime {
  const wall = new Date(at + offsetMs(zoneName, at));
  return {
    year: wall.getUTCFullYear(),
    month: wall.getUTCMonth() + 1,
    day: wall.getUTCDate(),
    weekday: (wall.getUTCDay() + 6) % 7,
    minute: wall.getUTCHours() * 60 + wall.getUTCMinutes(),
  };
}

export function dayAfter({ year, month, day }: LocalDate, days: number): LocalDate {
  const date = new Date(Date.UTC(year, month - 1, day + days));
  return { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() };
}

export function weekdayOf({ year, month, day }: LocalDate): number {
  return (new Date(Date.UTC(year, month - 1, day)).getUTCDay() + 6) % 7;
}

/** The first instant after `from` at which the clocks were changed, at most `to`; null: they were not. */
function changeBetween(zoneName: string, from: number, to: number): number | null {
  const before = offsetMs(zoneName, from);
  if (offsetMs(zoneName, to) === before) return null;
  let [low, high] = [from, to];
  while (high - low > 1000) {
    const middle = Math.floor((low + high) / 2000) * 1000;
    if (offsetMs(zoneName, middle) === before) low = middle;
    else high = middle;
  }
  return high;
}

/**
 * Instants at which something that begins at this wall time may begin: the wall time itself, once or twice, and where the
 * clocks are changed around that day, the change (a wall time that is skipped begins with it).
 */
export function instantsOf(zoneName: string, date: LocalDate, minute: number): number[] {
  const wall = Date.UTC(date.year, date.month - 1, date.day) + minute * MINUTE_MS;
  const [from, to] = [wall - offsetMs(zoneName, wall - DAY_MS) - DAY_MS, wall - offsetMs(zoneName, wall) + DAY_MS];
  const [early, late] = [offsetMs(zoneName, from), offsetMs(zoneName, to)];
  if (early === late) return [wall - early];
  const change = changeBetween(zoneName, from, to);
  return [wall - early, wall - late, ...(change === null ? [] : [change])];
}
