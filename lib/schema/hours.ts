/** Opening hours: calendars by name, and the hours that a rule may hold itself. */

import { z } from 'zod';
import type { Hours } from '../core/configuration.ts';
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
function timesMistake(text: string): string | null {
  for (const part of text.split(',')) {
    const [from, to, more] = part.trim().split('-');
    const begin = minutesOf(from ?? '');
    const end = minutesOf(to ?? '');
    if (begin === null || end === null || more !== undefined)
      return `\`${shown(part.trim())}\` is not HH:mm-HH:mm (00:00 to 24:00)`;
    if (begin >= end) return `\`${shown(part.trim())}\` ends before it begins`;
  }
  return null;
}

function dateMistake(text: string): string | null {
  const match = /^(?:(\d{4})-)?(\d{2})-(\d{2})$/.exec(text);
  const [year, month, day] = [Number(match?.[1] ?? 2024), Number(match?.[2]), Number(match?.[3])];
  const date = new Date(Date.UTC(year, month - 1, day));
  const exists = match !== null && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
  return exists ? null : `\`${shown(text)}\` is not a date (MM-DD or YYYY-MM-DD)`;
}

/** `Mon-Fri 08:00-18:00` */
export const regularHours = textField(200, (text) => {
  const match = RANGES.exec(text);
  if (match === null) return 'is not as in `Mon-Fri 08:00-18:00`';
  for (const part of match[1]!.split(',')) {
    const days = part.split('-');
    const wrong = days.length > 2 ? part : days.find((day) => !DAYS.includes(day));
    if (wrong !== undefined) return `\`${shown(wrong)}\` is not a day (${DAYS.join(', ')})`;
  }
  return timesMistake(match[2]!);
});

const extra = textField(200, (text) => {
  const match = RANGES.exec(text);
  if (match === null) return 'is not as in `12-05 09:00-12:00`';
  return dateMistake(match[1]!) ?? timesMistake(match[2]!);
});

export const hours: z.ZodType<Hours> = fields({
  name,
  timezone: textField(60, (text) => (isTimezone(text) ? null : `\`${shown(text)}\` is not an IANA time zone`)),
  regular: listOf(regularHours, 100).default([]),
  extra: listOf(extra, 1000).default([]),
  holidays: listOf(textField(10, dateMistake), 1000).default([]),
});

/** Sections whose fields are still to come: a group of fields with a name. */
export const named = z.looseObject({ name });
