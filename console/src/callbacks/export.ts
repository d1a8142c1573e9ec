import type { Callback } from '../api/types.ts';
import { type GridQuestion, readCallbacks } from './callback-queries.ts';

const PAGE = 500;
export const MOST_ROWS = 20_000;

export const EXPORTED = [
  'id',
  'state',
  'outcome',
  'reason',
  'number',
  'e164',
  'callerName',
  'inboundNumber',
  'source',
  'rule',
  'method',
  'attemptCount',
  'acceptedAt',
  'dueAt',
  'answeredAt',
  'connectedAt',
  'doneAt',
] as const satisfies ReadonlyArray<keyof Callback>;

export interface Exported {
  items: Callback[];
  /** More than there are items: the rest was too much. */
  total: number;
}

/** @param onProgress how many of how many rows are here */
export async function readForExport(
  question: GridQuestion,
  onProgress: (done: number, total: number) => void,
): Promise<Exported> {
  const items: Callback[] = [];
  for (let page = 1; ; page += 1) {
    const answer = await readCallbacks({ ...question, page, pageSize: PAGE });
    items.push(...answer.items);
    onProgress(items.length, Math.min(answer.total, MOST_ROWS));
    if (answer.items.length < PAGE || items.length >= MOST_ROWS)
      return { items: items.slice(0, MOST_ROWS), total: answer.total };
  }
}
