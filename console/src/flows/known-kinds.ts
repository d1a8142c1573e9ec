/** Which kinds of components the server knows, and which fields each has: as its own description says. */

import { useQuery } from '@tanstack/react-query';
import { api } from '../api/client.ts';

import { type KnownKinds, kindsOf } from './described-kinds.ts';

/** Undefined: not known yet. */
export function useKnownKinds(): KnownKinds | undefined {
  return useQuery({
    queryKey: ['description', 'kinds'],
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: async ({ signal }) => kindsOf(await api.get('/api/v1/openapi.json', { signal })),
  }).data;
}
