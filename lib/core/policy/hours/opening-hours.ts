/** Calendars of opening hours, and when one opens next. Pointwise: open at an instant is what the clock on the wall says. */

import type { Hours } from '../../configuration.ts';
import { dayAfter, instantsOf, type LocalDate, type WallTime, wallTime, weekdayOf } from './local-time.ts';

/** Minutes since midnight: begin, and the first minute after the end. */
type Range = readonly [begin: number, end: number];

/** A calendar without its zone. */
export interface Calendar {
  regular: readonly (readonly Range[])[];
  /** By `MM-DD` or `YYYY-MM-DD`. */
  extra: ReadonlyMap<string, readonly Range[]>;
  holidays: ReadonlySet<string>;
}

/** Open by this calendar, by the clocks of this zone. */
export interface Opening {
  calendar: Calendar;
  zone: string;
}

const DAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];
/** A calendar that does not open within a year and a day does not open. */
const HORIZON_DAYS = 367;

function minuteOf(text: string): number {
  const [hours = '0', minutes = '0'] = text.split(':');
  return Number(hours) * 60 + Number(minutes);
}

function rangesOf(text: string): Range[] {
  return text.split(',').map((part): Range => {
    const [begin = '', end = ''] = part.trim().split('-');
    return [minuteOf(begin), minuteOf(end)];
  });
}

/** `Mon-Fri`, `Sat`, `Fri-Mon` (over the end of the week), or several of them. */
function daysOf(text: string): number[] {
  return text.split(',').flatMap((part) => {
    const [first = '', last = first] = part.split('-');
    const from = DAYS.indexOf(first);
    const length = ((DAYS.indexOf(last) - from + 7) % 7) + 1;
    return from < 0 ? [] : Array.from({ length }, (_, index) => (from + index) % 7);
  });
}

function splitEntry(entry: string): [head: string, times: string] {
  const blank = entry.indexOf(' ');
  return [entry.slice(0, blank), entry.slice(blank + 1)];
}

/** Reads what `schema/` has checked. */
export function readCalendar(hours: Pick<Hours, 'regular' | 'extra' | 'holidays'>): Calendar {
  const regular: Range[][] = DAYS.map(() => []);
  for (const entry of hours.regular) {
    const [days, times] = splitEntry(entry);
    for (const day of daysOf(days)) regular[day]?.push(...rangesOf(times));
  }
  const extra = new Map<string, Range[]>();
  for (const entry of hours.extra) {
    const [date, times] = splitEntry(entry);
    extra.set(date, [...(extra.get(date) ?? []), ...rangesOf(times)]);
  }
  return { regular, extra, holidays: new Set(hours.holidays) };
}

function keysOf({ year, month, day }: LocalDate): [everyYear: string, thisYear: string] {
  const two = (value: number) => String(value).padStart(2, '0');
  const everyYear = `${two(month)}-${two(day)}`;
  return [everyYear, `${String(year).padStart(4, '0')}-${everyYear}`];
}

/** A holiday closes the regular hours; extra hours count on any day, on a holiday they are the only ones. */
function rangesOn(calendar: Calendar, date: LocalDate, weekday: number): readonly Range[] {
  const keys = keysOf(date);
  const extra = keys.flatMap((key) => calendar.extra.get(key) ?? []);
  const isHoliday = keys.some((key) => calendar.holidays.has(key));
  return isHoliday ? extra : [...(calendar.regular[weekday] ?? []), ...extra];
}

function isOpenByWall(calendar: Calendar, wall: WallTime): boolean {
  return rangesOn(calendar, wall, wall.weekday).some(([begin, end]) => wall.minute >= begin && wall.minute < end);
}

export function isOpen({ calendar, zone }: Opening, at: number): boolean {
  return isOpenByWall(calendar, wallTime(zone, at));
}

/** Whether the day on the wall is one of the holidays, open for extra hours or not. */
export function isHoliday({ calendar, zone }: Opening, at: number): boolean {
  return keysOf(wallTime(zone, at)).some((key) => calendar.holidays.has(key));
}

export function areOpen(openings: readonly Opening[], at: number): boolean {
  return openings.every((opening) => isOpen(opening, at));
}

/** Instants of one local day at which the calendar may begin to be open. */
function beginningsOn({ calendar, zone }: Opening, date: LocalDate): number[] {
  return rangesOn(calendar, date, weekdayOf(date)).flatMap(([begin]) => instantsOf(zone, date, begin));
}

/**
 * The first instant at or after `at` at which all are open; null: none within a year. What is open is open from one of its
 * beginnings on, and so is what is open in all: the beginnings are all that has to be looked at.
 */
export function nextOpen(openings: readonly Opening[], at: number): number | null {
  if (areOpen(openings, at)) return at;
  const today = openings.map(({ zone }) => wallTime(zone, at));
  let best: number | null = null;
  for (let days = -1, left = HORIZON_DAYS; left > 0; days += 1, left -= 1) {
    const beginnings = openings.flatMap((opening, index) =>
      beginningsOn(opening, dayAfter(today[index] as LocalDate, days)),
    );
    for (const instant of beginnings.sort((a, b) => a - b)) {
      if (instant <= at || (best !== null && instant >= best) || !areOpen(openings, instant)) continue;
      best = instant;
      // Another zone's day may begin earlier, though it comes later here.
      left = Math.min(left, 3);
    }
  }
  return best;
}
