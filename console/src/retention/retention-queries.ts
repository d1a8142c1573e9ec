import { useQuery } from '@tanstack/react-query';
import { useWrite } from '../api/administration.ts';
import { api } from '../api/client.ts';

/** As the server has them, in the order in which people ask for them. */
export const KINDS = ['callbacks', 'events', 'ladders', 'recordings', 'audit', 'errors', 'deliveries'] as const;
export type Kind = (typeof KINDS)[number];
/** 0: for ever. */
export type Days = Record<`${Kind}Days`, number>;

export function useRetention() {
  return useQuery({
    queryKey: ['retention'],
    // A form that is being filled in is not to change under its reader.
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
    queryFn: async ({ signal }) => {
      const { body, etag } = await api.read('/api/v1/retention', { signal });
      return { days: body as unknown as Days, etag };
    },
  });
}

export const useSaveRetention = () =>
  useWrite('retention', ({ days, etag }: { days: Days; etag: string | null }) =>
    api.put('/api/v1/retention', { body: days, ifMatch: etag }),
  );

const lengthOf = (days: number) => (days === 0 ? Number.POSITIVE_INFINITY : days);

/** What would be kept for a shorter time than now, so that some of it goes. */
export const shortened = (before: Days, after: Days): Kind[] =>
  KINDS.filter((kind) => lengthOf(after[`${kind}Days`]) < lengthOf(before[`${kind}Days`]));
