/** CSV as spreadsheets read and write it (RFC 4180), and harmless in them. */

import { mistake } from '../core/mistake.ts';
import type { Fields } from '../schema/plain-data.ts';
import { isFields } from '../schema/plain-data.ts';
import { mistaken } from './api-error.ts';

export const CSV_TYPE = 'text/csv; charset=utf-8';
const MOST_ROWS = 10_000;
const MOST_COLUMNS = 200;
const SEPARATOR = ';';

/**
 * What a spreadsheet takes for the beginning of a formula (OWASP: CSV injection), in full width too; a number alone is none.
 * Also behind a semicolon: where that parts the cells, as in Brazil, it is the beginning of one.
 */
const FORMULA = String.raw`(?=\s*['=+\-@\uFF1D\uFF0B\uFF0D\uFF20]|[\t\r\n])`;
const UNGUARDED = new RegExp(String.raw`(^|;)${FORMULA}(?![+-]?\d+(?:;|$))`, 'g');
const GUARDED = new RegExp(`(^|;)'${FORMULA}`, 'g');
const guarded = (text: string) => text.replace(UNGUARDED, "$1'");
const unguarded = (text: string) => text.replace(GUARDED, '$1');

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

const CELL_END = /[",\r\n]/g;

/** The cell that begins at `start`, and where it ends; null: a quote is in the wrong place, or never closed. */
function cellAt(input: string, start: number): { cell: string; end: number } | null {
  if (input[start] !== '"') {
    CELL_END.lastIndex = start;
    const end = CELL_END.exec(input)?.index ?? input.length;
    return input[end] === '"' ? null : { cell: input.slice(start, end), end };
  }
  for (let at = start + 1; ; at += 2) {
    at = input.indexOf('"', at);
    if (at === -1) return null;
    if (input[at + 1] === '"') continue;
    const isEnd = at + 1 === input.length || /[,\r\n]/.test(input[at + 1]!);
    return isEnd ? { cell: input.slice(start + 1, at).replaceAll('""', '"'), end: at + 1 } : null;
  }
}

/** Cells as they stand, row by row; never more than can be taken. */
function cellsOf(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  const input = text.replace(/^\uFEFF/, '');
  for (let at = 0; at < input.length; ) {
    const line = `line ${rows.length + 1}`;
    const found = cellAt(input, at);
    if (found === null) throw mistaken([mistake(line, 'csv-quote')]);
    row.push(found.cell);
    if (row.length > MOST_COLUMNS) throw mistaken([mistake(line, 'csv-cells', { most: MOST_COLUMNS })]);
    at = found.end + (input.startsWith('\r\n', found.end) ? 2 : 1);
    if (input[found.end] === ',') {
      if (at < input.length) continue;
      row.push('');
    }
    rows.push(row);
    row = [];
    // the first one is the header
    if (rows.length > MOST_ROWS + 1) throw mistaken([mistake('', 'csv-lines', { most: MOST_ROWS })]);
  }
  return rows;
}

export interface CsvRow {
  /** In the file, as a spreadsheet counts: the header is 1. */
  line: number;
  cells: Record<string, string>;
}

export function parseCsv(body: unknown): CsvRow[] {
  if (typeof body !== 'string' || body.trim() === '') throw mistaken([mistake('', 'csv-expected')]);
  const [header = [], ...rows] = cellsOf(body);
  const columns = header.map((name) => name.trim());
  const twice = columns.find((name, index) => name === '' || columns.indexOf(name) !== index);
  if (twice !== undefined)
    throw mistaken([
      twice === '' ? mistake('line 1', 'csv-column-unnamed') : mistake('line 1', 'csv-column-twice', { column: twice }),
    ]);
  const wrong = rows.findIndex((row) => row.length > columns.length);
  if (wrong !== -1) throw mistaken([mistake(`line ${wrong + 2}`, 'csv-more-cells')]);
  return rows
    .map((row, index) => ({
      line: index + 2,
      cells: Object.fromEntries(columns.map((name, place) => [name, unguarded(row[place] ?? '')])),
    }))
    .filter(({ cells }) => Object.values(cells).some((cell) => cell.trim() !== ''));
}
