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
function inOrderOfWaiting({ state, sort }: CallbackQuery): boolean {
  return state === 'scheduled' && sort.field === 'dueAt';
}

function filtered<Row>(
  select: SelectQueryBuilder<Schema, 'callbacks', Row>,
  query: CallbackQuery,
): SelectQueryBuilder<Schema, 'callbacks', Row> {
  const { state, number, rule, outcome, inboundNumbers, text, from, to, after } = query;
  return (
    select
      .$if(state !== undefined && !inOrderOfWaiting(query), (rows) => rows.where('state', '=', state!))
      .$if(inOrderOfWaiting(query), (rows) => rows.where('waiting_until', 'is not', null))
      .$if(number !== undefined, (rows) =>
        rows.where((eb) => eb.or([eb('caller_e164', '=', number!), eb('caller_received', '=', number!)])),
      )
      .$if(rule !== undefined, (rows) => rows.where('rule', '=', rule!))
      .$if(outcome !== undefined, (rows) => rows.where('outcome', '=', outcome!))
      // an empty list of numbers is none of them, not all
      .$if(inboundNumbers?.length === 0, (rows) => rows.where(sql<boolean>`1 = 0`))
      .$if((inboundNumbers?.length ?? 0) > 0, (rows) => rows.where('inbound_number', 'in', inboundNumbers!))
      .$if(text !== undefined, (rows) => rows.where(holds(['caller_e164', 'caller_received', 'rule', 'id'], text!)))
      .$if(from !== undefined, (rows) => rows.where('accepted_at', '>=', from!))
      .$if(to !== undefined, (rows) => rows.where('accepted_at', '<', to!))
      .$if(after !== undefined, (rows) =>
        rows.where(sql<SqlBool>`(accepted_at, id) > (${after!.acceptedAt}, ${after!.id})`),
      )
  );
}

/** Anywhere in one of the columns, case aside. */
export function holds(columns: readonly string[], text: string): Expression<SqlBool> {
  const pattern = `%${text.toLowerCase().replace(/[\\%_]/g, (sign) => `\\${sign}`)}%`;
  const parts = columns.map((column) => sql<boolean>`lower(${sql.ref(column)}) like ${pattern} escape '\\'`);
  return sql<SqlBool>`(${sql.join(parts, sql` or `)})`;
}

export function totalOf(db: Kysely<Schema>, query: CallbackQuery): CompiledQuery<{ total: number }> {
  const select = db.selectFrom('callbacks').select((eb) => eb.fn.countAll<number>().as('total'));
  return filtered(select, query).compile();
}

/** Ties are in the order of acceptance for states, then by id, so that no row is on two pages or on none. */
export function idsOf(db: Kysely<Schema>, query: CallbackQuery, window: Window): CompiledQuery<{ id: string }> {
  const direction = query.sort.descending === window.backwards ? 'asc' : 'desc';
  return filtered(db.selectFrom('callbacks').select('id'), query)
    .orderBy(inOrderOfWaiting(query) ? 'waiting_until' : SORT_COLUMNS[query.sort.field], direction)
    .$if(query.sort.field === 'state', (rows) => rows.orderBy('accepted_at', direction))
    .orderBy('id', direction)
    .limit(window.count)
    .offset(window.offset)
    .compile();
}
