/** When a callback may be dialled: within its rule's calendar, and by the clocks of the person who is called. */

import type { CallbackTerms, Configuration } from '../configuration.ts';
import { zonesOf } from '../policy/hours/number-zones.ts';
import { nextOpen, type Opening, readCalendar } from '../policy/hours/opening-hours.ts';
import type { PhoneNumber } from '../policy/phone-number.ts';
import { type Said, type Sentence, say, sentence } from '../sentence.ts';

export interface HoursFinding extends Said {
  /** The first instant, from the asked one on, at which it may be dialled; null: none within a year. */
  at: number | null;
  open: boolean;
  /** Candidate zones of the number; empty: they do not matter. */
  zones: readonly string[];
}

/** By what they say: a promise brings its own copy of its rule's hours along. */
const calendars = new Map<string, Opening['calendar']>();
const MAX_CALENDARS = 1000;

function calendarOf({ regular, extra, holidays }: Parameters<typeof readCalendar>[0]): Opening['calendar'] {
  const key = JSON.stringify([regular, extra, holidays]);
  const known = calendars.get(key);
  if (known !== undefined) return known;
  const calendar = readCalendar({ regular, extra, holidays });
  if (calendars.size >= MAX_CALENDARS) calendars.clear();
  calendars.set(key, calendar);
  return calendar;
}

/** A calendar by its name; null: there is none. */
export function openingOf(configuration: Pick<Configuration, 'hours'>, calendar: string | null): Opening | null {
  const named = configuration.hours.find(({ name }) => name === calendar);
  return named === undefined ? null : { calendar: calendarOf(named), zone: named.timezone };
}

function ofCalendar(configuration: Configuration, terms: CallbackTerms): Opening[] {
  const opening = openingOf(configuration, terms.hours ?? null);
  return opening === null ? [] : [opening];
}

function ofPerson(
  configuration: Configuration,
  terms: CallbackTerms,
  number: PhoneNumber | null,
): { openings: Opening[]; zones: readonly string[] } {
  const regular = terms.callingHours ?? configuration.limits.callingHours ?? [];
  if (number === null || regular.length === 0) return { openings: [], zones: [] };
  const zones = zonesOf(number, configuration.defaultCountry);
  const calendar = calendarOf({ regular, extra: [], holidays: [] });
  return { openings: zones.map((zone) => ({ calendar, zone })), zones };
}

function placeOf(terms: CallbackTerms, all: readonly string[]): Sentence {
  const calendar = terms.hours ?? '';
  if (all.length === 0) return sentence('place-calendar', { calendar });
  const zones = all.length > 4 ? sentence('zones-more', { zones: all.slice(0, 3), count: all.length - 3 }) : all;
  return calendar === '' ? sentence('place-clocks', { zones }) : sentence('place-both', { calendar, zones });
}

function saidOf(place: Sentence, open: boolean, at: number | null): Said {
  if (open) return say('hours-within', { place });
  return at === null ? say('hours-never', { place }) : say('hours-outside', { place, at: new Date(at).toISOString() });
}

/**
 * @param number that is dialled; null: an extension, which has no calling hours of its own
 * @returns null: no hours are set, it may be dialled at any time
 */
export function judgeHours(
  configuration: Configuration,
  terms: CallbackTerms,
  asked: { number: PhoneNumber | null; at: number },
): HoursFinding | null {
  const person = ofPerson(configuration, terms, asked.number);
  const openings = [...ofCalendar(configuration, terms), ...person.openings];
  if (openings.length === 0) return null;
  const at = nextOpen(openings, asked.at);
  const open = at === asked.at;
  return { at, open, zones: person.zones, ...saidOf(placeOf(terms, person.zones), open, at) };
}

export function waitsForHours(terms: CallbackTerms): boolean {
  return terms.outsideHours === 'wait';
}
