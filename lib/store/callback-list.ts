/** Lists of callbacks: filter, order, page. The pages hold ids that an index gives; the rows are read for one page only. */

import { type CompiledQuery, type Expression, type Kysely, type SelectQueryBuilder, type SqlBool, sql } from 'kysely';
import type { CallbackState } from '../core/callback/callback.ts';
import type { CallbackQuery } from '../ports/store.ts';
import type { Schema } from './schema.ts';

export const MAX_PAGE_SIZE = 500;

const SORT_COLUMNS = { acceptedAt: 'accepted_at', dueAt: 'due_at', state: 'state' } as const;

/** `page` and `pageSize` as they are used: whole, from 1, bounded. */
export function boundedPage(query: Pick<CallbackQuery, 'page' | 'pageSize'>): { page: number; pageSize: number } {
  const whole = (value: number, most: number) => Math.min(Math.max(Math.trunc(value) || 1, 1), most);
  return { page: whole(query.page, 2 ** 31), pageSize: whole(query.pageSize, MAX_PAGE_SIZE) };
}

export interface Window {
  offset: number;
  count: number;
  /** The page is nearer to the end: read backwards from there, then turn it round. */
  backwards: boolean;
}

/** Which rows of `total` a page holds; null: none. An offset is walked row by row, so it starts at the nearer end. */
export function windowOf(total: number, page: number, pageSize: number): Window | null {
  const first = (page - 1) * pageSize;
  const count = Math.min(pageSize, total - first);
  if (count <= 0) return null;
  const behind = total - first - count;
  return behind < first ? { offset: behind, count, backwards: true } : { offset: first, count, backwards: false };
}

/** The state if it is the only filter (null: no filter at all): its total is known without counting. */
export function countedState(query: CallbackQuery): CallbackState | null | 'other' {
  const { state, sort: _sort, page: _page, pageSize: _pageSize, ...others } = query;
  return Object.values(others).some((filter) => filter !== undefined) ? 'other' : (state ?? null);
}

/** The scheduled ones by due time: an index has them so. */
function inOrderOfWaiting(query: CallbackQuery): boolean {
  return countedState(query) === 'scheduled' && query.sort.field === 'dueAt';
}

const isNobodys = ({ state, outcome }: CallbackQuery): boolean =>
  outcome !== undefined && state !== undefined && state !== 'done';

/** All are in one state, so in the order of acceptance: whoever has an outcome is done. */
const isOneState = ({ state, outcome }: CallbackQuery): boolean => state !== undefined || outcome !== undefined;

/**
 * The index that a list is read from, for a planner that knows nothing of how many rows have what: the one that has all
 * that is asked, or that leaves the fewest rows to be looked at. Null: the planner finds the caller's two by itself.
 */
export function listIndex(query: CallbackQuery): string | null {
  const { state, number, rule, outcome, inboundNumbers, text, from, to, sort } = query;
  if (number !== undefined || inboundNumbers?.length === 0) return null;
  if (text !== undefined) return 'callbacks_accepted';
  if (outcome !== undefined) return 'callbacks_outcome';
  if (inOrderOfWaiting(query)) return 'callbacks_waiting';
  if (state !== undefined || sort.field === 'state') return 'callbacks_state';
  if (rule !== undefined) return 'callbacks_rule';
  if (inboundNumbers?.length === 1) return 'callbacks_inbound';
  const isAll = inboundNumbers === undefined && from === undefined && to === undefined && query.after === undefined;
  return isAll && sort.field === 'dueAt' ? 'callbacks_due' : 'callbacks_accepted';
}

