/** A day that was chosen (`2026-11-27`) means the reader's day: its first instant, or that of a day after it. */
export function instantOfDay(day: string | undefined, addDays = 0): string | undefined {
  if (day === undefined || day === '') return undefined;
  const [year = 0, month = 1, date = 1] = day.split('-').map(Number);
  return new Date(year, month - 1, date + addDays).toISOString();
}
