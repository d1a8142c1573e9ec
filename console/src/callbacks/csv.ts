/** CSV (RFC 4180) that spreadsheets show and never run. */

/**
 * What a spreadsheet would take for the beginning of a formula, in full width too; a plain number with its sign is none. Also
 * behind a semicolon: where that parts the cells, as in Brazil, it is the beginning of one.
 */
const FORMULA = /(^|;)(?=\s*[=+\-@\uFF1D\uFF0B\uFF0D\uFF20]|[\t\r\n])(?![+-]?\d+(?:;|$))/g;

/** Text that would be a formula gets an apostrophe. */
export function csvCell(value: unknown): string {
  const text = value === null || value === undefined ? '' : String(value);
  const safe = text.replace(FORMULA, "$1'");
  return /[",\r\n;]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** With a byte order mark, so that spreadsheets take it for UTF-8. */
export function csvOf<T extends object>(fields: ReadonlyArray<keyof T & string>, items: readonly T[]): string {
  const rows = items.map((item) => fields.map((field) => csvCell(item[field])).join(','));
  return `\uFEFF${[fields.join(','), ...rows].join('\r\n')}\r\n`;
}
