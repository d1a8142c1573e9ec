/** The stored flow, what the server says of a draft, and saving it. */

import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { api, type Mistake } from '../api/client.ts';
import type { Flow } from '../api/types.ts';
import { type Draft, toSave } from './flow-draft.ts';
import { pathParts } from './mistake-path.ts';

export interface Stored {
  /** Null: it is new. */
  name: string | null;
  etag: string | null;
}

export function useSaveFlow() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async ({ draft, stored }: { draft: Draft; stored: Stored }) => {
      const body = toSave(draft) as unknown as Flow;
      // One that is new, or has another name, is read again under its address.
      if (stored.name === null) return { flow: (await api.post('/api/v1/flows', { body })) as Flow, etag: null };
      const parameters = { name: stored.name };
      // The ETag of this answer: read afterwards it could be that of somebody who has saved since.
      const { body: flow, etag } = await api.put('/api/v1/flows/{name}', { parameters, body, ifMatch: stored.etag });
      return { flow: flow as Flow, etag };
    },
    onSuccess: () => client.invalidateQueries({ queryKey: ['configuration'] }),
  });
}

export interface PlacedMistake {
  mistake: Mistake;
  /** Null: of the flow as a whole, or of something else. */
  component: string | null;
  /** The path of its field inside of the component; of the flow itself: `name`, `start`. */
  path: string;
}

export interface Verdict {
  mistakes: readonly PlacedMistake[];
  warnings: readonly PlacedMistake[];
  /** False: nothing has been said yet, or the server does not answer. */
  isKnown: boolean;
}

/** Where in the flow it is, by the component and the path inside of it. */
export function placed(mistake: Mistake): PlacedMistake {
  const [first, component, ...rest] = pathParts(mistake.path ?? '');
  if (first !== 'components' || component === undefined) return { mistake, component: null, path: mistake.path ?? '' };
  return { mistake, component: String(component), path: rest.map(String).join('.') };
}

const PAUSE_MS = 350;

/** What the server would say if it were saved now. */
export function useVerdict(draft: Draft, stored: Stored, isWanted: boolean): Verdict {
  const [asked] = useDebouncedValue(draft, PAUSE_MS);
  const { data } = useQuery({
    queryKey: ['flow-verdict', stored.name, asked],
    enabled: isWanted,
    gcTime: 0,
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) =>
      api.post('/api/v1/flows/validate', {
        body: { flow: toSave(asked) as never, ...(stored.name === null ? {} : { name: stored.name }) },
        signal,
      }),
  });
  const of = (list: readonly Mistake[] | undefined) => (list ?? []).map(placed);
  const elsewhere = (data?.elsewhere ?? []).map((mistake) => ({ mistake, component: null, path: mistake.path }));
  return {
    mistakes: [...of(data?.mistakes), ...elsewhere],
    warnings: of(data?.warnings),
    isKnown: data !== undefined,
  };
}

/** Mistakes of a component by the path of a field, or of anything inside of it. */
export function mistakeAt(found: readonly PlacedMistake[], component: string, path: string): Mistake | undefined {
  return found.find((one) => one.component === component && (one.path === path || one.path.startsWith(`${path}.`)))
    ?.mistake;
}
