/** What calls cost, by prefix: a CSV table in which the longest prefix counts. */

import type { Configuration, Mistake, Spend } from '../configuration.ts';
import { type Flaw, flaw, flawText, mistake } from '../mistake.ts';
import type { PhoneNumber } from './phone-number.ts';

export interface Price {
  /** One of `limits.spend.classes`. */
  priceClass: string;
  /** Null: there is no price for it. */
  perMinute: number | null;
}

export interface PriceMistake {
  /** From 1. */
  line: number;
  what: Flaw;
  message: string;
}

const mistakeIn = (line: number, what: Flaw): PriceMistake => ({ line, what, message: flawText(what) });

const MAX_LINE = 500;
const MAX_MISTAKES = 10;
/** Other names under which rate sheets have these columns; compared in lower case, without blanks. */
const COLUMNS = {
  prefix: ['prefix', 'code', 'destinationprefix', 'prefixo'],
  priceClass: ['class', 'priceclass', 'classe'],
  perMinute: ['perminute', 'price', 'rate', 'priceperminute', 'preço', 'preco'],
} as const;
type Column = keyof typeof COLUMNS;

interface Row {
  prefix: string;
  priceClass: string;
  perMinute: number;
}

function separatorOf(head: string): string {
  return [',', ';', '\t'].find((sign) => head.includes(sign)) ?? ',';
}

/** Fields may stand in quotes, as spreadsheets write them; no field of this table needs a separator in it. */
function fieldsOf(line: string, separator: string): string[] {
  return line
    .slice(0, MAX_LINE)
    .split(separator)
    .map((field) => field.trim().replace(/^"(.*)"$/, '$1'));
}

function columnsOf(head: string[]): Record<Column, number> | null {
  const names = head.map((name) => name.toLowerCase().replace(/[\s_]/g, ''));
  const find = (column: Column) => names.findIndex((name) => (COLUMNS[column] as readonly string[]).includes(name));
  const columns = { prefix: find('prefix'), priceClass: find('priceClass'), perMinute: find('perMinute') };
  return Object.values(columns).includes(-1) ? null : columns;
}

function readRow(fields: string[], columns: Record<Column, number>, classes: readonly string[]): Row | Flaw {
  const [prefix = '', priceClass = '', price = ''] = [columns.prefix, columns.priceClass, columns.perMinute].map(
    (index) => fields[index] ?? '',
  );
  const digits = prefix.replace(/^\+|\*$/g, '');
  if (!/^\d{1,15}$/.test(digits)) return flaw('prices-prefix');
  if (!classes.includes(priceClass)) return flaw('prices-class', { classes });
  // A comma for a point can only come where the comma does not separate.
  if (!/^\d{1,6}([.,]\d{1,9})?$/.test(price)) return flaw('prices-price');
  return { prefix: digits, priceClass, perMinute: Number(price.replace(',', '.')) };
}

interface Reading {
  rows: Row[];
  /** The first ten. */
  mistakes: PriceMistake[];
}

function readLines(text: string, classes: readonly string[]): Reading {
  const reading: Reading = { rows: [], mistakes: [] };
  const lines = text.replace(/^\ufeff/, '').split(/\r\n|\n|\r/);
  let table: { separator: string; columns: Record<Column, number> } | null = null;
  for (const [index, line] of lines.entries()) {
    const say = (what: Flaw) => reading.mistakes.push(mistakeIn(index + 1, what));
    if (line.trim() === '' || line.startsWith('#')) continue;
    if (table === null) {
      const separator = separatorOf(line);
      const columns = columnsOf(fieldsOf(line, separator));
      if (columns === null) {
        say(flaw('prices-columns'));
        return reading;
      }
      table = { separator, columns };
      continue;
    }
    const row = readRow(fieldsOf(line, table.separator), table.columns, classes);
    if ('code' in row) say(row);
    else reading.rows.push(row);
    if (reading.mistakes.length >= MAX_MISTAKES) return reading;
  }
  return reading;
}

function repeated(rows: readonly Row[]): string | null {
  const seen = new Set<string>();
  for (const { prefix } of rows) {
    if (seen.has(prefix)) return prefix;
    seen.add(prefix);
  }
  return null;
}

/** What is wrong with a price list, for schema/; at most ten. */
export function priceListMistakes(text: string, classes: readonly string[]): PriceMistake[] {
  const { rows, mistakes } = readLines(text, classes);
  const twice = mistakes.length === 0 ? repeated(rows) : null;
  return twice === null ? mistakes : [mistakeIn(0, flaw('prices-prefix-twice', { prefix: twice }))];
}

interface Table {
  byPrefix: ReadonlyMap<string, Row>;
  longest: number;
}

/** A configuration is frozen, so a list is read once. */
const tables = new WeakMap<Spend, Table>();

function tableOf(spend: Spend): Table {
  const known = tables.get(spend);
  if (known !== undefined) return known;
  const byPrefix = new Map(readLines(spend.prices, spend.classes).rows.map((row) => [row.prefix, row]));
  const table = { byPrefix, longest: Math.max(0, ...[...byPrefix.keys()].map((prefix) => prefix.length)) };
  tables.set(spend, table);
  return table;
}

/** @returns null: there is no price list; a number that none of its prefixes fits is of the dearest class */
export function priceOf(number: PhoneNumber, spend: Spend | undefined): Price | null {
  if (spend === undefined || spend.prices.trim() === '') return null;
  const { byPrefix, longest } = tableOf(spend);
  const digits = number.e164?.slice(1) ?? '';
  for (let length = Math.min(longest, digits.length); length > 0; length -= 1) {
    const row = byPrefix.get(digits.slice(0, length));
    if (row !== undefined) return { priceClass: row.priceClass, perMinute: row.perMinute };
  }
  return { priceClass: spend.classes.at(-1) ?? '', perMinute: null };
}

/** `priceClass` is not dearer than `most`; a class that is in no list is the dearest. */
export function isWithinClass(priceClass: string, most: string, spend: Spend): boolean {
  const rank = (name: string) => {
    const index = spend.classes.indexOf(name);
    return index < 0 ? spend.classes.length - 1 : index;
  };
  return rank(priceClass) <= rank(most);
}

/** Amounts are kept as whole millionths, so that sums are exact. */
export const MICROS = 1_000_000;

/** What a call of so many minutes costs, in millionths; nothing for a number without a price. */
export function costMicros(price: Price | null, minutes: number): number {
  return Math.round((price?.perMinute ?? 0) * MICROS * minutes);
}

/** Rules and trunks that name a class which there is not. */
export function priceClassMistakes({ limits, callbackRules, trunks }: Configuration): Mistake[] {
  const classes = limits.spend?.classes ?? [];
  const named = [
    ...callbackRules.map(({ maxPriceClass }, index) => ({ maxPriceClass, path: `callbackRules[${index}]` })),
    ...trunks.map(({ maxPriceClass }, index) => ({ maxPriceClass, path: `trunks[${index}]` })),
  ];
  return named.flatMap(({ maxPriceClass = null, path }) =>
    maxPriceClass === null || classes.includes(maxPriceClass)
      ? []
      : [mistake(`${path}.maxPriceClass`, 'not-of-the-price-classes', { classes })],
  );
}
