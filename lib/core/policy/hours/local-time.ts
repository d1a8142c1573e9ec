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

/** How the clocks run around a day. */
interface DayClock {
  /** The offset some time before it, and some time after it. */
  early: number;
  late: number;
  /** The instant between at which the clocks are changed; null: they are not. */
  change: number | null;
}

interface Zone {
  format: Intl.DateTimeFormat;
  /** By slot; asking the runtime takes some microseconds, and the same hours come again. */
  offsets: Map<number, number>;
  /** By midnight as if it were UTC. */
  days: Map<number, DayClock>;
}

const MAX_KEPT = 512;

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
  const zone = { format, offsets: new Map(), days: new Map() };
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
  const { format, offsets } = zoneOf(zoneName);
  const slot = Math.floor(at / SLOT_MS);
  const known = offsets.get(slot);
  if (known !== undefined) return known;
  const offset = readOffset(format, at);
  if (offsets.size >= MAX_KEPT) offsets.clear();
  offsets.set(slot, offset);
  return offset;
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

function dayClock(zoneName: string, midnight: number): DayClock {
  const { days } = zoneOf(zoneName);
  const known = days.get(midnight);
  if (known !== undefined) return known;
  // The day itself, wherever it is, lies between.
  const [from, to] = [midnight - 1.5 * DAY_MS, midnight + 2.5 * DAY_MS];
  const clock = {
    early: offsetMs(zoneName, from),
    late: offsetMs(zoneName, to),
    change: changeBetween(zoneName, from, to),
  };
  if (days.size >= MAX_KEPT) days.clear();
  days.set(midnight, clock);
  return clock;
}

/**
 * Instants at which something that begins at this wall time may begin: the wall time itself, once or twice, and where the
 * clocks are changed around that day, the change (a wall time that is skipped begins with it).
 */
export function instantsOf(zoneName: string, date: LocalDate, minute: number): number[] {
  const midnight = Date.UTC(date.year, date.month - 1, date.day);
  const { early, late, change } = dayClock(zoneName, midnight);
  const wall = midnight + minute * MINUTE_MS;
  return change === null ? [wall - early] : [wall - early, wall - late, change];
}
