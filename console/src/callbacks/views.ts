/** Views of the grid that the person has saved, and its columns: kept in this browser. */

import { useLocalStorage } from '@mantine/hooks';
import type { GridQuestion } from './callback-queries.ts';

export interface SavedView {
  name: string;
  question: GridQuestion;
}

export const COLUMN_NAMES = [
  'number',
  'callerName',
  'state',
  'rule',
  'inboundNumber',
  'source',
  'target',
  'acceptedAt',
  'dueAt',
  'doneAt',
  'attemptCount',
] as const;
export type ColumnName = (typeof COLUMN_NAMES)[number];

const USUAL: ColumnName[] = [
  'number',
  'state',
  'rule',
  'inboundNumber',
  'target',
  'acceptedAt',
  'dueAt',
  'attemptCount',
];

export function useViews() {
  const [views, setViews] = useLocalStorage<SavedView[]>({ key: 'drachtio-callback.views', defaultValue: [] });
  return {
    views,
    save: (view: SavedView) => setViews([...views.filter(({ name }) => name !== view.name), view]),
    remove: (name: string) => setViews(views.filter((view) => view.name !== name)),
  };
}

export function useColumnChoice() {
  const [chosen, setChosen] = useLocalStorage<ColumnName[]>({ key: 'drachtio-callback.columns', defaultValue: USUAL });
  return {
    chosen,
    toggle: (name: ColumnName) =>
      setChosen(COLUMN_NAMES.filter((one) => (one === name ? !chosen.includes(name) : chosen.includes(one)))),
  };
}

function today(): string {
  const now = new Date();
  return `${now.getFullYear()}-${String(now.getMonth() + 1).padStart(2, '0')}-${String(now.getDate()).padStart(2, '0')}`;
}

export const BUILT_IN = {
  all: (): GridQuestion => ({}),
  waiting: (): GridQuestion => ({ state: 'scheduled', sort: 'dueAt' }),
  talking: (): GridQuestion => ({ state: 'connected' }),
  today: (): GridQuestion => ({ from: today() }),
} as const;
