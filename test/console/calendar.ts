/** What a person does with the calendar of a field, in an English page. */

import type { Locator, Page } from 'playwright-core';

/** The calendar that belongs to the field of this label: the page behind it may have a `Next` of its own. */
const calendarOf = (page: Page, label: string): Locator => page.getByRole('dialog', { name: label, exact: true });

const nameOf = (day: Date) => `${day.getDate()} ${day.toLocaleString('en', { month: 'long' })} ${day.getFullYear()}`;

/** A day of the next month, whatever day it is today. */
export function dayOfNextMonth(date: number, now = new Date()): Date {
  return new Date(now.getFullYear(), now.getMonth() + 1, date);
}

/** Opens the calendar of a field; it stands open until a day is applied. */
export async function openCalendar(page: Page, label: string): Promise<Locator> {
  await page.getByRole('button', { name: label, exact: true }).click();
  const calendar = calendarOf(page, label);
  await calendar.getByRole('button', { name: 'Next', exact: true }).waitFor();
  return calendar;
}

/** Leafs to the next month and takes that day of it, at midnight. */
export async function takeDay(calendar: Locator, day: Date): Promise<void> {
  await calendar.getByRole('button', { name: 'Next', exact: true }).click();
  await calendar.getByRole('button', { name: nameOf(day), exact: true }).click();
  await calendar.getByRole('button', { name: 'Apply', exact: true }).click();
  await calendar.waitFor({ state: 'detached' });
}
