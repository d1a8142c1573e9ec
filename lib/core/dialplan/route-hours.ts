/** The time of day at which a route counts. */

import type { Configuration, OutgoingRoute } from '../configuration.ts';
import { areOpen, type Opening, readCalendar } from '../policy/hours/opening-hours.ts';

/** A configuration is frozen, so what was read out of it stays true as long as it lives. */
const calendars = new WeakMap<object, Opening['calendar']>();

function calendarOf(source: object, hours: Parameters<typeof readCalendar>[0]): Opening['calendar'] {
  const known = calendars.get(source);
  if (known !== undefined) return known;
  const calendar = readCalendar(hours);
  calendars.set(source, calendar);
  return calendar;
}

function openingsOf({ hours, between, timezone }: OutgoingRoute, configuration: Configuration): Opening[] {
  const openings: Opening[] = [];
  const named = configuration.hours.find(({ name }) => name === (hours ?? null));
  if (named !== undefined) openings.push({ calendar: calendarOf(named, named), zone: named.timezone });
  if (between && timezone) {
    const calendar = calendarOf(between, { regular: between, extra: [], holidays: [] });
    openings.push({ calendar, zone: timezone });
  }
  return openings;
}

/** @param at epoch milliseconds; null: at whatever time */
export function isRouteOpen(route: OutgoingRoute, configuration: Configuration, at: number | null): boolean {
  return at === null || areOpen(openingsOf(route, configuration), at);
}

/** For people; null: it is always open. */
export function hoursText({ hours, between, timezone }: OutgoingRoute): string | null {
  const parts = [...(hours ? [`hours '${hours}'`] : []), ...(between ? [`${between.join(', ')} in ${timezone}`] : [])];
  return parts.length === 0 ? null : parts.join(' and ');
}
