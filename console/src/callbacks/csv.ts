/** CSV (RFC 4180) that spreadsheets show and never run. */

/** Text that a spreadsheet would take for a formula gets an apostrophe; a plain number with its sign is none. */
export function csvCell(value: unknown): string {
  const text = value === null || value === undefined ? '' : String(value);
  const safe = /^[=+\-@\t\r]/.test(text) && !/^[+-]?\d+$/.test(text) ? `'${text}` : text;
  return /[",\r\n;]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** With a byte order mark, so that spreadsheets take it for UTF-8. */
export function csvOf<T extends object>(fields: ReadonlyArray<keyof T & string>, items: readonly T[]): string {
  const rows = items.map((item) => fields.map((field) => csvCell(item[field])).join(','));
  return `\uFEFF${[fields.join(','), ...rows].join('\r\n')}\r\n`;
}
