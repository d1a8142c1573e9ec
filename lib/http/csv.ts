/** CSV as spreadsheets read and write it (RFC 4180), and harmless in them. */

import type { Fields } from '../schema/plain-data.ts';
import { isFields } from '../schema/plain-data.ts';
import { mistaken } from './api-error.ts';

export const CSV_TYPE = 'text/csv; charset=utf-8';
const MOST_ROWS = 10_000;
const SEPARATOR = ';';

/** A spreadsheet takes these for the beginning of a formula (OWASP: CSV injection); a number alone is none. */
const guarded = (text: string) => (/^['=+\-@\t\r]/.test(text) && !/^[+-]?\d+$/.test(text) ? `'${text}` : text);
const unguarded = (text: string) => (/^'['=+\-@\t\r]/.test(text) ? text.slice(1) : text);

function cellOf(value: unknown): string {
  if (value === null || value === undefined) return '';
  const text = guarded(typeof value === 'string' ? value : typeof value === 'object' ? listText(value) : String(value));
  return /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** `a;b` for a list of plain words, else JSON. */
function listText(value: object): string {
  const isPlain = (item: unknown) =>
    typeof item === 'number' || (typeof item === 'string' && item !== '' && !/^[[{]|[;\s]/.test(item));
  if (Array.isArray(value) && value.length > 0 && value.every(isPlain)) return value.join(SEPARATOR);
  return JSON.stringify(value);
}

/** `callerId.number`; what is a list stays one cell. */
export function flattened(fields: Fields, prefix = ''): Fields {
  return Object.fromEntries(
    Object.entries(fields).flatMap(([key, value]) =>
      isFields(value) ? Object.entries(flattened(value, `${prefix}${key}.`)) : [[`${prefix}${key}`, value]],
    ),
  );
}

export function csvLine(cells: readonly unknown[]): string {
  return `${cells.map(cellOf).join(',')}\r\n`;
}

export function csvOf(items: readonly Fields[]): string {
  const rows = items.map((item) => flattened(item));
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  return csvLine(columns) + rows.map((row) => csvLine(columns.map((column) => row[column]))).join('');
}

/** Cells as they stand, row by row; a quote that is never closed is told. */
function cellsOf(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  const token = /("(?:[^"]|"")*"|[^",\r\n]*)(,|\r\n|\n|\r|$)/gy;
  const input = text.replace(/^\uFEFF/, '');
  while (token.lastIndex < input.length) {
    const match = token.exec(input);
    if (match === null)
      throw mistaken([{ path: `line ${rows.length + 1}`, message: 'has a quote in the wrong place' }]);
    const [, cell = '', end] = match;
    row.push(cell.startsWith('"') ? cell.slice(1, -1).replaceAll('""', '"') : cell);
    if (end === ',') {
      if (token.lastIndex === input.length) row.push('');
      else continue;
    }
    rows.push(row);
    row = [];
  }
  return rows;
}

export interface CsvRow {
  /** In the file, as a spreadsheet counts: the header is 1. */
  line: number;
  cells: Record<string, string>;
}

export function parseCsv(body: unknown): CsvRow[] {
  if (typeof body !== 'string' || body.trim() === '') throw mistaken([{ path: '', message: 'expected a CSV file' }]);
  const [header = [], ...rows] = cellsOf(body);
  const columns = header.map((name) => name.trim());
  const twice = columns.find((name, index) => name === '' || columns.indexOf(name) !== index);
  if (twice !== undefined)
    throw mistaken([
      { path: 'line 1', message: twice === '' ? 'has a column without a name' : `\`${twice}\` stands here twice` },
    ]);
  if (rows.length > MOST_ROWS) throw mistaken([{ path: '', message: `has more than ${MOST_ROWS} lines` }]);
  const wrong = rows.findIndex((row) => row.length > columns.length);
  if (wrong !== -1) throw mistaken([{ path: `line ${wrong + 2}`, message: 'has more cells than the first line' }]);
  return rows
    .map((row, index) => ({
      line: index + 2,
      cells: Object.fromEntries(columns.map((name, place) => [name, unguarded(row[place] ?? '')])),
    }))
    .filter(({ cells }) => Object.values(cells).some((cell) => cell.trim() !== ''));
}
