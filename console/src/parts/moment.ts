/** Local time of a calendar, `2026-11-27 14:30:00`, as an instant. */
export function isoOf(local: string): string {
  return new Date(local.replace(' ', 'T')).toISOString();
}

/** As the reader writes it: `Nov 27, 2026, 2:30 PM`. */
export function momentText(language: string, local: string): string {
  return new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'short' }).format(new Date(isoOf(local)));
}

/** `America/Sao_Paulo (GMT-3)`: whose clock a calendar speaks of, at that time. */
export function zoneText(language: string, at: Date): string {
  const { timeZone } = new Intl.DateTimeFormat().resolvedOptions();
  const parts = new Intl.DateTimeFormat(language, { timeZoneName: 'shortOffset' }).formatToParts(at);
  const offset = parts.find(({ type }) => type === 'timeZoneName')?.value;
  return offset === undefined || offset === timeZone ? timeZone : `${timeZone} (${offset})`;
}
