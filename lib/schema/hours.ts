/** Opening hours: calendars by name, and the hours that a rule may hold itself. */

import { z } from 'zod';
import type { Hours } from '../core/configuration.ts';
import { type Flaw, flaw } from '../core/mistake.ts';
import { listOf, name, textField } from './field.ts';
import { fields } from './mistake-list.ts';
import { shown } from './nearest.ts';

const DAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];
const RANGES = /^(\S+) (\S.*)$/;

/** An IANA zone by its name; offsets are none, since they know no summer time. */
export function isTimezone(text: string): boolean {
  if (!/^[A-Za-z]/.test(text)) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: text });
    return true;
  } catch {
    return false;
  }
}

function minutesOf(text: string): number | null {
  const match = /^(\d{2}):(\d{2})$/.exec(text);
  if (match === null) return null;
  const [hours, minutes] = [Number(match[1]), Number(match[2])];
  if (minutes > 59 || hours > 24 || (hours === 24 && minutes > 0)) return null;
  return hours * 60 + minutes;
}

/** `08:00-12:00` or several, separated by commas; `24:00` is a legal end. */
function timesMistake(text: string): Flaw | null {
  for (const part of text.split(',')) {
    const [from, to, more] = part.trim().split('-');
    const begin = minutesOf(from ?? '');
    const end = minutesOf(to ?? '');
    if (begin === null || end === null || more !== undefined) return flaw('not-times', { times: shown(part.trim()) });
    if (begin >= end) return flaw('times-backwards', { times: shown(part.trim()) });
  }
  return null;
}

function dateMistake(text: string): Flaw | null {
  const match = /^(?:(\d{4})-)?(\d{2})-(\d{2})$/.exec(text);
  const [year, month, day] = [Number(match?.[1] ?? 2024), Number(match?.[2]), Number(match?.[3])];
  const date = new Date(Date.UTC(year, month - 1, day));
  const exists = match !== null && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
  return exists ? null : flaw('not-a-date', { date: shown(text) });
}

/** `Mon-Fri 08:00-18:00` */
export const regularHours = textField(200, (text) => {
  const match = RANGES.exec(text);
  if (match === null) return flaw('not-hours');
  for (const part of match[1]!.split(',')) {
    const days = part.split('-');
    const wrong = days.length > 2 ? part : days.find((day) => !DAYS.includes(day));
    if (wrong !== undefined) return flaw('not-a-day', { day: shown(wrong), days: DAYS });
  }
  return timesMistake(match[2]!);
});

const extra = textField(200, (text) => {
  const match = RANGES.exec(text);
  if (match === null) return flaw('not-extra-hours');
  return dateMistake(match[1]!) ?? timesMistake(match[2]!);
});

export const timezone = textField(60, (text) =>
  isTimezone(text) ? null : flaw('not-a-timezone', { timezone: shown(text) }),
);

export const hours: z.ZodType<Hours> = fields({
  name,
  timezone,
  regular: listOf(regularHours, 100).default([]),
  extra: listOf(extra, 1000).default([]),
  holidays: listOf(textField(10, dateMistake), 1000).default([]),
});

/** Sections whose fields are still to come: a group of fields with a name. */
export const named = z.looseObject({ name });
