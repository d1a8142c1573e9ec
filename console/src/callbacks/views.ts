/** Views of the grid that the person has saved, and its columns: kept on the server, for each person. */

import { useQuery, useQueryClient } from '@tanstack/react-query';
import { api } from '../api/client.ts';
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

interface Kept {
  views?: SavedView[];
  columns?: ColumnName[];
}

const KEY = ['preferences'];
const LOCAL = 'drachtio-callback.grid';

function localKept(): Kept {
  try {
    return JSON.parse(localStorage.getItem(LOCAL) ?? '{}') as Kept;
  } catch {
    return {};
  }
}

interface Preferences {
  /** Whether the server keeps them: not for keys, which are no persons. */
  kept: boolean;
  preferences: Record<string, unknown>;
}

/** What the server keeps for the person; for a key this browser keeps it. */
function useKept(): { kept: Kept; keep: (change: Kept) => void } {
  const client = useQueryClient();
  const { data } = useQuery({
    queryKey: KEY,
    staleTime: 60_000,
    queryFn: ({ signal }) => api.get('/api/v1/session/preferences', { signal }) as Promise<Preferences>,
  });
  const kept = data === undefined || !data.kept ? localKept() : ((data.preferences['grid'] ?? {}) as Kept);
  const keep = (change: Kept) => {
    const next = { ...kept, ...change };
    localStorage.setItem(LOCAL, JSON.stringify(next));
    if (data === undefined) return;
    const preferences = { ...data.preferences, grid: next };
    client.setQueryData(KEY, { ...data, preferences });
    if (data.kept) void api.put('/api/v1/session/preferences', { body: { preferences } }).catch(() => undefined);
  };
  return { kept, keep };
}

export function useViews() {
  const { kept, keep } = useKept();
  const views = kept.views ?? [];
  return {
    views,
    save: (view: SavedView) => keep({ views: [...views.filter(({ name }) => name !== view.name), view] }),
    remove: (name: string) => keep({ views: views.filter((view) => view.name !== name) }),
  };
}

export function useColumnChoice() {
  const { kept, keep } = useKept();
  const chosen = COLUMN_NAMES.filter((name) => (kept.columns ?? USUAL).includes(name));
  return {
    chosen,
    toggle: (name: ColumnName) =>
      keep({ columns: COLUMN_NAMES.filter((one) => (one === name ? !chosen.includes(name) : chosen.includes(one))) }),
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
