/** A page of a list that is in memory: searched, sorted, cut. */

import type { z } from 'zod';
import { mistake } from '../core/mistake.ts';
import type { Page } from '../ports/store.ts';
import type { Fields } from '../schema/plain-data.ts';
import type { listQuery } from '../schema/requests.ts';
import { mistaken } from './api-error.ts';
import { listQueryOf } from './requested.ts';

const collator = new Intl.Collator('en', { numeric: true, sensitivity: 'base' });

/** Whether any text in it, field names aside, holds `needle` (lower case). */
function holds(value: unknown, needle: string): boolean {
  if (typeof value === 'string') return value.toLowerCase().includes(needle);
  if (typeof value === 'number') return String(value).includes(needle);
  if (typeof value === 'object' && value !== null) return Object.values(value).some((inner) => holds(inner, needle));
  return false;
}

function sorted(items: readonly Fields[], sort: string): Fields[] {
  const descending = sort.startsWith('-');
  const field = descending ? sort.slice(1) : sort;
  const known = items[0] === undefined || Object.hasOwn(items[0], field);
  if (!known || field === '') throw mistaken([mistake('sort', 'no-sort-field')]);
  const text = (item: Fields) => {
    const value = item[field];
    return value === null || value === undefined
      ? ''
      : typeof value === 'object'
        ? JSON.stringify(value)
        : String(value);
  };
  const ascending = items.toSorted((a, b) => collator.compare(text(a), text(b)));
  return descending ? ascending.reverse() : ascending;
}

/** `?method=caller`: what is no parameter of the list is a field, and has to be one of text, number, true or false. */
export function filteredBy(
  items: readonly Fields[],
  given: unknown,
  known: readonly string[],
): [readonly Fields[], Fields] {
  const parameters = Object.entries((given ?? {}) as Record<string, unknown>);
  const isFilter = (name: string) => !LIST_PARAMETERS.includes(name) && known.includes(name);
  const filters = parameters.filter(([name, text]) => isFilter(name) && text !== '');
  const left = Object.fromEntries(parameters.filter(([name]) => !isFilter(name)));
  const meets = (value: unknown, text: unknown) =>
    Array.isArray(value)
      ? value.some((one) => String(one) === text)
      : typeof value !== 'object' && String(value) === text;
  return [items.filter((item) => filters.every(([name, text]) => meets(item[name], text))), left];
}

const LIST_PARAMETERS = ['q', 'sort', 'page', 'pageSize'];

/** Filtered by any of the fields, and what `pageOf` does. */
export function askedPage(items: readonly Fields[], query: unknown, fieldNames: readonly string[]): Page<Fields> {
  const [found, rest] = filteredBy(items, query, fieldNames);
  return pageOf(found, listQueryOf(rest));
}

/** Without `sort` in the file's order. */
export function pageOf(items: readonly Fields[], query: z.output<typeof listQuery>): Page<Fields> {
  const { q, sort, page, pageSize } = query;
  const found = q === undefined || q === '' ? items : items.filter((item) => holds(item, q.toLowerCase()));
  const ordered = sort === undefined || sort === '' ? found : sorted(found, sort);
  const start = (page - 1) * pageSize;
  return { items: ordered.slice(start, start + pageSize), total: found.length, page, pageSize };
}