function filtered<Row>(
  select: SelectQueryBuilder<Schema, 'callbacks', Row>,
  query: CallbackQuery,
): SelectQueryBuilder<Schema, 'callbacks', Row> {
  const { state, number, rule, outcome, inboundNumbers, text, from, to, after } = query;
  // Nothing is as rare as one caller's number: no other index is to be taken.
  const column = (name: 'state' | 'rule' | 'outcome' | 'inbound_number' | 'accepted_at') =>
    number === undefined ? sql.ref<string>(name) : sql<string>`coalesce(${sql.ref(name)}, null)`;
  return (
    select
      .$if(state !== undefined && outcome === undefined && !inOrderOfWaiting(query), (rows) =>
        rows.where(column('state'), '=', state!),
      )
      .$if(inOrderOfWaiting(query), (rows) => rows.where('waiting_until', 'is not', null))
      .$if(number !== undefined, (rows) =>
        rows.where((eb) => eb.or([eb('caller_e164', '=', number!), eb('caller_received', '=', number!)])),
      )
      .$if(rule !== undefined, (rows) => rows.where(column('rule'), '=', rule!))
      .$if(outcome !== undefined, (rows) => rows.where(column('outcome'), '=', outcome!))
      // an empty list of numbers is none of them, not all; an outcome has who is done, and nobody else
      .$if(inboundNumbers?.length === 0 || isNobodys(query), (rows) => rows.where(sql<boolean>`1 = 0`))
      .$if((inboundNumbers?.length ?? 0) > 0, (rows) => rows.where(column('inbound_number'), 'in', inboundNumbers!))
      .$if(text !== undefined, (rows) => rows.where(holds(searched(text!), text!)))
      .$if(from !== undefined, (rows) => rows.where(sql<SqlBool>`${column('accepted_at')} >= ${from!}`))
      .$if(to !== undefined, (rows) => rows.where(sql<SqlBool>`${column('accepted_at')} < ${to!}`))
      .$if(after !== undefined, (rows) =>
        rows.where(sql<SqlBool>`(accepted_at, id) > (${after!.acceptedAt}, ${after!.id})`),
      )
  );
}

/** An international number has no letters. */
const searched = (text: string): string[] => [
  ...(/[^\d+]/.test(text) ? [] : ['caller_e164']),
  'caller_received',
  'rule',
  'id',
];

/** Anywhere in one of the columns, case aside. */
export function holds(columns: readonly string[], text: string): Expression<SqlBool> {
  const pattern = `%${text.toLowerCase().replace(/[\\%_]/g, (sign) => `\\${sign}`)}%`;
  const hasCase = text.toLowerCase() !== text.toUpperCase();
  const parts = columns.map((column) => {
    const value = hasCase ? sql`lower(${sql.ref(column)})` : sql.ref(column);
    return sql<boolean>`${value} like ${pattern} escape '\\'`;
  });
  return sql<SqlBool>`(${sql.join(parts, sql` or `)})`;
}

export function totalOf(db: Kysely<Schema>, query: CallbackQuery): CompiledQuery<{ total: number }> {
  const select = db.selectFrom('callbacks').select((eb) => eb.fn.countAll<number>().as('total'));
  return filtered(select, query).compile();
}

function orderColumn(query: CallbackQuery): 'accepted_at' | 'due_at' | 'state' | 'waiting_until' {
  if (inOrderOfWaiting(query)) return 'waiting_until';
  return query.sort.field === 'state' && isOneState(query) ? 'accepted_at' : SORT_COLUMNS[query.sort.field];
}

/** Ties are in the order of acceptance for states, then by id, so that no row is on two pages or on none. */
export function idsOf(db: Kysely<Schema>, query: CallbackQuery, window: Window): CompiledQuery<{ id: string }> {
  const direction = query.sort.descending === window.backwards ? 'asc' : 'desc';
  return filtered(db.selectFrom('callbacks').select('id'), query)
    .orderBy(orderColumn(query), direction)
    .$if(query.sort.field === 'state' && !isOneState(query), (rows) => rows.orderBy('accepted_at', direction))
    .orderBy('id', direction)
    .limit(window.count)
    .offset(window.offset)
    .compile();
}
