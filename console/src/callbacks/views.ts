/** Views of the grid that the person has saved, and its columns: kept on the server, for each person. */

import { useQuery, useQueryClient } from '@tanstack/react-query';
import { ApiFailure, api } from '../api/client.ts';
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
const PATH = '/api/v1/session/preferences';
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

/** Made of what is kept, at any time: it may be made twice. */
type Change = (kept: Kept) => Kept;

const gridOf = ({ preferences }: Preferences) => (preferences['grid'] ?? {}) as Kept;

const MOST_TRIES = 3;

/** On what is kept now, whatever this window has shown: what another window of the same person has kept stays. */
async function keepThere(change: Change): Promise<Preferences> {
  for (let tries = 1; ; tries++) {
    const { body: there, etag } = await api.read(PATH);
    const preferences = { ...there.preferences, grid: change(gridOf(there)) };
    try {
      return (await api.put(PATH, { body: { preferences }, ifMatch: etag })).body;
    } catch (error) {
      if (tries === MOST_TRIES || !(error instanceof ApiFailure) || error.status !== 412) throw error;
    }
  }
}

/** The last change of this window: one begins with what the one before has kept. */
let last: Promise<unknown> = Promise.resolve();

/** What the server keeps for the person; for a key this browser keeps it. */
function useKept(): { kept: Kept; keep: (change: Change) => void } {
  const client = useQueryClient();
  const { data } = useQuery({
    queryKey: KEY,
    staleTime: 60_000,
    queryFn: ({ signal }): Promise<Preferences> => api.get(PATH, { signal }),
  });
  const kept = data === undefined || !data.kept ? localKept() : gridOf(data);
  const keep = (change: Change) => {
    const next = change(kept);
    localStorage.setItem(LOCAL, JSON.stringify(next));
    if (data === undefined) return;
    client.setQueryData(KEY, { ...data, preferences: { ...data.preferences, grid: next } });
    if (!data.kept) return;
    const done = last.then(() => keepThere(change)).catch(() => null);
    last = done;
    void done.then((stored) => {
      if (stored !== null && last === done) client.setQueryData(KEY, stored);
    });
  };
  return { kept, keep };
}

export function useViews() {
  const { kept, keep } = useKept();
  const without = (name: string, { views = [] }: Kept) => views.filter((view) => view.name !== name);
  return {
    views: kept.views ?? [],
    save: (view: SavedView) => keep((there) => ({ ...there, views: [...without(view.name, there), view] })),
    remove: (name: string) => keep((there) => ({ ...there, views: without(name, there) })),
  };
}

export function useColumnChoice() {
  const { kept, keep } = useKept();
  const chosen = COLUMN_NAMES.filter((name) => (kept.columns ?? USUAL).includes(name));
  return {
    chosen,
    toggle: (name: ColumnName) =>
      keep((there) => {
        const before = there.columns ?? USUAL;
        const isShown = chosen.includes(name);
        const others = before.filter((one) => one !== name);
        return { ...there, columns: isShown ? others : [...others, name] };
      }),
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
